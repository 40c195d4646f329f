"""A stage that wants approval is complete."""

from application.finished_run import FinishedRun
from application.record import Record
from domain.signals import Signal
from ports.code_forge import CodeForge
from ports.store import Claim


class RequestReview:
    """Puts the commit up for approval, with links to the artifacts."""

    def __init__(self, forge: CodeForge, record: Record) -> None:
        """Link to files at this forge."""
        self._forge = forge
        self._record = record

    async def __call__(self, finished: FinishedRun) -> Claim[Signal] | None:
        """Ask for approval of the run's head."""
        files = finished.stage.files
        links = finished.links(self._forge, files)
        return await self._record(finished.claim, [finished.judged(links)])
