"""What work costs: tokens, prices, limits, and the account that people are shown.

Money is a whole number of millionths of a US dollar, so it adds up exactly; a price in dollars for
a million tokens is then just that many millionths for one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NewType

Money = NewType("Money", int)
"""Millionths of a US dollar."""

DOLLAR = 1_000_000
NOTHING = Money(0)


def money(dollars: float) -> Money:
    """Return so many dollars."""
    return Money(round(dollars * DOLLAR))


def in_dollars(amount: Money) -> str:
    """Return the amount as people write it, to the cent."""
    return f"${amount / DOLLAR:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens; each is counted in one place only."""

    input: int = 0
    """Read anew: neither from the cache nor into it."""
    output: int = 0
    """Written by the model, its reasoning included."""
    cached: int = 0
    """Read from the cache."""
    written: int = 0
    """Read and put into the cache."""

    @property
    def total(self) -> int:
        """Return all tokens."""
        return self.input + self.output + self.cached + self.written

    def plus(self, other: "Usage") -> "Usage":
        """Return both together."""
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            written=self.written + other.written,
        )

    def minus(self, other: "Usage") -> "Usage":
        """Return what is more than the other, never less than nothing."""
        return Usage(
            input=max(0, self.input - other.input),
            output=max(0, self.output - other.output),
            cached=max(0, self.cached - other.cached),
            written=max(0, self.written - other.written),
        )


NO_TOKENS = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars for a million tokens of each kind."""

    input: float
    output: float
    cached: float | None = None
    """As ``input`` where it is not known."""
    written: float | None = None
    """The same."""

    def of(self, usage: Usage) -> Money:
        """Return what the tokens cost."""
        cached = self.input if self.cached is None else self.cached
        written = self.input if self.written is None else self.written
        return Money(
            round(
                usage.input * self.input
                + usage.output * self.output
                + usage.cached * cached
                + usage.written * written
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An amount, and whether it is only what we think it is."""

    amount: Money = NOTHING
    estimated: bool = False


FREE = Cost()
DEAR = Price(input=5, output=25, cached=0.5, written=6.25)
"""What a large model's list price is about: rather too much than too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What models cost.

    A price of your own is what you pay. Without one, the list price that the agent reckons with
    itself counts, and where it names none, ``otherwise``: both are estimates. So a limit holds for
    every agent that counts its tokens.
    """

    own: Mapping[str, Price] = field(default_factory=dict)
    otherwise: Price = DEAR

    def cost(self, models: Iterable[str], usage: Usage, reckoned: Money | None) -> Cost:
        """Return what a run has cost; of the names of its model the first with a price counts."""
        price = next((self.own[model] for model in models if model in self.own), None)
        if price is not None:
            return Cost(amount=price.of(usage))
        if reckoned is not None:
            return Cost(amount=reckoned, estimated=True)
        return Cost(amount=self.otherwise.of(usage), estimated=usage.total > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What something has cost: a run, an item, a project, a day."""

    usage: Usage = NO_TOKENS
    cost: Cost = FREE

    def plus(self, other: "Spent") -> "Spent":
        """Return both together."""
        return Spent(
            usage=self.usage.plus(other.usage),
            cost=Cost(
                amount=Money(self.cost.amount + other.cost.amount),
                estimated=self.cost.estimated or other.cost.estimated,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be spent. The day is that of UTC, and of all projects together."""

    run: Money = Money(5 * DOLLAR)
    item: Money = Money(10 * DOLLAR)
    day: Money = Money(50 * DOLLAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a run, its item and the day have cost, and what they may."""

    run: Money
    item: Money
    day: Money
    limits: Limits
    granted: Money | None = None
    """What a person allowed the item. It then holds instead of all other limits."""
    estimated: bool = False

    @property
    def over(self) -> bool:
        """Return whether a limit is reached."""
        if self.granted is not None:
            return self.item >= self.granted
        return (
            self.run >= self.limits.run
            or self.item >= self.limits.item
            or self.day >= self.limits.day
        )

    @property
    def left(self) -> Money:
        """Return what the run may still spend, 0 where a limit is reached."""
        if self.granted is not None:
            return Money(max(0, self.granted - self.item))
        rests = (
            self.limits.run - self.run,
            self.limits.item - self.item,
            self.limits.day - self.day,
        )
        return Money(max(0, min(rests)))
