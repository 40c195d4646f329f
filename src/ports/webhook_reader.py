"""What a tool tells us by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.signals import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A signal made from a delivery, and the name under which it is known if it comes again."""

    signal: Signal
    lane: str
    key: str


class WebhookReader(Protocol):
    """Checks and reads one tool's deliveries. Header names are lower case."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the name by which a repetition of this delivery is known.

        Forbidden: bad or missing signature. Invalid: it cannot be parsed.
        """
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Return what a verified delivery hints at; nothing where it does not concern us."""
        ...
