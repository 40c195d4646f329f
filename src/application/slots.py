"""Who of the runs that want a slot gets one.

A slot is given by writing ``started_at``, in the same transaction in which it was asked for or
became free, and the lane of whoever gets it is made due. So no slot is free while somebody waits
who may have it, whenever we are killed; and a run keeps its slot however often its start must be
tried again. It is freed by the run's end and by nothing else: a start that comes to nothing is
followed by one.
"""

from collections.abc import Mapping
from datetime import datetime

from application.projects import Projects
from application.record import lane_of
from domain.effects import Tool
from domain.identifiers import Role, RunId
from domain.slots import Limits, next_runs
from ports.store import RunRecord, Transaction


class Slots:
    """Gives the slots to the runs, within a transaction."""

    def __init__(self, projects: Projects, overall: int, role: Mapping[Role, int]) -> None:
        """Keep to these limits, and to those of the projects."""
        self._projects = projects
        self._overall = overall
        self._role = role

    def ask(self, tx: Transaction, record: RunRecord, at: datetime) -> bool:
        """Return whether the run has a slot now; if not, it is told by its lane when it has.

        NotFound, Unavailable: nobody can tell whose limit it falls under, as ``Projects.of`` says.
        """
        if record.started_at is not None:
            return True
        self._projects.of(record.key)
        tx.runs.wait(record.run.id, at=at)
        return record.run.id in self.give(tx, at)

    def give(self, tx: Transaction, at: datetime) -> list[RunId]:
        """Give what slots are free to those whose turn it is; return these."""
        free = self._overall - tx.runs.occupied()
        if free <= 0:
            return []
        prefixes = self._projects.prefixes()
        # A project that the tracker has not named yet may have a limit that we cannot hold it to.
        waiting = [each for each in tx.runs.waiting(most=free) if each.project in prefixes]
        if not waiting:
            return []
        limits = Limits(
            overall=self._overall,
            project={name: project.slots for name, project in prefixes.items() if project.slots},
            role=self._role,
        )
        items = {each.run: each.item for each in waiting}
        chosen = list(next_runs(waiting, tx.runs.at_work(), limits))
        for run in chosen:
            tx.runs.occupy(run, at=at)
            tx.outbox.hasten(lane_of(items[run], Tool.AGENTS), at=at)
        return chosen
