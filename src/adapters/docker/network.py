"""What containers of agents can reach."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from adapters.docker.blueprint import Place
from domain.identifiers import RunId

Note = Callable[[RunId, str], Awaitable[None]]
"""Adds a line of ours to a run's log."""


class Network(Protocol):
    """Where agents run."""

    @property
    def reach(self) -> str:
        """Return in words what agents reach."""
        ...

    def place(self, run: RunId) -> AbstractAsyncContextManager[Place]:
        """Have a place for that run's container, with all that it needs there, inside the block.

        The container is to be made in it: what is not in use by then may be given to another.
        """
        ...

    async def check(self) -> None:
        """Raise a Failure if no place could be had."""
        ...

    async def keep(self, note: Note) -> None:
        """See to what is ours there, until cancelled."""
        ...


class PlainNetwork:
    """A network of the engine, "none" being one: what is reachable from it is not our affair."""

    def __init__(self, name: str) -> None:
        """Put all agents there."""
        self._name = name

    @property
    def reach(self) -> str:
        """Return in words what agents reach."""
        return f"agents reach what the network {self._name} leads to"

    @asynccontextmanager
    async def place(self, run: RunId) -> AsyncGenerator[Place, None]:
        """Have the same for all."""
        yield Place(network=self._name)

    async def check(self) -> None:
        """Return: nothing of ours can be missing."""

    async def keep(self, note: Note) -> None:
        """Wait: there is nothing to see to."""
        await asyncio.Event().wait()
