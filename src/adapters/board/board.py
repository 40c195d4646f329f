"""The board as people use it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial

from sqlalchemy import Connection

from adapters.board.database import Announce, Database
from adapters.board.input import (
    as_html,
    checked_comment,
    checked_request_key,
    checked_text,
    checked_title,
    form_of,
    one_of,
)
from adapters.board.people import EVERYBODY, People
from adapters.board.records import CommentRecord, ItemRecord, Records
from adapters.board.tracker import item_of
from domain.errors import Invalid
from domain.identifiers import CommentId, ItemId, parse_task_key
from domain.item import Item, Person, Priority, TrackerState
from domain.signals import CommentPosted, ItemChanged
from ports.board import ShownComment, Thread
from ports.clock import Clock
from ports.rich_text import RichText

_LONG = 8 * 1024
_REMEMBERED = 512
"""How many comments are kept as HTML in memory, long ones apart: a few megabytes at most."""


class LocalBoard:
    """Writes what people do, and the news of it, in one transaction each.

    The news bear the names that the reconciler gives them, so that it does not repeat them.
    """

    def __init__(
        self,
        database: Database,
        announce: Announce,
        text: RichText,
        clock: Clock,
        *,
        people: Sequence[Person] = EVERYBODY,
        project: str = "DEMO",
    ) -> None:
        """Number items as ``project-1`` and on. Invalid: no key can be made of the project."""
        try:
            parse_task_key(f"{project}-1")
        except Invalid:
            remedy = "use capital letters, digits and _, a letter first"
            raise Invalid("project", f"{project!r} makes no keys", remedy) from None
        self._database = database
        self._records = Records(database)
        self._announce = announce
        self._text = text
        self._clock = clock
        self._people = People(people)
        self._project = project
        # Pages reload every few seconds, and to make HTML of Markdown takes a millisecond.
        self._recent = lru_cache(_REMEMBERED)(partial(as_html, rich=text))

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
        who = self._people.member(author)
        values = {
            "title": checked_title(title),
            "html": await self._html(checked_text("description", description)),
            "priority": one_of(Priority, "priority", priority).value,
            "author": who.id,
        }
        name = None if request_key is None else checked_request_key(request_key)

        def write(connection: Connection) -> ItemRecord:
            at = self._clock.now()
            if name is not None and not self._records.claim(connection, name, at):
                return self._records.item_made_under(connection, name)
            row = self._records.add_item(connection, self._project, values, at)
            if name is not None:
                self._records.fulfil(connection, name, row.key)
            self._announce_item(connection, row, who)
            return row

        return item_of(await self._database.run(write), self._text)

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
        who = self._people.member(author)
        values: dict[str, str] = {}
        if title is not None:
            values["title"] = checked_title(title)
        if description is not None:
            values["html"] = await self._html(checked_text("description", description))
        if priority is not None:
            values["priority"] = one_of(Priority, "priority", priority).value
        return await self._change(key, who, values)

    async def comment(
        self, key: str, text: str, author: str, *, request_key: str | None = None
    ) -> CommentId:
        """Add a comment; guests may. Under a known request key, return the one that made.

        It is kept as it was written. Turning it into HTML costs more than all else here, and is
        left to whoever reads it.
        """
        who, item, written = self._people.writer(author), parse_task_key(key), checked_comment(text)
        name = None if request_key is None else checked_request_key(request_key)

        def write(connection: Connection) -> CommentId:
            at = self._clock.now()
            if name is not None and not self._records.claim(connection, name, at):
                self._records.item(connection, item)
                return CommentId(self._records.made_under(connection, name))
            number = self._records.add_comment(
                connection,
                item,
                author=who.id,
                text=written,
                form=form_of(written),
                at=at,
            )
            made = CommentId(str(number))
            if name is not None:
                self._records.fulfil(connection, name, made)
            self._announce(
                connection,
                CommentPosted(item=ItemId(item), comment=made, actor=who.id),
                lane=item,
                key=f"comment:{made}",
                at=at,
                item=ItemId(item),
            )
            return made

        return await self._database.run(write)

    async def move(self, key: str, state: str, author: str) -> Item:
        """Show the item in that state; nothing happens where it is there already."""
        who = self._people.member(author)
        return await self._change(key, who, {"state": one_of(TrackerState, "state", state).value})

    async def archive(self, key: str, author: str) -> None:
        """Take the item off the board. Its key is never used again."""
        who, item = self._people.member(author), parse_task_key(key)

        def write(connection: Connection) -> None:
            row, at = self._records.item(connection, item, lock=True), self._clock.now()
            self._announce_item(
                connection, self._records.change(connection, row, at, archived_at=at), who
            )

        await self._database.run(write)

    async def open_items(self) -> Sequence[Item]:
        """Return the items that are neither done nor cancelled, the oldest first."""
        return await self._items_of(await self._database.run(self._records.open_items))

    async def ended_items(self, *, before: str | None = None, most: int) -> Sequence[Item]:
        """Return items done or cancelled, the newest first, or those older than that one."""
        key = None if before is None else parse_task_key(before)
        read = partial(self._records.ended_items, before=key, most=most)
        return await self._items_of(await self._database.run(read))

    async def ended_count(self) -> int:
        """Return how many items are done or cancelled."""
        return await self._database.run(self._records.ended_count)

    async def thread(self, key: str) -> Thread:
        """Return the item and its comments as HTML for a page."""
        item = parse_task_key(key)

        def read(connection: Connection) -> tuple[ItemRecord, Sequence[CommentRecord]]:
            return self._records.item(connection, item), self._records.comments(connection, item)

        row, comments = await self._database.run(read)
        return await asyncio.to_thread(self._thread, row, comments)

    def people(self) -> Sequence[Person]:
        """Return those who may write here."""
        return self._people.writers

    async def forget_writes(self, *, before: datetime) -> None:
        """Forget the keys of writes made before then, some at a time: nobody waits long."""
        while await self._database.run(partial(self._records.forget_writes, before=before)):
            pass

    async def _items_of(self, rows: Sequence[ItemRecord]) -> Sequence[Item]:
        return await asyncio.to_thread(lambda: [item_of(row, self._text) for row in rows])

    async def _change(self, key: str, who: Person, values: dict[str, str]) -> Item:
        item = parse_task_key(key)

        def write(connection: Connection) -> ItemRecord:
            row = self._records.item(connection, item, lock=True)
            new = {name: value for name, value in values.items() if getattr(row, name) != value}
            if new:
                row = self._records.change(connection, row, self._clock.now(), **new)
                self._announce_item(connection, row, who)
            return row

        return item_of(await self._database.run(write), self._text)

    def _announce_item(self, connection: Connection, row: ItemRecord, who: Person) -> None:
        item = ItemId(row.key)
        self._announce(
            connection,
            ItemChanged(item=item, actor=who.id),
            lane=row.key,
            key=f"item:{row.key}:{row.changed_at.isoformat()}",
            at=row.changed_at,
            item=item,
        )

    async def _html(self, text: str) -> str:
        """Return the text as HTML; a long one takes its time, but not the event loop's."""
        return await asyncio.to_thread(as_html, text, form_of(text), self._text)

    def _html_of(self, comment: CommentRecord) -> str:
        if len(comment.text) > _LONG:
            return as_html(comment.text, comment.form, self._text)
        return self._recent(comment.text, comment.form)

    def _thread(self, row: ItemRecord, comments: Sequence[CommentRecord]) -> Thread:
        return Thread(
            item=item_of(row, self._text),
            # Once more: what an older version let through is still in the table.
            description_html=self._text.sanitise(row.html),
            comments=tuple(
                ShownComment(
                    id=CommentId(str(comment.id)),
                    author=self._people.present(comment.author),
                    made_at=comment.made_at,
                    html=self._html_of(comment),
                )
                for comment in comments
            ),
        )
