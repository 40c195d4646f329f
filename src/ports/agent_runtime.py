"""The kinds of agents: how each is called, and what its output means.

A runtime starts nothing: where and under what limits agents run is the ``AgentRunner``'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.money import Money
from domain.reading import Reading, Step


class Access(StrEnum):
    """What an agent may do without asking; there is nobody whom it could ask."""

    READ = "read"
    """Look, and nothing else."""
    WORKSPACE = "workspace"
    """Change files of its workspace and run commands, within its own sandbox if it has one."""
    FULL = "full"
    """Anything: for agents whose container is their sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSetup:
    """The agent of a role, as somebody configured it."""

    runtime: str
    command: Sequence[str] = ()
    """How its program is called, where that is not its usual name."""
    model: str = ""
    max_turns: int | None = None
    access: Access = Access.WORKSPACE
    arguments: Sequence[str] = ()
    """Arguments beyond our own."""
    environment: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    """What it runs in, where this agent needs an image of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """How an agent is started. ``{home}`` in it stands for the run's own folder."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    home: Mapping[str, str] = field(default_factory=dict)
    """Files that lie in that folder before it starts, by their path within it."""


class OutputReader(Protocol):
    """Reads the output of one run as it comes, within bounds however much comes.

    Tolerant: what it does not know it passes over, what is no stream is a step that was PRINTED.
    """

    def feed(self, text: str) -> Sequence[Step]:
        """Take the next piece, cut anywhere, and return what is told in it."""
        ...

    def close(self) -> Sequence[Step]:
        """Take what came after the last line's end for a line, too."""
        ...

    @property
    def reading(self) -> Reading:
        """Return all that has been said so far."""
        ...


class AgentRuntime(Protocol):
    """One kind of agent. The brief comes to it on standard input."""

    @property
    def speaks(self) -> bool:
        """Return whether its output tells how its run ends; else its exit code is all there is."""
        ...

    @property
    def counts(self) -> bool:
        """Return whether its output tells what it uses; else no limit of money may hold it."""
        ...

    @property
    def known(self) -> str:
        """Return the version that its flags and output were taken from; empty where any will do."""
        ...

    def invoke(self, setup: AgentSetup, *, budget: Money | None) -> Invocation:
        """Return how it is started; ``budget`` is what it may cost, where it can watch that.

        Invalid: the setup lacks something, or holds what this kind cannot do.
        """
        ...

    def reader(self) -> OutputReader:
        """Return a reader for one run's output."""
        ...

    async def version(self, setup: AgentSetup) -> str:
        """Return what version its program is, nothing where it cannot be asked.

        NotFound: there is no such program. ToolFailed: it is there and does not answer.
        """
        ...
