"""The laws of ``decide``: about one step, and about any state that a step may lead to.

Held against single steps from everywhere, and against long histories of one task.
"""

from datetime import datetime

from domain.decide import decide
from domain.decision import Decision, Merge, Rules
from domain.effects import CollectRun, MergePullRequest, MoveItem, StartRun
from domain.events import (
    BranchPrepared,
    CommentMade,
    DeadlinePassed,
    EffectFailed,
    Event,
    ForgeSeen,
    ItemSeen,
    LimitReached,
    MergeEnded,
    PersonAsked,
    RunEnded,
    RunJudged,
    RunRefused,
)
from domain.evidence import Checks, ReviewVerdict
from domain.gates import Passed
from domain.instructions import Approve, Remark, read_instruction
from domain.item import Standing, TrackerState
from domain.task import AT_REST, ENDED, Actor, Run, Status, Task

SHOWN: dict[Status, set[TrackerState]] = {
    Status.WORKING: {TrackerState.IN_PROGRESS},
    Status.WAITING: {TrackerState.IN_PROGRESS},
    Status.CHECKING: {TrackerState.IN_PROGRESS},
    Status.MERGING: {TrackerState.IN_PROGRESS},
    Status.NEEDS_INPUT: {TrackerState.NEEDS_INPUT},
    Status.IN_REVIEW: {TrackerState.IN_REVIEW},
    Status.BLOCKED: {TrackerState.BLOCKED},
    Status.PAUSED: {TrackerState.BACKLOG, TrackerState.TODO},
    Status.DONE: {TrackerState.DONE},
    Status.CANCELLED: {TrackerState.CANCELLED},
}


def step(before: Task | None, event: Event, *, now: datetime, rules: Rules) -> Decision | None:
    """Return the decision, having held every law about a single step against it."""
    decision = decide(before, event, now=now, rules=rules)
    assert decision == decide(before, event, now=now, rules=rules), "not pure"
    if decision is None:
        assert before is None
        return None
    _it_happens_once(decision, event, now, rules)
    _every_effect_is_explained(decision)
    if before is not None:
        _one_agent_at_a_time(before, event, decision)
        _limits_hold_without_a_person(before, event, decision, rules)
        _only_an_open_gate_leads_on(before, event, decision.task, rules)
        _only_what_is_through_is_merged(before, event, decision, rules)
        _only_members_are_heard(before, event, decision)
        _what_is_stale_changes_nothing(before, event, decision)
        _the_tracker_is_moved_where_we_think_it_is(before, event, decision)
        _deadlines_lie_ahead(before, event, decision.task, now)
    return decision


def _it_happens_once(decision: Decision, event: Event, now: datetime, rules: Rules) -> None:
    again = decide(decision.task, event, now=now, rules=rules)
    assert again is not None
    assert again.task is decision.task
    assert (again.effects, again.notes) == ((), ())


def _every_effect_is_explained(decision: Decision) -> None:
    assert decision.notes or not decision.effects, f"{decision.effects} and no word why"
    assert all(note.who and note.what and note.why for note in decision.notes)


def _one_agent_at_a_time(before: Task, event: Event, decision: Decision) -> None:
    starts = [effect for effect in decision.effects if isinstance(effect, StartRun)]
    assert len(starts) <= 1
    for start in starts:
        assert before.run is None or _tells_the_end_of(event, before.run)
        assert start.run.number == before.launched + 1
        assert start.run == decision.task.run
        assert not decision.task.stopping


def _tells_the_end_of(event: Event, run: Run) -> bool:
    match event:
        case RunEnded(run=gone) | RunJudged(run=gone) | RunRefused(run=gone):
            return gone == run.id
        case EffectFailed(effect=CollectRun.__name__, run=gone):
            return gone in (None, run.id)
        case _:
            return False


def _limits_hold_without_a_person(
    before: Task, event: Event, decision: Decision, rules: Rules
) -> None:
    after = decision.task
    if isinstance(event, RunJudged) and after.status is Status.NEEDS_INPUT:
        asked_now = before.status is not Status.NEEDS_INPUT
        assert not asked_now or after.rounds <= rules.pipeline.question_rounds
    allowed = before.pending is not None and before.pending.by_person
    if allowed or isinstance(event, CommentMade | PersonAsked | ItemSeen):
        return
    if isinstance(event, ForgeSeen) and sends_back(before, event):
        return
    for effect in decision.effects:
        if isinstance(effect, StartRun):
            stage = rules.pipeline.row(effect.run.stage)
            assert after.spent[stage.name] <= stage.max_runs


def _only_an_open_gate_leads_on(before: Task, event: Event, after: Task, rules: Rules) -> None:
    names = rules.pipeline.names
    if before.stage not in names or names.index(after.stage) <= names.index(before.stage):
        return
    match event:
        case RunJudged(judgement=judgement):
            assert isinstance(judgement, Passed)
            assert before.run is not None
            assert before.run.id == event.run
            assert not before.stopping
        case MergeEnded(merged=merged):
            assert before.status is Status.MERGING
            assert merged
        case ForgeSeen(state=state) if before.status is Status.MERGING:
            assert state.closed is not None
            assert state.closed.pull_request.merged
        case ForgeSeen(state=state) if before.status is Status.IN_REVIEW:
            assert before.approving == state.head
            assert any(
                review.approver
                and review.verdict is ReviewVerdict.APPROVED
                and review.commit == before.approving
                for review in state.reviews
            )
        case ForgeSeen(state=state):
            assert before.status is Status.CHECKING
            assert not state.conflicts
            assert state.pull_request is not None
            assert state.checks in (Checks.NONE, Checks.PASSED)
        case CommentMade(comment=comment):
            assert before.status in AT_REST
            assert comment.author.approver
            assert isinstance(read_instruction(comment.body), Approve)
            up_for_it = before.approving is not None and before.approving == event.head
            assert isinstance(event.gate, Passed) or (up_for_it and event.gate is None)
            assert before.approving is None or up_for_it, "another commit was up for approval"
        case BranchPrepared():
            assert before.status is Status.PREPARING
            assert before.stage == rules.pipeline.start
        case _:
            raise AssertionError(f"{type(event).__name__} moved the task to {after.stage}")
    assert names.index(after.stage) == names.index(before.stage) + 1, "a stage was left out"


def sends_back(before: Task, event: ForgeSeen) -> bool:
    """Whether an approver's review that was not heeded yet asks for changes."""
    return any(
        review.approver
        and review.verdict is ReviewVerdict.CHANGES_REQUESTED
        and review.id not in before.reviews
        for review in event.state.reviews
    )


def _only_what_is_through_is_merged(
    before: Task, event: Event, decision: Decision, rules: Rules
) -> None:
    orders = [effect for effect in decision.effects if isinstance(effect, MergePullRequest)]
    for order in orders:
        assert rules.merge is not Merge.NEVER or before.merging is not None
        assert decision.task.status is Status.MERGING
        assert decision.task.merging == order.head
    if isinstance(event, ForgeSeen) and before.status in ENDED:
        assert not decision.effects


def _only_members_are_heard(before: Task, event: Event, decision: Decision) -> None:
    if not isinstance(event, CommentMade):
        return
    author, after = event.comment.author, decision.task
    started = any(isinstance(effect, StartRun) for effect in decision.effects)
    if author.standing is Standing.BOT:
        assert not decision.effects
    if not author.approver:
        assert after.stage == before.stage
        assert after.approving == before.approving or started
    if author.standing is not Standing.MEMBER:
        assert after.remarks == before.remarks
        assert not started
        assert after.pending == before.pending
    if started and not author.approver:
        assert before.status is Status.NEEDS_INPUT
        assert isinstance(read_instruction(event.comment.body), Remark)


def _what_is_stale_changes_nothing(before: Task, event: Event, decision: Decision) -> None:
    after = decision.task
    stale_deadline = isinstance(event, DeadlinePassed) and (
        before.turn is None or before.turn.until != event.until
    )
    another_run = isinstance(event, RunEnded | RunJudged | RunRefused | LimitReached) and (
        before.run is None or before.run.id != event.run
    )
    if stale_deadline or another_run:
        assert not decision.effects
        assert (after.status, after.run, after.turn) == (before.status, before.run, before.turn)
    at_start = before.run is None and before.delivered is None
    if isinstance(event, ItemSeen) and not event.settled and not at_start:
        assert after.status is before.status, "our own move was taken for a person's"
    if before.status in ENDED and not isinstance(event, ItemSeen | PersonAsked):
        assert after.status is before.status, "it came back by itself"


def _the_tracker_is_moved_where_we_think_it_is(
    before: Task, event: Event, decision: Decision
) -> None:
    moves = [effect.state for effect in decision.effects if isinstance(effect, MoveItem)]
    if moves:
        assert moves[-1] is decision.task.shown
    elif not isinstance(event, ItemSeen):
        assert decision.task.shown is before.shown


def _deadlines_lie_ahead(before: Task, event: Event, after: Task, now: datetime) -> None:
    if after.turn is None:
        return
    assert after.turn.since <= now
    its_own = isinstance(event, DeadlinePassed) and before.turn is not None
    its_own = its_own and before.turn.until == event.until  # type: ignore[union-attr]  # as said above
    if after.turn != before.turn or its_own:
        assert after.turn.until > now, "a deadline that has passed already"


# ── any state ────────────────────────────────────────────────────────────────────────────────────


def somebody_has_the_next_move(task: Task) -> None:
    """Exactly the ended tasks wait for nobody."""
    assert (task.turn is None) == (task.status in ENDED)
    if task.status in AT_REST:
        assert task.turn is not None
        assert task.turn.actor is Actor.PERSON


def a_run_is_wanted_or_stopped(task: Task) -> None:
    """An agent at work means that the task is at work."""
    waits = task.status is Status.WAITING
    assert (task.run is not None) or not (task.stopping or (task.pending and not waits))
    assert not waits or (task.run is None and task.pending is not None and task.turn is not None)
    assert task.status is not Status.WORKING or task.run is not None
    assert task.run is None or task.stopping or task.status is Status.WORKING
    assert task.pending is None or waits or (task.stopping and task.status is Status.WORKING)
    assert task.approving is None or task.status is Status.IN_REVIEW


def memory_is_bounded(task: Task) -> None:
    """A task that lives for years stays as small as a young one."""
    assert len(task.heard) <= 64
    assert len(task.remarks) <= 20
    assert len(task.told_remarks) <= 20
    assert len(task.reviews) <= 64


def the_tracker_shows_what_the_task_does(task: Task) -> None:
    """But before it has begun: it is still shown where a person put it."""
    if task.status not in {Status.SETTLING, Status.PREPARING}:
        assert task.shown in SHOWN[task.status], (task.status, task.shown)
