"""The page ``docs/pipeline.md``, drawn from the table so that it cannot differ from it."""

from domain.pipeline import (
    ArtifactsGate,
    ExitCodeGate,
    Pipeline,
    PullRequestGate,
    Stage,
    VerdictGate,
)

_HEAD = """\
# The pipeline

<!-- Drawn from the table by `make docs`. Don't edit: a test holds it against the table. -->

"""
_HEADINGS = (
    *("stage", "role", "gate to leave it", "asks in", "report"),
    *("may change", "ways back", "runs", "limits"),
)


def draw_pipeline(pipeline: Pipeline) -> str:
    """Return the page: a diagram of stages and ways back, then the table row by row."""
    lines = [
        _HEAD + "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {pipeline.start}",
        f"    {pipeline.start} --> {pipeline.first.name}: fit to start (QG-0)",
    ]
    for stage in pipeline.stages:
        lines += _arrows(pipeline, stage)
    lines += [f"    {pipeline.end} --> [*]", "```", ""]
    lines += [
        f"| {' | '.join(_HEADINGS)} |",
        "|---" * len(_HEADINGS) + "|",
        *(_row(stage) for stage in pipeline.stages),
        "",
        _limits(pipeline),
        "",
    ]
    return "\n".join(lines)


def _limits(pipeline: Pipeline) -> str:
    return (
        f"Questions: at most {pipeline.question_rounds} rounds. A run that crashed is repeated"
        f" {pipeline.crash_retries} time(s) by itself. People are reminded after"
        f" {pipeline.reminder.total_seconds() / 3600:g} hours, then at growing intervals."
        f" An item's files are in `{pipeline.folder}/<KEY>/` on its branch."
    )


def _arrows(pipeline: Pipeline, stage: Stage) -> list[str]:
    following = pipeline.after(stage.name)
    target = following.name if following else pipeline.end
    gate = _gate(stage) + (", approved" if stage.approval else "")
    arrows = [f"    {stage.name} --> {target}: {gate.replace('`', '')}"]
    if stage.questions:
        arrows.append(f"    {stage.name} --> {stage.name}: questions answered")
    arrows += [f"    {stage.name} --> {back}: {why}" for back, why in _ways_back(stage)]
    return arrows


def _row(stage: Stage) -> str:
    gate = _gate(stage) + (" **and** a person's approval" if stage.approval else "")
    backs = "; ".join(f"{why} → {back}" for back, why in _ways_back(stage)) or "–"
    asks = f"`{stage.questions}`" if stage.questions else "–"
    reports = f"`{stage.report}`" if stage.report else "–"
    hours, minutes = (limit.total_seconds() for limit in (stage.time_limit, stage.idle_limit))
    limits = f"{hours / 3600:g} h, {minutes / 60:g} min"
    writes = " ".join(f"`{path}`" for path in stage.writes) or "all"
    runs = str(stage.max_runs)
    cells = (stage.name, stage.role, gate, asks, reports, writes, backs, runs, limits)
    return f"| {' | '.join(cells)} |"


def _gate(stage: Stage) -> str:
    match stage.gate:
        case ArtifactsGate(files=files):
            return " ".join(f"`{name}`" for name in files)
        case VerdictGate(file=file, passes=passes):
            return f"verdict {passes} in `{file}`"
        case PullRequestGate():
            return "pull request open, no check failed, no conflict with the base branch"
        case ExitCodeGate():
            return "exit code 0"


def _ways_back(stage: Stage) -> list[tuple[str, str]]:
    backs: list[tuple[str, str]] = []
    if stage.conflict:
        backs.append((stage.conflict.back_to, f"conflict in {stage.conflict.file}"))
    match stage.gate:
        case VerdictGate(fails=fails, back_to=back):
            backs.append((back, f"verdict {fails}"))
        case ExitCodeGate(back_to=back):
            backs.append((back, "other exit code, then Blocked"))
        case _:
            pass
    return backs
