"""A tracker in memory, as unpleasant as the real ones.

Features: people act by ``add_item``, ``edit``, ``set_state``, ``add_comment``, ``remove``; what we
wrote is in ``moves`` and ``posted``, in order. ``fail_next(error)`` makes the next call fail before
anything happens (twice called: the next two); ``fail_after_commit()`` lets the next write happen
and then answer with an error, as Plane does without its message broker. Our own comments and moves
count as changes of the item, so they come back as news.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from domain.errors import Conflict, Failure, NotFound, TimedOut
from domain.identifiers import CommentId, ItemId, PersonId, TaskKey
from domain.item import Comment, Item, Person, Priority, Standing, TrackerState
from domain.prose import Block, BlockKind, Prose
from ports.clock import Clock

YOU = Person(id=PersonId("you"), name="you", standing=Standing.MEMBER, approver=True)
GUEST = Person(id=PersonId("guest"), name="guest", standing=Standing.GUEST, approver=False)
BOT = Person(id=PersonId("bot"), name="bot", standing=Standing.BOT, approver=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A move of ours."""

    item: ItemId
    state: TrackerState
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A comment of ours, as Markdown."""

    item: ItemId
    text: str
    key: str
    mention: bool = False


class MemoryTracker:
    """Items, people and comments in dictionaries."""

    def __init__(
        self, clock: Clock, *, people: Iterable[Person] = (YOU, GUEST, BOT), project: str = "DEMO"
    ) -> None:
        """Start with those people, the bot among them, and no items."""
        self.people = {person.id: person for person in people}
        self.moves: list[Move] = []
        self.posted: list[Post] = []
        self._clock = clock
        self._project = project
        self._items: dict[ItemId, Item] = {}
        self._comments: dict[ItemId, list[Comment]] = {}
        self._written: set[str] = set()
        self._item_numbers = count(1)
        self._comment_numbers = count(1)
        self._failures: deque[Failure] = deque()
        self._late_failures: deque[Failure] = deque()

    # ── what people and the world do ─────────────────────────────────────────────────────────────

    def add_person(self, person: Person) -> None:
        """Let somebody join, or change what he is: his comments show it at once."""
        self.people[person.id] = person

    def add_item(
        self,
        title: str,
        description: str | Prose,
        *,
        priority: Priority = Priority.NONE,
        state: TrackerState = TrackerState.TODO,
    ) -> Item:
        """Make an item and return it."""
        number = next(self._item_numbers)
        item = Item(
            id=ItemId(f"item-{number}"),
            key=TaskKey(f"{self._project}-{number}"),
            title=title,
            description=as_prose(description),
            priority=priority,
            state=state,
            changed_at=self._clock.now(),
        )
        self._items[item.id] = item
        self._comments[item.id] = []
        return item

    def edit(
        self, item: ItemId, *, title: str | None = None, description: str | Prose | None = None
    ) -> Item:
        """Mend an item and return it."""
        found = self._found(item)
        if title is not None:
            found = replace(found, title=title)
        if description is not None:
            found = replace(found, description=as_prose(description))
        return self._changed(found)

    def set_state(self, item: ItemId, state: TrackerState) -> Item:
        """Move an item as a person does and return it."""
        return self._changed(replace(self._found(item), state=state))

    def add_comment(self, item: ItemId, text: str | Prose, *, author: str = "you") -> Comment:
        """Comment as one of the people and return the comment."""
        self._changed(self._found(item))
        comment = Comment(
            id=CommentId(f"comment-{next(self._comment_numbers)}"),
            author=self.people[PersonId(author)],
            body=as_prose(text),
            made_at=self._clock.now(),
        )
        self._comments[item].append(comment)
        return comment

    def remove(self, item: ItemId) -> None:
        """Delete an item."""
        del self._items[item], self._comments[item]

    def fail_next(self, error: Failure) -> None:
        """Make the next call fail before anything happens."""
        self._failures.append(error)

    def fail_after_commit(self, error: Failure | None = None) -> None:
        """Let the next write happen and then raise this, or that no answer came."""
        self._late_failures.append(error or TimedOut("the tracker did not answer"))

    # ── the port ─────────────────────────────────────────────────────────────────────────────────

    async def item(self, item: ItemId) -> Item:
        """Return the item as it stands now."""
        self._fail_if_told()
        return self._found(item)

    def projects(self) -> Sequence[str]:
        """Return the one project."""
        return (self._project,)

    async def prefix(self, project: str) -> str:
        """Return the project's name."""
        self._fail_if_told()
        return project

    async def find(self, key: TaskKey) -> Item:
        """Return the item of that key."""
        self._fail_if_told()
        for item in self._items.values():
            if item.key == key:
                return item
        raise NotFound(f"there is no item {key}")

    async def comment(self, item: ItemId, comment: CommentId) -> Comment:
        """Return one comment with its author's present standing."""
        self._fail_if_told()
        self._found(item)
        for made in self._comments[item]:
            if made.id == comment:
                return self._present(made)
        raise NotFound(f"there is no comment {comment!r} on {item!r}")

    async def changed_since(self, moment: datetime, project: str | None = None) -> Sequence[Item]:
        """Return the items changed at or after that moment, oldest change first."""
        self._fail_if_told()
        changed = [item for item in self._items.values() if item.changed_at >= moment]
        return sorted(changed, key=lambda item: item.changed_at)

    async def still_there(self, items: Collection[ItemId]) -> Collection[ItemId]:
        """Return those of the items that were not removed."""
        self._fail_if_told()
        return {item for item in items if item in self._items}

    async def comments_since(self, item: ItemId, moment: datetime) -> Sequence[Comment]:
        """Return the item's comments made at or after that moment, oldest first."""
        self._fail_if_told()
        self._found(item)
        return [self._present(made) for made in self._comments[item] if made.made_at >= moment]

    async def bot(self) -> PersonId:
        """Return who we are."""
        self._fail_if_told()
        return self._bot().id

    async def move(
        self, item: ItemId, state: TrackerState, *, key: str, over: TrackerState | None = None
    ) -> None:
        """Show the item in that state."""
        self._fail_if_told()
        found = self._found(item)
        if key not in self._written:
            if over is not None and found.state not in {over, state}:
                raise Conflict(f"somebody has moved {item} meanwhile")
            self._written.add(key)
            if found.state is not state:
                self.moves.append(Move(item=item, state=state, key=key))
                self._changed(replace(found, state=state))
        self._fail_late_if_told()

    async def post_comment(
        self, item: ItemId, text: str, *, key: str, mention: bool = False
    ) -> None:
        """Post the text as the bot's comment."""
        self._fail_if_told()
        self._found(item)
        if key not in self._written:
            self._written.add(key)
            self.posted.append(Post(item=item, text=text, key=key, mention=mention))
            self.add_comment(item, text, author=self._bot().id)
        self._fail_late_if_told()

    async def ping(self) -> None:
        """Return unless told to fail."""
        self._fail_if_told()

    async def close(self) -> None:
        """Do nothing."""

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    def _bot(self) -> Person:
        return next(p for p in self.people.values() if p.standing is Standing.BOT)

    def _found(self, item: ItemId) -> Item:
        try:
            return self._items[item]
        except KeyError:
            raise NotFound(f"there is no item {item!r}") from None

    def _changed(self, item: Item) -> Item:
        at = max(self._clock.now(), item.changed_at + timedelta(microseconds=1))
        item = replace(item, changed_at=at)
        del self._items[item.id]  # to the end: of two changes at one moment, the later one
        self._items[item.id] = item
        return item

    def _present(self, comment: Comment) -> Comment:
        return replace(comment, author=self.people.get(comment.author.id, comment.author))

    def _fail_if_told(self) -> None:
        if self._failures:
            raise self._failures.popleft()

    def _fail_late_if_told(self) -> None:
        if self._late_failures:
            raise self._late_failures.popleft()


def as_prose(text: str | Prose) -> Prose:
    """Return the text as said, paragraph by paragraph, but for fences and quotations."""
    if isinstance(text, Prose):
        return text
    parts = re.split(r"(^```.*?^```[ \t]*$)", text, flags=re.DOTALL | re.MULTILINE)
    blocks: list[Block] = []
    for part in parts:
        if part.startswith("```"):
            blocks.append(Block(kind=BlockKind.CODE, text="\n".join(part.split("\n")[1:-1])))
            continue
        for paragraph in re.split(r"\n\s*\n", part):
            words = paragraph.strip()
            if words.startswith(">"):
                said = re.sub(r"^> ?", "", words, flags=re.MULTILINE)
                blocks.append(Block(kind=BlockKind.QUOTED, text=said))
            elif words:
                blocks.append(Block(kind=BlockKind.SAID, text=words))
    return Prose(tuple(blocks))
