"""The deployer did not end with 0."""

from application.finished_run import FinishedRun
from application.record import Record
from domain.signals import Signal
from ports.code_forge import CodeForge
from ports.store import Claim


class RollbackOnDeployFail:
    """Takes the item back to development, where it waits for a person."""

    def __init__(self, forge: CodeForge, record: Record) -> None:
        """Link to files at this forge."""
        self._forge = forge
        self._record = record

    async def __call__(self, finished: FinishedRun) -> Claim[Signal] | None:
        """Go back and block, with a link to the deployer's report."""
        files = [finished.stage.report] if finished.stage.report else []
        links = finished.links(self._forge, files)
        return await self._record(finished.claim, [finished.judged(links)])
