"""Plane as the pipeline sees it: an issue tracker.

Plane's traps that this file minds:

- A PATCH writes back all columns as they were when it was read, so two at once undo each other:
  our own writes to an item go one at a time, and each names a single field. What a person's PATCH
  has undone is no move of his: the item's history tells, and the move is made again.
- A PATCH of the state an item is in already counts as a change of it: what would change nothing is
  not sent.
- A write may be committed and yet answered by 500. A state is looked at before it is set again; a
  comment carries a name of ours, under which Plane takes it only once.
- PATCH and POST also work on an archived item: one that we have never seen is read first.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5
from weakref import WeakValueDictionary

from adapters.plane.client import PlaneClient
from adapters.plane.item_ids import is_uuid, item_id, parts_of
from adapters.plane.people import People
from adapters.plane.states import States
from adapters.plane.wire import CommentWire, ItemWire, utc
from domain.errors import Failure, Invalid, NotFound, RateLimited
from domain.identifiers import CommentId, ItemId, PersonId, TaskKey, parse_task_key
from domain.item import Comment, Item, Person, Priority, Standing, TrackerState
from domain.prose import Prose
from ports.clock import Clock
from ports.rich_text import RichText

_ECHO = timedelta(seconds=2)
"""How much later than our write an item may say it was changed: Plane logs the write, and that
counts as a change, too."""
_AT_ONCE = timedelta(seconds=10)
"""How long after our write an item may have been changed by a PATCH that began before it."""
_LOGGED_WITHIN = timedelta(seconds=3)
_JUST_NOW = timedelta(seconds=5)
_REMEMBERED = 5_000
_MENTIONED = 10
_SMALL = 16 * 1024
"""Text that is parsed in a moment; larger ones are parsed beside the loop."""


@dataclass(slots=True)
class _Seen:
    """What we know of an item without asking."""

    state: str | None
    """The id of the state it was in, None where a write of ours may or may not have happened."""
    written_at: datetime | None = None
    """When we last wrote to it, by Plane's clock."""
    listed_at: datetime | None = None
    """When a list last showed it, by our clock."""
    put_in: str | None = None
    """The id of the state that we last put it in."""


class PlaneTracker:
    """Reads and writes the configured projects of one workspace."""

    def __init__(
        self,
        client: PlaneClient,
        states: States,
        people: People,
        text: RichText,
        clock: Clock,
        *,
        projects: Sequence[str],
    ) -> None:
        """Look after the projects of these ids."""
        self._client = client
        self._states = states
        self._people = people
        self._text = text
        self._clock = clock
        self._projects = tuple(projects)
        self._prefixes: dict[str, str] = {}
        self._seen: OrderedDict[ItemId, _Seen] = OrderedDict()
        self._writing: WeakValueDictionary[ItemId, asyncio.Lock] = WeakValueDictionary()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def projects(self) -> Sequence[str]:
        """Return the ids of the projects."""
        return self._projects

    async def prefix(self, project: str) -> str:
        """Return the project's identifier: what its keys begin with."""
        if project not in self._prefixes:
            found = (await self._client.project(project)).identifier
            parse_task_key(f"{found}-1")
            self._prefixes[project] = found
        return self._prefixes[project]

    async def item(self, item: ItemId) -> Item:
        """Return the item as it stands now."""
        row = await self._read(item)
        return await self._item(await self._put_back(item, row) or row)

    async def find(self, key: TaskKey) -> Item:
        """Return the item that people call by that key."""
        row = await self._client.item_of_key(key)
        if row.project not in self._projects:
            raise NotFound(f"{key} is of no project that we look after")
        return await self._item(row)

    async def comment(self, item: ItemId, comment: CommentId) -> Comment:
        """Return one comment with its author's present standing."""
        project, own = parts_of(item)
        if not is_uuid(comment):
            raise NotFound(f"there is no comment {comment[:40]!r} in Plane")
        row = await self._client.comment(project, own, comment)
        if row.issue != own:
            raise NotFound(f"comment {comment} is not on {item}")
        await self._read(item)  # comments outlive an item that was archived
        return await self._comment(project, row)

    async def changed_since(self, moment: datetime, project: str | None = None) -> Sequence[Item]:
        """Return the items changed at or after that moment, oldest change first."""
        found: dict[ItemId, ItemWire] = {}
        for each in self._projects if project is None else (project,):
            await self._people.refresh(each)
            await self._states.ready(each)
            async for row in self._client.newest_changes(each):
                if row.updated_at < moment:
                    break
                found[item_id(row.project, row.id)] = row
        for item in found:
            # Not its state: of a list that was long on its way nobody knows how old it is.
            self._note(item, listed_at=self._clock.now())
        items = [await self._item(row) for row in found.values()]
        return sorted(items, key=lambda item: item.changed_at)

    async def still_there(self, items: Collection[ItemId]) -> Collection[ItemId]:
        """Return those of the items that are neither deleted nor archived."""
        wanted = set(items)
        there: set[ItemId] = set()
        for project in sorted({parts_of(item)[0] for item in wanted}):
            async for own in self._client.present(project):
                there.add(item_id(project, own))
        return wanted & there

    async def comments_since(self, item: ItemId, moment: datetime) -> Sequence[Comment]:
        """Return the item's comments made at or after that moment, oldest first."""
        project, own = parts_of(item)
        if not self._just_listed(item):
            await self._read(item)
        rows: list[CommentWire] = []
        async for row in self._client.newest_comments(project, own):
            if row.created_at < moment:
                break
            rows.append(row)
        return [await self._comment(project, row) for row in reversed(rows)]

    async def bot(self) -> PersonId:
        """Return who we are."""
        return await self._people.bot()

    async def ping(self) -> None:
        """Return if Plane has answered lately, or answers now."""
        await self._client.ping()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    async def move(self, item: ItemId, state: TrackerState, *, key: str) -> None:
        """Show the item in that state."""
        project, own = parts_of(item)
        async with self._alone(item):
            wanted = await self._states.id_of(project, state)
            seen = self._seen.get(item)
            unsure = seen is None or seen.state in {None, wanted}
            if unsure and (await self._read(item)).state == wanted:
                return
            try:
                row = await self._set(project, own, state, wanted)
            except Failure:
                self._unsure(item)
                raise
            self._note(item, state=row.state, written_at=utc(row.updated_at), put_in=wanted)

    async def post_comment(
        self, item: ItemId, text: str, *, key: str, mention: bool = False
    ) -> None:
        """Post the text as a comment, with the approvers mentioned where they are waited for."""
        project, own = parts_of(item)
        name = sha256(f"{item}\n{key}".encode()).hexdigest()
        html = await asyncio.to_thread(self._text.render, text)
        if mention:
            html += _mentions(await self._people.approvers(project), name)
        async with self._alone(item):
            if item not in self._seen:
                await self._read(item)
            row = await self._client.post_comment(project, own, html, name=name)
            if row is not None:
                self._note(item, written_at=utc(row.created_at))

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def _put_back(self, item: ItemId, row: ItemWire) -> ItemWire | None:
        """Make our last move again if a PATCH at the same moment undid it; None if it did not.

        RateLimited: it changed just now, and its history may not say yet by whose hand.
        """
        seen = self._seen.get(item)
        if seen is None or seen.put_in in {None, row.state} or seen.written_at is None:
            return None
        changed_at = utc(row.updated_at)
        if changed_at - seen.written_at > _AT_ONCE:
            seen.put_in = None  # whoever changed it did so knowingly
            return None
        if self._clock.now() - changed_at < _LOGGED_WITHIN:
            raise RateLimited("the item's history may not be written yet", _LOGGED_WITHIN)
        project, own = parts_of(item)
        moves = [
            each
            for each in await self._client.newest_activities(project, own)
            if each.field == "state"
        ]
        put_in, seen.put_in = seen.put_in, None
        ours = moves and moves[0].actor == await self.bot() and moves[0].new_identifier == put_in
        if not ours or put_in is None:
            return None
        async with self._alone(item):
            undone = await self._client.set_state(project, own, put_in)
            self._note(item, state=undone.state, written_at=utc(undone.updated_at), put_in=put_in)
        return undone

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    async def _set(self, project: str, own: str, state: TrackerState, wanted: str) -> ItemWire:
        try:
            return await self._client.set_state(project, own, wanted)
        except Invalid as refusal:
            if refusal.field != "state":
                raise
        self._states.forget(project)  # somebody has removed it and made another one, perhaps
        return await self._client.set_state(project, own, await self._states.id_of(project, state))

    async def _read(self, item: ItemId) -> ItemWire:
        project, own = parts_of(item)
        try:
            row = await self._client.item(project, own)
        except NotFound:
            self._seen.pop(item, None)
            raise NotFound(f"{item} is not in Plane, or no longer") from None
        self._note(item, state=row.state)
        return row

    def _just_listed(self, item: ItemId) -> bool:
        seen = self._seen.get(item)
        listed_at = seen.listed_at if seen else None
        return listed_at is not None and self._clock.now() - listed_at < _JUST_NOW

    def _note(
        self,
        item: ItemId,
        *,
        state: str | None = None,
        written_at: datetime | None = None,
        listed_at: datetime | None = None,
        put_in: str | None = None,
    ) -> None:
        seen = self._seen.setdefault(item, _Seen(None))
        seen.state = state or seen.state
        seen.written_at = written_at or seen.written_at
        seen.listed_at = listed_at or seen.listed_at
        seen.put_in = put_in or seen.put_in
        self._seen.move_to_end(item)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    def _unsure(self, item: ItemId) -> None:
        if item in self._seen:
            self._seen[item].state = None

    def _alone(self, item: ItemId) -> asyncio.Lock:
        return self._writing.setdefault(item, asyncio.Lock())

    async def _item(self, row: ItemWire) -> Item:
        item, changed_at = item_id(row.project, row.id), utc(row.updated_at)
        seen = self._seen.get(item)
        written_at = seen.written_at if seen else None
        return Item(
            id=item,
            key=parse_task_key(f"{await self.prefix(row.project)}-{row.sequence_id}"),
            title=row.name,
            description=await self._prose(row.description_html),
            priority=_priority(row.priority),
            state=await self._states.state_of(row.project, row.state),
            changed_at=changed_at,
            by_member=await self._by_member(row),
            by_us=written_at is not None and changed_at <= written_at + _ECHO,
        )

    async def _by_member(self, row: ItemWire) -> bool:
        """Guests make items by way of the intake, and may go on writing at them."""
        if row.created_by is None:
            return False
        author = await self._people.person(row.project, row.created_by)
        return author.standing is not Standing.GUEST

    async def _comment(self, project: str, row: CommentWire) -> Comment:
        author = await self._people.person(project, row.actor)
        if row.updated_by not in {None, row.actor}:
            # Plane lets any member write other words into somebody's comment.
            author = replace(author, approver=False)
        return Comment(
            id=CommentId(row.id),
            author=author,
            body=await self._prose(row.comment_html),
            made_at=utc(row.created_at),
        )

    async def _prose(self, html: str | None) -> Prose:
        if len(html or "") < _SMALL:
            return self._text.read(html or "")
        return await asyncio.to_thread(self._text.read, html or "")


def _priority(name: str | None) -> Priority:
    try:
        return Priority(name or "none")
    except ValueError:
        return Priority.NONE


def _mentions(people: Sequence[Person], name: str) -> str:
    """Return a paragraph in which those people are mentioned as the web app's editor does it."""
    mentions = " ".join(
        f'<mention-component entity_identifier="{person.id}" entity_name="user_mention"'
        f' id="{uuid5(NAMESPACE_URL, name + person.id)}"></mention-component>'
        for person in people[:_MENTIONED]
        if is_uuid(person.id)
    )
    return f'<p class="editor-paragraph-block">{mentions}</p>' if mentions else ""
