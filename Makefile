# Every command of this project; CI calls the same ones.

VENV := .venv
BIN := $(VENV)/bin
CLIENTS := .venv-clients
ARGS ?=

# The first interpreter that is new enough: `python3` itself wherever it is.
OLDEST := (3, 11)
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < $(OLDEST))' 2>/dev/null && { echo $$p; break; }; done)

# Before site-packages: `domain` and its neighbours are names that others use, too.
export PYTHONPATH := $(CURDIR)/src

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
fail = { echo "make: $(1)" >&2; exit 1; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev clients run test test-agents test-plane test-gitea format lint check docs bench images lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/run.stamp  ## Create .venv with what the service needs

setup-dev: $(VENV)/dev.stamp  ## The same, with tests and checks

clients: $(CLIENTS)/stamp $(if $(shell command -v npm),$(CLIENTS)/node/stamp)  ## Create .venv-clients, with the clients that our fakes are held against

run: setup  ## Start the demo, board at http://localhost:8500
	$(BIN)/orchestrator demo $(ARGS)

test: setup-dev clients  ## Run the tests; ARGS="-k gates", REQUIRE_ALL=1 fails what is left out
	$(BIN)/pytest -n logical --maxprocesses 4 --max-worker-restart 0 $(ARGS)

AGENTS := $(VENV)/agents

test-agents: setup-dev  ## Run the tests with the real Claude Code, Codex and OpenCode (npm, 1.6 GB)
	npm install --prefix $(AGENTS) --no-save --no-audit --no-fund \
		@anthropic-ai/claude-code@2.1.330 @openai/codex@0.169.0 opencode-ai@1.18.33 \
		@agentclientprotocol/claude-agent-acp@0.49.0 @zed-industries/codex-acp@0.16.0
	AGENTS_REAL=1 AGENTS_FOLDER=$(AGENTS)/node_modules $(BIN)/pytest -s tests/integration/agents_real $(ARGS)

test-plane: setup-dev  ## Hold the adapter against your own Plane, see docs/plane.md
	@test -n "$(PLANE_TEST_URL)" || $(call fail,"set PLANE_TEST_URL and the others that docs/plane.md names")
	$(BIN)/pytest -v -rs tests/integration/plane/test_heard.py tests/integration/plane/test_tracker.py $(ARGS)

test-gitea: setup-dev  ## Hold the adapter against your own Gitea, see docs/gitea.md
	@test -n "$(GITEA_TEST_URL)" || $(call fail,"set GITEA_TEST_URL and the others that docs/gitea.md names")
	$(BIN)/pytest -rs tests/integration/gitea $(ARGS)

format: setup-dev  ## Format, and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint: setup-dev  ## Check format, style, types and architecture
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test  ## Everything that must be green

docs: setup  ## Draw docs/pipeline.md from the table
	$(BIN)/orchestrator pipeline > docs/pipeline.md.new
	mv docs/pipeline.md.new docs/pipeline.md

bench: setup-dev  ## Run the benchmarks
	$(BIN)/python -m benchmarks $(ARGS)

images:  ## Build the images for agents in containers: egress proxy and example
	docker build --tag orchestrator-egress docker/egress \
		$(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE))
	docker build --tag orchestrator-agent docker/agent \
		--build-arg UID=$(shell id -u | sed 's/^0$$/10001/') \
		$(if $(NODE_IMAGE),--build-arg BASE_IMAGE=$(NODE_IMAGE))

COMPILE := pip compile --quiet --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock"

lock: setup-dev  ## Pin the dependencies anew; ARGS=--upgrade, or "--upgrade-package NAME"
	$(BIN)/uv $(COMPILE) pyproject.toml --group build --output-file requirements.txt $(ARGS)
	$(BIN)/uv $(COMPILE) pyproject.toml --group dev --constraints requirements.txt \
		--output-file requirements-dev.txt $(ARGS)
	$(BIN)/uv $(COMPILE) tests/clients/requirements.in \
		--output-file tests/clients/requirements.txt $(ARGS)
	$(BIN)/uv $(COMPILE) docker/egress/requirements.in --override docker/egress/overrides.in \
		--output-file docker/egress/requirements.txt $(ARGS)
	$(if $(shell command -v npm),npm install --prefix tests/clients --package-lock-only \
		--omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error)

clean:  ## Remove all that make made, but never var/
	rm -rf $(VENV) $(CLIENTS) build dist .*_cache .hypothesis
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v git >/dev/null || $(call fail,git is missing: install it and try again)
	@test -n "$(PYTHON)" || $(call fail,Python 3.11 or newer is missing: install it or name one: PYTHON=/path/to/python3)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < $(OLDEST))' \
		|| $(call fail,$(PYTHON) is not Python 3.11 or newer)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| $(call fail,the venv module of $(PYTHON) is missing: on Debian and Ubuntu install python3-venv)
	$(PYTHON) -m venv --clear $(VENV)

# Wheels only and every hash checked: nothing is built from, or replaced by, what we did not pin.
$(VENV)/%.stamp: pyproject.toml | $(BIN)/python
	@echo "Installing $(PINS) into $(VENV), up to a minute the first time"
	@$(INSTALL) --only-binary :all: --require-hashes -r $(PINS)
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check --quiet 2>/dev/null || $(BIN)/python -m pip check
	@touch $@

$(VENV)/run.stamp: PINS = requirements.txt
$(VENV)/run.stamp: requirements.txt
$(VENV)/dev.stamp: PINS = requirements-dev.txt
$(VENV)/dev.stamp: requirements-dev.txt

# Others' clients pin what we don't, and the other way round: they get an environment of their own.
$(CLIENTS)/stamp: tests/clients/requirements.txt | $(BIN)/python
	@echo "Installing $< into $(CLIENTS)"
	@$(BIN)/python -m venv --clear $(CLIENTS)
	@$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check \
		--only-binary :all: --require-hashes -r $<
	@touch $@

# Without npm there are no clients in JavaScript, and the tests that want them say so.
$(CLIENTS)/node/stamp: tests/clients/package-lock.json $(CLIENTS)/stamp
	@echo "Installing $< into $(@D)"
	@mkdir -p $(@D)
	@cp tests/clients/package.json tests/clients/package-lock.json $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
