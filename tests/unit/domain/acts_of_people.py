"""What people do to a task, whether it fits or makes no sense at all."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.events import Ask, CommentMade, ItemGone, PersonAsked
from domain.gates import Passed
from domain.item import TrackerState
from tests.unit.domain import given
from tests.unit.domain.good_way import GoodWay
from tests.unit.domain.random_events import bodies, comments, descriptions, people, states


class ActsOfPeople(GoodWay):
    """A task that people comment on, move, mend and delete."""

    @rule(state=states, text=descriptions, settled=st.booleans())
    def see_item(self, state: TrackerState, text: str, *, settled: bool) -> None:
        """Somebody moved or rewrote the item, or it is read while our own move is on its way."""
        self.tell(self.seen(state, text, settled=settled))

    @rule(event=comments(people, bodies))
    def comment(self, event: CommentMade) -> None:
        """Anybody says anything; the facts beside it fit or don't."""
        self.tell(event)

    @rule(
        event=comments(st.just(given.APPROVER), st.just(given.prose(":approved:"))),
        fits=st.booleans(),
        opened=st.booleans(),
    )
    def approve(self, event: CommentMade, *, fits: bool, opened: bool) -> None:
        """An approver approves at any time, often of what is up for it."""
        event = replace(event, head=self.it.approving) if fits else event
        self.tell(replace(event, gate=Passed()) if opened else event)

    @rule(ask=st.sampled_from(Ask), state=st.one_of(st.none(), st.sampled_from(TrackerState)))
    def ask(self, ask: Ask, state: TrackerState | None) -> None:
        """Somebody uses the command line."""
        asked = PersonAsked(id=self.next_id(), item=given.ITEM, who="Pavel", ask=ask, state=state)
        self.tell(asked)

    @rule()
    def remove(self) -> None:
        """The item is deleted, and may come back."""
        self.tell(ItemGone(id=self.next_id(), item=given.ITEM))
