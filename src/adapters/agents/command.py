"""Any program: it gets its brief, commits its work, and its exit code is all it says of itself."""

import shutil
from collections.abc import Sequence

from adapters.agents.lines import Lines
from adapters.agents.reading import Notebook
from domain.errors import Invalid, NotFound
from domain.money import Money
from domain.reading import Reading, Step, StepKind
from ports.agent_runtime import AgentSetup, Invocation, OutputReader


class AnyCommand:
    """The runtime ``command``."""

    speaks = False
    counts = False
    known = ""

    def invoke(self, setup: AgentSetup, *, budget: Money | None) -> Invocation:
        """Return the command as it is. Invalid: none is given, or it cannot get that."""
        if not setup.command:
            raise Invalid("command", "missing", 'name the program, as in ["my-agent", "--quiet"]')
        if setup.max_turns:
            raise Invalid("max_turns", "unknown to a program of your own", "give it as an argument")
        model = {"ORCHESTRATOR_MODEL": setup.model} if setup.model else {}
        return Invocation(
            command=[*setup.command, *setup.arguments],
            environment={**model, **setup.environment},
        )

    def reader(self) -> OutputReader:
        """Return a reader that takes every line for what it is."""
        return PlainReader()

    async def version(self, setup: AgentSetup) -> str:
        """Return nothing: a program that does not know ``--version`` might begin to work."""
        if not setup.command or shutil.which(setup.command[0]) is None:
            raise NotFound(f"{' '.join(setup.command[:1]) or 'a command'} is not there; install it")
        return ""


class PlainReader:
    """Takes each line for something printed."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lines = Lines()
        self._notes = Notebook()

    def feed(self, text: str) -> Sequence[Step]:
        """Take the next piece."""
        for line in self._lines.feed(text):
            self._notes.step(StepKind.PRINTED, line)
        return self._notes.taken()

    def close(self) -> Sequence[Step]:
        """Take the rest for a line."""
        for line in self._lines.close():
            self._notes.step(StepKind.PRINTED, line)
        return self._notes.taken()

    @property
    def reading(self) -> Reading:
        """Return what there is to know: nothing."""
        return self._notes.reading
