"""A queue does, in any order of events, what a queue of plain Python does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from adapters.sql import tables
from adapters.sql.codec import SIGNALS
from adapters.sql.queue import SqlQueue, forget_claims
from domain.errors import NotFound
from domain.identifiers import ItemId
from domain.signals import ForgeChanged, ItemChanged, Signal
from ports.store import Claim, LeaseLost, QueueName
from tests.contracts.store_steps import NOW

ITEM = ItemId("item")
SIGNALS_PUT: dict[str, Signal] = {
    "ItemChanged": ItemChanged(item=ITEM, actor=None),
    "ForgeChanged": ForgeChanged(item=ITEM),
}
Claims = Claim[Signal] | MultipleResults[Claim[Signal]]
ROWS = (tables.EntryRow, tables.WorkRow)

seconds = st.integers(0, 5).map(lambda number: timedelta(seconds=number))
owners = st.sampled_from(["one", "two"])
kinds = st.sampled_from(sorted(SIGNALS_PUT))


@dataclass
class Lane:
    """A lane of the model."""

    name: str
    due: datetime
    owner: str | None = None
    lease_until: datetime = NOW
    claims: int = 0
    stirred: bool = False
    open: list[int] = field(default_factory=list)


@dataclass
class Letter:
    """An entry of the model."""

    id: int
    lane: str
    kind: str
    put_at: datetime
    attempts: int = 0
    state: str = "open"


class QueueMachine(RuleBasedStateMachine):
    """Puts, claims, late words and lost owners, as time goes by."""

    claims: Bundle[Claim[Signal]] = Bundle("claims")

    @initialize()
    def begin(self) -> None:
        """Start with an empty queue, in memory: durability is another test's matter."""
        self.engine = create_engine("sqlite://")
        self.connection = self.engine.connect()
        SQLModel.metadata.create_all(self.connection, tables=[tables.table(row) for row in ROWS])
        self.queue = SqlQueue(self.connection, QueueName.INBOX, SIGNALS, wake=lambda: None)
        self.at = NOW
        self.lanes: dict[str, Lane] = {}
        self.letters: dict[str, Letter] = {}
        self.by_id: dict[int, Letter] = {}

    def teardown(self) -> None:
        """Close the database."""
        if hasattr(self, "engine"):
            self.connection.close()
            self.engine.dispose()

    # ── what happens ──

    @rule(by=seconds)
    def pass_time(self, by: timedelta) -> None:
        """It gets later."""
        self.at += by

    @rule(lane=st.sampled_from("abc"), key=st.integers(0, 30).map(str), kind=kinds)
    def put(self, lane: str, key: str, kind: str) -> None:
        """Something is put, or put again."""
        signal = SIGNALS_PUT[kind]
        was_put = self.queue.put(signal, lane=lane, key=key, at=self.at, item=ITEM)
        assert was_put is (key not in self.letters)
        if was_put:
            letter = Letter(len(self.letters) + 1, lane, kind, self.at)
            self.letters[key] = self.by_id[letter.id] = letter
            place = self.lanes.setdefault(lane, Lane(lane, self.at))
            place.due = min(place.due, self.at) if place.open or place.owner else self.at
            place.open.append(letter.id)
            place.stirred = True

    @rule(target=claims, owner=owners, lease=seconds)
    def claim(self, owner: str, lease: timedelta) -> Claims:
        """A worker asks for something to do."""
        held = self.queue.claim(owner=owner, at=self.at, lease=lease)
        due = [
            lane
            for lane in self.lanes.values()
            if lane.open
            and lane.due <= self.at
            and (lane.owner is None or lane.lease_until <= self.at)
        ]
        if not due:
            assert held is None
            return multiple()
        lane = min(due, key=lambda lane: (lane.due, lane.name))
        lane.owner, lane.lease_until, lane.stirred = owner, self.at + lease, False
        lane.claims += 1
        return self.taken(held, lane)

    @rule(target=claims, held=claims, more=st.booleans())
    def settle(self, held: Claim[Signal], more: bool) -> Claims:
        """An entry is done, perhaps by one who has lost it."""
        return self.close(
            held, "done", more, lambda: self.queue.settle(held, at=self.at, more=more)
        )

    @rule(target=claims, held=claims)
    def bury(self, held: Claim[Signal]) -> Claims:
        """An entry is given up, perhaps by one who has lost it."""
        return self.close(
            held, "dead", True, lambda: self.queue.bury(held, at=self.at, error="hopeless")
        )

    @rule(held=claims, delay=seconds, attempt=st.booleans())
    def postpone(self, held: Claim[Signal], delay: timedelta, attempt: bool) -> None:
        """An entry must wait, says perhaps one who has lost it."""
        until = self.at + delay

        def do() -> None:
            self.queue.postpone(held, until=until, error="not yet", attempt=attempt)

        lane = self.held(held)
        if lane is None or self.by_id[held.entry.id].state != "open":
            with pytest.raises(LeaseLost):
                do()
            return
        do()
        self.by_id[held.entry.id].attempts -= not attempt
        lane.owner = None
        lane.due = lane.due if lane.stirred else until

    @rule(held=claims, lease=seconds)
    def renew(self, held: Claim[Signal], lease: timedelta) -> None:
        """A worker needs longer, perhaps too late."""
        lane = self.held(held)
        if lane is None:
            with pytest.raises(LeaseLost):
                self.queue.renew(held, at=self.at, lease=lease)
        else:
            self.queue.renew(held, at=self.at, lease=lease)
            lane.lease_until = self.at + lease

    @rule()
    def lose_owners(self) -> None:
        """The process was killed and started again."""
        forget_claims(self.connection)
        for lane in self.lanes.values():
            lane.owner = None

    @rule(entry=st.integers(1, 31))
    def replay(self, entry: int) -> None:
        """A person tries a dead letter again, or something that is none."""
        letter = self.by_id.get(entry)
        if letter is None or letter.state != "dead":
            with pytest.raises(NotFound):
                self.queue.replay(entry, at=self.at)
            return
        self.queue.replay(entry, at=self.at)
        letter.state, letter.attempts = "open", 0
        lane = self.lanes[letter.lane]
        lane.due = min(lane.due, self.at) if lane.open or lane.owner else self.at
        lane.open = sorted([*lane.open, entry])
        lane.stirred = True

    @rule(name=st.sampled_from("abc"))
    def hasten(self, name: str) -> None:
        """What a lane may wait for has come."""
        self.queue.hasten(name, at=self.at)
        lane = self.lanes.get(name)
        if lane and lane.open and lane.owner is None:
            lane.due = min(lane.due, self.at)

    # ── what must hold ──

    @invariant()
    def counts_agree(self) -> None:
        """Whoever counts gets the same."""
        entries = [letter for letter in self.by_id.values() if letter.state == "open"]
        assert self.queue.depth() == len(entries)
        for kind in SIGNALS_PUT:
            assert self.queue.waiting(ITEM, kind) == sum(e.kind == kind for e in entries)
        dead = [letter.id for letter in self.by_id.values() if letter.state == "dead"]
        assert [letter.id for letter in self.queue.dead()] == dead
        due = [lane.due for lane in self.lanes.values() if lane.open and lane.owner is None]
        assert self.queue.next_due() == min(due, default=None)

    # ── the model ──

    def held(self, claim: Claim[Signal]) -> Lane | None:
        """Return the lane if the claim still holds."""
        lane = self.lanes[claim.lane]
        return lane if (lane.owner, lane.claims) == (claim.owner, claim.generation) else None

    def close(
        self,
        held: Claim[Signal],
        state: str,
        more: bool,
        do: Callable[[], Claim[Signal] | None],
    ) -> Claims:
        """Dispose of the claimed entry and go on, in both worlds."""
        lane = self.held(held)
        letter = self.by_id[held.entry.id]
        if lane is None or letter.state != "open":
            with pytest.raises(LeaseLost):
                do()
            return multiple()
        following = do()
        letter.state = state
        lane.open.remove(letter.id)
        if lane.open and more:
            return self.taken(following, lane)
        assert following is None
        lane.owner, lane.due = None, self.at
        return multiple()

    def taken(self, held: Claim[Signal] | None, lane: Lane) -> Claim[Signal]:
        """Compare a claim with the lane it should be of."""
        head = self.by_id[lane.open[0]]
        head.attempts += 1
        assert held is not None
        entry = held.entry
        assert (held.lane, entry.id, entry.attempts) == (lane.name, head.id, head.attempts)
        assert (entry.put_at, entry.payload) == (head.put_at, SIGNALS_PUT[head.kind])
        return held


QueueMachine.TestCase.settings = settings(max_examples=60)
TestQueueModel = pytest.mark.slow(QueueMachine.TestCase)
