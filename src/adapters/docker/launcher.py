"""Starts a run's container, at whatever point somebody left off before."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from adapters.docker.blueprint import Bounds, Place, blueprint
from adapters.docker.containers import Containers
from adapters.docker.disk import give
from adapters.docker.engine import Engine
from adapters.docker.images import Pull, find, pull
from adapters.docker.network import Network
from adapters.docker.run_folder import RunFolder
from adapters.docker.wire import Container
from domain.errors import NotAllowed, NotFound, ToolFailed
from ports.agent_runner import AgentSpec


class Launcher:
    """Makes containers after one pattern."""

    def __init__(
        self,
        engine: Engine,
        containers: Containers,
        network: Network,
        data: Path,
        *,
        image: str,
        user: tuple[int, int],
        bounds: Bounds,
        environment: Mapping[str, str],
        pull_policy: Pull,
        data_on_engine: Path | None,
        limit: timedelta,
    ) -> None:
        """Make them of that image where a run names none; see ``DockerRunner`` for the rest."""
        self._engine = engine
        self._containers = containers
        self._network = network
        self._data = data
        self._image = image
        self._user = user
        self._bounds = bounds
        self._environment = environment
        self._pull = pull_policy
        self._data_on_engine = data_on_engine or data
        self._limit = limit

    async def start(self, folder: RunFolder, spec: AgentSpec) -> Container | None:
        """Start the run unless it was ever started, or is not to be; return what was started.

        Rejected, with the reason: it cannot be, or not within the limit.
        """
        limit = asyncio.timeout(self._limit.total_seconds())
        try:
            async with limit:
                return await self._start(folder, spec)
        except TimeoutError:
            if not limit.expired():
                raise
            took = f"{self._limit.total_seconds() / 60:g} minutes"
            raise NotAllowed(
                f"it was not started within {took} (agents.docker.start_limit_minutes): see that"
                f" the engine is well, and pull {spec.image or self._image} beforehand"
            ) from None

    async def _start(self, folder: RunFolder, spec: AgentSpec) -> Container | None:
        name = self._containers.name(folder.run)
        settled, claimed = await asyncio.to_thread(lambda: (folder.is_settled(), folder.claimed()))
        if settled:
            return None
        if claimed:
            found = await self._containers.look(name)
            if found is None or not found.state.fresh:
                return None
        else:
            found = await self._create(name, folder, spec)
        if not await asyncio.to_thread(folder.claim):  # stopped meanwhile
            await self._containers.remove(name)
            return None
        if found is not None and not found.state.fresh:  # the claim was lost with the power
            return found
        try:
            await self._containers.start(name)
        except NotFound:
            if await asyncio.to_thread(folder.is_settled):
                return None
            raise
        found = await self._containers.look(name)
        if found is not None and found.state.fresh:
            raise ToolFailed(f"the engine says that it started {name}, and did not")
        return found

    async def _create(self, name: str, folder: RunFolder, spec: AgentSpec) -> Container | None:
        """Make the container; return the one that is there if we died after that."""
        if not spec.command:
            raise NotFound("no command was given")
        await asyncio.to_thread(self._furnish, folder, spec)
        image = spec.image or self._image
        async with self._network.place(folder.run) as place:
            body = blueprint(
                folder.run,
                spec,
                image=image,
                user=self._user,
                bounds=self._bounds,
                place=self._as_seen(place),
                environment=self._environment,
                labels=self._containers.labels(folder.run),
                workspace=self._on_engine(spec.workspace),
                brief=self._on_engine(folder.brief),
                own=self._on_engine(folder.home),
            )
            try:
                return await self._containers.create(name, body)
            except NotFound:
                if self._pull is Pull.NEVER or await find(self._engine, image):
                    raise
                await pull(self._engine, image)
                return await self._containers.create(name, body)

    def _furnish(self, folder: RunFolder, spec: AgentSpec) -> None:
        """Have on our disk what the container is given, so that its user may write there."""
        if not spec.workspace.is_dir():
            raise NotFound(f"no workspace at {spec.workspace}")
        folder.write_brief(spec.brief)
        folder.furnish(spec.home)
        if os.geteuid() == 0:
            give(spec.workspace, *self._user)
            give(folder.home, *self._user)

    def _on_engine(self, path: Path) -> Path:
        """Return where the engine finds what lies there for us."""
        path = path.absolute()
        if path.is_relative_to(self._data):
            return self._data_on_engine / path.relative_to(self._data)
        return path

    def _as_seen(self, place: Place) -> Place:
        return replace(place, authority=place.authority and self._on_engine(place.authority))
