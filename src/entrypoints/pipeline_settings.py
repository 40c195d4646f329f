"""A pipeline of one's own, as it stands in the configuration file."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from domain.identifiers import Role, StageName
from domain.pipeline import (
    ArtifactsGate,
    Conflict,
    ExitCodeGate,
    Gate,
    Pipeline,
    PullRequestGate,
    Review,
    Stage,
    VerdictGate,
)

Minutes = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0, le=100)]


class GateSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What opens a stage's gate; ``kind`` tells which of the four it is."""


class Artifacts(GateSettings, frozen=True, kw_only=True, tag="artifacts"):
    """Opens when these files are there."""

    files: Sequence[str]


class PullRequest(GateSettings, frozen=True, kw_only=True, tag="pull-request"):
    """Opens when a pull request is open and no check failed."""


class Verdict(GateSettings, frozen=True, kw_only=True, tag="verdict"):
    """Opens on a verdict in a file."""

    file: str
    passes: str
    fails: str
    review: Review
    back_to: str


class ExitCode(GateSettings, frozen=True, kw_only=True, tag="exit-code"):
    """Opens on exit code 0."""

    back_to: str


class ConflictSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a role says that an earlier stage's work cannot stand."""

    file: str
    back_to: str


class StageSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One stage."""

    name: str
    role: str
    gate: Artifacts | PullRequest | Verdict | ExitCode
    approval: bool = False
    questions: str | None = None
    conflict: ConflictSettings | None = None
    report: str | None = None
    writes: Sequence[str] = ()
    """Where the role may change files: beginnings of paths, ``{folder}`` the item's; none: all."""
    max_runs: Count = 6
    time_limit_minutes: Minutes = 120
    idle_limit_minutes: Minutes = 20


class PipelineSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All stages between ``created`` and ``done``, in order."""

    stages: Annotated[Sequence[StageSettings], Meta(min_length=1)]
    folder: str = "docs/work-items"
    question_rounds: Count = 3
    crash_retries: Count = 1
    reminder_hours: Annotated[float, Meta(gt=0)] = 24

    def pipeline(self) -> Pipeline:
        """Return the table; Invalid where it could send an item nowhere."""
        return Pipeline(
            stages=tuple(_stage(row) for row in self.stages),
            folder=self.folder,
            question_rounds=self.question_rounds,
            crash_retries=self.crash_retries,
            reminder=timedelta(hours=self.reminder_hours),
        )


def _stage(row: StageSettings) -> Stage:
    conflict = row.conflict
    return Stage(
        name=StageName(row.name),
        role=Role(row.role),
        gate=_gate(row.gate),
        approval=row.approval,
        questions=row.questions,
        conflict=Conflict(file=conflict.file, back_to=StageName(conflict.back_to))
        if conflict
        else None,
        report=row.report,
        writes=tuple(row.writes),
        max_runs=row.max_runs,
        time_limit=timedelta(minutes=row.time_limit_minutes),
        idle_limit=timedelta(minutes=row.idle_limit_minutes),
    )


def _gate(gate: Artifacts | PullRequest | Verdict | ExitCode) -> Gate:
    match gate:
        case Artifacts(files=files):
            return ArtifactsGate(files=tuple(files))
        case PullRequest():
            return PullRequestGate()
        case Verdict():
            return VerdictGate(
                file=gate.file,
                passes=gate.passes,
                fails=gate.fails,
                review=gate.review,
                back_to=StageName(gate.back_to),
            )
        case ExitCode(back_to=back_to):
            return ExitCodeGate(back_to=StageName(back_to))
