"""Who may go to work next, where more agents are wanted than may be at work at once.

Three limits hold at the same time: for all agents, for those of a project, for those of a role. Of
the runs that no limit holds back, the next one is of the project with the fewest at work, so that
no project starves another by calling all its items urgent; within the project the most pressing
item goes first, and of two equally pressing ones that which has waited longer.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.identifiers import ItemId, Role, RunId
from domain.item import Priority

_PRESSING = {priority: place for place, priority in enumerate(Priority)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many agents may be at work at once."""

    overall: int = 4
    project: Mapping[str, int] = field(default_factory=dict)
    """Of single projects, by the prefix of their keys; one that is not named has no limit."""
    role: Mapping[Role, int] = field(default_factory=dict)
    """Of single roles; one that is not named has no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A run that has a slot or wants one."""

    run: RunId
    item: ItemId
    project: str
    """What the keys of its items begin with."""
    role: Role
    priority: Priority
    asked_at: datetime
    """When it first asked for a slot."""


def next_runs(
    waiting: Sequence[Contender], at_work: Sequence[Contender], limits: Limits
) -> Sequence[RunId]:
    """Return the waiting runs that may go to work now, the first one first."""
    projects = Counter(run.project for run in at_work)
    roles = Counter(run.role for run in at_work)
    left, chosen = list(waiting), list[RunId]()
    while len(at_work) + len(chosen) < limits.overall:
        eligible = [
            run
            for run in left
            if projects[run.project] < limits.project.get(run.project, limits.overall)
            and roles[run.role] < limits.role.get(run.role, limits.overall)
        ]
        if not eligible:
            break
        first = min(
            eligible,
            key=lambda run: (
                projects[run.project],
                _PRESSING[run.priority],
                run.asked_at,
                run.run,
            ),
        )
        left.remove(first)
        chosen.append(first.run)
        projects[first.project] += 1
        roles[first.role] += 1
    return chosen
