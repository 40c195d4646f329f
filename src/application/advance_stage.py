"""A gate is open, or only the forge's word on the pull request is missing."""

from application.finished_run import FinishedRun
from application.projects import Projects
from application.record import Record
from domain.events import ForgeSeen
from domain.identifiers import EventId
from domain.signals import ForgeChanged, Signal
from domain.task import Status
from ports.repo_inspector import RepoInspector
from ports.store import Claim, Store


class AdvanceStage:
    """Takes the item to the next stage, as soon as nothing is missing any more."""

    def __init__(
        self, store: Store, inspector: RepoInspector, projects: Projects, record: Record
    ) -> None:
        """Ask this inspector for pull requests and checks."""
        self._store = store
        self._inspector = inspector
        self._projects = projects
        self._record = record

    async def __call__(self, finished: FinishedRun) -> Claim[Signal] | None:
        """Go on from a finished run."""
        return await self._record(finished.claim, [finished.judged()])

    async def on_forge(self, claim: Claim[Signal], signal: ForgeChanged) -> Claim[Signal] | None:
        """Go on if this branch's pull request is open and its checks allow it."""
        task = await self._store.transact(lambda tx: tx.tasks.of(signal.item))
        if task is None or task.branch is None or task.status is not Status.CHECKING:
            return await self._record(claim, [])
        repo = self._projects.of(task.key).repo
        state = await self._inspector.branch_state(repo, task.branch)
        event = ForgeSeen(id=EventId(claim.entry.key), item=signal.item, state=state)
        return await self._record(claim, [event])
