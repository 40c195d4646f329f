"""What a comment asks for: approval, rejection, or nothing but its own words.

Only the writer's own words can instruct. ``:approved:`` in a quotation or in code is somebody
else's word or an example. A rejection wins over an approval in the same comment: going on by
mistake costs more than asking again.
"""

import re
from dataclasses import dataclass

from domain.prose import Prose

_CODE = re.compile(r"(`+).+?\1")
_WORD = re.compile(r"(?<![\w:`]):(approved|rejected):(?![\w:`])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Approve:
    """``:approved:``."""


@dataclass(frozen=True, slots=True)
class Reject:
    """``:rejected: reason``; the reason is the whole comment without the instruction itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that instructs nothing: an answer where one is awaited, else a remark."""

    text: str


Instruction = Approve | Reject | Remark


def read_instruction(body: Prose) -> Instruction:
    """Return what the comment asks for; a comment always asks for exactly one thing."""
    words = {match.group(1).lower() for match in _WORD.finditer(_CODE.sub("", body.said))}
    if "rejected" in words:
        return Reject(_WORD.sub("", body.whole).strip())
    if "approved" in words:
        return Approve()
    return Remark(body.whole.strip())
