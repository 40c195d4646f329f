"""An agent found that an earlier stage's work cannot stand."""

from application.finished_run import FinishedRun
from application.record import Record
from domain.signals import Signal
from ports.code_forge import CodeForge
from ports.store import Claim


class RollbackOnConflict:
    """Takes the item back to that stage, whose agent is pointed at the conflict."""

    def __init__(self, forge: CodeForge, record: Record) -> None:
        """Link to files at this forge."""
        self._forge = forge
        self._record = record

    async def __call__(self, finished: FinishedRun) -> Claim[Signal] | None:
        """Go back, or block where that stage has had all its runs."""
        conflict = finished.stage.conflict
        files = [conflict.file] if conflict else []
        links = finished.links(self._forge, files)
        return await self._record(finished.claim, [finished.judged(links)])
