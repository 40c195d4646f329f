"""The tracker in memory keeps to the contract, and fails as it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.clock import SteppedClock
from adapters.memory.issue_tracker import MemoryTracker
from domain.errors import TimedOut, ToolFailed
from domain.identifiers import CommentId, ItemId
from domain.item import Priority, TrackerState
from tests.contracts.issue_tracker import (
    IssueTrackerContract,
    LostAnswerContract,
    RememberedMoveContract,
)

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class MemoryPeople:
    """People who act on the fake."""

    def __init__(self, tracker: MemoryTracker, clock: SteppedClock) -> None:
        self._tracker = tracker
        self._clock = clock

    async def create(self, title: str, description: str, priority: Priority) -> ItemId:
        self._clock.advance(timedelta(seconds=1))
        return self._tracker.add_item(title, description, priority=priority).id

    async def retitle(self, item: ItemId, title: str) -> None:
        self._clock.advance(timedelta(seconds=1))
        self._tracker.edit(item, title=title)

    async def comment(self, item: ItemId, text: str, *, guest: bool = False) -> CommentId:
        self._clock.advance(timedelta(seconds=1))
        return self._tracker.add_comment(item, text, author="guest" if guest else "you").id

    async def move(self, item: ItemId, state: TrackerState) -> None:
        self._clock.advance(timedelta(seconds=1))
        self._tracker.set_state(item, state)

    async def remove(self, item: ItemId) -> None:
        self._clock.advance(timedelta(seconds=1))
        self._tracker.remove(item)


class MemoryAnswers:
    """Loses answers on the fake."""

    def __init__(self, tracker: MemoryTracker) -> None:
        self._tracker = tracker

    def lose_answer(self) -> None:
        self._tracker.fail_after_commit()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
def tracker(clock: SteppedClock) -> MemoryTracker:
    return MemoryTracker(clock)


@pytest.fixture
def people(tracker: MemoryTracker, clock: SteppedClock) -> MemoryPeople:
    return MemoryPeople(tracker, clock)


@pytest.fixture
def answers(tracker: MemoryTracker) -> MemoryAnswers:
    return MemoryAnswers(tracker)


class TestMemoryTracker(IssueTrackerContract, RememberedMoveContract, LostAnswerContract):
    """The fake."""


async def test_a_failure_that_was_ordered_comes_once_and_changes_nothing(
    tracker: MemoryTracker,
) -> None:
    item = tracker.add_item("A title", "A description.")
    tracker.fail_next(ToolFailed("out of order"))
    with pytest.raises(ToolFailed):
        await tracker.move(item.id, TrackerState.DONE, key="done")
    assert tracker.moves == []
    await tracker.move(item.id, TrackerState.DONE, key="done")
    assert [move.state for move in tracker.moves] == [TrackerState.DONE]


async def test_a_failure_after_the_fact_leaves_the_write_behind(tracker: MemoryTracker) -> None:
    item = tracker.add_item("A title", "A description.")
    tracker.fail_after_commit()
    with pytest.raises(TimedOut):
        await tracker.post_comment(item.id, "Hello", key="hello")
    assert [post.text for post in tracker.posted] == ["Hello"]
