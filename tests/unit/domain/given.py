"""What tests of decisions begin with: tasks, people, events, a second pipeline.

A builder returns something plausible and whole; a test names only what matters to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from domain.decide import decide
from domain.decision import Decision, Merge, Rules
from domain.effects import MoveItem, Notify, PostComment, StartRun, StopRun
from domain.events import (
    SILENCE,
    Ask,
    BranchPrepared,
    CommentMade,
    DeadlinePassed,
    EffectFailed,
    Event,
    ForgeSeen,
    ItemGone,
    ItemSeen,
    LimitReached,
    Link,
    Liveness,
    MergeEnded,
    Outcome,
    PersonAsked,
    RunEnded,
    RunJudged,
    RunRefused,
    Statement,
)
from domain.evidence import (
    BranchState,
    Checks,
    Closed,
    Evidence,
    PersonReview,
    PullRequest,
    ReviewVerdict,
)
from domain.gates import Judgement
from domain.identifiers import (
    Branch,
    CommentId,
    CommitId,
    EventId,
    ItemId,
    PersonId,
    Role,
    RunId,
    StageName,
    TaskKey,
    run_id,
)
from domain.item import Comment, Item, Person, Priority, Standing, TrackerState
from domain.messages import Locale
from domain.money import Account, Limits, money
from domain.pipeline import (
    DEFAULT_PIPELINE,
    ArtifactsGate,
    Conflict,
    ExitCodeGate,
    Pipeline,
    PullRequestGate,
    Review,
    Stage,
    VerdictGate,
)
from domain.prose import Block, BlockKind, Prose
from domain.task import Actor, Delivered, Launch, Reason, ReasonKind, Run, Status, Task, Turn

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = TaskKey("ET-7")
ITEM = ItemId("item-7")
BRANCH = Branch("orchestrator/ET-7-export-to-csv")
BRANCH_URL = "http://git/enduro-trails/src/branch/orchestrator/ET-7-export-to-csv"
BASE = CommitId("b" * 40)
HEAD = CommitId("a" * 40)
LATER_HEAD = CommitId("c" * 40)
PULL_REQUEST = PullRequest(number=12, url="http://git/enduro-trails/pulls/12")
TITLE = "Export to CSV"
DESCRIPTION = "Users want their rides as a file. Excel must open it."

SECOND_PIPELINE = Pipeline(
    start=StageName("inbox"),
    end=StageName("shipped"),
    folder="work",
    question_rounds=1,
    crash_retries=2,
    launch_patience=timedelta(minutes=5),
    checks_patience=timedelta(minutes=20),
    reminder=timedelta(hours=2),
    longest_reminder=timedelta(hours=5),
    stages=(
        Stage(
            name=StageName("draft"),
            role=Role("writer"),
            gate=ArtifactsGate(files=("brief.txt", "plan.txt")),
            questions="ask.txt",
            max_runs=2,
        ),
        Stage(
            name=StageName("build"),
            role=Role("builder"),
            gate=PullRequestGate(),
            conflict=Conflict(file="clash.txt", back_to=StageName("draft")),
            max_runs=2,
        ),
        Stage(
            name=StageName("verify"),
            role=Role("second-reader"),
            gate=VerdictGate(
                file="verdict.txt",
                passes="LGTM",
                fails="NOPE",
                review=Review.TESTS,
                back_to=StageName("build"),
            ),
            approval=True,
            max_runs=4,
        ),
        Stage(
            name=StageName("release"),
            role=Role("releaser"),
            gate=ExitCodeGate(back_to=StageName("build")),
            report="release.txt",
            max_runs=1,
        ),
    ),
)
"""Unlike the default in everything it can be: it keeps decisions from knowing the default."""

RU = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.RU)
EN = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN)
SECOND = Rules(pipeline=SECOND_PIPELINE, locale=Locale.EN, tracker_name="Board")
PATIENT = Rules(
    pipeline=DEFAULT_PIPELINE,
    locale=Locale.EN,
    begins_in=frozenset({TrackerState.TODO}),
    settle=timedelta(seconds=10),
)
"""As with a tracker whose editor saves by itself, and whose items are not all for us."""
MERGING = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN, merge=Merge.BEFORE_DEPLOY)
MERGING_LAST = Rules(pipeline=SECOND_PIPELINE, locale=Locale.EN, merge=Merge.AFTER_DEPLOY)

APPROVER = Person(id=PersonId("p1"), name="Olga", standing=Standing.MEMBER, approver=True)
MEMBER = Person(id=PersonId("p2"), name="Pavel", standing=Standing.MEMBER, approver=False)
GUEST = Person(id=PersonId("p3"), name="Gus", standing=Standing.GUEST, approver=False)
BOT = Person(id=PersonId("p0"), name="bot", standing=Standing.BOT, approver=False)
PEOPLE = (APPROVER, MEMBER, GUEST, BOT)

_SHOWN = {
    Status.SETTLING: TrackerState.TODO,
    Status.PREPARING: TrackerState.TODO,
    Status.WORKING: TrackerState.IN_PROGRESS,
    Status.WAITING: TrackerState.IN_PROGRESS,
    Status.CHECKING: TrackerState.IN_PROGRESS,
    Status.MERGING: TrackerState.IN_PROGRESS,
    Status.NEEDS_INPUT: TrackerState.NEEDS_INPUT,
    Status.IN_REVIEW: TrackerState.IN_REVIEW,
    Status.BLOCKED: TrackerState.BLOCKED,
    Status.PAUSED: TrackerState.TODO,
    Status.CANCELLED: TrackerState.CANCELLED,
    Status.DONE: TrackerState.DONE,
}
_ACTORS = {
    Status.SETTLING: Actor.ORCHESTRATOR,
    Status.PREPARING: Actor.FORGE,
    Status.WORKING: Actor.AGENT,
    Status.WAITING: Actor.ORCHESTRATOR,
    Status.CHECKING: Actor.FORGE,
    Status.MERGING: Actor.FORGE,
}
_ENDED = {Status.CANCELLED, Status.DONE}
_event_numbers = count(1)


def fresh_id() -> EventId:
    """Return an event's id that no other event has."""
    return EventId(f"event-{next(_event_numbers)}")


# ── tasks ────────────────────────────────────────────────────────────────────────────────────────


def a_task(
    at: str = "analysis",
    status: Status = Status.WORKING,
    *,
    rules: Rules = RU,
    spent: Mapping[str, int] | None = None,
    **changes: object,
) -> Task:
    """Return a task in that stage and status, with all that belongs to it: run, turn, branch."""
    pipeline = rules.pipeline
    stage = pipeline.stage(StageName(at))
    begun = at != pipeline.start
    run = a_run(stage) if stage and status is Status.WORKING else None
    task = Task(
        item=ITEM,
        key=KEY,
        title=TITLE,
        description=DESCRIPTION,
        priority=Priority.MEDIUM,
        stage=StageName(at),
        status=status,
        turn=None if status in _ENDED else a_turn(_ACTORS.get(status, Actor.PERSON)),
        shown=_SHOWN[status],
        created_at=NOW - timedelta(days=1),
        branch=BRANCH if begun else None,
        branch_url=BRANCH_URL if begun else None,
        head=HEAD if begun else None,
        run=run,
        pending=_waiting(stage) if stage and status is Status.WAITING else None,
        waits=1 if status is Status.WAITING else 0,
        away_since=NOW - timedelta(hours=1) if status is Status.WAITING else None,
        delivered=delivered(stage) if stage and run is None else None,
        approving=HEAD if stage and status is Status.IN_REVIEW else None,
        merging=HEAD if status is Status.MERGING else None,
        pull_request=PULL_REQUEST if status is Status.MERGING else None,
        launched=3 if begun else 0,
        spent={StageName(name): runs for name, runs in (spent or {}).items()},
    )
    return replace(task, **changes)  # type: ignore[arg-type]  # names are the task's own fields


def a_run(stage: Stage, number: int = 3) -> Run:
    """Return a run of that stage's agent."""
    return Run(
        id=run_id(KEY, number),
        stage=stage.name,
        role=stage.role,
        number=number,
        attempt=1,
        base=BASE,
    )


def _waiting(stage: Stage) -> Launch:
    reason = Reason(kind=ReasonKind.MODEL_AWAY, text="529 overloaded")
    return Launch(stage=stage.name, reason=reason, by_person=True)


def an_account(**amounts: float) -> Account:
    """Return an account in dollars; the run has reached its limit, unless told otherwise."""
    spent = {"run": 5.02, "item": 6.5, "day": 11.0, **amounts}
    granted = spent.pop("granted", None)
    return Account(
        run=money(spent["run"]),
        item=money(spent["item"]),
        day=money(spent["day"]),
        limits=Limits(),
        granted=None if granted is None else money(granted),
    )


def a_turn(actor: Actor, *, hours: float = 24) -> Turn:
    """Return a turn that began an hour ago."""
    return Turn(actor=actor, since=NOW - timedelta(hours=1), until=NOW + timedelta(hours=hours))


def delivered(stage: Stage, *, exit_code: int | None = 0) -> Delivered:
    """Return what the stage's last run left."""
    run = run_id(KEY, 3)
    return Delivered(run=run, stage=stage.name, base=BASE, head=HEAD, exit_code=exit_code)


def an_item(
    state: TrackerState = TrackerState.TODO,
    *,
    title: str = TITLE,
    description: str = DESCRIPTION,
    priority: Priority = Priority.MEDIUM,
) -> Item:
    """Return the item as the tracker shows it."""
    return Item(
        id=ITEM,
        key=KEY,
        title=title,
        description=prose(description),
        priority=priority,
        state=state,
        changed_at=NOW,
    )


def prose(*said: str, quoted: str = "", code: str = "") -> Prose:
    """Return what somebody said, after what he quoted, before what he showed as code."""
    blocks = [Block(kind=BlockKind.QUOTED, text=quoted)] if quoted else []
    blocks += [Block(kind=BlockKind.SAID, text=text) for text in said if text]
    blocks += [Block(kind=BlockKind.CODE, text=code)] if code else []
    return Prose(tuple(blocks))


def evidence(texts: Mapping[str, str] | None = None, *, touched: Sequence[str] = ()) -> Evidence:
    """Return what a run of one commit left in the item's folder."""
    return Evidence(
        base=BASE, head=HEAD, commits=1, touched=frozenset(touched), texts=dict(texts or {})
    )


# ── events ───────────────────────────────────────────────────────────────────────────────────────


def seen(
    state: TrackerState = TrackerState.TODO,
    *,
    title: str = TITLE,
    description: str = DESCRIPTION,
    settled: bool = True,
    who: str = "Olga",
) -> ItemSeen:
    """The item was seen as it stands."""
    item = an_item(state, title=title, description=description)
    return ItemSeen(id=fresh_id(), item=ITEM, seen=item, who=who, settled=settled)


def gone() -> ItemGone:
    """The item was deleted."""
    return ItemGone(id=fresh_id(), item=ITEM)


def comment(
    body: str | Prose,
    by: Person = APPROVER,
    *,
    head: CommitId | None = None,
    gate: Judgement | None = None,
) -> CommentMade:
    """Somebody commented; an approval comes with the head and the gate it rests on."""
    said = prose(body) if isinstance(body, str) else body
    made = Comment(id=CommentId("comment"), author=by, body=said, made_at=NOW)
    return CommentMade(id=fresh_id(), item=ITEM, comment=made, head=head, gate=gate)


def branch_prepared(head: CommitId = HEAD) -> BranchPrepared:
    """The item's branch is there."""
    return BranchPrepared(id=fresh_id(), item=ITEM, branch=BRANCH, url=BRANCH_URL, head=head)


def ended(
    task: Task, outcome: Outcome = Outcome.EXITED, *, exit_code: int | None = 0, detail: str = ""
) -> RunEnded:
    """The live run ended."""
    code = exit_code if outcome is Outcome.EXITED else None
    return RunEnded(
        id=fresh_id(),
        item=ITEM,
        run=_live(task),
        outcome=outcome,
        exit_code=code,
        detail=detail,
    )


def judged(
    task: Task,
    judgement: Judgement,
    *,
    exit_code: int | None = 0,
    outcome: Outcome = Outcome.EXITED,
    links: tuple[Link, ...] = (),
    statement: Statement = SILENCE,
    account: Account | None = None,
    head: CommitId = HEAD,
) -> RunJudged:
    """The live run's commits are on the branch and were judged."""
    return RunJudged(
        id=fresh_id(),
        item=ITEM,
        run=_live(task),
        base=BASE,
        head=head,
        exit_code=exit_code,
        judgement=judgement,
        outcome=outcome,
        links=links,
        statement=statement,
        account=account,
    )


def limit_reached(task: Task, account: Account | None = None) -> LimitReached:
    """The live run has cost what it may."""
    account = account or an_account()
    return LimitReached(id=fresh_id(), item=ITEM, run=_live(task), account=account)


def refused(
    task: Task,
    problem: str,
    *,
    moved: bool = False,
    kept: bool = False,
    head: CommitId = LATER_HEAD,
) -> RunRefused:
    """The live run's commits were refused."""
    return RunRefused(
        id=fresh_id(),
        item=ITEM,
        run=_live(task),
        exit_code=0,
        problem=problem,
        head=head,
        moved=moved,
        kept=kept,
    )


def forge_seen(
    checks: Checks = Checks.PASSED,
    *,
    pull_request: PullRequest | None = PULL_REQUEST,
    head: CommitId = HEAD,
    closed: Closed | None = None,
    reviews: Sequence[PersonReview] = (),
    conflicts: Sequence[str] = (),
) -> ForgeSeen:
    """The forge was asked."""
    state = BranchState(
        branch=BRANCH,
        head=head,
        pull_request=pull_request,
        checks=checks,
        closed=closed,
        reviews=tuple(reviews),
        conflicts=tuple(conflicts),
    )
    return ForgeSeen(id=fresh_id(), item=ITEM, state=state)


def review(
    verdict: ReviewVerdict = ReviewVerdict.CHANGES_REQUESTED,
    text: str = "Mind the {locale}.",
    *,
    by: str = "olga",
    approver: bool = True,
    commit: CommitId = HEAD,
    id: str = "12/1",  # noqa: A002 # as the field is called
) -> PersonReview:
    """A person's review on the forge."""
    return PersonReview(id=id, by=by, verdict=verdict, text=text, commit=commit, approver=approver)


def closed(*, merged: bool = False, by: str = "olga", number: int = 12) -> Closed:
    """A person closed the pull request, or merged it."""
    ended = PullRequest(number=number, url=PULL_REQUEST.url, merged=merged)
    return Closed(pull_request=ended, by=by, head=HEAD)


def merge_ended(
    problem: str = "", *, conflicts: Sequence[str] = (), number: int = 12
) -> MergeEnded:
    """The forge merged, or said why not."""
    return MergeEnded(
        id=fresh_id(),
        item=ITEM,
        number=number,
        merged=not problem,
        problem=problem,
        conflicts=tuple(conflicts),
    )


def deadline(
    task: Task, run: Liveness | None = None, *, running_since: datetime | None = None
) -> DeadlinePassed:
    """The present turn has lasted as long as it may."""
    assert task.turn is not None
    return DeadlinePassed(
        id=fresh_id(), item=ITEM, until=task.turn.until, run=run, running_since=running_since
    )


def asked(ask: Ask, state: TrackerState | None = None) -> PersonAsked:
    """A person asked on the command line."""
    return PersonAsked(id=fresh_id(), item=ITEM, who="Olga", ask=ask, state=state)


def effect_failed(
    effect: type[object], run: RunId | None = None, error: str = "403 Forbidden"
) -> EffectFailed:
    """An effect of that kind was given up."""
    return EffectFailed(id=fresh_id(), item=ITEM, effect=effect.__name__, error=error, run=run)


def _live(task: Task) -> RunId:
    assert task.run is not None, "the task has no live run"
    return task.run.id


# ── decisions ────────────────────────────────────────────────────────────────────────────────────


def when(task: Task | None, *events: Event, rules: Rules = RU, now: datetime = NOW) -> Decision:
    """Return the decision on the last of these events."""
    decision = None
    for event in events:
        decision = decide(task, event, now=now, rules=rules)
        assert decision is not None, "nothing follows from that event"
        task = decision.task
    assert decision is not None
    return decision


_Effect = TypeVar("_Effect")


def effects(decision: Decision, kind: type[_Effect]) -> list[_Effect]:
    """Return the effects of that kind, in order."""
    return [effect for effect in decision.effects if isinstance(effect, kind)]


def said(decision: Decision) -> str:
    """Return all that is posted in the item."""
    return "\n\n".join(effect.text for effect in effects(decision, PostComment))


def notices(decision: Decision) -> str:
    """Return all that is told outside the tracker."""
    return "\n".join(effect.text for effect in effects(decision, Notify))


def moves(decision: Decision) -> list[TrackerState]:
    """Return the states the item is moved to, in order."""
    return [effect.state for effect in effects(decision, MoveItem)]


def started(decision: Decision) -> StartRun | None:
    """Return the start of an agent, None where none is started."""
    starts = effects(decision, StartRun)
    assert len(starts) <= 1, "two agents were started at once"
    return starts[0] if starts else None


def the_start(decision: Decision) -> StartRun:
    """Return the start of the agent that is started."""
    start = started(decision)
    assert start is not None, f"no agent was started: {why(decision)}"
    return start


def stopped(decision: Decision) -> list[RunId]:
    """Return the runs that are told to end."""
    return [effect.run for effect in effects(decision, StopRun)]


def why(decision: Decision) -> str:
    """Return the history's lines."""
    return "\n".join(f"{note.who}: {note.what}: {note.why}" for note in decision.notes)
