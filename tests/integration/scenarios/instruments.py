"""What a scenario measures and disturbs with: a clock, a tracker and a notifier of its own."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from adapters.memory.code_forge import MemoryForge
from adapters.memory.notifier import MemoryNotifier
from domain.errors import Failure
from domain.evidence import PullRequest
from domain.identifiers import CommentId, ItemId, PersonId, TaskKey
from domain.item import Comment, Item, TrackerState
from ports.issue_tracker import IssueTracker


class ShiftedClock:
    """The real time, and as much more as a test has let pass."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by


class WatchedTracker:
    """A tracker that can go away, and remembers what we wrote to it, in order."""

    def __init__(self, tracker: IssueTracker) -> None:
        self._tracker = tracker
        self.down: Failure | None = None
        self.moves: list[tuple[ItemId, TrackerState]] = []
        self.posted: list[tuple[ItemId, str]] = []
        self.attempts = 0

    def projects(self) -> Sequence[str]:
        return self._tracker.projects()

    async def prefix(self, project: str) -> str:
        self._reach()
        return await self._tracker.prefix(project)

    async def item(self, item: ItemId) -> Item:
        self._reach()
        return await self._tracker.item(item)

    async def find(self, key: TaskKey) -> Item:
        self._reach()
        return await self._tracker.find(key)

    async def comment(self, item: ItemId, comment: CommentId) -> Comment:
        self._reach()
        return await self._tracker.comment(item, comment)

    async def changed_since(self, moment: datetime, project: str | None = None) -> Sequence[Item]:
        self._reach()
        return await self._tracker.changed_since(moment, project)

    async def still_there(self, items: Collection[ItemId]) -> Collection[ItemId]:
        self._reach()
        return await self._tracker.still_there(items)

    async def comments_since(self, item: ItemId, moment: datetime) -> Sequence[Comment]:
        self._reach()
        return await self._tracker.comments_since(item, moment)

    async def bot(self) -> PersonId:
        self._reach()
        return await self._tracker.bot()

    async def move(
        self, item: ItemId, state: TrackerState, *, key: str, over: TrackerState | None = None
    ) -> None:
        self._reach()
        await self._tracker.move(item, state, key=key, over=over)
        self.moves.append((item, state))

    async def post_comment(
        self, item: ItemId, text: str, *, key: str, mention: bool = False
    ) -> None:
        self._reach()
        await self._tracker.post_comment(item, text, key=key, mention=mention)
        self.posted.append((item, text))

    async def ping(self) -> None:
        self._reach()
        await self._tracker.ping()

    async def close(self) -> None:
        await self._tracker.close()

    def _reach(self) -> None:
        self.attempts += 1
        if self.down:
            raise self.down


class WatchedNotifier(MemoryNotifier):
    """A messenger that can go away for as long as a test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.down: Failure | None = None
        self.attempts = 0

    async def notify(
        self,
        key: TaskKey,
        text: str,
        *,
        url: str | None,
        pull_request: PullRequest | None = None,
        effect: str,
    ) -> None:
        self.attempts += 1
        if self.down:
            raise self.down
        await super().notify(key, text, url=url, pull_request=pull_request, effect=effect)

    async def ping(self) -> None:
        if self.down:
            raise self.down
        await super().ping()


class LocalMemoryForge(MemoryForge):
    """A forge in memory that brings a loop of its own along, as the embedded one does."""

    async def run_checks(self, stop: asyncio.Event) -> None:
        await stop.wait()
