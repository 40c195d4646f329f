"""The board as the pipeline sees it: an issue tracker like any other."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from adapters.board.database import Database
from adapters.board.input import TextForm, as_html, storable
from adapters.board.people import EVERYBODY, People
from adapters.board.records import CommentRecord, ItemRecord, Records
from domain.errors import NotFound
from domain.identifiers import CommentId, ItemId, PersonId, TaskKey
from domain.item import Comment, Item, Person, Priority, TrackerState
from ports.clock import Clock
from ports.rich_text import RichText


class BoardTracker:
    """Reads the board, and writes to it as the bot. What the bot does is not announced."""

    def __init__(
        self,
        database: Database,
        text: RichText,
        clock: Clock,
        *,
        people: Sequence[Person] = EVERYBODY,
        project: str = "DEMO",
    ) -> None:
        """Use the tables in that database, which must be there."""
        self._database = database
        self._records = Records(database)
        self._text = text
        self._clock = clock
        self._people = People(people)
        self._project = project

    def projects(self) -> Sequence[str]:
        """Return the board's one project."""
        return (self._project,)

    async def prefix(self, project: str) -> str:
        """Return the project's name."""
        return project

    async def item(self, item: ItemId) -> Item:
        """Return the item as it stands now."""
        row = await self._database.run(lambda connection: self._records.item(connection, item))
        return item_of(row, self._text)

    async def find(self, key: TaskKey) -> Item:
        """Return the item of that key: on the board, items are known by their keys."""
        return await self.item(ItemId(key))

    async def comment(self, item: ItemId, comment: CommentId) -> Comment:
        """Return one comment with its author's present standing."""
        if not (comment.isascii() and comment.isdigit() and len(comment) < 19):
            raise NotFound(f"there is no comment {comment[:40]!r} on {item!r}")

        def read(connection: Connection) -> CommentRecord:
            self._records.item(connection, item)
            return self._records.comment(connection, item, int(comment))

        row = await self._database.run(read)
        return await asyncio.to_thread(self._comment, row)

    async def changed_since(self, moment: datetime, project: str | None = None) -> Sequence[Item]:
        """Return the items changed at or after that moment, oldest change first."""
        rows = await self._database.run(lambda c: self._records.items_changed_since(c, moment))
        return [item_of(row, self._text) for row in rows]

    async def still_there(self, items: Collection[ItemId]) -> Collection[ItemId]:
        """Return those of the items that are on the board."""

        def read(connection: Connection) -> set[ItemId]:
            there: set[ItemId] = set()
            for item in items:
                with suppress(NotFound):
                    self._records.item(connection, item)
                    there.add(item)
            return there

        return await self._database.run(read)

    async def comments_since(self, item: ItemId, moment: datetime) -> Sequence[Comment]:
        """Return the item's comments made at or after that moment, oldest first."""

        def read(connection: Connection) -> Sequence[CommentRecord]:
            self._records.item(connection, item)
            return self._records.comments_since(connection, item, moment)

        rows = await self._database.run(read)
        return await asyncio.to_thread(lambda: [self._comment(row) for row in rows])

    async def bot(self) -> PersonId:
        """Return who we are."""
        return self._people.bot.id

    async def move(self, item: ItemId, state: TrackerState, *, key: str) -> None:
        """Show the item in that state."""

        def write(connection: Connection) -> None:
            row, at = self._records.item(connection, item, lock=True), self._clock.now()
            if self._records.claim(connection, f"effect:{key}", at) and row.state != state:
                self._records.change(connection, row, at, state=state.value)

        await self._database.run(write)

    async def post_comment(
        self, item: ItemId, text: str, *, key: str, mention: bool = False
    ) -> None:
        """Post Markdown as the bot's comment; nobody is mentioned, the board has no inbox."""

        def write(connection: Connection) -> None:
            at = self._clock.now()
            if self._records.claim(connection, f"effect:{key}", at):
                self._records.add_comment(
                    connection,
                    item,
                    author=self._people.bot.id,
                    text=storable(text),
                    form=TextForm.MARKDOWN,
                    at=at,
                )
            else:
                self._records.item(connection, item)

        await self._database.run(write)

    async def ping(self) -> None:
        """Return if the board's tables can be read."""
        await self._database.run(self._records.answer)

    async def close(self) -> None:
        """Do nothing: the database is the store's."""

    def _comment(self, row: CommentRecord) -> Comment:
        return Comment(
            id=CommentId(str(row.id)),
            author=self._people.present(row.author),
            body=self._text.read(as_html(row.text, row.form, self._text)),
            made_at=row.made_at,
        )


def item_of(row: ItemRecord, text: RichText) -> Item:
    """Return the item that the row holds."""
    return Item(
        id=ItemId(row.key),
        key=TaskKey(row.key),
        title=row.title,
        description=text.read(row.html),
        priority=Priority(row.priority),
        state=TrackerState(row.state),
        changed_at=row.changed_at,
    )
