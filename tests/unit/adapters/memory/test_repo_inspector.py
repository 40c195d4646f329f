"""The contract, in memory."""

import pytest

from tests.contracts.repo_inspector import RepoInspectorContract
from tests.unit.adapters.memory.test_workspaces import MemoryWorld


class TestMemoryInspector(RepoInspectorContract):
    """The reading half of MemoryForge."""

    @pytest.fixture
    def world(self) -> MemoryWorld:
        """A forge in memory."""
        return MemoryWorld()
