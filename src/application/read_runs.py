"""What the agents at work have said so far."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from application.agents import Agents, runtime_of
from domain.errors import NotFound
from domain.identifiers import RunId
from domain.reading import Reading
from ports.agent_runner import AgentRunner
from ports.agent_runtime import AgentRuntime, OutputReader
from ports.store import RunRecord


@dataclass(slots=True)
class _Place:
    """How far one run's output has been read."""

    reader: OutputReader
    cursor: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ReadRuns:
    """Reads each run's output on from where it was left; after a restart, from the beginning."""

    def __init__(
        self, runner: AgentRunner, runtimes: Mapping[str, AgentRuntime], agents: Agents
    ) -> None:
        """Read what this runner's agents print."""
        self._runner = runner
        self._runtimes = runtimes
        self._agents = agents
        self._places: dict[RunId, _Place] = {}

    def speaks(self, record: RunRecord) -> bool:
        """Return whether the run's agent says itself how its run ends."""
        return self._runtime(record).speaks

    async def __call__(self, record: RunRecord) -> Reading | None:
        """Return all that the run has said; None for an agent that says nothing of itself."""
        run, runtime = record.run.id, self._runtime(record)
        if not runtime.speaks:
            return None
        place = self._places.setdefault(run, _Place(runtime.reader()))
        async with place.lock:
            try:
                await self._read_on(run, place)
            except NotFound:  # it was never started
                return place.reader.reading
        return place.reader.reading

    def forget(self, run: RunId) -> None:
        """Let go of a run that has ended."""
        self._places.pop(run, None)

    def _runtime(self, record: RunRecord) -> AgentRuntime:
        return runtime_of(record, self._runtimes, self._agents)

    async def _read_on(self, run: RunId, place: _Place) -> None:
        while True:
            chunk = await self._runner.logs(run, place.cursor)
            place.reader.feed(chunk.text)
            idle = chunk.next == place.cursor
            place.cursor = chunk.next
            if chunk.ended:
                place.reader.close()
            if chunk.ended or idle:
                return
