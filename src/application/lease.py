"""Keeping a lease for as long as the work under it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self


class Keeping:
    """A block whose lease is renewed, and which is broken off when that fails, with its error.

    Nearly all work is done long before the first renewal is due: until then it costs a timer, not
    a task.
    """

    def __init__(self, renew: Callable[[], Awaitable[None]], *, every: float) -> None:
        """Renew that often, in seconds."""
        self._renew = renew
        self._every = every
        self._renewing: asyncio.Task[None] | None = None
        self._failure: Exception | None = None

    async def __aenter__(self) -> Self:
        """Start counting."""
        self._limit = asyncio.timeout(None)
        await self._limit.__aenter__()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._every, self._begin)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the lease; raise what renewing it failed with."""
        self._timer.cancel()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})
        try:
            await self._limit.__aexit__(kind, error, traceback)
        except TimeoutError:
            if self._failure is None:
                raise
            raise self._failure from None

    def _begin(self) -> None:
        self._renewing = asyncio.get_running_loop().create_task(self._renew_again_and_again())

    async def _renew_again_and_again(self) -> None:
        try:
            while True:
                await self._renew()
                await asyncio.sleep(self._every)
        except Exception as failure:  # noqa: BLE001 — raised in the block
            self._failure = failure
            self._limit.reschedule(asyncio.get_running_loop().time())
