"""An agent's stream as a page that people read: who said what, what was used, what came of it."""

import re
from collections.abc import Mapping

from domain.messages import Locale, Text, say
from domain.money import in_dollars
from domain.reading import Reading, Step, StepKind

_STEERING = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
_INDENT = "\n    "
_WORDS: Mapping[StepKind, Text] = {
    StepKind.SAID: Text.STEP_SAID,
    StepKind.THOUGHT: Text.STEP_THOUGHT,
    StepKind.TOOL: Text.STEP_TOOL,
    StepKind.RESULT: Text.STEP_RESULT,
    StepKind.REFUSED: Text.STEP_REFUSED,
    StepKind.TROUBLE: Text.STEP_TROUBLE,
    StepKind.ENDED: Text.STEP_ENDED,
}


def plain(text: str) -> str:
    """Return a program's output without what steers a terminal."""
    return _STEERING.sub("", text)


def told(step: Step, locale: Locale) -> str:
    """Return the step as lines of a transcript; what was merely printed stays as it is."""
    if step.kind is StepKind.PRINTED:
        return f"{plain(step.text)}\n"
    between = ": " if step.kind is StepKind.REFUSED else " "
    words = between.join(filter(None, (step.tool, step.text)))
    return say(locale, _WORDS[step.kind], words=plain(words).replace("\n", _INDENT)) + "\n"


def account(reading: Reading, locale: Locale) -> str:
    """Return what the run has used by its own word, nothing where it says nothing of that."""
    usage = reading.usage
    if not usage.total:
        return ""
    line = say(
        locale,
        Text.STEP_USED,
        read=usage.input + usage.written,
        cached=usage.cached,
        wrote=usage.output,
    )
    if reading.reckoned:
        line += say(locale, Text.STEP_COST, cost=in_dollars(reading.reckoned))
    return f"{line}\n"
