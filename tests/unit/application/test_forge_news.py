"""What happens on the forge reaches its item: by a hint, and without one."""

from collections.abc import Mapping

import pytest

from domain.errors import ToolFailed
from domain.evidence import BranchState, PersonReview, ReviewVerdict
from domain.identifiers import Branch, CommitId, ItemId, Repo
from domain.item import Item
from domain.signals import BranchTouched, ForgeChanged
from domain.task import Status
from ports.store import Claim, Transaction
from tests.unit.application.bench import REPO, Bench

_SECOND = 1 / 3600
"""Of an hour, which is what the bench counts in."""


async def reviewing(bench: Bench) -> tuple[Item, Branch]:
    """An item whose reviewer is at work, with its pull request."""
    item = await bench.reviewed_item()
    bench.tracker.add_comment(item.id, ":approved:")
    await bench.reconcile()
    await bench.settle()
    await bench.delivers(item, "05-architecture.md")
    await bench.delivers(item, "greeter.py")
    task = await bench.task(item.id)
    assert (task.stage, task.status) == ("review", Status.WORKING)
    assert task.branch is not None
    return item, task.branch


def said(bench: Bench, item: Item) -> list[str]:
    return [post.text for post in bench.tracker.posted if post.item == item.id]


def requested(commit: CommitId) -> PersonReview:
    return PersonReview(
        id="1/1",
        by="alice",
        verdict=ReviewVerdict.CHANGES_REQUESTED,
        text="Mind the locale.",
        commit=commit,
        approver=True,
    )


async def hint(bench: Bench, signal: BranchTouched) -> list[ItemId]:
    """Put a hint into the inbox, as a delivery does; return the items it reaches."""
    now = bench.clock.now()
    await bench.store.transact(
        lambda tx: tx.inbox.put(signal, lane="forge", key="delivery", at=now, item=None)
    )
    claim = await bench.read_inbox.take()
    assert isinstance(claim, Claim)
    await bench.read_inbox.work(claim)

    def reached(tx: Transaction) -> list[ItemId]:
        name = ForgeChanged.__name__
        return [task.item for task in tx.tasks.page(most=100) if tx.inbox.waiting(task.item, name)]

    return await bench.store.transact(reached)


async def test_a_hint_of_a_branch_reaches_the_item_whose_branch_it_is(bench: Bench) -> None:
    item, branch = await reviewing(bench)
    await bench.item()
    assert await hint(bench, BranchTouched(repo=REPO, branch=branch)) == [item.id]


async def test_a_hint_of_a_commit_reaches_the_item_whose_head_it_is(bench: Bench) -> None:
    item, _ = await reviewing(bench)
    head = (await bench.task(item.id)).head
    assert await hint(bench, BranchTouched(repo=REPO, branch=None, commit=head)) == [item.id]


@pytest.mark.parametrize(
    "branch", ["main", "orchestrator/DEMO-99-x", "orchestrator/DEMO-1-other", "x/DEMO-1"]
)
async def test_a_hint_of_another_branch_reaches_nobody(bench: Bench, branch: str) -> None:
    await reviewing(bench)
    assert await hint(bench, BranchTouched(repo=REPO, branch=Branch(branch))) == []


async def test_a_review_that_nobody_told_of_is_found(bench: Bench) -> None:
    item, branch = await reviewing(bench)
    await bench.reconcile()
    head = (await bench.task(item.id)).head
    assert head is not None
    bench.forge.review(REPO, branch, requested(head))
    await bench.reconcile()
    await bench.settle()
    task = await bench.task(item.id)
    assert (task.stage, task.run and task.run.role) == ("development", "developer")


async def test_a_closed_pull_request_that_nobody_told_of_is_found(bench: Bench) -> None:
    item, branch = await reviewing(bench)
    bench.forge.end_pull_request(REPO, branch, by="alice")
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.BLOCKED


async def test_a_branch_that_nobody_told_is_gone_is_found(bench: Bench) -> None:
    item, branch = await reviewing(bench)
    bench.forge.end_pull_request(REPO, branch, by="alice")
    bench.forge.remove_branch(REPO, branch)
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.BLOCKED
    assert any("has no branch" in text for text in said(bench, item))


async def test_where_nothing_changed_nothing_is_asked_but_one_list(bench: Bench) -> None:
    await reviewing(bench)
    await bench.reconcile()
    bench.pass_time(_SECOND)
    await bench.reconcile()
    calls = counted_looks(bench)
    for _ in range(3):
        bench.pass_time(_SECOND)
        await bench.reconcile()
    assert calls == []
    bench.pass_time(0.1)
    await bench.reconcile()
    assert calls == ["branch"]


async def test_what_follows_within_the_second_of_a_look_is_found_by_the_next(bench: Bench) -> None:
    """A forge that counts in whole seconds shows the same mark before it and after."""
    item, branch = await reviewing(bench)
    await bench.reconcile()
    head = (await bench.task(item.id)).head
    assert head is not None
    marks = dict(await bench.forge.open_pull_requests(REPO))
    bench.forge.review(REPO, branch, requested(head))

    async def unchanged(repo: Repo) -> Mapping[Branch, str]:
        return marks

    bench.forge.open_pull_requests = unchanged  # type: ignore[method-assign]  # in whole seconds
    calls = counted_looks(bench)
    await bench.reconcile()
    assert calls == []
    bench.pass_time(_SECOND)
    await bench.reconcile()
    await bench.settle()
    task = await bench.task(item.id)
    assert (task.stage, task.run and task.run.role) == ("development", "developer")


async def test_a_branch_that_could_not_be_looked_at_is_looked_at_again(bench: Bench) -> None:
    item, branch = await reviewing(bench)
    bench.forge.end_pull_request(REPO, branch, by="alice")
    look = bench.forge.branch_state

    async def away(*_: object, **__: object) -> BranchState:
        bench.forge.branch_state = look  # type: ignore[method-assign]  # it is back
        raise ToolFailed("it does not answer")

    bench.forge.branch_state = away  # type: ignore[method-assign]  # for once
    for _ in range(2):
        await bench.reconcile()
        await bench.settle()
    assert await bench.status(item) is Status.BLOCKED


def counted_looks(bench: Bench) -> list[str]:
    """Count how often a branch is looked at from now on."""
    calls: list[str] = []
    look = bench.forge.branch_state

    async def counted(*args: object, **more: object) -> BranchState:
        calls.append("branch")
        return await look(*args, **more)  # type: ignore[arg-type]  # as it was called

    bench.forge.branch_state = counted  # type: ignore[method-assign]  # it counts
    return calls


async def test_a_forge_that_is_away_holds_up_no_other_reconciling(bench: Bench) -> None:
    item, branch = await reviewing(bench)
    bench.forge.end_pull_request(REPO, branch, by="alice")
    bench.forge.fail_next(ToolFailed("it does not answer"))
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.WORKING
    await bench.reconcile()
    await bench.settle()
    assert await bench.status(item) is Status.BLOCKED


async def test_an_analyst_who_changes_source_delivers_nothing(bench: Bench) -> None:
    """And is told why in the item; nothing of it is published."""
    item = await bench.item()
    task = await bench.task(item.id)
    run = bench.live_run(task)
    bench.workspaces.commit(run, {"src/greeter.py": "print()\n"})
    bench.runner.finish(run)
    await bench.container.watch_runs().tell(run)
    await bench.settle()
    assert await bench.status(item) is Status.BLOCKED
    assert any("src/greeter.py" in text for text in said(bench, item))
    assert task.branch is not None
    assert await bench.forge.head(REPO, task.branch) == task.head
