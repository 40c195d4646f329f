"""Plane as the pipeline sees it: an issue tracker.

Plane's traps that this file minds, beside those of our moves (``moves``):

- A PATCH of the state an item is in already counts as a change of it: what would change nothing is
  not sent.
- A write may be committed and yet answered by 500. A state is looked at before it is set again; a
  comment carries a name of ours, under which Plane takes it only once.
- POST also works on an archived item: one that we have never seen is read first.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from adapters.plane.client import PlaneClient
from adapters.plane.item_ids import is_uuid, item_id, parts_of
from adapters.plane.moves import Moves
from adapters.plane.people import People
from adapters.plane.sightings import Sightings
from adapters.plane.states import States, UnknownState
from adapters.plane.wire import CommentWire, ItemWire, utc
from domain.errors import NotFound
from domain.identifiers import CommentId, ItemId, PersonId, TaskKey, parse_task_key
from domain.item import Comment, Item, Person, Priority, Standing, TrackerState
from domain.prose import Prose
from ports.clock import Clock
from ports.rich_text import RichText

_log = logging.getLogger(__name__)
_ECHO = timedelta(seconds=2)
"""How much later than our write an item may say it was changed: Plane logs the write, and that
counts as a change, too."""
_MENTIONED = 10
_SMALL = 16 * 1024
"""Text that is parsed in a moment; larger ones are parsed beside the loop."""


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
        sightings: Sightings,
        projects: Sequence[str],
    ) -> None:
        """Look after the projects of these ids."""
        self._client = client
        self._states = states
        self._people = people
        self._text = text
        self._sightings = sightings
        self._moves = Moves(client, states, people, sightings, clock)
        self._projects = tuple(projects)
        self._prefixes: dict[str, str] = {}
        self._asking = asyncio.Lock()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def projects(self) -> Sequence[str]:
        """Return the ids of the projects."""
        return self._projects

    async def prefix(self, project: str) -> str:
        """Return the project's identifier: what its keys begin with."""
        async with self._asking:  # whoever comes meanwhile waits for the one answer
            if project not in self._prefixes:
                found = (await self._client.project(project)).identifier
                parse_task_key(f"{found}-1")
                self._prefixes[project] = found
            return self._prefixes[project]

    async def item(self, item: ItemId) -> Item:
        """Return the item as it stands now."""
        return await self._item(await self._moves.settled(item))

    async def find(self, key: TaskKey) -> Item:
        """Return the item that people call by that key."""
        # Plane's own answer to a prefix that it does not know is that the bot may not look there.
        prefixes = {await self.prefix(project) for project in self._projects}
        if key.rpartition("-")[0] in prefixes:
            row = await self._client.item_of_key(key)
            if row.project in self._projects:
                return await self._item(row)
        raise NotFound(f"{key} is of no project that we look after")

    async def comment(self, item: ItemId, comment: CommentId) -> Comment:
        """Return one comment with its author's present standing."""
        project, own = parts_of(item)
        if not is_uuid(comment):
            raise NotFound(f"there is no comment {comment[:40]!r} in Plane")
        row = await self._client.comment(project, own, comment)
        if row.issue != own:
            raise NotFound(f"comment {comment} is not on {item}")
        await self._moves.read(item)  # comments outlive an item that was archived
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
            for row in await self._moves.undone_by_ours(each):
                found[item_id(row.project, row.id)] = row
        for item, row in found.items():
            self._sightings.listed(item, row.state)
        items: list[Item] = []
        for item, row in found.items():
            try:
                items.append(await self._item(row))
            except UnknownState as failure:  # all others must be heard of all the same
                _log.warning("%s is passed over: %s", item, failure)
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
        if not self._sightings.just_listed(item):
            await self._moves.read(item)
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

    async def move(
        self, item: ItemId, state: TrackerState, *, key: str, over: TrackerState | None = None
    ) -> None:
        """Show the item in that state."""
        await self._moves.make(item, state, over)

    async def post_comment(
        self, item: ItemId, text: str, *, key: str, mention: bool = False
    ) -> None:
        """Post the text as a comment, with the approvers mentioned where they are waited for."""
        project, own = parts_of(item)
        name = sha256(f"{item}\n{key}".encode()).hexdigest()
        html = await asyncio.to_thread(self._text.render, text)
        if mention:
            html += _mentions(await self._people.approvers(project), name)
        async with self._moves.alone(item):
            seen = self._sightings.of(item)
            if seen is None or not seen.was_there:
                await self._moves.read(item)
            row = await self._client.post_comment(project, own, html, name=name)
            if row is not None:
                self._sightings.wrote(item, utc(row.created_at))

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    async def _item(self, row: ItemWire) -> Item:
        item, changed_at = item_id(row.project, row.id), utc(row.updated_at)
        seen = self._sightings.of(item)
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
