"""The contract, in memory."""

import pytest

from domain.errors import TimedOut
from tests.contracts.code_forge import BRANCH, MAIN, REPO, CodeForgeContract
from tests.unit.adapters.memory.test_workspaces import MemoryWorld


class TestMemoryForge(CodeForgeContract):
    """Both halves together."""

    @pytest.fixture
    def world(self) -> MemoryWorld:
        """A forge in memory."""
        return MemoryWorld()


async def test_an_answer_that_is_lost_leaves_the_deed_done() -> None:
    """Which is what makes repeating worth testing."""
    forge = MemoryWorld().forge
    forge.fail_next(TimedOut("no answer"), late=True)
    with pytest.raises(TimedOut):
        await forge.prepare_branch(REPO, BRANCH, base=MAIN, files={"a": "b"}, message="m")
    assert BRANCH in forge.repository(REPO).heads
