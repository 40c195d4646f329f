"""The pipeline as one table: who works in a stage, what opens its gate, where a failure goes.

Rule 1: whatever differs from stage to stage stands here. No other file names a stage.
Rule 2: a pipeline is data. The default below is one; a configuration may hold another with other
        stages, other file names, other limits.
Rule 3: the first stage is where an item is judged fit to start, the last is where it has ended;
        an agent works in each stage between them.

A gate says what must be *shown*, in git or at the forge; an agent's word opens none. What a run
shows against its stage (questions, a conflict, a failing verdict) counts whatever its exit code;
what it shows for its stage counts only if it also ended with 0. So an exit code can only make
things worse.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from domain.errors import Invalid
from domain.identifiers import Role, StageName, TaskKey

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_VERDICT = re.compile(r"[A-Z_]+", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


class Review(StrEnum):
    """Whose verdict a verdict gate reads: the two are commented on in different words."""

    CODE = "code"
    TESTS = "tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactsGate:
    """Opens when every one of these files is in the item's folder."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestGate:
    """Opens when the run's commits are pushed, a pull request is open and no check failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictGate:
    """Opens on a verdict written by this very run; the failing one sends the item back."""

    file: str
    passes: str
    fails: str
    review: Review
    back_to: StageName


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCodeGate:
    """Opens on exit code 0; any other sends the item back and waits there for a person."""

    back_to: StageName


Gate = ArtifactsGate | PullRequestGate | VerdictGate | ExitCodeGate


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The file by which a role says that the work of an earlier stage cannot stand."""

    file: str
    back_to: StageName


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One row of the table."""

    name: StageName
    role: Role
    gate: Gate
    approval: bool = False
    """Whether a person must approve before the item leaves."""
    questions: str | None = None
    """The file in which the role asks people, if it may."""
    conflict: Conflict | None = None
    report: str | None = None
    """A file the role is asked to write that decides nothing."""
    writes: tuple[str, ...] = ()
    """Where the role may change files: beginnings of paths, ``{folder}`` being the item's folder.

    None given: everywhere. Commits that touch anything else are refused whole.
    """
    max_runs: int = 6
    """Runs of this stage until it takes a person to start another."""
    time_limit: timedelta = timedelta(hours=2)
    idle_limit: timedelta = timedelta(minutes=20)

    @property
    def files(self) -> tuple[str, ...]:
        """Every file this stage reads or asks for, in the order of their names."""
        named: list[str | None] = [self.questions, self.report]
        named.append(self.conflict.file if self.conflict else None)
        match self.gate:
            case ArtifactsGate(files=files):
                named.extend(files)
            case VerdictGate(file=file):
                named.append(file)
            case _:
                pass
        return tuple(sorted({name for name in named if name}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """All stages in order, with what holds for each of them."""

    stages: tuple[Stage, ...]
    start: StageName = StageName("created")
    end: StageName = StageName("done")
    folder: str = "docs/work-items"
    question_rounds: int = 3
    """Sets of questions that people are asked to answer; the next one needs a talk instead."""
    crash_retries: int = 1
    """Runs that crashed or were lost and are repeated by themselves, one after another."""
    model_pause: timedelta = timedelta(minutes=1)
    """How long a model that is away is left alone; each further pause is twice as long."""
    longest_model_pause: timedelta = timedelta(minutes=30)
    model_patience: timedelta = timedelta(hours=6)
    """How long it may be away before a person is told."""
    model_retries: int | None = None
    """How often it is tried again before that; none: as often as that time allows."""
    launch_patience: timedelta = timedelta(minutes=15)
    """How long we may take over a branch, a push or a pull request before a person is told."""
    checks_patience: timedelta = timedelta(hours=1)
    reminder: timedelta = timedelta(hours=24)
    """When a person is reminded for the first time; each further wait is twice as long."""
    longest_reminder: timedelta = timedelta(days=7)
    _rows: dict[StageName, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a table that could send an item nowhere or to two places."""
        object.__setattr__(self, "_rows", {s.name: n for n, s in enumerate(self.stages)})
        _check(self)

    @property
    def names(self) -> tuple[StageName, ...]:
        """Every stage an item can be in, in order."""
        return (self.start, *self._rows, self.end)

    @property
    def first(self) -> Stage:
        """The first stage in which an agent works."""
        return self.stages[0]

    def stage(self, name: StageName) -> Stage | None:
        """Return the row of a stage in which an agent works, None for the two ends."""
        row = self._rows.get(name)
        return None if row is None else self.stages[row]

    def row(self, name: StageName) -> Stage:
        """Return the row of a stage that the table itself refers to."""
        return self.stages[self._rows[name]]

    def after(self, name: StageName) -> Stage | None:
        """Return the next working stage, None where the item has reached the end."""
        row = self._rows.get(name, -1) + 1
        return self.stages[row] if row < len(self.stages) else None

    def before(self, name: StageName) -> Stage | None:
        """Return the working stage before this one, None where there is none."""
        row = self._rows.get(name, 0)
        return self.stages[row - 1] if row else None

    def folder_of(self, key: TaskKey) -> str:
        """Return the item's folder, relative to the repository's root."""
        return f"{self.folder}/{key}"

    def writes_of(self, stage: Stage, key: TaskKey) -> tuple[str, ...]:
        """Return beginnings of the paths that the stage's role may change, none for all paths."""
        return tuple(path.replace("{folder}", self.folder_of(key)) for path in stage.writes)


def _check(pipeline: Pipeline) -> None:
    if not pipeline.stages:
        raise Invalid("pipeline.stages", "empty", "name at least one stage")
    names = pipeline.names
    if len(set(names)) != len(pipeline.stages) + 2:
        raise Invalid("pipeline.stages", "two stages share a name", "give each its own")
    for name in names:
        if not _NAME.fullmatch(name):
            raise Invalid("pipeline.stages.name", f"{name!r}", "use lower-case words and dashes")
    if not re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", pipeline.folder) or ".." in (
        pipeline.folder.split("/")
    ):
        raise Invalid("pipeline.folder", f"{pipeline.folder!r}", "use a path inside the repository")
    for limit in (
        *("model_pause", "longest_model_pause", "model_patience"),
        *("launch_patience", "checks_patience", "reminder", "longest_reminder"),
    ):
        if getattr(pipeline, limit) <= timedelta():
            raise Invalid(f"pipeline.{limit}", "no time at all", "give it some, as in 15 minutes")
    for count in ("question_rounds", "crash_retries", "model_retries"):
        if (getattr(pipeline, count) or 0) < 0:
            raise Invalid(f"pipeline.{count}", "below 0", "use 0 to allow none")
    for stage in pipeline.stages:
        _check_stage(pipeline, stage)


def _check_stage(pipeline: Pipeline, stage: Stage) -> None:
    where = f"pipeline.stages.{stage.name}"
    if not _NAME.fullmatch(stage.role):
        raise Invalid(f"{where}.role", f"{stage.role!r}", "use lower-case words and dashes")
    if stage.max_runs < 1:
        raise Invalid(f"{where}.max_runs", f"{stage.max_runs}", "allow at least one run")
    if min(stage.time_limit, stage.idle_limit) <= timedelta():
        raise Invalid(f"{where}.time_limit", "no time at all", "give it some, as in 2 hours")
    if isinstance(stage.gate, VerdictGate):
        words = (stage.gate.passes, stage.gate.fails)
        if words[0] == words[1] or not all(_VERDICT.fullmatch(word) for word in words):
            raise Invalid(f"{where}.gate", f"verdicts {words}", "use two words like PASS and FAIL")
    for name in stage.files:
        if not _FILE.fullmatch(name):
            raise Invalid(f"{where}", f"{name!r} is not a file name", "use letters, digits, - _ .")
    for path in stage.writes:
        if not path or path.startswith("/") or ".." in path.split("/"):
            raise Invalid(f"{where}.writes", f"{path!r}", "use paths like docs/ or {folder}/")
    if isinstance(stage.gate, ArtifactsGate) and not stage.gate.files:
        raise Invalid(f"{where}.gate.files", "empty", "name the files that open the gate")
    backs = [stage.conflict.back_to] if stage.conflict else []
    if isinstance(stage.gate, VerdictGate | ExitCodeGate):
        backs.append(stage.gate.back_to)
    earlier: Sequence[StageName] = [s.name for s in pipeline.stages]
    earlier = earlier[: earlier.index(stage.name) + 1]
    for back in backs:
        if back not in earlier:
            raise Invalid(
                f"{where}.back_to", f"{back!r} is no stage before it", f"use one of {list(earlier)}"
            )


ANALYSIS = StageName("analysis")
DEVELOPMENT = StageName("development")
ITEM_FOLDER = "{folder}/"
REQUIREMENTS = ("01-brd.md", "02-trz.md", "03-acceptance-criteria.md", "04-test-plan.md")

DEFAULT_PIPELINE = Pipeline(
    stages=(
        Stage(
            name=ANALYSIS,
            role=Role("analyst"),
            gate=ArtifactsGate(files=REQUIREMENTS),
            approval=True,
            questions="01-questions.md",
            writes=(ITEM_FOLDER,),
        ),
        Stage(
            name=StageName("architecture"),
            role=Role("architect"),
            gate=ArtifactsGate(files=("05-architecture.md",)),
            conflict=Conflict(file="10-conflict.md", back_to=ANALYSIS),
            writes=("docs/", ITEM_FOLDER),
        ),
        Stage(
            name=DEVELOPMENT,
            role=Role("developer"),
            gate=PullRequestGate(),
            max_runs=3,
        ),
        Stage(
            name=StageName("review"),
            role=Role("reviewer"),
            gate=VerdictGate(
                file="12-review.md",
                passes="APPROVED",
                fails="REQUEST_CHANGES",
                review=Review.CODE,
                back_to=DEVELOPMENT,
            ),
            writes=(ITEM_FOLDER,),
        ),
        Stage(
            name=StageName("testing"),
            role=Role("tester"),
            gate=VerdictGate(
                file="13-test-report.md",
                passes="PASS",
                fails="FAIL",
                review=Review.TESTS,
                back_to=DEVELOPMENT,
            ),
            writes=("test/", "tests/", ITEM_FOLDER),
        ),
        Stage(
            name=StageName("deploy"),
            role=Role("deployer"),
            gate=ExitCodeGate(back_to=DEVELOPMENT),
            report="14-deploy-report.md",
            writes=(ITEM_FOLDER,),
        ),
    )
)
