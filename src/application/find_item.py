"""Something happened to a branch or to a commit: whose item is it?"""

from application.projects import Projects
from domain.errors import NotFound
from domain.identifiers import Repo, key_of_branch
from domain.signals import BranchTouched, ForgeChanged, Signal
from domain.task import ENDED, Task
from ports.clock import Clock
from ports.store import Claim, Store, Transaction


class FindItem:
    """Passes a hint of the forge on to the items it is about; most are about none of ours."""

    def __init__(self, store: Store, clock: Clock, projects: Projects) -> None:
        """Look for items of these projects."""
        self._store = store
        self._clock = clock
        self._projects = projects

    async def __call__(self, claim: Claim[Signal], signal: BranchTouched) -> Claim[Signal] | None:
        """Have the items looked at whose branch, or whose head, that is."""
        now = self._clock.now()

        def write(tx: Transaction) -> Claim[Signal] | None:
            for task in self._concerned(tx, signal):
                key = f"{claim.entry.key}:{task.item}"
                changed = ForgeChanged(item=task.item)
                tx.inbox.put(changed, lane=task.item, key=key, at=now, item=task.item)
            return tx.inbox.settle(claim, at=now)

        return await self._store.transact(write)

    def _concerned(self, tx: Transaction, signal: BranchTouched) -> list[Task]:
        if signal.branch is not None:
            key = key_of_branch(signal.branch)
            keyed = tx.tasks.keyed(key) if key else None
            found = [keyed] if keyed and keyed.branch == signal.branch else []
        else:
            found = [task for task in tx.tasks.under_way() if task.head == signal.commit]
        return [task for task in found if self._is_under_way(task, signal.repo)]

    def _is_under_way(self, task: Task, repo: Repo) -> bool:
        if task.status in ENDED:
            return False
        try:
            return self._projects.of(task.key).repo == repo
        except NotFound:  # its project is no longer configured
            return False
