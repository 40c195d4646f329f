"""The page of the pipeline is the table, drawn."""

from dataclasses import replace
from pathlib import Path

from domain.identifiers import StageName
from domain.pipeline import DEFAULT_PIPELINE, Stage, VerdictGate
from entrypoints.pipeline_page import draw_pipeline

PAGE = Path(__file__).parents[3] / "docs" / "pipeline.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == draw_pipeline(DEFAULT_PIPELINE), "run: make docs"


def test_every_stage_has_a_row_and_its_arrows() -> None:
    page = draw_pipeline(DEFAULT_PIPELINE)
    for stage in DEFAULT_PIPELINE.stages:
        assert f"\n| {stage.name} | {stage.role} |" in page
        following = DEFAULT_PIPELINE.after(stage.name)
        target = following.name if following else DEFAULT_PIPELINE.end
        assert f"\n    {stage.name} --> {target}: " in page
        if isinstance(stage.gate, VerdictGate):
            assert (
                f"\n    {stage.name} --> {stage.gate.back_to}: verdict {stage.gate.fails}" in page
            )
        for name in stage.files:
            assert name in page


def test_what_changes_in_the_table_changes_on_the_page() -> None:
    first, *others = DEFAULT_PIPELINE.stages
    changes: tuple[Stage, ...] = (
        replace(first, approval=not first.approval),
        replace(first, max_runs=first.max_runs + 1),
        replace(first, questions=None),
        replace(first, name=StageName("thinking")),
    )
    for changed in changes:
        pipeline = replace(DEFAULT_PIPELINE, stages=(changed,))
        assert draw_pipeline(pipeline) != draw_pipeline(replace(pipeline, stages=(first,)))
    fewer = replace(DEFAULT_PIPELINE, stages=(first, *others[:1]))
    assert f"| {others[-1].name} |" not in draw_pipeline(fewer)
