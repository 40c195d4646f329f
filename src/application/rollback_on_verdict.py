"""A verdict against the work: what its two deeds have in common, which is all they do.

They stay two, because they are two rows of the task list and are looked for by their names.
"""

from application.finished_run import FinishedRun
from application.record import Record
from domain.pipeline import VerdictGate
from domain.signals import Signal
from ports.code_forge import CodeForge
from ports.store import Claim


class RollbackOnVerdict:
    """Takes the item back to development, whose agent is pointed at the report."""

    def __init__(self, forge: CodeForge, record: Record) -> None:
        """Link to files at this forge."""
        self._forge = forge
        self._record = record

    async def __call__(self, finished: FinishedRun) -> Claim[Signal] | None:
        """Go back, or block where the developer has had all runs."""
        gate = finished.stage.gate
        files = [gate.file] if isinstance(gate, VerdictGate) else []
        links = finished.links(self._forge, files)
        return await self._record(finished.claim, [finished.judged(links)])
