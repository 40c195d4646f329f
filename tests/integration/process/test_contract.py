"""Real processes keep the contract of every AgentRunner."""

import pytest

from tests.contracts.agent_excess import ExcessContract
from tests.contracts.agent_runner import AgentRunnerContract


class TestProcessRunner(AgentRunnerContract):
    """On asyncio's own loop."""


class TestProcessRunnerOnUvloop(AgentRunnerContract):
    """On the loop that the service runs on."""

    @pytest.fixture
    def anyio_backend(self) -> tuple[str, dict[str, object]]:
        """uvloop."""
        return "asyncio", {"use_uvloop": True}


class TestProcessRunnerExcess(ExcessContract):
    """Agents that overdo it."""
