"""QG-0: is a work item fit to start?"""

import re
from dataclasses import dataclass
from enum import StrEnum

TITLE_LENGTH = range(5, 81)
SENTENCES = 2

_SENTENCE_END = re.compile(r"[.!?…。]+(?:\s|$)|\n+")


class Fault(StrEnum):
    """What keeps an item from starting; the texts are in the catalogue."""

    TITLE_TOO_SHORT = "title-too-short"
    TITLE_TOO_LONG = "title-too-long"
    DESCRIPTION_TOO_SHORT = "description-too-short"
    NOT_BY_A_MEMBER = "not-by-a-member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault and the figure that shows it."""

    fault: Fault
    found: int


def validate(title: str, description: str, *, by_member: bool = True) -> tuple[Finding, ...]:
    """Return every fault of an item, none if it is fit to start.

    Agents do what an item says, so it must be a member's: a guest's text never reaches them.
    """
    found: list[Finding] = []
    length = len(title.strip())
    if length < TITLE_LENGTH.start:
        found.append(Finding(fault=Fault.TITLE_TOO_SHORT, found=length))
    if length >= TITLE_LENGTH.stop:
        found.append(Finding(fault=Fault.TITLE_TOO_LONG, found=length))
    sentences = count_sentences(description)
    if sentences < SENTENCES:
        found.append(Finding(fault=Fault.DESCRIPTION_TOO_SHORT, found=sentences))
    if not by_member:
        found.append(Finding(fault=Fault.NOT_BY_A_MEMBER, found=0))
    return tuple(found)


def count_sentences(text: str) -> int:
    """Count what ends in a full stop or stands on a line of its own and holds two words."""
    parts = _SENTENCE_END.split(text)
    return sum(1 for part in parts if len(re.findall(r"[^\W\d_]+", part)) > 1)
