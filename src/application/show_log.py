"""What agents print, for people: without secrets, as it comes, and in readable steps."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta

from application.agents import Agents
from domain.errors import NotFound
from domain.identifiers import RunId
from domain.reading import Step, StepKind
from ports.agent_runner import AgentRunner, LogChunk
from ports.agent_runtime import AgentRuntime
from ports.store import Store

MASK = "***"
_SHORTEST = 8
"""Characters of the shortest secret that is masked: shorter ones would tear up any text."""
_LOOK_AGAIN = timedelta(seconds=0.5)
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL", re.IGNORECASE)
_SIGNS: Mapping[StepKind, str] = {
    StepKind.THOUGHT: "… ",
    StepKind.TOOL: "→ ",
    StepKind.RESULT: "  ",
    StepKind.REFUSED: "✗ ",
    StepKind.TROUBLE: "! ",
    StepKind.ENDED: "■ ",
}
_RESULT_LINES = 10


def secrets_in(environment: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Return the values of these names, and of all whose name says that they are secret."""
    wanted = set(names) | {name for name in environment if _SECRET_NAME.search(name)}
    return [environment[name] for name in wanted if name in environment]


class ShowLog:
    """Reads logs; what is masked here leaves the service nowhere else."""

    def __init__(
        self,
        *,
        store: Store,
        runner: AgentRunner,
        agents: Agents,
        runtimes: Mapping[str, AgentRuntime],
        secrets: Iterable[str],
    ) -> None:
        """Mask these secrets."""
        self._store = store
        self._runner = runner
        self._agents = agents
        self._runtimes = runtimes
        self._secrets = sorted(
            {secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True
        )

    async def logs(self, run: RunId, cursor: int = 0) -> LogChunk:
        """Return the run's output from that byte on, as the runner does, with secrets masked.

        What may be the beginning of one waits for what follows it.
        """
        chunk = await self._runner.logs(run, cursor)
        text, following = chunk.text, chunk.next
        held = 0 if chunk.ended else self._begun(text)
        if held:
            text, following = text[:-held], following - len(text[-held:].encode())
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return LogChunk(text=text, next=following, ended=chunk.ended)

    async def follow(self, run: RunId, cursor: int = 0) -> AsyncIterator[LogChunk]:
        """Yield pieces until the run is gone and all of it was read."""
        while True:
            chunk = await self.logs(run, cursor)
            if chunk.text or chunk.ended:
                yield chunk
            if chunk.ended:
                return
            if chunk.next == cursor:
                await asyncio.sleep(_LOOK_AGAIN.total_seconds())
            cursor = chunk.next

    async def transcript(self, run: RunId, *, follow: bool = False) -> AsyncIterator[str]:
        """Yield what the agent said and did, line by line. NotFound: there is no such run."""
        record = await self._store.transact(lambda tx: tx.runs.get(run))
        if record is None:
            raise NotFound(f"there is no run {run}")
        reader = self._runtimes[self._agents.of(record.run.role).runtime].reader()
        pieces = self.follow(run) if follow else self._so_far(run)
        async for chunk in pieces:
            for step in reader.feed(chunk.text):
                yield line_of(step)
        for step in reader.close():
            yield line_of(step)

    async def _so_far(self, run: RunId) -> AsyncIterator[LogChunk]:
        cursor = 0
        while True:
            chunk = await self.logs(run, cursor)
            yield chunk
            if chunk.ended or chunk.next == cursor:
                return
            cursor = chunk.next

    def _begun(self, text: str) -> int:
        """Return how many of the last characters may be the beginning of a secret."""
        longest = 0
        for secret in self._secrets:
            for length in range(min(len(secret) - 1, len(text)), longest, -1):
                if text.endswith(secret[:length]):
                    longest = length
                    break
        return longest


def line_of(step: Step) -> str:
    """Return a step as people read it: a sign for what it is, and what was said or done."""
    text = step.text
    if step.kind is StepKind.RESULT:
        lines = text.splitlines()
        rest = len(lines) - _RESULT_LINES
        lines = [*lines[:_RESULT_LINES], *([f"… {rest} lines more"] if rest > 0 else [])]
        return "\n".join(f"  {line}" for line in lines)
    words = " ".join(part for part in (step.tool, text) if part)
    return f"{_SIGNS.get(step.kind, '')}{words}"
