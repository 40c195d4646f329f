"""Effects are carried out at least once, and whatever happens to their answers, once in effect."""

import asyncio

import pytest

from application.agents import Agents
from domain.effects import CollectRun, Effect, OpenPullRequest, StartRun, StopRun
from domain.errors import Forbidden, NotFound, ToolFailed
from domain.events import Outcome
from domain.identifiers import Branch, RunId
from domain.item import TrackerState
from domain.pipeline import REQUIREMENTS
from domain.signals import EffectBuried
from domain.task import Reason, ReasonKind, Status
from ports.agent_runtime import AgentSetup
from ports.store import Claim, Transaction
from tests.unit.application.bench import DESCRIPTION, REPO, TITLE, Bench

AWAY = ToolFailed("it does not answer")


async def test_a_start_whose_answer_was_lost_is_no_second_start(bench: Bench) -> None:
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await bench.reconcile()
    bench.runner.fail_next(AWAY, late=True)
    await bench.settle()
    bench.pass_time(0.1)
    await bench.settle()
    assert bench.runner.started == [bench.live_run(await bench.task(item.id))]
    assert await bench.waiting() == (0, 0)


@pytest.mark.parametrize(("begun", "kind"), [(True, "command"), (False, "codex")])
async def test_a_run_keeps_the_agent_that_was_started_when_another_is_configured(
    bench: Bench, *, begun: bool, kind: str
) -> None:
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await bench.reconcile()
    bench.runner.fail_next(AWAY, late=begun)
    await bench.settle()
    run = bench.live_run(await bench.task(item.id))
    assert (await bench.record(run)).agent.runtime == "command"
    another = Agents(otherwise=AgentSetup(runtime="codex", model="m"))
    start = bench.container.start_agent(agents=another)
    bench.carry_out = bench.container.carry_out(start_agent=start)
    bench.pass_time(0.1)
    await bench.settle()
    assert bench.runner.started == [run]
    assert (await bench.record(run)).agent.runtime == kind


async def test_a_run_that_ended_before_we_heard_of_its_start_counts_all_the_same(
    bench: Bench,
) -> None:
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await bench.reconcile()
    bench.runner.fail_next(AWAY, late=True)
    await bench.settle()
    await bench.delivers(item, *REQUIREMENTS)
    bench.pass_time(0.1)
    await bench.settle()
    assert await bench.status(item) is Status.IN_REVIEW
    assert await bench.dead() == []
    assert len(bench.runner.started) == 1


async def test_a_start_that_is_no_longer_wanted_starts_nothing(bench: Bench) -> None:
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await bench.reconcile()
    bench.runner.fail_next(AWAY)
    await bench.settle()
    bench.tracker.set_state(item.id, TrackerState.CANCELLED)
    bench.pass_time(0.1)
    await bench.reconcile()
    while isinstance(claim := await bench.read_inbox.take(), Claim):
        await bench.read_inbox.work(claim)
    await bench.settle()
    assert bench.runner.started == []
    assert await bench.status(item) is Status.CANCELLED


async def test_a_start_that_hangs_is_broken_off_when_it_is_no_longer_wanted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop stands behind it in the same lane, and the item's people wait for it."""
    hanging = asyncio.Event()

    async def hang(*_: object) -> None:
        hanging.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("application.start_agent._LOOK_EVERY", 0.01)
    monkeypatch.setattr(bench.runner, "ensure", hang)
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await bench.reconcile()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(bench.settle())
        await hanging.wait()
        await bench.settle()
        bench.tracker.set_state(item.id, TrackerState.CANCELLED)
        await bench.reconcile()
        await bench.settle()
    await bench.settle()
    assert await bench.status(item) is Status.CANCELLED
    assert (await bench.task(item.id)).run is None
    assert await bench.waiting() == (0, 0)
    assert await bench.dead() == []


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (TrackerState.CANCELLED, Status.CANCELLED),
        (TrackerState.BACKLOG, Status.PAUSED),
        (TrackerState.DONE, Status.DONE),
    ],
)
async def test_a_persons_move_while_ours_is_on_its_way_stands_and_is_followed(
    bench: Bench, state: TrackerState, status: Status
) -> None:
    item = await bench.item()
    bench.tracker.fail_next(AWAY)
    await bench.delivers(item, *REQUIREMENTS)
    bench.tracker.set_state(item.id, state)
    await bench.reconcile()
    bench.pass_time(0.1)
    await bench.settle()
    assert (await bench.tracker.item(item.id)).state is state
    assert await bench.status(item) is status
    assert await bench.dead() == []
    assert await bench.waiting() == (0, 0)


async def test_a_workspace_that_cannot_be_removed_holds_nothing_up(bench: Bench) -> None:
    item = await bench.item()
    task = await bench.task(item.id)
    assert task.run is not None
    assert task.branch is not None
    key, branch = item.key, task.branch
    collect = CollectRun(item=item.id, key=key, run=task.run, branch=branch)
    following = OpenPullRequest(
        item=item.id, key=key, branch=branch, head=task.run.base, title="t", body="b"
    )

    def put(tx: Transaction) -> None:
        now = bench.clock.now()
        tx.runs.end(collect.run.id, at=now, outcome=Outcome.EXITED, exit_code=0)
        for effect in (collect, following):
            name = type(effect).__name__
            tx.outbox.put(effect, lane="lane", key=name, at=now, item=item.id)

    async def discard(run: RunId) -> None:
        raise AWAY

    bench.workspaces.discard = discard  # type: ignore[method-assign]
    await bench.store.transact(put)
    await bench.settle()
    assert await bench.waiting() == (0, 0)
    assert list(bench.forge.repository(REPO).pull_requests) == [branch]


@pytest.mark.parametrize("kind", ["start", "stop", "collect"])
async def test_a_buried_effect_names_the_run_that_it_was_about(bench: Bench, kind: str) -> None:
    item = await bench.item()
    run, branch = (await bench.task(item.id)).run, Branch("x")
    assert run is not None
    why = Reason(kind=ReasonKind.ADVANCED)
    effects: dict[str, Effect] = {
        "start": StartRun(item=item.id, run=run, branch=branch, reason=why),
        "stop": StopRun(item=item.id, run=run.id),
        "collect": CollectRun(item=item.id, key=item.key, run=run, branch=branch),
    }
    effect = effects[kind]

    def put(tx: Transaction) -> None:
        tx.outbox.put(effect, lane="x", key="effect", at=bench.clock.now(), item=item.id)

    await bench.store.transact(put)
    claim = await bench.carry_out.take()
    assert isinstance(claim, Claim)
    await bench.carry_out._bury(claim, "refused")
    told = await bench.read_inbox.take()
    assert isinstance(told, Claim)
    name = type(effect).__name__
    buried = EffectBuried(item=item.id, effect=name, error="refused", run=run.id)
    assert told.entry.payload == buried


async def test_a_refused_comment_becomes_a_dead_letter_and_people_hear_of_it(
    bench: Bench,
) -> None:
    item = await bench.asking_item()
    bench.tracker.add_comment(item.id, ":approved:")  # will be answered by a comment
    await bench.reconcile()
    while isinstance(claim := await bench.read_inbox.take(), Claim):
        await bench.read_inbox.work(claim)
    bench.tracker.fail_next(NotFound("comments are closed"))
    await bench.settle()
    assert [letter.error for letter in await bench.dead()] == ["comments are closed"]
    assert any("comments are closed" in notice.text for notice in bench.notifier.notices)


async def test_a_signal_that_nobody_can_handle_is_told_to_people_as_well(bench: Bench) -> None:
    item = await bench.reviewed_item()
    bench.tracker.add_comment(item.id, ":approved:")
    await bench.reconcile()
    bench.forge.fail_next(Forbidden("the token lacks a scope"))
    await bench.settle()
    (letter,) = await bench.dead()
    assert letter.kind == "CommentPosted"
    assert any("lacks a scope" in notice.text for notice in bench.notifier.notices)
    assert await bench.status(item) is Status.IN_REVIEW


async def test_an_approval_of_a_branch_that_has_gone_blocks_the_item(bench: Bench) -> None:
    item = await bench.reviewed_item()
    branch = (await bench.task(item.id)).branch
    assert branch is not None
    bench.forge.remove_branch(REPO, branch)
    bench.tracker.add_comment(item.id, ":approved:")
    await bench.reconcile()
    await bench.settle()
    assert await bench.dead() == []
    assert await bench.status(item) is Status.BLOCKED
    assert any(branch in post.text for post in bench.tracker.posted)
