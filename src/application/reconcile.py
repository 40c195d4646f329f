"""Reading the truth back from every tool, so that a hint that was lost costs only time."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from application.advance_stage import branch_state
from application.projects import Projects
from application.reconcile_tracker import ReconcileTracker
from application.watch_runs import WatchRuns
from domain.decisions.forge import concerns
from domain.effects import StartRun
from domain.errors import Failure, NotFound
from domain.events import Liveness
from domain.identifiers import Branch, ItemId, Repo, RunId
from domain.signals import ForgeChanged
from domain.task import Status, Task
from ports.agent_runner import AgentRunner
from ports.clock import Clock
from ports.repo_inspector import RepoInspector
from ports.store import RunRecord, Store, Transaction
from ports.workspaces import Workspaces

log = logging.getLogger(__name__)

_LOOK_AGAIN = timedelta(minutes=2)
"""When a pull request is looked at again though nothing of it seems to have changed."""
_WHOLE_SECOND = timedelta(seconds=1)
"""A forge counts in whole seconds: what follows within the same one does not change the mark."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a pull request's mark was, since when it is known, and when it was last looked at."""

    mark: str
    known_since: datetime
    at: datetime


class Reconcile:
    """Asks tracker, forge and runner what really is, and puts what was missed into the inbox."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        tracker: ReconcileTracker,
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
        self._looked: dict[ItemId, _Look] = {}

    async def __call__(self) -> None:
        """Do it once. A tool that cannot be asked now is left for the next time."""

        def read(tx: Transaction) -> tuple[Sequence[Task], Sequence[RunRecord]]:
            # Of a run whose start is still on its way the runner cannot know yet: it is not lost.
            starting = StartRun.__name__
            live = [r for r in tx.runs.live() if not tx.outbox.waiting(r.item, starting)]
            return tx.tasks.under_way(), live

        tasks, live = await self._store.transact(read)
        for step in (
            partial(self._runs, live),
            partial(self._tracker, tasks),
            partial(self._forge, tasks),
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

    async def _forge(self, tasks: Sequence[Task]) -> None:
        """Look at branches whose pull request is waited for, or is not as we last saw it.

        One look at all open pull requests of a repository tells which of them have changed.
        """
        marks: dict[Repo, Mapping[Branch, str] | None] = {}
        for task in tasks:
            repo = self._repo_of(task)
            if task.branch is None or repo is None:
                continue
            if repo not in marks:
                marks[repo] = await self._marks(repo)
            opened = marks[repo]
            if opened is None:
                continue
            mark = opened.get(task.branch, "")
            if self._is_to_be_looked_at(task, mark):
                now, last = self._clock.now(), self._looked.get(task.item)
                if await self._look(task):
                    known_since = last.known_since if last and last.mark == mark else now
                    self._looked[task.item] = _Look(mark, known_since, now)
        under_way = {task.item for task in tasks}
        self._looked = {item: look for item, look in self._looked.items() if item in under_way}

    def _repo_of(self, task: Task) -> Repo | None:
        try:
            return self._projects.of(task.key).repo
        except NotFound:  # its project is no longer configured
            return None

    async def _marks(self, repo: Repo) -> Mapping[Branch, str] | None:
        """Return the mark of each open pull request, None where that cannot be said now."""
        try:
            return await self._inspector.open_pull_requests(repo)
        except NotFound:  # each of its items is told so
            return {}
        except Failure as failure:
            log.warning("could not look at the pull requests of %s: %s", repo, failure)
            return None

    def _is_to_be_looked_at(self, task: Task, mark: str) -> bool:
        if task.status in (Status.CHECKING, Status.MERGING):
            return True
        if task.pull_request is None and not mark:
            return False
        last, now = self._looked.get(task.item), self._clock.now()
        if last is None or last.mark != mark:
            return True
        settled = last.known_since + _WHOLE_SECOND
        return last.at < settled <= now or now - last.at >= _LOOK_AGAIN

    async def _look(self, task: Task) -> bool:
        """Look at the branch; return whether it could be looked at."""
        now, item = self._clock.now(), task.item
        try:
            state = await branch_state(self._inspector, self._projects, task)
            if not concerns(task, state):
                return True
            seen = f"{state.head}:{state.checks}:{len(state.reviews)}"
        except NotFound:
            if task.status is Status.BLOCKED:
                return True
            seen = "gone"
        except Failure as failure:
            log.warning("could not look at the branch of %s: %s", task.key, failure)
            return False
        signal, key = ForgeChanged(item=item), f"forge:{item}:{task.version}:{seen}"
        await self._store.transact(
            lambda tx: tx.inbox.put(signal, lane=item, key=key, at=now, item=item)
        )
        return True

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
