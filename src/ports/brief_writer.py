"""What an agent is told at its start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.identifiers import Branch
from domain.messages import Locale
from domain.money import Money
from domain.pipeline import Pipeline, Stage
from domain.task import Reason, Run, Task

ROLES_FOLDER = ".orchestrator/roles"
"""Where a repository keeps its own texts for roles: ``<role>.md``, in its base branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """All that a brief is made of. Texts of people in it are those of members, and data."""

    task: Task
    run: Run
    stage: Stage
    pipeline: Pipeline
    branch: Branch
    reason: Reason
    remarks: Sequence[str]
    artifacts: Sequence[str]
    """Files that are in the item's folder already."""
    locale: Locale
    time_limit: timedelta
    max_turns: int | None = None
    budget: Money | None = None
    speaks: bool = False
    """Its exit code says nothing, so its report must say how a deployment went."""


class BriefWriter(Protocol):
    """Writes briefs. What people and agents wrote stands in fences that it cannot close."""

    def write(self, order: Order, own: str | None = None) -> str:
        """Return the brief of a run as Markdown.

        ``own`` is the repository's text for the role, which then stands where ours would; what
        every agent must keep to is told all the same. Invalid: it cannot be used, and why.
        """
        ...
