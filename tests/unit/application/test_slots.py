"""A slot goes from run to run, also where a start comes to nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import Invalid, ToolFailed
from domain.identifiers import Role, RunId
from domain.item import Item, Priority, TrackerState
from domain.money import Cost, Money, Spent, money
from domain.task import Status
from ports.agent_runner import AgentSpec
from ports.store import Booking, Claim
from tests.unit.application.bench import DESCRIPTION, TITLE, Bench

AWAY = ToolFailed("it does not answer")
SLOTS = 4


async def full(bench: Bench) -> tuple[list[RunId], Item, Item]:
    """Return who has all the slots, and two items that wait, the first of them urgent."""
    for _ in range(SLOTS):
        await bench.item()
    first = bench.tracker.add_item(TITLE, DESCRIPTION, priority=Priority.URGENT)
    last = bench.tracker.add_item(TITLE, DESCRIPTION)
    await bench.reconcile()
    await bench.settle()
    assert len(bench.runner.started) == SLOTS
    return list(bench.runner.started), first, last


async def frees(bench: Bench, run: RunId) -> None:
    """Let an agent end."""
    bench.runner.finish(run)
    await bench.container.watch_runs().tell(run)
    await bench.settle()


def refuse_start(bench: Bench, error: Exception) -> None:
    """Let the next start fail, and no later one."""
    ensure = bench.runner.ensure

    async def refuse(run: RunId, spec: AgentSpec) -> None:
        bench.runner.ensure = ensure  # type: ignore[method-assign]
        raise error

    bench.runner.ensure = refuse  # type: ignore[method-assign]


async def spend(bench: Bench, item: Item, amount: Money) -> None:
    """Have the item cost that much, by an earlier run."""
    booking = Booking(
        run=RunId(f"{item.key}-0"),
        item=item.id,
        project="DEMO",
        role=Role("analyst"),
        model="m",
        session="s",
        spent=Spent(cost=Cost(amount=amount)),
    )
    await bench.store.transact(lambda tx: tx.spending.book(booking, at=bench.clock.now()))


async def test_who_waits_is_started_when_a_slot_becomes_free_and_not_before(bench: Bench) -> None:
    working, first, last = await full(bench)
    waiting = await bench.container.look_up().waiting()
    runs = [bench.live_run(await bench.task(item.id)) for item in (first, last)]
    assert sorted(waiting) == sorted(runs)
    await frees(bench, working[0])
    assert bench.runner.started[SLOTS:] == [runs[0]]
    assert runs[1] in await bench.container.look_up().waiting()


@pytest.mark.parametrize("fate", ["buried", "stopped", "over budget"])
async def test_a_slot_given_to_a_run_that_never_starts_is_passed_on(
    bench: Bench, fate: str
) -> None:
    working, first, last = await full(bench)
    run = bench.live_run(await bench.task(first.id))
    if fate == "buried":
        refuse_start(bench, Invalid("command", "is empty", "name one"))
    elif fate == "stopped":
        refuse_start(bench, AWAY)
    else:
        await spend(bench, first, money(10.5))
    await frees(bench, working[0])
    assert (await bench.record(run)).started_at is not None
    if fate == "stopped":
        bench.tracker.set_state(first.id, TrackerState.CANCELLED)
        await bench.reconcile()
        while isinstance(claim := await bench.read_inbox.take(), Claim):
            await bench.read_inbox.work(claim)
    await bench.settle()
    assert run not in bench.runner.started
    assert (await bench.record(run)).ended_at is not None
    assert bench.live_run(await bench.task(last.id)) in bench.runner.started


async def test_a_slot_is_kept_while_the_start_must_be_tried_again(bench: Bench) -> None:
    working, first, last = await full(bench)
    refuse_start(bench, AWAY)
    await frees(bench, working[0])
    assert len(bench.runner.started) == SLOTS
    waiting = await bench.container.look_up().waiting()
    assert bench.live_run(await bench.task(first.id)) not in waiting
    bench.pass_time(0.1)
    await bench.settle()
    assert bench.runner.started[SLOTS:] == [bench.live_run(await bench.task(first.id))]
    assert await bench.status(last) is Status.WORKING


async def test_a_start_goes_on_where_more_was_allowed_before_the_limit_was_looked_at(
    bench: Bench,
) -> None:
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await spend(bench, item, money(10.5))
    await bench.reconcile()
    while isinstance(claim := await bench.read_inbox.take(), Claim):
        await bench.read_inbox.work(claim)
        while isinstance(effect := await bench.carry_out.take(), Claim):
            await bench.carry_out.work(effect)
        if (await bench.task(item.id)).run is not None:
            break
    task = await bench.task(item.id)
    await bench.store.transact(lambda tx: tx.tasks.save(replace(task, budget=money(50))))
    await bench.settle()
    assert bench.runner.started == []
    bench.clock.advance(timedelta(seconds=31))
    await bench.settle()
    assert len(bench.runner.started) == 1
