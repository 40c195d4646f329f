"""One network for each agent at work, with the proxy on it and nobody else.

To make a network takes the engine longer than to start a container, so they are kept: as many as
agents were ever at work at once.
"""

from collections.abc import Mapping

from adapters.docker.containers import Containers
from adapters.docker.engine import Engine
from adapters.docker.wire import Attached, Container, Created
from domain.errors import Conflict, NotFound

_LANE = "orchestrator.lane"


class Lanes:
    """Networks without a way out. Callers take one at a time."""

    def __init__(self, engine: Engine, containers: Containers) -> None:
        """Know of no networks yet."""
        self._engine = engine
        self._containers = containers
        self._promised: set[str] = set()
        """Taken for containers that are not there yet."""

    def label(self, network: str) -> Mapping[str, str]:
        """Return what tells that a run's container is on that network."""
        return {_LANE: network}

    async def take(self, proxy: Container, alias: str) -> str:
        """Return a network that nobody else gets, with the proxy on it under that name."""
        there = [each for each in await self._containers.list() if each.alive or each.fresh]
        taken = {each.labels.get(_LANE) for each in there} | self._promised
        number = 1
        while (name := self._containers.name(f"agents-{number}")) in taken:
            number += 1
        await self._join(name, proxy, alias)
        self._promised.add(name)
        return name

    def release(self, network: str) -> None:
        """Let whoever is on it by now be told by his container alone."""
        self._promised.discard(network)

    async def _join(self, name: str, proxy: Container, alias: str) -> None:
        try:
            found = await self._engine.get(f"/networks/{name}", Attached)
        except NotFound:
            found = await self._create(name)
        if proxy.id in (found.containers or {}):
            return
        body = {"Container": proxy.id, "EndpointConfig": {"Aliases": [alias]}}
        try:
            await self._engine.call("POST", f"/networks/{found.id}/connect", body=body)
        except Conflict:  # it is there already
            return

    async def _create(self, name: str) -> Attached:
        body = {
            "Name": name,
            "CheckDuplicate": True,
            "Driver": "bridge",
            "Internal": True,
            # The host would else have an address there, and whatever listens on it be in reach.
            "Options": {"com.docker.network.bridge.inhibit_ipv4": "true"},
            "Labels": dict(self._containers.ours),
        }
        created = await self._engine.post("/networks/create", Created, body)
        return Attached(id=created.id)
