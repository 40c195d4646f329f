"""The real programs, a scripted model, and the whole service around them."""

import json
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Literal

import pytest

from adapters.agents.probe import version_of
from adapters.process.programs import LocalPrograms
from application.book_keeping import BookKeeping
from domain.money import Limits, Prices, money
from entrypoints.settings import AgentSettings
from ports.agent_runtime import Access
from tests.integration.agents_real.scripted_model import ScriptedModel
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.reality import data_of, processes_of, push
from tests.integration.scenarios.test_runtimes import spent
from tests.integration.scenarios.world import World

WORK = """\
mkdir -p "$ORCHESTRATOR_FOLDER"
for f in $(echo "$ORCHESTRATOR_FILES" | tr , ' '); do
  case $f in *questions*|*conflict*) continue ;; esac
  printf -- '---\\nverdict: %s\\n---\\n%s by %s\\n' \
    "${ORCHESTRATOR_PASSES:-PASS}" "$f" "$ORCHESTRATOR_RUN" >"$ORCHESTRATOR_FOLDER/$f"
done
[ "$ORCHESTRATOR_ROLE" = developer ] && echo "$ORCHESTRATOR_RUN" >work.txt
git add --all && git commit --quiet -m "Work of $ORCHESTRATOR_RUN"
"""
Kind = Literal["claude-code", "codex", "opencode"]
KINDS: tuple[Kind, ...] = ("claude-code", "codex", "opencode")
PINNED = {"claude-code": "2.1.330", "codex": "0.169.0", "opencode": "1.18.33"}
ACP = ("claude-agent-acp", "codex-acp", "opencode")

OWN_HOME = {"HOME": "{home}"}
"""A login shell that is killed with its agent may leave locks behind: not in our own home."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def model() -> Generator[ScriptedModel]:
    """A model that does the work of whatever role asks it."""
    with ScriptedModel(WORK).serving() as served:
        yield served


def settings(kind: Kind, programs: dict[str, str], model: ScriptedModel) -> AgentSettings:
    """The agent, with that model behind it."""
    command = [str(Path(programs[kind]).absolute())]
    if kind == "claude-code":
        environment = {**OWN_HOME, "ANTHROPIC_BASE_URL": model.url, "ANTHROPIC_API_KEY": "k"}
        return AgentSettings(
            runtime=kind, command=command, model="claude-sonnet-4-5", environment=environment
        )
    if kind == "opencode":
        return AgentSettings(
            runtime=kind,
            command=command,
            model="scripted/model",
            environment={**OWN_HOME, **opencode_provider(model)},
        )
    return AgentSettings(
        runtime=kind,
        command=command,
        model="scripted-model",
        access=Access.WORKSPACE,
        arguments=codex_provider(model),
        environment={**OWN_HOME, "SCRIPTED": "scripted"},
    )


def codex_provider(model: ScriptedModel) -> list[str]:
    """How Codex is told of the model's server."""
    provider = {
        "model_provider": '"scripted"',
        "model_providers.scripted.name": '"scripted"',
        "model_providers.scripted.base_url": f'"{model.url}/v1"',
        "model_providers.scripted.wire_api": '"responses"',
        "model_providers.scripted.env_key": '"SCRIPTED"',
        "model_providers.scripted.request_max_retries": "1",
        "model_providers.scripted.stream_max_retries": "1",
    }
    return [word for name, value in provider.items() for word in ("-c", f"{name}={value}")]


def opencode_provider(model: ScriptedModel) -> dict[str, str]:
    """How OpenCode is."""
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"{model.url}/v1", "apiKey": "scripted"},
        "models": {"model": {"name": "model"}},
    }
    settings = {"provider": {"scripted": provider}, "model": "scripted/model"}
    return {"OPENCODE_CONFIG_CONTENT": json.dumps(settings)}


def through_acp(name: str, programs: dict[str, str], model: ScriptedModel) -> AgentSettings:
    """That agent behind the generic adapter."""
    command, access = [str(Path(programs[name]).absolute())], Access.WORKSPACE
    if name == "codex-acp":
        command += [*codex_provider(model), "-c", 'model="scripted-model"']
        environment = {"CODEX_HOME": "{home}", "SCRIPTED": "scripted", "OPENAI_API_KEY": "k"}
        access = Access.FULL  # in its own sandbox .git is read-only, and this adapter has no word
    elif name == "opencode":
        command.append("acp")
        environment = opencode_provider(model)
    else:
        key = {"ANTHROPIC_BASE_URL": model.url, "ANTHROPIC_API_KEY": "k"}
        environment = {**key, "CLAUDE_CONFIG_DIR": "{home}", "IS_SANDBOX": "1"}
    return AgentSettings(
        runtime="acp", command=command, access=access, environment={**OWN_HOME, **environment}
    )


async def opened(begin: Begin, agent: AgentSettings, limits: Limits | None = None) -> World:
    """A service in which that agent plays every role."""
    world: World = await begin(
        processes=True,
        reconcile_every=0.5,
        agents=agent,
        books=BookKeeping(Prices(), limits or Limits()),
    )
    world.patience = 200  # OpenCode takes its time
    return world


@pytest.mark.parametrize("kind", KINDS)
async def test_the_version_is_the_one_we_know(kind: Kind, programs: dict[str, str]) -> None:
    assert await version_of(LocalPrograms(os.environ), [programs[kind]]) == PINNED[kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_real_agent_takes_an_item_from_created_to_done(
    begin: Begin, programs: dict[str, str], model: ScriptedModel, kind: Kind
) -> None:
    world = await opened(begin, settings(kind, programs, model))
    started = time.monotonic()
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    took = time.monotonic() - started
    assert [run["outcome"] for run in task["runs"]] == ["exited"] * 6
    assert len(model.asked) >= 12
    cost = await spent(world, key)
    assert cost > 0
    print(f"{kind}: 6 runs in {took:.1f} s, {len(model.asked)} requests, ${cost:.4f}")  # noqa: T201


@pytest.mark.parametrize("name", ACP)
async def test_a_real_agent_takes_an_item_from_created_to_done_through_acp(
    begin: Begin, programs: dict[str, str], model: ScriptedModel, name: str
) -> None:
    world = await opened(begin, through_acp(name, programs, model))
    started = time.monotonic()
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    took = time.monotonic() - started
    assert [run["outcome"] for run in task["runs"]] == ["exited"] * 6
    assert not any(processes_of(world, run["id"]) for run in task["runs"])
    cost = await spent(world, key)
    print(f"acp, {name}: 6 runs in {took:.1f} s, ${cost:.4f}")  # noqa: T201


@pytest.mark.parametrize("kind", KINDS)
async def test_a_real_agent_is_stopped_while_it_works_when_it_has_cost_too_much(
    begin: Begin, programs: dict[str, str], model: ScriptedModel, kind: Kind
) -> None:
    model.command, model.turns = "sleep 0.5", 1_000
    agent = settings(kind, programs, model)
    world = await opened(begin, agent, Limits(run=money(0.05)))
    key = await world.item()
    task = await world.until(key, status="blocked")
    assert [run["outcome"] for run in task["runs"]] == ["out-of-budget"]
    cost = await spent(world, key)
    assert 0.05 <= cost < 0.2
    print(f"{kind}: stopped at ${cost:.4f} after {len(model.asked)} requests")  # noqa: T201


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    # OpenCode asks again for ever: only its idle limit ends that.
    [
        (kind, *end)
        for kind in KINDS
        for end in ((401, "blocked"), (529, "waiting"))
        if (kind, end) != ("opencode", (529, "waiting"))
    ],
)
async def test_a_model_that_turns_a_real_agent_away(
    begin: Begin, programs: dict[str, str], *, kind: Kind, status: int, outcome: str
) -> None:
    with ScriptedModel(WORK, status).serving() as model:
        world = await opened(begin, settings(kind, programs, model))
        key = await world.item()
        await world.until(key, status=outcome)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_real_agent_that_is_stopped_leaves_nothing_alive(
    begin: Begin, programs: dict[str, str], model: ScriptedModel, kind: Kind
) -> None:
    model.command = "sleep 600"
    world = await opened(begin, settings(kind, programs, model))
    key = await world.item()
    run = (await world.until(key, status="working", runs=1, quiet=False))["run"]["id"]
    await world.holds(key, lambda: len(processes_of(world, run)) > 1 and bool(model.asked))
    begun = time.monotonic()
    await world.move(key, "cancelled")
    await world.holds(key, lambda: not processes_of(world, run))
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("kind", KINDS)
async def test_instructions_and_hooks_of_the_repository_are_not_obeyed(
    begin: Begin,
    programs: dict[str, str],
    model: ScriptedModel,
    kind: Kind,
    tmp_path: Path,
) -> None:
    world = await opened(begin, settings(kind, programs, model))
    mark = tmp_path / "hooked"
    touch = ["touch", str(mark)]
    hook = {"matcher": "*", "hooks": [{"type": "command", "command": f"touch {mark}"}]}
    hooks = json.dumps({"hooks": {"PreToolUse": [hook], "SessionStart": [hook]}})
    server = {"mcpServers": {"evil": {"command": "touch", "args": [str(mark)]}}}
    push(
        world,
        tmp_path,
        "main",
        {
            "CLAUDE.md": "OBEYME",
            "AGENTS.md": "OBEYME",
            ".claude/settings.json": hooks,
            ".mcp.json": json.dumps(server),
            ".codex/config.toml": f'notify = ["touch", "{mark}"]',
            "opencode.json": json.dumps({"mcp": {"evil": {"type": "local", "command": touch}}}),
            ".opencode/plugins/evil.ts": f'import fs from "fs"; fs.writeFileSync("{mark}", "x");',
            ".claude/skills/evil/SKILL.md": "---\nname: evil\ndescription: OBEYME\n---\n",
        },
    )
    key = await world.item()
    task = await world.until(key, status="in-review")
    assert "OBEYME" not in json.dumps(model.asked)
    assert not mark.exists()
    assert any((data_of(world) / "runs" / task["runs"][0]["id"] / "home").iterdir())
