"""Agents as their makers ship them: run only where asked for, since they must be installed first.

make test-agents
"""

import os

import pytest

from tests.integration.agents_real.programs import programs_in
from tests.integration.scenarios.conftest import begin, blank, data

__all__ = ["begin", "blank", "data"]  # fixtures

collect_ignore_glob = [] if os.environ.get("AGENTS_REAL") else ["test_*.py"]


@pytest.fixture(scope="session")
def programs() -> dict[str, str]:
    """Where the agents' programs are."""
    return programs_in(os.environ.get("AGENTS_FOLDER", "node_modules"))
