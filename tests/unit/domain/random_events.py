"""Whatever may happen to a task, plausible or absurd, for tests that try everything."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

from hypothesis import strategies as st

from domain.decision import Rules
from domain.effects import Effect
from domain.events import (
    Ask,
    BranchGone,
    BranchPrepared,
    CommentMade,
    DeadlinePassed,
    EffectFailed,
    Event,
    ForgeSeen,
    ItemGone,
    ItemSeen,
    LimitReached,
    Liveness,
    Outcome,
    PersonAsked,
    RoleRefused,
    RunEnded,
    RunJudged,
    RunRefused,
    Statement,
)
from domain.evidence import BranchState, Checks, PersonReview, ReviewVerdict
from domain.gates import Asked, Conflicting, Failing, Judgement, NotPassed, Passed, Pending
from domain.identifiers import CommentId, CommitId, EventId, Role, RunId, StageName
from domain.item import Comment, Person, TrackerState
from domain.prose import Prose
from domain.task import ENDED, Launch, Reason, ReasonKind, Status, Task
from tests.unit.domain import given

WORDS = (
    ":approved:",
    "Fine! :Approved: from me",
    ":rejected: the plan lacks a rollback",
    "/budget 20",
    ":approved: but\n/budget $3,50",
    "/budget a lot",
    ":approved: or rather :rejected:",
    ":rejected:",
    "CSV with semicolons.",
    "",
    "   ",
    "approved",
    "{0} {braces} %s",
)
DESCRIPTIONS = (given.DESCRIPTION, "Too short", "Another text. With two sentences.", "")
EFFECTS = (*(kind.__name__ for kind in get_args(Effect)), "Dance")

ids = st.builds(given.fresh_id)
heads = st.sampled_from([given.BASE, given.HEAD, given.LATER_HEAD])
people = st.sampled_from(given.PEOPLE)
states = st.sampled_from(TrackerState)
descriptions = st.sampled_from(DESCRIPTIONS)
bodies: st.SearchStrategy[Prose] = st.one_of(
    st.sampled_from(WORDS).map(given.prose),
    st.sampled_from(WORDS).map(lambda word: given.prose("I read:", quoted=word)),
    st.sampled_from(WORDS).map(lambda word: given.prose("Try", code=word)),
)
judgements: st.SearchStrategy[Judgement] = st.sampled_from(
    [
        Passed(),
        Pending(),
        NotPassed(missing=("01-brd.md", "{braces}")),
        NotPassed(missing=()),
        Asked(text="1. Which {format}?"),
        Conflicting(text="Requirement 3 contradicts 4."),
        Failing(text="verdict: FAIL\n\nTwo tests fail."),
        Failing(text=""),
    ]
)
reviews: st.SearchStrategy[PersonReview] = st.builds(
    PersonReview,
    id=st.sampled_from(["12/1", "12/2", "12/3"]),
    by=st.just("olga"),
    verdict=st.sampled_from(ReviewVerdict),
    text=st.sampled_from(WORDS),
    commit=heads,
    approver=st.booleans(),
)
merge_endings = st.sampled_from(
    [
        given.merge_ended(),
        given.merge_ended("not enough {approvals}"),
        given.merge_ended("in conflict", conflicts=["src/{a}.py"]),
    ]
)
forge_states: st.SearchStrategy[BranchState] = st.builds(
    BranchState,
    branch=st.just(given.BRANCH),
    head=heads,
    pull_request=st.sampled_from([None, given.PULL_REQUEST]),
    checks=st.sampled_from(Checks),
    closed=st.sampled_from([None, None, given.closed(), given.closed(merged=True, by="")]),
    reviews=st.lists(reviews, max_size=2).map(tuple),
    conflicts=st.sampled_from([(), (), ("src/{a}.py",)]),
)


def comments(
    by: st.SearchStrategy[Person], body: st.SearchStrategy[Prose]
) -> st.SearchStrategy[CommentMade]:
    """Comments whose facts fit or don't."""
    made = st.builds(
        Comment,
        id=st.just(CommentId("comment")),
        author=by,
        body=body,
        made_at=st.just(given.NOW),
    )
    return st.builds(
        CommentMade,
        id=ids,
        item=st.just(given.ITEM),
        comment=made,
        head=st.none() | heads,
        gate=st.none() | judgements,
    )


_LIVE = RunId("the live run")
_DUE = given.NOW - timedelta(days=999)
_item = st.just(given.ITEM)
_runs = st.sampled_from([_LIVE, _LIVE, _LIVE, RunId("ET-7-1"), RunId("ET-7-999"), RunId("")])
_outcomes = st.sampled_from(Outcome)
_codes = st.none() | st.integers(0, 2)
_items = st.builds(lambda state, text: given.an_item(state, description=text), states, descriptions)
_accounts = st.sampled_from(
    [given.an_account(), given.an_account(item=12), given.an_account(item=30, granted=25)]
)
_judged = st.builds(
    RunJudged,
    id=ids,
    item=_item,
    run=_runs,
    base=heads,
    head=heads,
    exit_code=_codes,
    judgement=judgements,
    outcome=_outcomes,
    statement=st.builds(
        Statement,
        detail=st.sampled_from(["", "529 {overloaded}"]),
        refusals=st.sampled_from([(), ("Bash: {rm}",)]),
        tools=st.none() | st.integers(0, 1),
    ),
    account=st.none() | _accounts,
)
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        ItemSeen, id=ids, item=_item, seen=_items, who=st.just("Olga"), settled=st.booleans()
    ),
    st.builds(ItemGone, id=ids, item=_item),
    comments(people, bodies),
    st.builds(
        BranchPrepared, id=ids, item=_item, branch=st.just(given.BRANCH), url=st.none(), head=heads
    ),
    st.builds(RunEnded, id=ids, item=_item, run=_runs, outcome=_outcomes, exit_code=_codes),
    _judged,
    _judged,
    _judged,
    st.builds(
        RunRefused,
        id=ids,
        item=_item,
        run=_runs,
        exit_code=_codes,
        problem=st.just("history was {rewritten}"),
        head=heads,
        moved=st.booleans(),
        kept=st.booleans(),
    ),
    st.builds(LimitReached, id=ids, item=_item, run=_runs, account=_accounts),
    st.builds(
        RoleRefused,
        id=ids,
        item=_item,
        role=st.just(Role("analyst")),
        file=st.just(".orchestrator/roles/analyst.md"),
        problem=st.just("{unknown} is undefined"),
    ),
    st.builds(ForgeSeen, id=ids, item=_item, state=forge_states),
    st.builds(lambda ended, name: replace(ended, id=name), merge_endings, ids),
    st.builds(BranchGone, id=ids, item=_item, problem=st.just("{it} is gone")),
    st.builds(
        DeadlinePassed,
        id=ids,
        item=_item,
        until=st.sampled_from([_DUE, given.NOW - timedelta(minutes=7)]),
        run=st.none() | st.sampled_from(Liveness),
        running_since=st.sampled_from([None, given.NOW, given.NOW - timedelta(hours=9)]),
    ),
    st.builds(
        PersonAsked,
        id=ids,
        item=_item,
        who=st.just("Pavel"),
        ask=st.sampled_from(Ask),
        state=st.none() | states,
    ),
    st.builds(
        EffectFailed,
        id=ids,
        item=_item,
        effect=st.sampled_from(EFFECTS),
        error=st.just("{gone}"),
        run=st.none() | _runs,
    ),
)


@st.composite
def events(draw: st.DrawFn, task: Task) -> Event:
    """Every kind of event, about the task's live run and its turn or about others."""
    event = draw(_EVENTS)
    match event:
        case (
            RunEnded(run=run)
            | RunJudged(run=run)
            | RunRefused(run=run)
            | LimitReached(run=run)
            | EffectFailed(run=run)
        ):
            return replace(event, run=task.run.id) if run == _LIVE and task.run else event
        case DeadlinePassed(until=until):
            return replace(event, until=task.turn.until) if until == _DUE and task.turn else event
        case _:
            return event


@st.composite
def tasks(draw: st.DrawFn, rules: Rules) -> Task:
    """A task wherever it can be, with or without an agent that has been told to end."""
    pipeline = rules.pipeline
    at = draw(st.sampled_from([*pipeline.names, StageName("elsewhere")]))
    if at == pipeline.end:
        return given.a_task(at, Status.DONE, rules=rules)
    stage = pipeline.stage(at)
    if at == pipeline.start:
        possible = set(Status) - {
            Status.WORKING,
            Status.WAITING,
            Status.CHECKING,
            Status.MERGING,
        }
    elif stage is None:
        possible = set(Status) - {
            Status.SETTLING,
            Status.PREPARING,
            Status.WORKING,
            Status.WAITING,
        }
    else:
        possible = set(Status) - {Status.SETTLING, Status.PREPARING}
    often = [Status.WORKING] * 4 if Status.WORKING in possible else []
    status = draw(st.sampled_from([*sorted(possible), *often]))
    task = given.a_task(
        at,
        status,
        rules=rules,
        spent={str(s.name): draw(st.sampled_from([0, s.max_runs])) for s in pipeline.stages},
        rounds=draw(st.sampled_from([0, pipeline.question_rounds])),
        crashes=draw(st.integers(0, pipeline.crash_retries)),
        description=draw(descriptions),
    )
    if stage and draw(st.booleans()) and (status is Status.WORKING or status in ENDED):
        reason = Reason(kind=ReasonKind.REJECTED, text="no")
        target = draw(st.sampled_from(pipeline.stages)).name
        launch = Launch(stage=target, reason=reason, by_person=draw(st.booleans()))
        at_work = status is Status.WORKING
        task = replace(
            task,
            stage=target if at_work else at,
            run=given.a_run(stage),
            stopping=True,
            pending=launch if at_work else None,
        )
    return task


def some_commit(number: int) -> CommitId:
    """Return a commit that no other number has."""
    return CommitId(f"{number:040d}")


def some_event_id(number: int) -> EventId:
    """Return an id that no other number has."""
    return EventId(f"e{number}")
