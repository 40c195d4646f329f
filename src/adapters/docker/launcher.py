"""Starts a run's container, at whatever point somebody left off before."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from adapters.docker.blueprint import Bounds, Place, blueprint
from adapters.docker.containers import Containers
from adapters.docker.disk import give
from adapters.docker.engine import Engine
from adapters.docker.images import Pull, find, pull
from adapters.docker.network import Network
from adapters.docker.run_folder import RunFolder
from adapters.docker.wire import Container
from domain.errors import NotFound
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

    async def start(self, folder: RunFolder, spec: AgentSpec) -> Container | None:
        """Start the run unless it was ever started, or is not to be; return what was started.

        Rejected, with the reason: it cannot be.
        """
        name = self._containers.name(folder.run)
        if await asyncio.to_thread(folder.is_settled):
            return None
        if await asyncio.to_thread(folder.claimed):
            found = await self._containers.look(name)
            if found is None or not found.state.fresh:
                return None
        else:
            await self._create(name, folder, spec)  # or find it: see there
        if await asyncio.to_thread(folder.is_settled):  # stopped meanwhile
            await self._containers.remove(name)
            return None
        await asyncio.to_thread(folder.claim)
        try:
            await self._containers.start(name)
        except NotFound:
            if await asyncio.to_thread(folder.is_settled):
                return None
            raise
        return await self._containers.look(name)

    async def _create(self, name: str, folder: RunFolder, spec: AgentSpec) -> None:
        if not await asyncio.to_thread(spec.workspace.is_dir):
            raise NotFound(f"no workspace at {spec.workspace}")
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
                await self._containers.create(name, body)
            except NotFound:
                if self._pull is Pull.NEVER or await find(self._engine, image):
                    raise
                await pull(self._engine, image)
                await self._containers.create(name, body)

    def _furnish(self, folder: RunFolder, spec: AgentSpec) -> None:
        """Have on our disk what the container is given, so that its user may write there."""
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
