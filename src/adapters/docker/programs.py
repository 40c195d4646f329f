"""The programs of images, asked in containers that live for a moment and reach nothing."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from adapters.docker.blueprint import probe
from adapters.docker.containers import Containers
from adapters.docker.engine import Engine
from adapters.docker.frames import Frames
from adapters.docker.wire import Container, Created, Query
from domain.errors import NotAllowed, NotFound, ToolFailed
from ports.clock import Clock

_FIND = ("sh", "-c", 'command -v "$1" >/dev/null || { echo "$1 is not there" >&2; exit 127; }')


class ImagePrograms:
    """Those of the images that agents run in. They see no workspace, no network and no key."""

    def __init__(
        self,
        engine: Engine,
        containers: Containers,
        clock: Clock,
        *,
        image: str,
        user: tuple[int, int],
        patience: timedelta = timedelta(seconds=20),
    ) -> None:
        """Ask in ``image`` where none is named, as the user that agents run as."""
        self._engine = engine
        self._containers = containers
        self._clock = clock
        self._image = image
        self._user = user
        self._patience = patience.total_seconds()

    async def find(self, program: str, *, image: str = "") -> None:
        """Return if there is such a program."""
        await self.ask([*_FIND, "find", program], image=image)

    async def ask(self, command: Sequence[str], *, image: str = "") -> str:
        """Return what it prints."""
        image, asked = image or self._image, " ".join(command[-2:])
        await self._containers.sweep(self._clock.now())
        try:
            made = await self._engine.post(
                "/containers/create",
                Created,
                probe(command, image=image, user=self._user, labels=self._containers.probing),
            )
        except NotFound as missing:
            raise NotAllowed(f"image {image} is not there") from missing
        try:
            async with asyncio.timeout(self._patience):
                code, said = await self._run(made.id)
        except TimeoutError:
            raise ToolFailed(f"{asked} takes longer than {self._patience:g} s in {image}") from None
        finally:
            await self._containers.remove(made.id)
        if code in (126, 127):
            raise NotFound(f"{said.rpartition(chr(10))[2][:200]} in {image}")
        if code:
            raise ToolFailed(f"{asked} says {said[-100:]!r} in {image}, exit code {code}")
        return said

    async def _run(self, container: str) -> tuple[int, str]:
        await self._engine.call("POST", f"/containers/{container}/start")
        query: Query = {"stdout": 1, "stderr": 1, "timestamps": 1, "follow": 1}
        said, frames = b"", Frames()
        async with self._engine.stream(f"/containers/{container}/logs", query) as answer:
            async for data in answer.aiter_raw():
                for frame in frames.feed(data):
                    said = (said + frame.text)[-10_000:]
        if frames.complaint:
            raise ToolFailed(f"the engine cannot read what it prints: {frames.complaint}")
        while True:
            found = await self._engine.get(f"/containers/{container}/json", Container)
            if not found.state.alive:
                return found.state.exit_code, said.decode("utf-8", "replace").strip()
            await asyncio.sleep(0.02)  # its output ends a moment before it does
