"""Tokens, prices and limits add up."""

import pytest

from domain.money import (
    DEAR,
    Account,
    Cost,
    Limits,
    Money,
    Price,
    Prices,
    Usage,
    in_dollars,
    money,
)

USAGE = Usage(input=1_000_000, output=200_000, cached=2_000_000, written=100_000)


def test_a_price_counts_each_kind_of_token() -> None:
    price = Price(input=3, output=15, cached=0.3, written=3.75)
    assert price.of(USAGE) == money(3 + 3 + 0.6 + 0.375)


def test_the_cache_costs_as_much_as_input_where_nothing_else_is_known() -> None:
    assert Price(input=1, output=0).of(USAGE) == money(1 + 2 + 0.1)


@pytest.mark.parametrize(
    ("model", "reckoned", "cost"),
    [
        ("mine", money(99), Cost(amount=money(1.2))),
        ("theirs", money(0.5), Cost(amount=money(0.5), estimated=True)),
        ("theirs", None, Cost(amount=DEAR.of(USAGE), estimated=True)),
    ],
)
def test_your_price_counts_before_the_agents_and_that_before_ours(
    model: str, reckoned: Money | None, cost: Cost
) -> None:
    prices = Prices(own={"mine": Price(input=1, output=1, cached=0, written=0)})
    assert prices.cost([model], USAGE, reckoned) == cost


def test_a_price_is_found_by_the_name_that_a_model_was_given_where_it_tells_another() -> None:
    prices = Prices(own={"sonnet": Price(input=1, output=1, cached=0, written=0)})
    assert prices.cost(["sonnet-4-5", "sonnet"], USAGE, money(99)) == Cost(amount=money(1.2))


def test_nothing_used_is_no_estimate() -> None:
    assert Prices().cost(["any"], Usage(), None) == Cost()


def account(
    run: float = 0, item: float = 0, day: float = 0, granted: float | None = None
) -> Account:
    allowed = None if granted is None else money(granted)
    return Account(
        run=money(run), item=money(item), day=money(day), limits=Limits(), granted=allowed
    )


@pytest.mark.parametrize(
    ("seen", "over", "left"),
    [
        (account(), False, 5.0),
        (account(run=4.99, item=9), False, 0.01),
        (account(run=5), True, 0.0),
        (account(run=1, item=10), True, 0.0),
        (account(run=1, item=2, day=50), True, 0.0),
        (account(run=1, item=2, day=48), False, 2.0),
        (account(run=7, item=12, day=80, granted=20), False, 8.0),
        (account(run=0, item=20, granted=20), True, 0.0),
        (account(run=1, item=6, granted=5), True, 0.0),
    ],
)
def test_a_limit_is_reached_when_the_first_one_is(seen: Account, over: bool, left: float) -> None:
    assert seen.over is over
    assert seen.left == pytest.approx(money(left), abs=1)


def test_money_is_written_as_people_write_it() -> None:
    assert [in_dollars(Money(n)) for n in (0, 4_999, 5_000, 1_234_500_000)] == [
        "$0.00",
        "$0.00",
        "$0.01",
        "$1234.50",
    ]
