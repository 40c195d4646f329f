"""What people did in the tracker and no webhook told, or could tell: found by asking.

A tracker on another machine counts our requests, so what costs one is asked at a pace of its own
(``Pace``). Each look at a project is one request, whatever has changed; what is found to be as we
know it leads to no further one.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from application.projects import Projects
from application.watch_webhooks import WatchWebhooks
from domain.decision import Rules
from domain.effects import MoveItem
from domain.errors import Failure, NotFound
from domain.identifiers import ItemId
from domain.item import Comment, Item, Standing
from domain.signals import CommentPosted, ItemChanged
from domain.task import AT_REST, Status, Task
from ports.clock import Clock
from ports.issue_tracker import IssueTracker
from ports.store import Store, Transaction

log = logging.getLogger(__name__)

_OVERLAP = timedelta(minutes=2)
"""How far back is read again: clocks differ, and a change may become visible late."""
_BECOMES_VISIBLE = timedelta(seconds=10)
"""How long after a change another one may still be hidden behind it: clocks differ."""
_SOON = timedelta(seconds=10)
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_FAR_BACK = timedelta(days=7)
"""How old a comment may be that is found after a restart; well within what keys are kept for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the tracker is asked; no time at all: in each round."""

    every: timedelta = timedelta()
    """What has changed: a request for each project."""
    gone: timedelta = timedelta()
    """Which items are still there: a request for each thousand items of a project."""
    comments: timedelta = timedelta(minutes=1)
    """The comments of an item in which nothing seems to have changed: two requests."""
    comments_at_once: int = 1000
    """Of how many such items in one round."""
    only_new: bool = False
    """Leave alone what was there before the first start, until somebody touches it."""


class ReconcileTracker:
    """Puts what the tracker shows and we don't know into the inbox."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        tracker: IssueTracker,
        projects: Projects,
        rules: Rules,
        pace: Pace,
        webhooks: WatchWebhooks,
    ) -> None:
        """Ask this tracker at that pace."""
        self._store = store
        self._clock = clock
        self._tracker = tracker
        self._projects = projects
        self._rules = rules
        self._pace = pace
        self._webhooks = webhooks
        self._due = _LONG_AGO
        self._gone_due = _LONG_AGO
        self._heard: dict[ItemId, tuple[datetime, datetime]] = {}
        """When each item's comments were read, and how far."""

    async def __call__(self, tasks: Sequence[Task]) -> None:
        """Do it if it is time, for these tasks, which have not ended; a failure is logged."""
        now = self._clock.now()
        if now < self._due:
            return
        self._due = now + self._pace.every
        changed: dict[ItemId, Item] = {}
        for project in self._tracker.projects():
            try:
                changed |= await self._project(project)
            except Failure as failure:
                log.warning("could not ask what changed in %s: %s", project, failure)
                self._due = min(self._due, now + _SOON)
        try:
            await self._comments(tasks, changed)
            await self._gone(tasks)
        except Failure as failure:
            log.warning("could not ask the tracker: %s", failure)

    async def _project(self, project: str) -> dict[ItemId, Item]:
        """Tell of what changed in the project, and return it."""
        await self._learn_prefix(project)
        mark, began = f"tracker.read-until:{project}", f"tracker.began:{project}"
        since = await self._store.transact(lambda tx: self._since(tx, mark, began))
        items = await self._tracker.changed_since(since, project)
        now = self._clock.now()

        def write(tx: Transaction) -> None:
            for item in items:
                if self._is_news(tx, item):
                    signal = ItemChanged(item=item.id, actor=None)
                    tx.inbox.put(signal, lane=item.id, key=_key(item), at=now, item=item.id)
            if items:
                newest = max(item.changed_at for item in items)
                tx.marks.put(mark, newest.isoformat())
                self._webhooks.saw(tx, newest)

        await self._store.transact(write)
        return {item.id: item for item in items}

    async def _learn_prefix(self, project: str) -> None:
        """Know what the project's keys begin with, also when the tracker cannot say it now."""
        if self._projects.is_named(project):
            return
        mark = f"tracker.prefix:{project}"
        known = await self._store.transact(lambda tx: tx.marks.get(mark))
        if known:
            self._projects.name(project, known)
        prefix = await self._tracker.prefix(project)
        self._projects.name(project, prefix)
        if prefix != known:
            await self._store.transact(lambda tx: tx.marks.put(mark, prefix))

    def _since(self, tx: Transaction, mark: str, began: str) -> datetime:
        first = tx.marks.get(began)
        if first is None:
            first = self._first_start().isoformat()
            tx.marks.put(began, first)
        read_until = tx.marks.get(mark)
        start = datetime.fromisoformat(first)
        if read_until is None:
            return start
        return max(start, datetime.fromisoformat(read_until) - _OVERLAP)

    def _first_start(self) -> datetime:
        return self._clock.now() - _OVERLAP if self._pace.only_new else _LONG_AGO

    def _is_news(self, tx: Transaction, item: Item) -> bool:
        """Tell whether the item is not as we know it, but for a move of ours on its way."""
        task = tx.tasks.of(item.id)
        if task is None:
            return item.state in self._rules.begins_in
        text = (item.title, item.description.whole, item.priority)
        if text != (task.title, task.description, task.priority):
            return True
        moving = tx.outbox.waiting(item.id, MoveItem.__name__)
        return item.state is not task.shown and not moving

    # ── comments ─────────────────────────────────────────────────────────────────────────────────

    async def _comments(self, tasks: Sequence[Task], changed: Mapping[ItemId, Item]) -> None:
        """Read what was said where something changed, and now and then where nothing seems to."""
        under_way = {task.item for task in tasks}
        self._heard = {item: read for item, read in self._heard.items() if item in under_way}
        now = self._clock.now()
        open_to_talk = [task for task in tasks if not _is_new(task)]
        first = [task for task in open_to_talk if self._may_be_news(task, changed.get(task.item))]
        others = sorted((task for task in open_to_talk if task not in first), key=self._read_at)
        overdue = [task for task in others if now - self._read_at(task) >= self._pace.comments]
        for task in [*first, *overdue[: self._pace.comments_at_once]]:
            try:
                await self._read_comments(task, now)
            except NotFound:
                await self._put_gone(task)

    def _may_be_news(self, task: Task, item: Item | None) -> bool:
        """Tell whether the change of the item can have been a comment that we have not read.

        Where a person is waited for, what came upon our own writing at once counts as well.
        """
        if item is None or (item.by_us and task.status not in AT_REST):
            return False
        read_at = self._heard[task.item][0] if task.item in self._heard else _LONG_AGO
        return read_at < item.changed_at + _BECOMES_VISIBLE

    def _read_at(self, task: Task) -> datetime:
        return self._heard[task.item][0] if task.item in self._heard else task.created_at

    async def _read_comments(self, task: Task, now: datetime) -> None:
        until = max(task.created_at, now - _FAR_BACK)
        if task.item in self._heard:
            _, until = self._heard[task.item]
        comments = await self._tracker.comments_since(task.item, until - _OVERLAP)
        await self._put_comments(task, comments)
        self._heard[task.item] = now, max([until, *(each.made_at for each in comments)])

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

    # ── items that are gone ──────────────────────────────────────────────────────────────────────

    async def _gone(self, tasks: Sequence[Task]) -> None:
        """Find items that no list shows any more: nothing else tells of a deletion."""
        now = self._clock.now()
        if now < self._gone_due or not tasks:
            return
        there = await self._tracker.still_there([task.item for task in tasks])
        self._gone_due = now + self._pace.gone
        for task in tasks:
            if task.item not in there:
                await self._put_gone(task)

    async def _put_gone(self, task: Task) -> None:
        """Have it looked at whether the item is still there."""
        now, signal = self._clock.now(), ItemChanged(item=task.item, actor=None)
        key = f"gone:{task.item}:{task.version}"
        await self._store.transact(
            lambda tx: tx.inbox.put(signal, lane=task.item, key=key, at=now, item=task.item)
        )


def _is_new(task: Task) -> bool:
    """Tell whether nothing of ours stands in the item yet that could be answered."""
    return task.status is Status.SETTLING


def _key(item: Item) -> str:
    return f"item:{item.id}:{item.changed_at.isoformat()}"
