"""What people do on the embedded board: the other side of the tracker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.identifiers import CommentId
from domain.item import Item, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownComment:
    """A comment, ready for a page."""

    id: CommentId
    author: Person
    made_at: datetime
    html: str
    """Safe to put into a page as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """An item with all that was written about it, oldest comment first."""

    item: Item
    description_html: str
    """Safe to put into a page as it is."""
    comments: tuple[ShownComment, ...]


class Board(Protocol):
    """Takes people's input as they type it: keys, names and values are checked here.

    Invalid names the field and the remedy, NotFound: no item of that key, or no longer; Forbidden:
    the author is a guest, or not a person. Text is Markdown, or HTML where it starts as a browser
    editor's does. Every change is announced to the pipeline in the transaction that makes it.
    """

    async def create(
        self,
        title: str,
        description: str,
        priority: str,
        author: str,
        *,
        request_key: str | None = None,
    ) -> Item:
        """Make an item in Todo and return it; under a known request key, return what that made."""
        ...

    async def edit(
        self,
        key: str,
        author: str,
        *,
        title: str | None = None,
        description: str | None = None,
        priority: str | None = None,
    ) -> Item:
        """Change what is given and return the item; nothing happens where nothing differs."""
        ...

    async def comment(
        self, key: str, text: str, author: str, *, request_key: str | None = None
    ) -> CommentId:
        """Add a comment; guests may. Under a known request key, return the one that made."""
        ...

    async def move(self, key: str, state: str, author: str) -> Item:
        """Show the item in that state; nothing happens where it is there already."""
        ...

    async def archive(self, key: str, author: str) -> None:
        """Take the item off the board. Its key is never used again."""
        ...

    async def open_items(self) -> Sequence[Item]:
        """Return the items that are neither done nor cancelled, the oldest first.

        What it costs grows with these alone, not with all that there ever were.
        """
        ...

    async def ended_items(self, *, before: str | None = None, most: int) -> Sequence[Item]:
        """Return items done or cancelled, the newest first: all, or those older than that one.

        ``before`` is a key. NotFound: there never was such an item.
        """
        ...

    async def ended_count(self) -> int:
        """Return how many items are done or cancelled."""
        ...

    async def thread(self, key: str) -> Thread:
        """Return the item and its comments as HTML for a page."""
        ...

    async def forget_writes(self, *, before: datetime) -> None:
        """Forget by which keys writes made before then are known: one repeated is done again."""
        ...

    def people(self) -> Sequence[Person]:
        """Return those who may write here: everybody known but ourselves."""
        ...
