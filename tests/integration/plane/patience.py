"""Doing what the outbox does: whoever is told to come back later comes back later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from adapters.plane.tracker import PlaneTracker
from domain.errors import RateLimited

P = ParamSpec("P")
T = TypeVar("T")


def patient(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Return the call, made again when the budget of a minute is used up."""

    async def calling(*args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            try:
                return await call(*args, **kwargs)
            except RateLimited as limited:
                await asyncio.sleep(limited.retry_after.total_seconds())

    return calling


class PatientTracker:
    """A tracker whose caller has all the time in the world."""

    def __init__(self, tracker: PlaneTracker) -> None:
        self._tracker = tracker

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tracker, name)
        return patient(found) if asyncio.iscoroutinefunction(found) else found
