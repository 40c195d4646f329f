"""What containers of agents can reach."""

from collections.abc import Callable, Mapping
from typing import Protocol

from adapters.docker.blueprint import Place
from adapters.docker.containers import Containers
from domain.identifiers import RunId

Labels = Callable[[RunId], Mapping[str, str]]


class Network(Protocol):
    """A place in which agents run."""

    async def place(self, run: RunId, user: tuple[int, int], labels: Labels) -> Place:
        """Return where that run's container goes; everything that it needs there is there."""
        ...

    async def check(self) -> None:
        """Raise a Failure if no place could be had."""
        ...

    async def retire(self, containers: Containers) -> None:
        """Remove what no run needs any more."""
        ...


class PlainNetwork:
    """A network of the engine, "none" being one: what is reachable from it is not our affair."""

    def __init__(self, name: str) -> None:
        """Put all agents there."""
        self._name = name

    async def place(self, run: RunId, user: tuple[int, int], labels: Labels) -> Place:
        """Return the same for all."""
        return Place(user=user, network=self._name, labels=labels(run))

    async def check(self) -> None:
        """Nothing of ours can be missing."""

    async def retire(self, containers: Containers) -> None:
        """Nothing of ours is there."""
