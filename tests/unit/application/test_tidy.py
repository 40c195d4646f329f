"""What is forgotten, when, and what never is."""

from datetime import timedelta

import pytest

from application.show_log import Form
from application.tidy import DONE_KEPT, RUNS_KEPT, Tidy
from domain.errors import NotFound, ToolFailed
from domain.identifiers import PersonId, RunId
from domain.item import Person, Standing
from domain.task import Status
from ports.store import Claim
from tests.unit.application.bench import Bench

DAY = timedelta(days=1)
GUEST = Person(id=PersonId("guest-7"), name="Gus", standing=Standing.GUEST, approver=False)


@pytest.fixture
def tidy(bench: Bench) -> Tidy:
    return bench.container.tidy()


def forgotten(bench: Bench) -> list[RunId]:
    """Return the runs that the runner has forgotten."""
    return [name for name, run in bench.runner.place.runs.items() if run.forgotten_at]


async def test_a_run_is_forgotten_a_day_after_its_end_and_once(bench: Bench, tidy: Tidy) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    await bench.delivers(item, "01-questions.md")
    bench.clock.advance(RUNS_KEPT)
    await tidy()
    assert forgotten(bench) == []
    bench.clock.advance(timedelta(seconds=1))
    await tidy()
    await tidy()
    assert forgotten(bench) == [run]
    assert (await bench.record(run)).ended_at is not None


async def test_a_run_that_is_alive_or_not_yet_collected_is_never_forgotten(
    bench: Bench, tidy: Tidy
) -> None:
    live, ended = [await bench.item() for _ in range(2)]
    run = bench.live_run(await bench.task(ended.id))
    bench.runner.finish(run)
    await bench.container.watch_runs().tell(run)
    claim = await bench.read_inbox.take()
    assert isinstance(claim, Claim)
    await bench.read_inbox.work(claim)
    assert (await bench.record(run)).ended_at is not None
    assert (await bench.record(bench.live_run(await bench.task(live.id)))).ended_at is None
    bench.clock.advance(9 * DAY)
    await tidy()
    assert forgotten(bench) == []


async def test_a_run_that_cannot_be_forgotten_is_tried_again_and_keeps_nothing_else(
    bench: Bench, tidy: Tidy
) -> None:
    runs = []
    for _ in range(2):
        item = await bench.item()
        runs.append(bench.live_run(await bench.task(item.id)))
        await bench.delivers(item, "01-questions.md")
    bench.clock.advance(2 * RUNS_KEPT)
    bench.runner.fail_next(ToolFailed("it does not answer"))
    await tidy()
    assert forgotten(bench) == runs[1:]
    await tidy()
    assert forgotten(bench) == runs


async def test_logs_are_dropped_when_they_were_kept_long_enough(bench: Bench, tidy: Tidy) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    await bench.delivers(item, "01-questions.md")
    bench.clock.advance(2 * RUNS_KEPT)
    await tidy()
    kept = timedelta(days=bench.container.settings().logs_kept_days)
    bench.clock.advance(kept)
    await tidy()
    assert run in bench.runner.place.runs
    bench.clock.advance(timedelta(seconds=1))
    await tidy()
    assert run not in bench.runner.place.runs
    assert (await bench.record(run)).ended_at is not None
    with pytest.raises(NotFound, match="no longer kept"):
        await (await bench.container.show_log()(run, Form.RAW)).more()


async def test_logs_that_cannot_be_dropped_are_tried_again_and_keep_nothing_else(
    bench: Bench, tidy: Tidy, caplog: pytest.LogCaptureFixture
) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    await bench.delivers(item, "01-questions.md")
    bench.clock.advance(2 * RUNS_KEPT)
    await tidy()
    bench.clock.advance(timedelta(days=100))
    bench.runner.fail_next(ToolFailed("the disk is read-only"))
    await tidy()
    assert "old logs could not be dropped: the disk is read-only" in caplog.text
    await tidy()
    assert run not in bench.runner.place.runs


async def test_what_a_resting_item_was_told_is_not_heard_anew_however_long_it_rests(
    bench: Bench, tidy: Tidy
) -> None:
    item = await bench.asking_item()
    bench.tracker.add_person(GUEST)
    bench.tracker.add_comment(item.id, "I only look on.", author=GUEST.id)
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.NEEDS_INPUT
    before = await bench.waiting()
    bench.clock.advance(60 * DAY + DONE_KEPT)
    await tidy()
    await bench.reconcile()
    assert await bench.waiting() == before
