"""What nobody told is found by looking; what cannot be asked now is asked the next time."""

import pytest

from domain.errors import ToolFailed
from domain.events import Outcome
from domain.evidence import Checks
from domain.identifiers import RunId
from domain.item import TrackerState
from domain.pipeline import REQUIREMENTS
from domain.signals import CommentPosted
from domain.task import Status
from ports.store import Transaction
from tests.unit.application.bench import DESCRIPTION, TITLE, Bench

AWAY = ToolFailed("it does not answer")


async def test_an_item_that_nobody_told_of_is_found(bench: Bench) -> None:
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.WORKING


async def test_looking_again_finds_nothing_new(bench: Bench) -> None:
    item = await bench.asking_item()
    before = await bench.task(item.id)
    for _ in range(5):
        bench.pass_time(0.1)
        await bench.reconcile()
        await bench.settle()
    after = await bench.task(item.id)
    assert (after.status, after.launched) == (before.status, before.launched)
    assert len(bench.tracker.posted) == 2


async def test_an_answer_that_nobody_told_of_is_found(bench: Bench) -> None:
    item = await bench.asking_item()
    bench.tracker.add_comment(item.id, "Everybody.")
    await bench.reconcile()
    await bench.settle()
    run = bench.live_run(await bench.task(item.id))
    assert "Everybody." in bench.runner.specs[run].brief


async def test_a_comment_that_was_told_and_found_is_followed_once(bench: Bench) -> None:
    item = await bench.reviewed_item()
    comment = bench.tracker.add_comment(item.id, ":rejected: once more")
    told = CommentPosted(item=item.id, comment=comment.id, actor=comment.author.id)

    def tell(tx: Transaction) -> None:
        now = bench.clock.now()
        tx.inbox.put(told, lane=item.id, key="as a webhook names it", at=now, item=item.id)

    await bench.store.transact(tell)
    await bench.settle()
    await bench.delivers(item, *REQUIREMENTS)
    for _ in range(3):
        await bench.reconcile()
        await bench.settle()
    task = await bench.task(item.id)
    assert (task.status, task.launched) == (Status.IN_REVIEW, 2)


async def test_a_move_that_nobody_told_of_is_found(bench: Bench) -> None:
    item = await bench.item()
    bench.pass_time(1)
    bench.tracker.set_state(item.id, TrackerState.TODO)
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.PAUSED
    assert await bench.runner.live() == []


async def test_an_end_that_nobody_told_of_is_found(bench: Bench) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    bench.runner.finish(run, 0)
    await bench.reconcile()
    await bench.settle()
    assert (await bench.record(run)).outcome is Outcome.EXITED


async def test_a_deleted_item_that_is_waited_for_ends_its_task(bench: Bench) -> None:
    gone, kept = await bench.asking_item(), await bench.asking_item()
    bench.tracker.remove(gone.id)
    bench.tracker.add_comment(kept.id, "Everybody.")
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(gone) is Status.CANCELLED
    assert await bench.status(kept) is Status.WORKING


async def test_checks_that_ended_unheard_are_found(bench: Bench) -> None:
    bench.forge.default_checks = Checks.PENDING
    item = await bench.reviewed_item()
    bench.tracker.add_comment(item.id, ":approved:")
    await bench.reconcile()
    await bench.settle()
    await bench.delivers(item, "05-architecture.md")
    await bench.delivers(item, "greeter.py")
    assert await bench.status(item) is Status.CHECKING
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.CHECKING
    bench.forge.default_checks = Checks.PASSED
    await bench.reconcile()
    await bench.settle()
    assert (await bench.task(item.id)).stage == "review"


async def test_an_agent_that_belongs_to_no_run_is_stopped(bench: Bench) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    stranger = RunId("DEMO-99-1")
    await bench.runner.ensure(stranger, bench.runner.specs[run])
    await bench.reconcile()
    assert await bench.runner.live() == [run]
    assert (await bench.runner.observe(stranger)).outcome is Outcome.STOPPED


async def test_an_agent_whose_run_is_written_down_as_ended_is_stopped(bench: Bench) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))

    def end(tx: Transaction) -> None:
        tx.runs.end(run, at=bench.clock.now(), outcome=Outcome.LOST, exit_code=None)

    await bench.store.transact(end)
    await bench.reconcile()
    assert await bench.runner.live() == []


async def test_a_run_that_ends_while_it_is_looked_at_is_no_stranger(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    await bench.delivers(item, *REQUIREMENTS)

    async def live() -> list[RunId]:
        return [run]  # as it was a moment ago

    bench.runner.live = live  # type: ignore[method-assign]
    await bench.reconcile()
    assert "belongs to no live run" not in caplog.text


async def test_a_run_whose_start_is_on_its_way_is_not_lost(bench: Bench) -> None:
    """Its slot is taken and its workspace being made: the runner has not heard of it yet."""
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    bench.runner.fail_next(AWAY)  # the first start comes to nothing
    await bench.reconcile()  # asks the runner, too
    bench.runner.fail_next(AWAY)
    await bench.settle()
    run = bench.live_run(await bench.task(item.id))
    assert (await bench.record(run)).started_at is not None
    assert bench.runner.started == []
    await bench.reconcile()
    await bench.settle()
    assert (await bench.record(run)).ended_at is None
    bench.pass_time(0.1)
    await bench.settle()
    assert bench.runner.started == [run]
    assert (await bench.record(run)).ended_at is None


@pytest.mark.parametrize("tool", ["tracker", "forge", "runner"])
async def test_a_tool_that_is_away_keeps_nothing_from_the_others(bench: Bench, tool: str) -> None:
    ended, asking = await bench.item(), await bench.asking_item()
    run = bench.live_run(await bench.task(ended.id))
    bench.runner.finish(run)
    bench.tracker.add_comment(asking.id, "Everybody.")
    getattr(bench, tool).fail_next(AWAY)
    await bench.reconcile()
    await bench.settle()
    found = [
        (await bench.record(run)).ended_at is not None,
        (await bench.task(asking.id)).launched == 2,
    ]
    assert any(found)
    await bench.reconcile()
    bench.pass_time(0.1)
    await bench.settle()
    assert (await bench.record(run)).ended_at is not None
    assert (await bench.task(asking.id)).launched == 2


async def test_a_branch_that_was_removed_keeps_no_other_item_waiting(bench: Bench) -> None:
    bench.forge.default_checks = Checks.PENDING
    items = [await bench.reviewed_item(), await bench.reviewed_item()]
    for item in items:
        bench.tracker.add_comment(item.id, ":approved:")
    await bench.reconcile()
    await bench.settle()
    for item in items:
        await bench.delivers(item, "05-architecture.md")
        await bench.delivers(item, "greeter.py")
    removed = (await bench.task(items[0].id)).branch
    assert removed is not None
    bench.forge.remove_branch(bench.container.projects().of(items[0].key).repo, removed)
    bench.forge.default_checks = Checks.PASSED
    await bench.reconcile()
    await bench.settle()
    assert (await bench.task(items[1].id)).stage == "review"


async def test_workspaces_that_nobody_collects_from_are_removed(bench: Bench) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    await bench.reconcile()
    assert bench.workspaces.discarded == []
    bench.tracker.set_state(item.id, TrackerState.CANCELLED)
    bench.pass_time(0.1)
    await bench.reconcile()
    await bench.settle()
    await bench.reconcile()
    assert bench.workspaces.discarded == [run]
