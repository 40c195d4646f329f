"""Is everything set up? What ``doctor`` and ``init`` do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from application.check_readiness import Pingable
from domain.errors import Failure
from ports.examination import Examiner, Finding, Verdict

Findings = Mapping[str, Sequence[Finding]]
"""What was found, by the names people know the tools by."""


class AnswerExaminer:
    """Examines a tool that needs no setting up: it answers, or it does not."""

    def __init__(self, tool: Pingable, *, remedy: str) -> None:
        """Advise this where it does not answer."""
        self._tool = tool
        self._remedy = remedy

    async def examine(self) -> Sequence[Finding]:
        """Return whether it answers."""
        try:
            await self._tool.ping()
        except Failure as failure:
            return [_failed(str(failure), self._remedy)]
        return [Finding(subject="answer", verdict=Verdict.OK, text="it answers")]

    async def init(self) -> Sequence[Finding]:
        """Return nothing: there is nothing to create."""
        return []


class Examine:
    """Asks every tool's examiner, one after the other."""

    def __init__(self, examiners: Mapping[str, Examiner]) -> None:
        """Ask these, by the names people know the tools by."""
        self._examiners = examiners

    async def __call__(self) -> Findings:
        """Return what each of them found."""
        return await self._each(lambda examiner: examiner.examine())

    async def init(self) -> Findings:
        """Have each of them create what is missing; return what was done."""
        return await self._each(lambda examiner: examiner.init())

    async def _each(self, ask: Callable[[Examiner], Awaitable[Sequence[Finding]]]) -> Findings:
        found: dict[str, Sequence[Finding]] = {}
        for name, examiner in self._examiners.items():
            try:
                found[name] = await ask(examiner)
            except Failure as failure:
                remedy = f"see to it that the {name} answers, then run this again"
                found[name] = [_failed(str(failure), remedy)]
        return found


def _failed(text: str, remedy: str) -> Finding:
    return Finding(subject="answer", verdict=Verdict.FAILED, text=text, remedy=remedy)
