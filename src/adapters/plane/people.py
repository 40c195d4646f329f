"""Who is who: ourselves, members, guests, and whose word opens a gate."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from adapters.plane.budget import Urgency
from adapters.plane.client import PlaneClient
from adapters.plane.wire import UserWire
from domain.errors import RateLimited
from domain.identifiers import PersonId
from domain.item import Person, Standing
from ports.clock import Clock

MEMBER = 15
"""The role from which on somebody is more than a guest."""
_FRESH = timedelta(minutes=10)
"""How long somebody who has left may still be taken for a member."""
_ONCE_IN = timedelta(minutes=1)
"""How seldom somebody unknown makes us ask anew."""


class People:
    """Knows the workspace's people for a while, each project's as well."""

    def __init__(
        self, client: PlaneClient, clock: Clock, *, approvers: Collection[str] = ()
    ) -> None:
        """``approvers`` are ids, e-mail addresses or display names; none: all members."""
        self._client = client
        self._clock = clock
        self._approvers = frozenset(name.casefold() for name in approvers)
        self._bot: PersonId | None = None
        self._workspace: dict[str, UserWire] = {}
        self._projects: dict[str, Collection[str]] = {}
        self._asked_at: dict[str, datetime] = {}
        self._asking = asyncio.Lock()
        """Whoever comes while Plane is asked waits for the one answer."""

    @property
    def known_bot(self) -> PersonId | None:
        """Return who we are, None as long as Plane has not been asked."""
        return self._bot

    async def bot(self) -> PersonId:
        """Return who we are in Plane."""
        async with self._asking:
            if self._bot is None:
                self._bot = PersonId((await self._client.me()).id)
            return self._bot

    async def person(self, project: str, who: str) -> Person:
        """Return somebody with his present standing in the project."""
        if who == await self.bot():
            name = self._workspace[who].name if who in self._workspace else "bot"
            return Person(id=PersonId(who), name=name, standing=Standing.BOT, approver=False)
        await self._know(project, who)
        user = self._workspace.get(who)
        if user is None:
            return Person(id=PersonId(who), name=who, standing=Standing.GUEST, approver=False)
        standing = Standing.MEMBER if self._is_member(project, user) else Standing.GUEST
        return Person(
            id=PersonId(who),
            name=user.name,
            standing=standing,
            approver=self._approves(user, standing),
        )

    async def approvers(self, project: str) -> Sequence[Person]:
        """Return everybody whose word opens a gate of the project."""
        await self._know(project, None)
        people = [await self.person(project, who) for who in sorted(self._workspace)]
        return [person for person in people if person.approver]

    async def refresh(self, project: str) -> None:
        """Ask anew where what we know is getting old, if Plane has time, so that nobody waits."""
        await self.bot()
        with suppress(RateLimited):  # it is asked again by whoever needs it
            await self._ask_if_older(project, _FRESH / 2, Urgency.BACKGROUND)

    def named(self, name: str) -> UserWire | None:
        """Return the known person whom a configured approver's name means."""
        folded = name.casefold()
        return next((user for user in self._workspace.values() if folded in _names(user)), None)

    async def _know(self, project: str, who: str | None) -> None:
        stranger = who is not None and who not in self._workspace
        await self._ask_if_older(project, _ONCE_IN if stranger else _FRESH, Urgency.PEOPLE)

    async def _ask_if_older(self, project: str, than: timedelta, urgency: Urgency) -> None:
        async with self._asking:
            asked = self._asked_at.get(project)
            if asked is not None and self._clock.now() - asked < than:
                return
            everybody = await self._client.workspace_members(urgency)
            inside = await self._client.project_members(project, urgency)
            self._workspace = {user.id: user for user in everybody}
            self._projects[project] = {user.id for user in inside}
            self._asked_at[project] = self._clock.now()

    def _is_member(self, project: str, user: UserWire) -> bool:
        return (user.role or 0) >= MEMBER and user.id in self._projects.get(project, ())

    def _approves(self, user: UserWire, standing: Standing) -> bool:
        if self._approvers:
            return not self._approvers.isdisjoint(_names(user))
        return standing is Standing.MEMBER


def _names(user: UserWire) -> set[str]:
    return {name.casefold() for name in (user.id, user.email, user.display_name) if name}
