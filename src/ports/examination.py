"""Is a tool set up as we need it, and what is to be done where it is not?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """How a finding turned out, the best first."""

    OK = "ok"
    WARNING = "warning"
    """The pipeline works, but later, or with less than people expect."""
    FAILED = "failed"
    """The pipeline cannot work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, or done."""

    subject: str
    verdict: Verdict
    text: str
    remedy: str = ""
    """What a person is to do; never empty where the verdict is not OK."""


class Examiner(Protocol):
    """Knows what one tool must be like. Asked by ``orchestrator doctor`` and ``init``."""

    async def examine(self) -> Sequence[Finding]:
        """Look at everything that could be wrong, and change nothing.

        What cannot be asked is a finding; a Failure that is raised says that nothing could be.
        """
        ...

    async def init(self) -> Sequence[Finding]:
        """Create what is missing and return what was created, or could not be and why.

        Safe to repeat: what is there is left as it is and not spoken of.
        """
        ...
