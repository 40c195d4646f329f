"""A run showed neither what its stage wants nor what stands against it."""

from application.finished_run import FinishedRun
from application.record import Record
from domain.signals import Signal
from ports.code_forge import CodeForge
from ports.store import Claim


class Block:
    """Repeats a crashed run once, else waits for a person."""

    def __init__(self, forge: CodeForge, record: Record) -> None:
        """Link to files at this forge."""
        self._forge = forge
        self._record = record

    async def __call__(self, finished: FinishedRun) -> Claim[Signal] | None:
        """Say what is missing, with links to what is there."""
        files = finished.stage.files
        links = finished.links(self._forge, files)
        return await self._record(finished.claim, [finished.judged(links)])
