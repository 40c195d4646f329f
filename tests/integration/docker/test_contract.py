"""Containers keep the contract of every AgentRunner."""

import pytest

from tests.contracts.agent_excess import ExcessContract
from tests.contracts.agent_runner import AgentRunnerContract

pytestmark = pytest.mark.docker


class TestDockerRunner(AgentRunnerContract):
    """On asyncio's own loop."""


class TestDockerRunnerExcess(ExcessContract):
    """Agents that overdo it."""
