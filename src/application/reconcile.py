"""Reading the truth back from every tool, so that a hint that was lost costs only time."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from application.projects import Projects
from application.watch_runs import WatchRuns
from domain.effects import StartRun
from domain.errors import Failure, NotFound
from domain.events import Liveness
from domain.evidence import Checks
from domain.identifiers import RunId
from domain.item import Comment, Item, Standing
from domain.signals import CommentPosted, ForgeChanged, ItemChanged
from domain.task import AT_REST, ENDED, Status, Task
from ports.agent_runner import AgentRunner
from ports.clock import Clock
from ports.issue_tracker import IssueTracker
from ports.repo_inspector import RepoInspector
from ports.store import RunRecord, Store, Transaction
from ports.workspaces import Workspaces

log = logging.getLogger(__name__)

_MARK = "tracker.read-until"
_OVERLAP = timedelta(minutes=2)
"""How far back is read again: clocks differ, and a change may become visible late."""


class Reconcile:
    """Asks tracker, forge and runner what really is, and puts what was missed into the inbox."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        tracker: IssueTracker,
        inspector: RepoInspector,
        runner: AgentRunner,
        workspaces: Workspaces,
        projects: Projects,
        watch_runs: WatchRuns,
    ) -> None:
        """Ask these tools."""
        self._store = store
        self._clock = clock
        self._tracker = tracker
        self._inspector = inspector
        self._runner = runner
        self._workspaces = workspaces
        self._projects = projects
        self._watch_runs = watch_runs

    async def __call__(self) -> None:
        """Do it once. A tool that cannot be asked now is left for the next time."""

        def read(tx: Transaction) -> tuple[Sequence[Task], Sequence[RunRecord]]:
            # Of a run whose start is still on its way the runner cannot know yet: it is not lost.
            starting = StartRun.__name__
            live = [r for r in tx.runs.live() if not tx.outbox.waiting(r.item, starting)]
            return tx.tasks.all(), live

        tasks, live = await self._store.transact(read)
        open_tasks = [task for task in tasks if task.status not in ENDED]
        for step in (
            partial(self._runs, live),
            self._items,
            partial(self._comments, open_tasks),
            partial(self._checks, open_tasks),
            self._clear,
        ):
            try:
                await step()
            except Failure as failure:
                log.warning("could not reconcile: %s", failure)

    async def _runs(self, live: Sequence[RunRecord]) -> None:
        """Tell ends that nobody told; end agents that belong to no live run."""
        for record in live:
            if record.started_at is None:
                continue
            if (await self._runner.observe(record.run.id)).liveness is Liveness.GONE:
                await self._watch_runs.tell(record.run.id)
        for run in await self._runner.live():
            if not await self._wanted(run):
                log.warning("run %s is alive but belongs to no live run: it is stopped", run)
                await self._runner.stop(run)

    async def _wanted(self, run: RunId) -> bool:
        """Ask anew: it may have been started, or have come to its end, since it was listed."""
        record = await self._store.transact(lambda tx: tx.runs.get(run))
        if record is not None and record.ended_at is None:
            return True
        return (await self._runner.observe(run)).liveness is Liveness.GONE

    async def _items(self) -> None:
        mark = await self._store.transact(lambda tx: tx.marks.get(_MARK))
        since = datetime.fromisoformat(mark) if mark else datetime.fromtimestamp(0).astimezone()
        items = await self._tracker.changed_since(since - _OVERLAP if mark else since)
        if not items:
            return
        now = self._clock.now()

        def write(tx: Transaction) -> None:
            for item in items:
                signal = ItemChanged(item=item.id, actor=None)
                tx.inbox.put(signal, lane=item.id, key=_item_key(item), at=now, item=item.id)
            tx.marks.put(_MARK, max(item.changed_at for item in items).isoformat())

        await self._store.transact(write)

    async def _comments(self, tasks: Sequence[Task]) -> None:
        """Read the comments of items in which a person is waited for."""
        for task in tasks:
            if task.status not in AT_REST or task.turn is None:
                continue
            since = task.turn.since - _OVERLAP
            try:
                await self._put_comments(task, await self._tracker.comments_since(task.item, since))
            except NotFound:
                await self._put_gone(task)

    async def _put_gone(self, task: Task) -> None:
        """Have it looked at whether the item is still there."""
        now, signal = self._clock.now(), ItemChanged(item=task.item, actor=None)
        key = f"gone:{task.item}:{task.version}"
        await self._store.transact(
            lambda tx: tx.inbox.put(signal, lane=task.item, key=key, at=now, item=task.item)
        )

    async def _put_comments(self, task: Task, comments: Sequence[Comment]) -> None:
        now = self._clock.now()
        by_people = [c for c in comments if c.author.standing is not Standing.BOT]

        def write(tx: Transaction) -> None:
            for comment in by_people:
                signal = CommentPosted(item=task.item, comment=comment.id, actor=comment.author.id)
                key = f"comment:{comment.id}"
                tx.inbox.put(signal, lane=task.item, key=key, at=now, item=task.item)

        if by_people:
            await self._store.transact(write)

    async def _checks(self, tasks: Sequence[Task]) -> None:
        """Look at pull requests that are waited for."""
        for task in tasks:
            if task.status is not Status.CHECKING or task.branch is None:
                continue
            repo = self._projects.of(task.key).repo
            try:
                state = await self._inspector.branch_state(repo, task.branch)
            except NotFound:  # somebody removed the branch: the turn's deadline calls a person
                continue
            if state.checks is Checks.PENDING or state.pull_request is None:
                continue
            now, item = self._clock.now(), task.item
            key = f"forge:{item}:{task.version}:{state.head}:{state.checks}"
            signal = ForgeChanged(item=item)

            def write(
                tx: Transaction, signal: ForgeChanged = signal, key: str = key, at: datetime = now
            ) -> None:
                tx.inbox.put(signal, lane=signal.item, key=key, at=at, item=signal.item)

            await self._store.transact(write)

    async def _clear(self) -> None:
        """Remove the workspaces of runs that are over and that nothing is collected from."""
        for run in await self._workspaces.kept():
            if await self._store.transact(partial(_left_over, run=run)):
                await self._workspaces.discard(run)


def _left_over(tx: Transaction, run: RunId) -> bool:
    record = tx.runs.get(run)
    if record is None or record.ended_at is None:
        return record is None
    task = tx.tasks.of(record.item)
    return task is None or task.run is None or task.run.id != run


def _item_key(item: Item) -> str:
    return f"item:{item.id}:{item.changed_at.isoformat()}"
