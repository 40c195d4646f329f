"""The runner without processes keeps the contract, and fails when told to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.memory.agent_runner import MemoryRunner
from domain.errors import TimedOut
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from domain.masking import Mask
from tests.contracts.agent_runner import (
    ONE,
    SECRET,
    AgentRunnerContract,
    Theatre,
    ended,
    spec_for,
    started,
)


class RealTime:
    """A clock."""

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)


class MemoryTheatre:
    """Agents that exist in words only."""

    def __init__(self, workspace: Path) -> None:
        self.runner = MemoryRunner(RealTime(), mask=Mask([SECRET]))
        self.runner.missing.add("no-such-command")
        self.workspace = workspace

    def command(self, run: RunId) -> Sequence[str]:
        return ["agent", run]

    def missing_command(self) -> Sequence[str]:
        return ["no-such-command"]

    def say(self, run: RunId, text: str) -> None:
        self.runner.say(run, text)

    def finish(self, run: RunId, exit_code: int) -> None:
        self.runner.finish(run, exit_code)

    def starts(self, run: RunId) -> int:
        return self.runner.started.count(run)

    async def restarted(self) -> MemoryRunner:
        self.runner = MemoryRunner(RealTime(), self.runner.place, mask=Mask([SECRET]))
        return self.runner


class TestMemoryRunner(AgentRunnerContract):
    """The contract, and what a test can ask for beyond it."""

    @pytest.fixture
    def theatre(self, tmp_path: Path) -> MemoryTheatre:
        return MemoryTheatre(tmp_path)

    async def test_it_fails_before_it_has_done_anything(self, theatre: MemoryTheatre) -> None:
        theatre.runner.fail_next(TimedOut("no answer"))
        with pytest.raises(TimedOut):
            await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
        assert theatre.runner.started == []
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
        assert theatre.runner.started == [ONE]

    async def test_it_fails_after_it_has_done_everything(self, theatre: MemoryTheatre) -> None:
        theatre.runner.fail_next(TimedOut("no answer"), late=True)
        with pytest.raises(TimedOut):
            await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
        assert (await theatre.runner.observe(ONE)).liveness is Liveness.RUNNING

    async def test_a_lost_run_is_gone_without_an_exit_code(self, theatre: MemoryTheatre) -> None:
        await started(theatre, ONE)
        theatre.runner.lose(ONE)
        seen = await ended(theatre, ONE)
        assert (seen.outcome, seen.exit_code) == (Outcome.LOST, None)


def theatre_fits(workspace: Path) -> Theatre:
    """Checked by mypy, never called."""
    return MemoryTheatre(workspace)
