"""Is a gate open? Judged from evidence alone; see the rules at the top of ``pipeline``.

Evidence must be fresh. A questions, conflict or verdict file left over from an earlier run decides
nothing again: it counts only if this run's own commits touched it. The artifacts of an
ArtifactsGate are a state, not a message, so for them it is enough to be there.
"""

import re
from dataclasses import dataclass
from typing import assert_never

from domain.evidence import BranchState, Checks, Evidence
from domain.pipeline import (
    ArtifactsGate,
    ExitCodeGate,
    PullRequestGate,
    Stage,
    VerdictGate,
)

SUCCEEDED, FAILED = "PASS", "FAIL"
"""The verdicts of a report that goes with an exit code."""

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_VERDICT_LINE = re.compile(
    r"^[\s#>*_-]*(?:verdict|вердикт)[\s*_]*:[\s*_`\"']*([A-Za-z_]+)\b"
    r"(?![ \t*_`\"']*(?:[/|]|or\b|или\b))",  # a template's "PASS / FAIL" is no verdict
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Passed:
    """The gate is open."""


@dataclass(frozen=True, slots=True)
class NotPassed:
    """The gate is shut; ``missing`` names what would open it, in words for people."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The role has questions; their text."""

    text: str


@dataclass(frozen=True, slots=True)
class Conflicting:
    """The role found that an earlier stage's work cannot stand; its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Failing:
    """The verdict is the failing one; the report that says why."""

    text: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Nothing is missing but the forge's word on pull request or checks."""


Judgement = Passed | NotPassed | Asked | Conflicting | Failing | Pending


def judge(
    stage: Stage,
    evidence: Evidence,
    *,
    exit_code: int | None,
    forge: BranchState | None,
    by_report: bool = False,
) -> Judgement:
    """Return what the evidence says about leaving the stage.

    ``exit_code`` is None where no run is being judged but the state of things (an approval);
    ``forge`` is None where the forge has not been asked. ``by_report``: the agent is a model, whose
    program exits with 0 whatever came of it: its exit code opens nothing without its report.
    """
    files = _Folder(evidence)
    if stage.conflict and (text := files.fresh(stage.conflict.file)) is not None:
        return Conflicting(text)
    if isinstance(stage.gate, VerdictGate) and _verdict(stage.gate, files) == stage.gate.fails:
        return Failing(files.fresh(stage.gate.file) or "")
    opened = _open(stage, evidence, files, exit_code, forge)
    if isinstance(stage.gate, ExitCodeGate) and isinstance(opened, Passed):
        opened = _by_report(stage, files, needed=by_report and exit_code is not None)
    questions = files.fresh(stage.questions) if stage.questions else None
    # Old artifacts don't answer new questions: a run that only asked is not complete.
    only_asked = exit_code is not None and not evidence.touched & set(_wanted(stage))
    if questions is not None and (isinstance(opened, NotPassed) or only_asked):
        return Asked(questions)
    if isinstance(opened, Passed | Pending) and exit_code not in (None, 0):
        return NotPassed((f"exit code {exit_code}, wanted 0",))
    return opened


def _wanted(stage: Stage) -> tuple[str, ...]:
    return stage.gate.files if isinstance(stage.gate, ArtifactsGate) else ()


def _open(
    stage: Stage,
    evidence: Evidence,
    files: "_Folder",
    exit_code: int | None,
    forge: BranchState | None,
) -> Passed | NotPassed | Pending:
    match stage.gate:
        case ArtifactsGate(files=names):
            missing = tuple(name for name in names if not evidence.texts.get(name, "").strip())
            return NotPassed(missing) if missing else Passed()
        case VerdictGate() as gate:
            if _verdict(gate, files) == gate.passes:
                return Passed()
            return NotPassed((f"{gate.file}: verdict {gate.passes}",))
        case ExitCodeGate():
            return Passed() if exit_code == 0 else NotPassed(("exit code 0",))
        case PullRequestGate():
            if not evidence.commits:
                return NotPassed(("commits",))
            return judge_forge(forge)
        case _:
            assert_never(stage.gate)


def _by_report(stage: Stage, files: "_Folder", *, needed: bool) -> Passed | NotPassed:
    text = files.fresh(stage.report) if stage.report else None
    verdict = read_verdict(text) if text else None
    if verdict == SUCCEEDED or (verdict is None and not needed):
        return Passed()
    return NotPassed((f"{stage.report}: verdict {SUCCEEDED}",))


def judge_forge(forge: BranchState | None) -> Passed | NotPassed | Pending:
    """Return whether the pull request is open, can be merged, and none of its checks failed."""
    if forge is None or forge.pull_request is None:
        return Pending()
    if forge.conflicts:  # also while checks run, or never will because of that
        return NotPassed((f"no conflict with the base branch in {', '.join(forge.conflicts)}",))
    if forge.checks is Checks.PENDING:
        return Pending()
    return NotPassed(("checks",)) if forge.checks is Checks.FAILED else Passed()


def read_verdict(text: str) -> str | None:
    """Return the one verdict a report states, upper case; None for none or for several.

    Stated in front matter (``verdict: PASS``), else on a line of its own (``**Verdict:** PASS``).
    """
    front = _FRONT_MATTER.match(text)
    if front:
        words = {word.upper() for word in _VERDICT_LINE.findall(front.group(1))}
        if words:
            return words.pop() if len(words) == 1 else None
    words = {word.upper() for word in _VERDICT_LINE.findall(text)}
    return words.pop() if len(words) == 1 else None


def _verdict(gate: VerdictGate, files: "_Folder") -> str | None:
    text = files.fresh(gate.file)
    return None if text is None else read_verdict(text)


class _Folder:
    """The item's folder, asked for fresh files only."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def fresh(self, name: str) -> str | None:
        if name not in self._evidence.touched:
            return None
        return self._evidence.texts.get(name)
