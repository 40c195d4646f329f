"""A person with access to the service asks for something: retry, cancel, another state."""

from domain.errors import NotFound
from domain.events import Ask
from domain.identifiers import TaskKey
from domain.item import TrackerState
from domain.signals import CommandGiven
from ports.clock import Clock
from ports.store import Store, Transaction


class GiveCommand:
    """Puts a command into the inbox; it is followed like everything else a person does."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Write to this store."""
        self._store = store
        self._clock = clock

    async def __call__(
        self, key: TaskKey, who: str, ask: Ask, *, request: str, state: TrackerState | None = None
    ) -> None:
        """Return once the command is stored. NotFound: no such task.

        ``request`` names the command: the same one again has no further effect.
        """
        now = self._clock.now()

        def write(tx: Transaction) -> None:
            task = tx.tasks.keyed(key)
            if task is None:
                raise NotFound(f"there is no task {key}")
            signal = CommandGiven(item=task.item, who=who, ask=ask, state=state)
            tx.inbox.put(signal, lane=task.item, key=f"command:{request}", at=now, item=task.item)

        await self._store.transact(write)
