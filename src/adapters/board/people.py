"""Who there is on the board, and what he may do."""

from collections.abc import Sequence

from domain.errors import Forbidden, Invalid
from domain.identifiers import PersonId
from domain.item import Person, Standing

YOU = Person(id=PersonId("you"), name="You", standing=Standing.MEMBER, approver=True)
GUEST = Person(id=PersonId("guest"), name="Guest", standing=Standing.GUEST, approver=False)
BOT = Person(id=PersonId("bot"), name="Orchestrator", standing=Standing.BOT, approver=False)
EVERYBODY = (YOU, GUEST, BOT)
"""Enough for one person; more are configured."""


class People:
    """The people of a board, by the names that they are known under."""

    def __init__(self, people: Sequence[Person]) -> None:
        """Know these people. Invalid: not exactly one bot, or two of one id."""
        self._known = {person.id: person for person in people}
        if len(self._known) != len(people):
            raise Invalid("people", "two of them have the same id", "give each an id of his own")
        bots = [person for person in people if person.standing is Standing.BOT]
        if len(bots) != 1:
            raise Invalid("people", f"{len(bots)} of them are bots", "exactly one is ourselves")
        self.bot = bots[0]
        self.writers = tuple(person for person in people if person is not self.bot)

    def present(self, who: str) -> Person:
        """Return somebody with his present standing; who has left has nothing to say."""
        left = Person(id=PersonId(who), name=who, standing=Standing.GUEST, approver=False)
        return self._known.get(PersonId(who), left)

    def writer(self, name: str) -> Person:
        """Return who that is, by id or name. Invalid: unknown. Forbidden: ourselves."""
        for person in self._known.values():
            if name in (person.id, person.name):
                if person is self.bot:
                    raise Forbidden(f"{person.id} speaks for the pipeline alone")
                return person
        known = ", ".join(person.id for person in self.writers)
        raise Invalid("author", f"{name[:40]!r} is nobody here", f"use one of: {known}")

    def member(self, name: str) -> Person:
        """Return a writer who may do more than comment. Forbidden: a guest."""
        person = self.writer(name)
        if person.standing is Standing.GUEST:
            raise Forbidden(f"{person.id} is a guest and may only comment")
        return person
