"""Agents as their makers ship them: run only where asked for, since they must be installed first.

make test-agents
"""

import os

import pytest

from tests.integration.scenarios.conftest import begin, blank, data

__all__ = ["begin", "blank", "data"]  # fixtures

collect_ignore_glob = [] if os.environ.get("AGENTS_REAL") else ["test_*.py"]


@pytest.fixture(scope="session")
def programs() -> dict[str, str]:
    """Where the agents' programs are."""
    folder = os.environ.get("AGENTS_FOLDER", "node_modules")
    return {
        "claude-code": f"{folder}/@anthropic-ai/claude-code-linux-x64/claude",
        "codex": f"{folder}/.bin/codex",
        "opencode": f"{folder}/opencode-linux-x64/bin/opencode",
        "claude-agent-acp": f"{folder}/.bin/claude-agent-acp",
        "codex-acp": f"{folder}/.bin/codex-acp",
    }
