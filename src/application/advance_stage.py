"""A gate is open, or only the forge's word on the pull request is missing."""

from application.finished_run import FinishedRun
from application.projects import Projects
from application.record import Record
from domain.decisions.forge import concerns
from domain.errors import NotFound
from domain.events import BranchGone, ForgeSeen
from domain.evidence import BranchState
from domain.identifiers import EventId
from domain.signals import ForgeChanged, Signal
from domain.task import ENDED, Status, Task
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
        """Go on if this branch's pull request is open, its checks allow it, and people do."""
        task = await self._store.transact(lambda tx: tx.tasks.of(signal.item))
        if task is None or task.branch is None or task.status in ENDED:
            return await self._record(claim, [])
        event = EventId(claim.entry.key)
        try:
            state = await branch_state(self._inspector, self._projects, task)
        except NotFound as missing:
            gone = BranchGone(id=event, item=signal.item, problem=str(missing))
            return await self._record(claim, [gone])
        if _is_known(task, state):
            return await self._record(claim, [])
        return await self._record(claim, [ForgeSeen(id=event, item=signal.item, state=state)])


def _is_known(task: Task, state: BranchState) -> bool:
    """Whether the forge shows nothing new to a task that waits for nothing there."""
    waiting = task.status in {Status.CHECKING, Status.MERGING}
    return not waiting and task.pull_request == state.pull_request and not concerns(task, state)


async def branch_state(inspector: RepoInspector, projects: Projects, task: Task) -> BranchState:
    """Return all that the forge shows of the task's branch. NotFound: it has none, or no longer."""
    if task.branch is None:
        raise NotFound(f"{task.key} has no branch yet")
    project, known = projects.of(task.key), task.pull_request
    return await inspector.branch_state(
        project.repo,
        task.branch,
        base=project.base,
        pull_request=known.number if known else None,
    )
