"""The table: what it says by default, and what it refuses to be."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import Invalid
from domain.identifiers import Role, StageName
from domain.pipeline import (
    DEFAULT_PIPELINE,
    ArtifactsGate,
    Conflict,
    ExitCodeGate,
    Pipeline,
    PullRequestGate,
    Review,
    Stage,
    VerdictGate,
)
from tests.unit.domain.given import KEY, SECOND_PIPELINE

FIRST = StageName("draft")
LAST = StageName("release")


def test_the_default_is_what_was_asked_for() -> None:
    assert DEFAULT_PIPELINE.names == (
        "created",
        "analysis",
        "architecture",
        "development",
        "review",
        "testing",
        "deploy",
        "done",
    )
    roles = [stage.role for stage in DEFAULT_PIPELINE.stages]
    assert roles == ["analyst", "architect", "developer", "reviewer", "tester", "deployer"]
    assert [s.name for s in DEFAULT_PIPELINE.stages if s.approval] == ["analysis"]
    assert [s.name for s in DEFAULT_PIPELINE.stages if s.questions] == ["analysis"]
    assert DEFAULT_PIPELINE.question_rounds == 3
    assert DEFAULT_PIPELINE.row(StageName("development")).max_runs == 3


def test_the_default_files_have_the_names_that_were_asked_for() -> None:
    files = {name for stage in DEFAULT_PIPELINE.stages for name in stage.files}
    assert files == {
        "01-brd.md",
        "01-questions.md",
        "02-trz.md",
        "03-acceptance-criteria.md",
        "04-test-plan.md",
        "05-architecture.md",
        "10-conflict.md",
        "12-review.md",
        "13-test-report.md",
        "14-deploy-report.md",
    }


def test_the_items_folder_is_where_it_was_asked_for() -> None:
    assert DEFAULT_PIPELINE.folder_of(KEY) == "docs/work-items/ET-7"


@pytest.mark.parametrize("pipeline", [DEFAULT_PIPELINE, SECOND_PIPELINE])
def test_after_and_before_are_each_others_reverse(pipeline: Pipeline) -> None:
    assert pipeline.after(pipeline.start) == pipeline.first
    assert pipeline.before(pipeline.first.name) is None
    assert pipeline.after(pipeline.stages[-1].name) is None
    for stage, following in zip(pipeline.stages, pipeline.stages[1:], strict=False):
        assert pipeline.after(stage.name) == following
        assert pipeline.before(following.name) == stage


@pytest.mark.parametrize("pipeline", [DEFAULT_PIPELINE, SECOND_PIPELINE])
def test_no_agent_works_at_the_two_ends(pipeline: Pipeline) -> None:
    assert pipeline.stage(pipeline.start) is None
    assert pipeline.stage(pipeline.end) is None
    assert pipeline.stage(StageName("elsewhere")) is None
    assert pipeline.before(pipeline.start) is None


def test_a_stage_lists_every_file_it_reads_or_asks_for() -> None:
    assert SECOND_PIPELINE.row(FIRST).files == ("ask.txt", "brief.txt", "plan.txt")
    assert SECOND_PIPELINE.row(StageName("build")).files == ("clash.txt",)
    assert SECOND_PIPELINE.row(StageName("verify")).files == ("verdict.txt",)
    assert SECOND_PIPELINE.row(LAST).files == ("release.txt",)


def _with_stage(which: str, **changes: object) -> Mapping[str, object]:
    """Return what makes the second pipeline one whose stage of that name is different."""
    stages = tuple(
        replace(stage, **changes) if stage.name == which else stage  # type: ignore[arg-type]  # own fields
        for stage in SECOND_PIPELINE.stages
    )
    return {"stages": stages}


def _verdict(passes: str, fails: str) -> VerdictGate:
    return VerdictGate(
        file="verdict.txt",
        passes=passes,
        fails=fails,
        review=Review.TESTS,
        back_to=StageName("build"),
    )


@pytest.mark.parametrize(
    ("changes", "field", "remedy"),
    [
        ({"stages": ()}, "pipeline.stages", "at least one stage"),
        (_with_stage("build", name=FIRST), "pipeline.stages", "its own"),
        ({"start": FIRST}, "pipeline.stages", "its own"),
        ({"end": StageName("inbox")}, "pipeline.stages", "its own"),
        ({"end": StageName("Shipped")}, "pipeline.stages.name", "lower-case"),
        (_with_stage("draft", name=StageName("a b")), "pipeline.stages.name", "lower-case"),
        (_with_stage("draft", name=StageName("")), "pipeline.stages.name", "lower-case"),
        ({"folder": "../docs"}, "pipeline.folder", "inside the repository"),
        ({"folder": "docs/../.."}, "pipeline.folder", "inside the repository"),
        ({"folder": "/docs"}, "pipeline.folder", "inside the repository"),
        ({"folder": ""}, "pipeline.folder", "inside the repository"),
        ({"folder": "docs/"}, "pipeline.folder", "inside the repository"),
        ({"reminder": timedelta()}, "pipeline.reminder", "give it some"),
        ({"longest_reminder": timedelta(hours=-1)}, "pipeline.longest_reminder", "give it"),
        ({"launch_patience": timedelta()}, "pipeline.launch_patience", "give it some"),
        ({"checks_patience": timedelta()}, "pipeline.checks_patience", "give it some"),
        ({"question_rounds": -1}, "pipeline.question_rounds", "use 0"),
        ({"crash_retries": -1}, "pipeline.crash_retries", "use 0"),
        (_with_stage("draft", role=Role("../x")), "pipeline.stages.draft.role", "lower-case"),
        (_with_stage("draft", max_runs=0), "pipeline.stages.draft.max_runs", "at least one"),
        (_with_stage("draft", time_limit=timedelta()), "stages.draft.time_limit", "give it"),
        (_with_stage("draft", idle_limit=timedelta()), "stages.draft.time_limit", "give it"),
        (_with_stage("draft", questions="../ask.txt"), "pipeline.stages.draft", "letters"),
        (_with_stage("draft", questions="a/b"), "pipeline.stages.draft", "letters"),
        (_with_stage("draft", report=".."), "pipeline.stages.draft", "letters"),
        (_with_stage("draft", gate=ArtifactsGate(files=())), "draft.gate.files", "name the"),
        (_with_stage("draft", gate=ExitCodeGate(back_to=LAST)), "draft.back_to", "['draft']"),
        (
            _with_stage("build", conflict=Conflict(file="c.txt", back_to=StageName("nowhere"))),
            "build.back_to",
            "['draft', 'build']",
        ),
        (_with_stage("verify", gate=_verdict("PASS", "PASS")), "verify.gate", "two words"),
        (_with_stage("verify", gate=_verdict("pass", "FAIL")), "verify.gate", "two words"),
        (_with_stage("verify", gate=_verdict("ALL GOOD", "FAIL")), "verify.gate", "two words"),
    ],
)
def test_a_table_that_cannot_work_is_refused_with_field_and_remedy(
    changes: Mapping[str, object], field: str, remedy: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        replace(SECOND_PIPELINE, **changes)  # type: ignore[arg-type]  # the pipeline's own fields
    assert refusal.value.field.endswith(field)
    assert remedy in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_pipeline_of_one_stage_is_a_pipeline() -> None:
    only = Stage(name=StageName("work"), role=Role("worker"), gate=PullRequestGate())
    pipeline = Pipeline(stages=(only,))
    assert pipeline.names == ("created", "work", "done")
    assert pipeline.after(only.name) is None


def test_two_equal_tables_are_equal() -> None:
    assert replace(SECOND_PIPELINE) == SECOND_PIPELINE
    assert replace(SECOND_PIPELINE, crash_retries=0) != SECOND_PIPELINE
