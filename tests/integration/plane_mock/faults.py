"""What can be made to go wrong, on command."""

import asyncio
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]
Number = Annotated[int, Meta(ge=0)]


class Outage(StrEnum):
    """How Plane is not there."""

    BAD_GATEWAY = "bad-gateway"
    """Its proxy is there and says so."""
    CUT = "cut"
    """The connection breaks in the middle of the answer."""
    SILENCE = "silence"
    """Nobody answers until the outage is over, and then badly."""


class Faults(Struct, kw_only=True, forbid_unknown_fields=True):
    """The faults that are on. Numbers count down, shares and switches stay."""

    reject: Number = 0
    """So many requests are answered 429."""
    retry_after: Number = 1
    fail_writes: Number = 0
    """So many writes are committed and answered 500; the worker never hears of them."""
    lose_answers: Number = 0
    """So many writes are committed, and the connection is cut before the answer is whole."""
    latency: Seconds = 0
    outage: Seconds = 0
    """So long from now on nobody is served, and the worker stands still."""
    outage_as: Outage = Outage.BAD_GATEWAY
    broker_down: bool = False
    """Each write is committed, answered 500 after a while, and never heard of by the worker."""
    worker_down: bool = False
    """Everything the worker would do waits; then it sees the rows as they have become."""
    lost: Share = 0
    repeated: Share = 0
    shuffled: Seconds = 0
    """Each delivery is held up by up to so many seconds, its body as it was."""


class Trouble:
    """The faults that are on, and how to run into them."""

    def __init__(self) -> None:
        """Begin without any."""
        self.faults = Faults()
        self._over = 0.0
        self._served, self._working = asyncio.Event(), asyncio.Event()
        self._served.set()
        self._working.set()

    def order(self, changed: dict[str, object]) -> Faults:
        """Turn faults on and off; what is not named stays as it is."""
        self.faults = msgspec.convert(msgspec.to_builtins(self.faults) | changed, Faults)
        if "outage" in changed:
            self._over = self._now() + self.faults.outage
        self._refresh()
        return self.faults

    def clear(self) -> None:
        """Turn all of them off."""
        self.faults, self._over = Faults(), 0.0
        self._refresh()

    @property
    def outage_left(self) -> float:
        """For how long nobody is served, in seconds."""
        return max(0.0, self._over - self._now())

    def take(self, name: str) -> bool:
        """Use up one of those that count down; tell whether there was one."""
        left: int = getattr(self.faults, name)
        if left:
            setattr(self.faults, name, left - 1)
        return left > 0

    async def outage_over(self) -> None:
        """Return when somebody is served again."""
        await self._served.wait()

    async def worker_up(self) -> None:
        """Return when the worker may work."""
        await self._working.wait()

    def _refresh(self) -> None:
        """Let go of who waits for what is there again, and look once more when an outage ends."""
        left = self.outage_left
        for event, there in (
            (self._served, not left),
            (self._working, not left and not self.faults.worker_down),
        ):
            (event.set if there else event.clear)()
        if left:
            asyncio.get_running_loop().call_later(left, self._refresh)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
