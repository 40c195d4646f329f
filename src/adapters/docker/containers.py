"""The containers of our runs: found by name, told by label, ended with proof."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from adapters.docker.engine import Engine, filtered, quoted_labels
from adapters.docker.installation import LABEL, PROBE, RUN
from adapters.docker.wire import Body, Container, Created, Listed, Query
from domain.errors import Conflict, NotAllowed, NotFound, Unavailable
from domain.identifiers import RunId

_PATIENCE = 9.5
"""How long an end may take, in seconds."""
_MOMENT = timedelta(minutes=2)


class Containers:
    """Those of one installation."""

    def __init__(self, engine: Engine, installation: Callable[[], str]) -> None:
        """Look after the containers that bear that id; it is asked for when it is needed."""
        self._engine = engine
        self._installation = cache(installation)

    def name(self, what: str) -> str:
        """Return what a container, or a network, of ours is called."""
        return f"orchestrator-{self._installation()[:12]}-{what}"

    @property
    def ours(self) -> Mapping[str, str]:
        """Return the label that all of ours bear."""
        return {LABEL: self._installation()}

    def labels(self, run: RunId) -> dict[str, str]:
        """Return what a run's container is told by."""
        return {**self.ours, RUN: run}

    @property
    def probing(self) -> Mapping[str, str]:
        """Return what a container is told by that lives for a moment, and that nobody knows."""
        return {**self.ours, PROBE: "1"}

    async def find(self, run: RunId) -> Container | None:
        """Return the run's container, None if there is none."""
        return await self.look(self.name(run))

    async def look(self, name: str) -> Container | None:
        """Return the container of that name, None if there is none of ours."""
        try:
            found = await self._engine.get(f"/containers/{name}/json", Container)
        except NotFound:
            return None
        return found if self.ours.items() <= found.labels.items() else None

    async def create(self, name: str, body: Body) -> Container | None:
        """Make a container, or return the one that is there. NotFound: no such image."""
        try:
            await self._engine.post("/containers/create", Created, body, {"name": name})
        except Conflict:
            if (found := await self.look(name)) is None:
                raise NotAllowed(f"{name} is the name of a container that is not ours") from None
            return found
        return None

    async def start(self, name: str) -> None:
        """Start it unless it was started. NotFound: it is not there. NotAllowed: it cannot be."""
        await self._engine.call("POST", f"/containers/{name}/start", patience=120)

    async def list(self, labels: Sequence[str] = ()) -> Sequence[Listed]:
        """Return all of ours, dead or alive, or those of them that bear these labels."""
        query: Query = {
            "all": 1,
            "filters": filtered({"label": [*quoted_labels(self.ours), *labels]}),
        }
        # Things are removed by this list: that filters were heeded is not taken on trust.
        return [
            each
            for each in await self._engine.get("/containers/json", list[Listed], query)
            if self.ours.items() <= each.labels.items() and set(labels) <= each.labels.keys()
        ]

    async def runs(self) -> Mapping[RunId, Listed]:
        """Return the containers of runs, dead or alive."""
        return {RunId(c.labels[RUN]): c for c in await self.list() if RUN in c.labels}

    async def sweep(self, now: datetime) -> None:
        """Remove those that were to live for a moment and whose maker died before he did it."""
        for each in await self.list([PROBE]):
            if now - each.made_at > _MOMENT:
                await self.remove(each.id)

    async def end(self, name: str, grace: float) -> None:
        """Ask it to end, kill it after ``grace`` seconds; return when nothing in it is alive.

        With its first process the kernel kills all others of a container, whatever they do. One
        that was not started yet is removed. Unavailable: the engine could not do it.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                while (found := await self.look(name)) is not None:
                    if found.state.fresh:
                        await self.remove(name)
                    elif not found.state.alive:
                        return
                    elif grace:
                        query = {"t": max(1, round(grace))}
                        await self._ask("POST", f"/containers/{name}/stop", query)
                        grace = 0
                    else:
                        await self._ask("POST", f"/containers/{name}/kill", {"signal": "KILL"})
                        await asyncio.sleep(0.05)
        except TimeoutError:
            raise Unavailable(f"{name} does not die") from None

    async def remove(self, name: str) -> None:
        """Remove it with all that was only its own."""
        await self._ask("DELETE", f"/containers/{name}", {"force": 1, "v": 1})

    async def _ask(self, method: str, path: str, query: Query) -> None:
        try:
            await self._engine.call(method, path, query)
        except (NotFound, Conflict):  # it has ended, or is being removed, meanwhile
            return
