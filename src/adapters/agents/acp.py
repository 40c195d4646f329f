"""Any agent that speaks the Agent Client Protocol, through a small program of ours in its place.

Usage is told in as many ways as there are agents: in the answer, in updates, or not at all. What
only tells how full the context is counts for nothing.
"""

import sys
from pathlib import Path

from adapters.agents.faults import fault
from adapters.agents.lines import Json, count, items, number, plainly, table, text
from adapters.agents.probe import version_of
from adapters.agents.reading import JsonReader
from domain.errors import Invalid, NotFound
from domain.money import Money, Usage, money
from domain.reading import Ending, StepKind
from ports.agent_runtime import AgentSetup, Invocation, OutputReader

_PROGRAM = Path(__file__).with_name("acp_client.py")
_START = 'python=$1; [ -x "$python" ] || python=python3; shift; exec "$python" -P "$@"'
"""In a container our interpreter is not there: then the image's, with ``agent-client-protocol``."""


class AnyAcpAgent:
    """The runtime ``acp``."""

    speaks = True
    counts = False
    known = ""

    def invoke(self, setup: AgentSetup, *, budget: Money | None) -> Invocation:
        """Return our program with the agent behind it. Invalid: ACP cannot say that to an agent."""
        if not setup.command:
            raise Invalid("command", "missing", 'name the agent, as in ["gemini", "--acp"]')
        if setup.max_turns:
            raise Invalid("max_turns", "the protocol has no such limit", "remove it")
        if setup.model:
            raise Invalid("model", "the protocol cannot choose it", "use the agent's own arguments")
        ours = ("sh", "-c", _START, "acp", sys.executable, "{home}/acp_client.py", setup.access)
        return Invocation(
            command=[*ours, *setup.command, *setup.arguments],
            environment=dict(setup.environment),
            home={"acp_client.py": _PROGRAM.read_text("utf-8")},
        )

    def reader(self) -> OutputReader:
        """Return a reader for one run's output."""
        return AcpReader()

    async def version(self, setup: AgentSetup) -> str:
        """Return what the agent's program says."""
        if not setup.command:
            raise NotFound("no agent is configured")
        return await version_of(setup.command[:1])


class AcpReader(JsonReader):
    """Reads what our program prints."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        super().__init__()
        self._said: list[str] = []

    def told(self, line: Json) -> None:
        """Take note of one line."""
        match line.get("acp"):
            case "session":
                self.notes.change(session=text(line.get("session")))
            case "update":
                self._update(table(line.get("update")))
            case "refused":
                self.notes.refuse(text(line.get("tool")) or "a tool")
            case "end":
                self._end(line)
            case "failed":
                why = text(line.get("error"))
                answered = line.get("code") is not None  # else the agent itself went away
                self.notes.end(fault(why) if answered else Ending.FAILED, why)

    def _update(self, update: Json) -> None:
        kind = update.get("sessionUpdate")
        if kind != "agent_message_chunk":
            self._finish_saying()
        match kind:
            case "agent_message_chunk":
                self._chunk(update)
            case "tool_call":
                self.notes.tool(text(update.get("title")), plainly(update.get("rawInput")))
            case "tool_call_update" if update.get("status") in ("completed", "failed"):
                said = "\n".join(
                    text(table(part.get("content")).get("text"))
                    for part in items(update.get("content"))
                )
                self.notes.step(StepKind.RESULT, said or text(update.get("status")))
            case "usage_update":
                dollars = number(table(update.get("cost")).get("amount"))
                if dollars is not None:
                    self.notes.change(reckoned=money(dollars), reckoned_of_session=True)

    def _chunk(self, update: Json) -> None:
        # A message comes word by word; it is one step, however many words it has.
        self._said.append(text(table(update.get("content")).get("text")))
        if sum(map(len, self._said)) > 2_000:
            self._finish_saying()
        usage = _usage(table(table(update.get("_meta")).get("usage")))
        if usage.total:
            self.notes.add(usage)

    def _finish_saying(self) -> None:
        if self._said:
            self.notes.step(StepKind.SAID, "".join(self._said))
            self._said = []

    def _end(self, line: Json) -> None:
        self._finish_saying()
        usage = _usage(table(line.get("usage")))
        if not usage.total:
            quota = table(table(table(line.get("meta")).get("quota")).get("token_count"))
            read, written = quota.get("input_tokens"), quota.get("output_tokens")
            usage = Usage(input=count(read), output=count(written))
        if usage.total:
            self.notes.change(usage=usage)
        reason = text(line.get("reason"))
        match reason:
            case "end_turn":
                self.notes.end(Ending.FINISHED)
            case "max_turn_requests":
                self.notes.end(Ending.TURN_LIMIT, reason)
            case "cancelled":
                self.notes.end(Ending.INTERRUPTED, reason)
            case _:  # refusal, max_tokens, and what a later version may add
                self.notes.end(Ending.FAILED, reason)


def _usage(told: Json) -> Usage:
    cached, written = count(told.get("cachedReadTokens")), count(told.get("cachedWriteTokens"))
    read, output = count(told.get("inputTokens")), count(told.get("outputTokens"))
    thought = count(told.get("thoughtTokens"))
    total = count(told.get("totalTokens"))
    if total and total == read + output:  # the cache is part of its input
        read = max(0, read - cached - written)
    return Usage(input=read, output=output + thought, cached=cached, written=written)
