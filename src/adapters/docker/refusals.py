"""What the proxy refused, told to the runs whose doing it was."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from adapters.docker.engine import Engine
from adapters.docker.follower import Follower
from adapters.docker.frames import Frame
from adapters.docker.kept_log import KeptLog
from adapters.docker.network import Note
from adapters.docker.wire import decoded
from domain.errors import Invalid, ToolFailed
from domain.identifiers import RunId

_KEPT = 2_000_000


class _Refusal(msgspec.Struct, frozen=True):
    run: str
    refused: str


async def tell_refusals(engine: Engine, proxy: str, folder: Path, note: Note) -> None:
    """Follow the proxy's output until it is gone; keep it in the folder, so none is told twice."""
    await asyncio.to_thread(folder.mkdir, 0o700, parents=True, exist_ok=True)

    async def heard(frames: Sequence[Frame]) -> None:
        for frame in frames:
            try:
                told = decoded(frame.text, _Refusal)
            except ToolFailed:
                continue  # something else that it says
            if told.run:
                text = f"[egress] refused: {told.refused} (agents.docker.egress.allow)\n"
                with suppress(Invalid):  # no run is called that
                    await note(RunId(told.run), text)

    await Follower(engine, proxy, KeptLog(folder, _KEPT), heard=heard).run()
