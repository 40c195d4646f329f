"""All use cases wired as in the service, on tools in memory, and worked by hand: no loop runs."""

from datetime import timedelta
from typing import Any

from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.clock import SteppedClock
from adapters.memory.code_forge import MemoryForge
from adapters.memory.issue_tracker import MemoryTracker
from adapters.memory.notifier import MemoryNotifier
from adapters.memory.workspaces import MemoryWorkspaces
from adapters.sql.store import SqlStore
from application.queue_worker import QueueWorker
from domain.identifiers import CommitId, ItemId, Repo, RunId
from domain.item import Item
from domain.messages import Locale
from domain.pipeline import REQUIREMENTS
from domain.task import Status, Task
from entrypoints.container import Container
from entrypoints.settings import Settings
from ports.store import Claim, DeadLetter, RunRecord, Transaction

TITLE = "Greet by name"
DESCRIPTION = "Returning users are greeted. The name comes from the profile."
REPO = Repo("sample")


class Bench:
    """The use cases, and the tools they work with."""

    def __init__(self, store: SqlStore, clock: SteppedClock) -> None:
        self.store = store
        self.clock = clock
        self.tracker = MemoryTracker(clock)
        self.notifier = MemoryNotifier()
        self.runner = MemoryRunner(clock)
        self.forge = MemoryForge()
        self.forge.add(REPO, {"README.md": "# Greeter\n"})
        self.workspaces = MemoryWorkspaces(self.forge)
        things = {
            "store": store,
            "clock": clock,
            "tracker": self.tracker,
            "notifier": self.notifier,
            "runner": self.runner,
            "forge": self.forge,
            "inspector": self.forge,
            "workspaces": self.workspaces,
            "log_keepers": [self.runner],
        }
        self.container = Container(settings=Settings(locale=Locale.EN), **things)
        self.reconcile = self.container.reconcile()
        self.carry_out = self.container.carry_out()
        self.read_inbox = self.container.read_inbox()

    async def settle(self) -> None:
        """Work both queues until nothing in them is due."""
        worked = True
        while worked:
            worked = False
            workers: list[QueueWorker[Any]] = [self.read_inbox, self.carry_out]
            for worker in workers:
                while isinstance(claim := await worker.take(), Claim):
                    await worker.work(claim)
                    worked = True

    async def item(self) -> Item:
        """An item whose analyst is at work, and nothing is left to be done."""
        item = self.tracker.add_item(TITLE, DESCRIPTION)
        await self.reconcile()
        await self.settle()
        return item

    async def asking_item(self) -> Item:
        """An item whose analyst has asked."""
        item = await self.item()
        await self.delivers(item, "01-questions.md")
        return item

    async def reviewed_item(self) -> Item:
        """An item that is up for approval."""
        item = await self.item()
        await self.delivers(item, *REQUIREMENTS)
        return item

    async def delivers(self, item: Item, *names: str) -> CommitId:
        """The live agent writes these files, commits and ends well."""
        run = self.live_run(await self.task(item.id))
        folder = f"docs/work-items/{item.key}"
        commit = self.workspaces.commit(run, {f"{folder}/{name}": "Text.\n" for name in names})
        self.runner.finish(run)
        await self.container.watch_runs().tell(run)
        await self.settle()
        return commit

    async def task(self, item: ItemId) -> Task:
        task = await self.store.transact(lambda tx: tx.tasks.of(item))
        assert task is not None
        return task

    async def status(self, item: Item) -> Status:
        return (await self.task(item.id)).status

    async def record(self, run: RunId) -> RunRecord:
        record = await self.store.transact(lambda tx: tx.runs.get(run))
        assert record is not None
        return record

    async def waiting(self) -> tuple[int, int]:
        """How much is left to do in inbox and outbox."""

        def depths(tx: Transaction) -> tuple[int, int]:
            return tx.inbox.depth(), tx.outbox.depth()

        return await self.store.transact(depths)

    async def dead(self) -> list[DeadLetter]:
        return list(await self.container.look_up().dead_letters())

    def live_run(self, task: Task) -> RunId:
        assert task.run is not None
        return task.run.id

    def pass_time(self, hours: float) -> None:
        self.clock.advance(timedelta(hours=hours))
