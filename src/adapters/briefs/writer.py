"""Briefs from templates: one for what holds for every agent, one for each role.

A repository's own text for a role stands where ours would; what every agent must keep to stands
around it all the same (see ``own_text``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from adapters.briefs.own_text import fill_in
from domain.money import in_dollars
from domain.pipeline import (
    ArtifactsGate,
    ExitCodeGate,
    PullRequestGate,
    VerdictGate,
)
from domain.prose import fenced
from ports.brief_writer import ROLES_FOLDER, Order

_TEMPLATES = Path(__file__).with_name("templates")


class TemplateBriefs:
    """A BriefWriter on the templates beside this file."""

    def __init__(self) -> None:
        """Read templates as they are needed."""
        self._ours = _environment(loader=FileSystemLoader(_TEMPLATES))
        self._theirs = _environment()

    def write(self, order: Order, own: str | None = None) -> str:
        """Return the brief. Invalid: the repository's own text for the role cannot be used."""
        values = _values(order)
        duty = self._ours.get_template(f"{order.locale}/duty.md").render(values)
        if own is None:
            role = self._role(order, values)
        else:
            file = f"{ROLES_FOLDER}/{order.run.role}.md"
            role = fill_in(self._theirs, file, own, _own_values(order))
        frame = self._ours.get_template(f"{order.locale}/brief.md")
        return frame.render(values, role_text=role.strip(), duty_text=duty.strip()).strip() + "\n"

    def _role(self, order: Order, values: Mapping[str, Any]) -> str:
        names = [f"{order.locale}/{order.run.role}.md", f"{order.locale}/anyone.md"]
        return self._ours.select_template(names).render(values)


def _environment(loader: FileSystemLoader | None = None) -> ImmutableSandboxedEnvironment:
    """Briefs are Markdown for a model: nothing in them is HTML, so nothing is escaped as such."""
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,  # ours come with the package: they need not be looked at for each brief
    )
    environment.filters["fenced"] = fenced
    return environment


def _values(order: Order) -> dict[str, Any]:
    """Return what our templates put in: what people wrote, too."""
    return {
        **_own_values(order),
        "title": order.task.title,
        "description": order.task.description,
        "remarks": list(order.remarks),
        "reason": {
            "kind": str(order.reason.kind),
            "text": order.reason.text,
            "file": order.reason.file or "",
        },
    }


def _own_values(order: Order) -> dict[str, Any]:
    """Return what any template may put in: plain values, no object of ours."""
    task, stage = order.task, order.stage
    return {
        "key": str(task.key),
        "priority": str(task.priority),
        "role": str(order.run.role),
        "stage": str(stage.name),
        "stages": [str(name) for name in order.pipeline.names],
        "branch": str(order.branch),
        "base": str(order.run.base),
        "folder": order.pipeline.folder_of(task.key),
        "attempt": order.run.attempt,
        "artifacts": list(order.artifacts),
        "questions": stage.questions or "",
        "conflict": stage.conflict.file if stage.conflict else "",
        "report": stage.report or "",
        "by_report": order.speaks,
        "writes": list(order.pipeline.writes_of(stage, task.key)),
        "reason": {"kind": str(order.reason.kind), "file": order.reason.file or ""},
        "minutes": round(order.time_limit.total_seconds() / 60),
        "turns": order.max_turns or 0,
        "budget": in_dollars(order.budget) if order.budget is not None else "",
        **_gate(order),
    }


def _gate(order: Order) -> dict[str, Any]:
    empty = {"gate": "", "wanted": [], "verdict": "", "passes": "", "fails": ""}
    match order.stage.gate:
        case ArtifactsGate(files=files):
            return {**empty, "gate": "artifacts", "wanted": list(files)}
        case PullRequestGate():
            return {**empty, "gate": "pull-request"}
        case VerdictGate(file=file, passes=passes, fails=fails):
            words = {"verdict": file, "passes": passes, "fails": fails}
            return {**empty, "gate": "verdict", **words}
        case ExitCodeGate():
            return {**empty, "gate": "exit-code"}
