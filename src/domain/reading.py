"""What an agent's output says, and what that makes of the end of its run.

Rule 1: the agent's word can only make things worse. That it has finished opens no gate: that takes
        evidence; that it was refused a tool, ran out of turns or never reached its model counts.
Rule 2: an exit code of 0 proves nothing. Agents exit with it when a tool was refused to them, when
        they were interrupted, and when their model turned them away.
Rule 3: what the runner did to a run is the runner's to say: a run that was stopped or ran out of
        time says nothing about itself any more, but for what it was struggling with.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.events import Outcome
from domain.money import NO_TOKENS, Money, Usage


class Ending(StrEnum):
    """An agent's last word on its run, or what it is struggling with."""

    FINISHED = "finished"
    TURN_LIMIT = "turn-limit"
    OUT_OF_BUDGET = "out-of-budget"
    MODEL_UNAVAILABLE = "model-unavailable"
    NOT_AUTHENTICATED = "not-authenticated"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class StepKind(StrEnum):
    """What a step is."""

    SAID = "said"
    THOUGHT = "thought"
    TOOL = "tool"
    RESULT = "result"
    REFUSED = "refused"
    TROUBLE = "trouble"
    PRINTED = "printed"
    """Words that belong to no stream: what a program prints, or a warning of the agent's own."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing an agent did or said, for people to follow."""

    kind: StepKind
    text: str
    tool: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that a run's output has said so far."""

    session: str = ""
    model: str = ""
    usage: Usage = NO_TOKENS
    usage_of_session: bool = False
    """``usage`` counts earlier runs of the session as well."""
    reckoned: Money | None = None
    """What the agent itself thinks it has cost, by its vendor's list."""
    reckoned_of_session: bool = False
    tools: int = 0
    """Tools it used."""
    refusals: tuple[str, ...] = ()
    """Tools that were refused to it, in words for people."""
    ending: Ending | None = None
    """None as long as it has not said that its run is over."""
    trouble: Ending | None = None
    """What keeps it from going on, if anything does: it tries again by itself."""
    detail: str = ""
    """What is wrong, in the agent's words."""


_BY_ITS_WORD = {
    Ending.TURN_LIMIT: Outcome.TURN_LIMIT,
    Ending.OUT_OF_BUDGET: Outcome.OUT_OF_BUDGET,
    Ending.MODEL_UNAVAILABLE: Outcome.MODEL_UNAVAILABLE,
    Ending.NOT_AUTHENTICATED: Outcome.NOT_AUTHENTICATED,
    Ending.INTERRUPTED: Outcome.STOPPED,
    Ending.FAILED: Outcome.CRASHED,
}


def outcome_of(seen: Outcome, reading: Reading | None) -> Outcome:
    """Return how a run ended, from what its runner saw and what it said.

    None is the reading of a program that says nothing of itself: its exit code is all there is.
    """
    if reading is None:
        return seen
    if seen in (Outcome.TIMED_OUT, Outcome.STALLED) and reading.trouble is not None:
        return _BY_ITS_WORD[reading.trouble]
    if seen is not Outcome.EXITED:
        return seen
    if reading.ending in _BY_ITS_WORD:
        return _BY_ITS_WORD[reading.ending]
    if reading.refusals:
        return Outcome.REFUSED
    return Outcome.EXITED if reading.ending is Ending.FINISHED else Outcome.CRASHED
