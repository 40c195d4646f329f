"""Where the agents' programs are."""

import shutil

import pytest

PLACES = {
    "claude-code": "@anthropic-ai/claude-code-linux-x64/claude",
    "codex": ".bin/codex",
    "opencode": "opencode-linux-x64/bin/opencode",
    "claude-agent-acp": ".bin/claude-agent-acp",
    "codex-acp": ".bin/codex-acp",
}


def programs_in(folder: str) -> dict[str, str]:
    """Return the program of each agent; where one is missing, end it all and say which.

    Without it the service would wait for a start that cannot be, test after test.
    """
    found = {name: f"{folder}/{place}" for name, place in PLACES.items()}
    missing = [program for program in ("node", *found.values()) if shutil.which(program) is None]
    if missing:
        pytest.exit(f"missing: {', '.join(missing)}; `make test-agents` installs agents", 1)
    return found
