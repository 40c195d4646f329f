"""An agent needs to know more."""

from application.finished_run import FinishedRun
from application.record import Record
from domain.signals import Signal
from ports.code_forge import CodeForge
from ports.store import Claim


class AskQuestions:
    """Passes an agent's questions on to people, with a link to where they stand."""

    def __init__(self, forge: CodeForge, record: Record) -> None:
        """Link to files at this forge."""
        self._forge = forge
        self._record = record

    async def __call__(self, finished: FinishedRun) -> Claim[Signal] | None:
        """Ask, or block where all rounds of questions are used up."""
        files = [finished.stage.questions] if finished.stage.questions else []
        links = finished.links(self._forge, files)
        return await self._record(finished.claim, [finished.judged(links)])
