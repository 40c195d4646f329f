"""What a comment asks for: approval, rejection, money, or nothing but its own words.

Only the writer's own words can instruct. ``:approved:`` in a quotation or in code is somebody
else's word or an example. A rejection wins over an approval in the same comment: going on by
mistake costs more than asking again.
"""

import re
from dataclasses import dataclass

from domain.money import DOLLAR, Money
from domain.prose import Prose

_CODE = re.compile(r"(`+).+?\1")
_WORD = re.compile(r"(?<![\w:`]):(approved|rejected):(?![\w:`])", re.IGNORECASE)

_BUDGET = re.compile(r"^[ \t]*/budget\b(.*)$", re.IGNORECASE | re.MULTILINE)
_AMOUNT = re.compile(r"\s*\$?\s*(\d{1,6})(?:[.,](\d{1,2}))?\s*(?:\$|usd)?\s*", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Budget:
    """``/budget 20`` on a line of its own: what the item may cost in all, in US dollars."""

    amount: Money | None
    """None where it cannot be read, or is too much to be meant."""


Instruction = Approve | Reject | Remark | Budget


def read_instruction(body: Prose) -> Instruction:
    """Return what the comment asks for; a comment always asks for exactly one thing."""
    words = {match.group(1).lower() for match in _WORD.finditer(_CODE.sub("", body.said))}
    if "rejected" in words:
        return Reject(_WORD.sub("", body.whole).strip())
    if asked := _BUDGET.search(_CODE.sub("", body.said)):
        return Budget(_amount(asked.group(1)))
    if "approved" in words:
        return Approve()
    return Remark(body.whole.strip())


def _amount(text: str) -> Money | None:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    cents = (found.group(2) or "0").ljust(2, "0")
    amount = int(found.group(1)) * DOLLAR + int(cents) * (DOLLAR // 100)
    return Money(amount) if amount else None
