"""The eight states as a project has them: found by name and group, never by an id in the code.

A team may call a state otherwise; the configuration then says how. Its own states beside the eight
are read by their group: whatever is unstarted is to do, whatever is started is in progress.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.plane.client import PlaneClient
from adapters.plane.wire import StateWire
from domain.errors import ToolFailed
from domain.item import TrackerState
from ports.clock import Clock

_ONCE_IN = timedelta(seconds=30)
"""How seldom a state that is not there is looked for again."""


class UnknownState(ToolFailed):
    """An item is in a state that Plane's list of states does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A state as Plane is to have it."""

    name: str
    group: str
    color: str


WANTED: Mapping[TrackerState, StateRow] = {
    TrackerState.BACKLOG: StateRow(name="Backlog", group="backlog", color="#60646C"),
    TrackerState.TODO: StateRow(name="Todo", group="unstarted", color="#60646C"),
    TrackerState.IN_PROGRESS: StateRow(name="In Progress", group="started", color="#F59E0B"),
    TrackerState.NEEDS_INPUT: StateRow(name="Needs Input", group="started", color="#D97706"),
    TrackerState.IN_REVIEW: StateRow(name="In Review", group="started", color="#0EA5E9"),
    TrackerState.BLOCKED: StateRow(name="Blocked", group="started", color="#DC2626"),
    TrackerState.DONE: StateRow(name="Done", group="completed", color="#46A758"),
    TrackerState.CANCELLED: StateRow(name="Cancelled", group="cancelled", color="#9AA4BC"),
}
_BY_GROUP = {
    "backlog": TrackerState.BACKLOG,
    "unstarted": TrackerState.TODO,
    "started": TrackerState.IN_PROGRESS,
    "completed": TrackerState.DONE,
    "cancelled": TrackerState.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a project's states were when they were last asked for."""

    asked_at: datetime
    by_id: Mapping[str, TrackerState]
    ids: Mapping[TrackerState, str]


class States:
    """Knows each project's states, and asks again when one is not known."""

    def __init__(
        self, client: PlaneClient, clock: Clock, renamed: Mapping[TrackerState, str] | None = None
    ) -> None:
        """``renamed`` says how states are called that are not called as we call them."""
        self._client = client
        self._clock = clock
        self._renamed = renamed or {}
        self._known: dict[str, _Known] = {}
        self._asking = asyncio.Lock()

    def wanted(self, state: TrackerState) -> StateRow:
        """Return how the state is to be called here, and its group."""
        row = WANTED[state]
        return StateRow(name=self._renamed.get(state, row.name), group=row.group, color=row.color)

    async def ready(self, project: str) -> None:
        """Know the project's states, so that nobody has to wait for them."""
        async with self._asking:
            if project not in self._known:
                await self.list(project)

    async def id_of(self, project: str, state: TrackerState) -> str:
        """Return the state's id. ToolFailed: the project has none, and the remedy."""
        known = await self._knowing(project, state)
        if (own := known.ids.get(state)) is not None:
            return own
        row = self.wanted(state)
        raise ToolFailed(
            f"the project has no state {row.name!r} in group {row.group}: run"
            f" 'orchestrator init' to make it, or name yours as tracker.states.{state}"
        )

    async def state_of(self, project: str, own: str | None) -> TrackerState:
        """Return which of the eight the id is, or which its group makes it.

        UnknownState: the project has none of that id, also when it is asked again.
        """
        if own is None:
            return TrackerState.BACKLOG
        known = await self._knowing(project, own)
        if own not in known.by_id:
            raise UnknownState(f"Plane's list of states does not hold {own}, which an item is in")
        return known.by_id[own]

    async def list(self, project: str) -> Sequence[StateWire]:
        """Return the project's states as they are now, and know them from now on."""
        rows = await self._client.states(project)
        named = {row.id: self._named(row) for row in rows}
        self._known[project] = _Known(
            asked_at=self._clock.now(),
            by_id={
                row.id: named[row.id] or _BY_GROUP.get(row.group, TrackerState.BACKLOG)
                for row in rows
            },
            ids={state: own for own, state in named.items() if state is not None},
        )
        return rows

    def forget(self, project: str) -> None:
        """Ask again next time: Plane has refused one of them."""
        self._known.pop(project, None)

    async def _knowing(self, project: str, what: TrackerState | str) -> _Known:
        async with self._asking:  # whoever comes meanwhile waits for the one answer
            known = self._known.get(project)
            if known is None or (
                what not in known.ids
                and what not in known.by_id
                and self._clock.now() >= known.asked_at + _ONCE_IN
            ):
                await self.list(project)
            return self._known[project]

    def _named(self, row: StateWire) -> TrackerState | None:
        for state in TrackerState:
            wanted = self.wanted(state)
            if row.group == wanted.group and row.name.casefold() == wanted.name.casefold():
                return state
        return None
