"""The laws of ``decide``, held against random events in a world that answers late or never.

The world carries effects out one lane at a time, in order, when it likes and with what result it
likes; it tells the truth about one thing only: which agents are alive. Everything else may come
late, twice, for the wrong run, or make no sense at all.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from domain.decide import decide
from domain.decision import Rules
from domain.effects import (
    CollectRun,
    Effect,
    MoveItem,
    Notify,
    OpenPullRequest,
    PostComment,
    PrepareBranch,
    StartRun,
    StopRun,
    Tool,
    tool_of,
)
from domain.events import (
    Ask,
    BranchPrepared,
    CommentMade,
    DeadlinePassed,
    EffectFailed,
    Event,
    ForgeSeen,
    ItemGone,
    ItemSeen,
    Liveness,
    Outcome,
    PersonAsked,
    RunEnded,
    RunJudged,
    RunRefused,
)
from domain.evidence import Checks
from domain.gates import Asked, Conflicting, Failing, Judgement, NotPassed, Passed, Pending
from domain.identifiers import CommitId, EventId, RunId, StageName
from domain.instructions import Approve, Remark, read_instruction
from domain.item import Standing, TrackerState
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE, PullRequestGate
from domain.task import AT_REST, ENDED, Actor, Status, Task
from tests.unit.domain import given

GENTLE = settings(
    max_examples=70,
    stateful_step_count=45,
    deadline=None,
    print_blob=True,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
KNOWN = frozenset({Outcome.EXITED, Outcome.TIMED_OUT, Outcome.STALLED, Outcome.LOST})
HEADS = (given.BASE, given.HEAD, given.LATER_HEAD)
WORDS = (
    ":approved:",
    "Fine! :Approved: from me",
    ":rejected: the plan lacks a rollback",
    ":approved: or rather :rejected:",
    ":rejected:",
    "CSV with semicolons.",
    "",
    "   ",
    "approved",
    "{0} {braces} %s",
)
TEXTS = (given.DESCRIPTION, "Too short", "Another text. With two sentences.", "")

heads = st.sampled_from(HEADS)
bodies = st.one_of(
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
BY_HAND = {TrackerState.BACKLOG, TrackerState.TODO}
SHOWN: dict[Status, set[TrackerState]] = {
    Status.WORKING: {TrackerState.IN_PROGRESS},
    Status.CHECKING: {TrackerState.IN_PROGRESS},
    Status.NEEDS_INPUT: {TrackerState.NEEDS_INPUT},
    Status.IN_REVIEW: {TrackerState.IN_REVIEW},
    Status.BLOCKED: {TrackerState.BLOCKED},
    Status.PAUSED: BY_HAND,
    Status.DONE: {TrackerState.DONE},
    Status.CANCELLED: {TrackerState.CANCELLED},
}


@dataclass
class World:
    """Agents that live and die, and tools that have not got round to everything yet."""

    alive: set[RunId] = field(default_factory=set)
    begun: set[RunId] = field(default_factory=set)
    """Runs whose start was carried out, or never will be."""
    barred: set[RunId] = field(default_factory=set)
    """Runs that were stopped: they cannot start any more."""
    lanes: dict[Tool, deque[Effect]] = field(default_factory=dict)
    answers: list[Event] = field(default_factory=list)
    """What the tools have to say and nobody has heard yet."""

    def order(self, effects: tuple[Effect, ...]) -> None:
        """Put effects at the end of their lanes."""
        for effect in effects:
            self.lanes.setdefault(tool_of(effect), deque()).append(effect)

    def could_come_alive(self) -> set[RunId]:
        """Every run that is alive, or will be by effects ordered so far, none stopped first."""
        runs = set(self.alive)
        for effect in self.lanes.get(Tool.AGENTS, ()):
            if isinstance(effect, StartRun) and effect.run.id not in self.barred:
                runs.add(effect.run.id)
            elif isinstance(effect, StopRun):
                runs.discard(effect.run)
        return runs


class LawfulTask(RuleBasedStateMachine):
    """One task of the default pipeline; each rule is something that may happen to it."""

    project: ClassVar[Rules] = given.RU
    changed_project: ClassVar[Rules] = given.SECOND

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.task: Task | None = None
        self.now = given.NOW
        self.world = World()
        self.events = 0
        self.last: Event | None = None
        self.launched_since_word: Counter[StageName] = Counter()
        self.asked_since_taken_up = 0
        self.was_removed = False

    # ── one step ─────────────────────────────────────────────────────────────────────────────

    def next_id(self) -> EventId:
        """Return an id that no event of this history has."""
        self.events += 1
        return EventId(f"e{self.events}")

    @property
    def it(self) -> Task:
        """The task, which is there."""
        assert self.task is not None
        return self.task

    def tell(self, event: Event, rules: Rules | None = None) -> None:
        """Have the event decided; every law about a step is checked here."""
        before, rules = self.task, rules or self.project
        decision = decide(before, event, now=self.now, rules=rules)
        assert decision == decide(before, event, now=self.now, rules=rules), "not pure"
        if decision is None:
            assert before is None
            return
        after = decision.task
        again = decide(after, event, now=self.now, rules=rules)
        assert again is not None
        assert again.task is after
        assert not again.effects
        assert not again.notes
        assert decision.notes or not decision.effects, f"{decision.effects} and no word why"
        self._check_starts(decision.effects)
        self._check_limits(before, event, decision.effects, after, rules)
        if before is not None:
            self._check_progress(before, event, after, rules)
            self._check_turn(before, event, after)
        self.world.order(decision.effects)
        self.task, self.last = after, event
        self.was_removed |= isinstance(event, ItemGone)

    def _check_starts(self, effects: tuple[Effect, ...]) -> None:
        possible = self.world.could_come_alive()
        for effect in effects:
            if isinstance(effect, StopRun):
                possible.discard(effect.run)
            if isinstance(effect, StartRun):
                assert not possible - {effect.run.id}, f"{possible} may still be alive"
                assert effect.run.id not in self.world.begun, "the same run is started twice"
                possible.add(effect.run.id)

    def _check_limits(
        self,
        before: Task | None,
        event: Event,
        effects: tuple[Effect, ...],
        after: Task,
        rules: Rules,
    ) -> None:
        if _takes_in_hand(before, event):
            self.launched_since_word.clear()
        if isinstance(event, PersonAsked) or (isinstance(event, ItemSeen) and event.settled):
            self.asked_since_taken_up = 0
        for effect in effects:
            if isinstance(effect, StartRun):
                stage = rules.pipeline.row(effect.run.stage)
                self.launched_since_word[stage.name] += 1
                assert self.launched_since_word[stage.name] <= stage.max_runs
        if isinstance(event, RunJudged) and after.status is Status.NEEDS_INPUT:
            self.asked_since_taken_up += 1
            assert self.asked_since_taken_up <= rules.pipeline.question_rounds

    def _check_progress(self, before: Task, event: Event, after: Task, rules: Rules) -> None:
        if isinstance(event, CommentMade) and not event.comment.author.approver:
            assert after.stage == before.stage, "a stage changed by somebody who may not"
        names = rules.pipeline.names
        if before.stage not in names or names.index(after.stage) <= names.index(before.stage):
            return
        match event:
            case RunJudged(judgement=judgement):
                assert isinstance(judgement, Passed)
                assert before.run is not None
                assert before.run.id == event.run
                assert not before.stopping
            case ForgeSeen(state=state):
                assert before.status is Status.CHECKING
                assert state.pull_request is not None
                assert state.checks in (Checks.NONE, Checks.PASSED)
            case CommentMade(comment=comment):
                assert isinstance(read_instruction(comment.body), Approve)
                up_for_it = before.approving is not None and before.approving == event.head
                assert isinstance(event.gate, Passed) or (up_for_it and event.gate is None)
            case BranchPrepared():
                assert before.stage == rules.pipeline.start
                assert after.stage == rules.pipeline.first.name
            case _:
                raise AssertionError(f"{type(event).__name__} moved the task to {after.stage}")
        assert names.index(after.stage) == names.index(before.stage) + 1, "a stage was left out"

    def _check_turn(self, before: Task, event: Event, after: Task) -> None:
        if after.turn is None:
            return
        assert after.turn.since <= self.now
        its_own = (
            isinstance(event, DeadlinePassed) and before.turn and (before.turn.until == event.until)
        )
        if after.turn != before.turn or its_own:
            assert after.turn.until > self.now, "a deadline that has passed already"

    # ── laws about a state ───────────────────────────────────────────────────────────────────

    @invariant()
    def at_most_one_agent_is_alive(self) -> None:
        """Whatever the tools do and when they do it."""
        assert len(self.world.alive) <= 1, self.world.alive

    @invariant()
    def somebody_has_the_next_move_until_the_end(self) -> None:
        """Exactly the ended tasks wait for nobody."""
        if self.task is None:
            return
        assert (self.task.turn is None) == (self.task.status in ENDED)
        if self.task.status in AT_REST:
            assert self.task.turn is not None
            assert self.task.turn.actor is Actor.PERSON

    @invariant()
    def a_run_is_wanted_or_stopped(self) -> None:
        """An agent at work means that the task is at work."""
        if self.task is None:
            return
        task = self.task
        assert (task.run is not None) or not (task.stopping or task.pending)
        assert task.status is not Status.WORKING or task.run is not None
        assert task.run is None or task.stopping or task.status is Status.WORKING
        assert task.pending is None or (task.stopping and task.status is Status.WORKING)
        assert task.approving is None or task.status is Status.IN_REVIEW

    @invariant()
    def the_tracker_shows_what_the_task_does(self) -> None:
        """But for an item that was deleted: there is nothing left to show it in."""
        if self.task is None or self.task.status is Status.PREPARING:
            return
        if self.was_removed and self.task.status in ENDED:
            return
        assert self.task.shown in SHOWN[self.task.status], (self.task.status, self.task.shown)

    @invariant()
    def memory_is_bounded(self) -> None:
        """A task that lives for years stays as small as a young one."""
        if self.task is None:
            return
        assert len(self.task.heard) <= 64
        assert len(self.task.remarks) <= 20

    # ── what people do ───────────────────────────────────────────────────────────────────────

    @initialize(state=st.sampled_from(TrackerState), progress=st.integers(0, 16))
    def appear(self, state: TrackerState, progress: int) -> None:
        """An item appears, and may have come far before anything unusual happens."""
        self.tell(self.seen(state, given.DESCRIPTION))
        if self.task is None:
            assert state in (TrackerState.DONE, TrackerState.CANCELLED)
            self.tell(self.seen(TrackerState.TODO, given.DESCRIPTION))
        for _ in range(progress):
            if self.it.status is not Status.DONE:
                self.take_the_good_way(self.project)

    def seen(self, state: TrackerState, text: str, *, settled: bool = True) -> ItemSeen:
        """Return the item as it stands."""
        item = given.an_item(state, description=text)
        return ItemSeen(id=self.next_id(), item=given.ITEM, seen=item, who="Olga", settled=settled)

    @rule(state=st.sampled_from(TrackerState), text=st.sampled_from(TEXTS), settled=st.booleans())
    def see_item(self, state: TrackerState, text: str, *, settled: bool) -> None:
        """Somebody moved or rewrote the item, or it is read while our own move is on its way."""
        self.tell(self.seen(state, text, settled=settled))

    @rule(author=st.sampled_from(given.PEOPLE), body=bodies, data=st.data())
    def comment(self, author: object, body: object, data: st.DataObject) -> None:
        """Anybody says anything; the facts beside it fit or don't."""
        event = CommentMade(
            id=self.next_id(),
            item=given.ITEM,
            comment=given.comment(body, author).comment,  # type: ignore[arg-type]  # as drawn
            head=data.draw(st.one_of(st.none(), heads, st.just(self.it.approving))),
            gate=data.draw(st.one_of(st.none(), judgements)),
        )
        self.tell(event)

    @rule(ask=st.sampled_from(Ask), state=st.one_of(st.none(), st.sampled_from(TrackerState)))
    def ask(self, ask: Ask, state: TrackerState | None) -> None:
        """Somebody uses the command line."""
        asked = PersonAsked(id=self.next_id(), item=given.ITEM, who="Pavel", ask=ask, state=state)
        self.tell(asked)

    @rule()
    def remove(self) -> None:
        """The item is deleted, and may come back."""
        self.tell(ItemGone(id=self.next_id(), item=given.ITEM))

    # ── what tools do ────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: any(self.world.lanes.values()))
    @rule(data=st.data())
    def carry_out(self, data: st.DataObject) -> None:
        """A tool does the next of its effects; what it has to say may be heard later."""
        effect = self._next_effect(data)
        match effect:
            case StartRun(run=run):
                self.world.begun.add(run.id)
                if run.id not in self.world.barred:
                    self.world.alive.add(run.id)
            case StopRun(run=run):
                self.world.barred.add(run)
                self.world.alive.discard(run)
                self.answer(self.run_ended(run, Outcome.STOPPED))
            case CollectRun(run=run):
                self._collect(run.id, data)
            case PrepareBranch(branch=branch):
                self.answer(
                    BranchPrepared(
                        id=self.next_id(),
                        item=given.ITEM,
                        branch=branch,
                        url=None,
                        head=data.draw(heads),
                    )
                )
            case OpenPullRequest():
                self.answer(self.forge_seen(data))
            case MoveItem() | PostComment() | Notify():
                pass

    @precondition(lambda self: any(self.world.lanes.values()))
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        """A tool fails for good; a start that failed may have happened all the same."""
        effect = self._next_effect(data)
        run: RunId | None = None
        match effect:
            case StartRun():
                run = effect.run.id
                self.world.begun.add(run)
                if run not in self.world.barred and data.draw(st.booleans()):
                    self.world.alive.add(run)
            case StopRun():
                run = effect.run
                mine = self.it.run
                if run in self.world.alive and (mine is None or mine.id != run):
                    # It was taken for lost. Twice unlucky is once more than anybody can promise.
                    self.world.alive.discard(run)
                    self.world.barred.add(run)
            case CollectRun():
                run = effect.run.id
            case _:
                pass
        name = type(effect).__name__
        failed = EffectFailed(
            id=self.next_id(), item=given.ITEM, effect=name, error="{gone}", run=run
        )
        self.answer(failed)

    def _next_effect(self, data: st.DataObject) -> Effect:
        open_lanes = sorted(tool for tool, lane in self.world.lanes.items() if lane)
        return self.world.lanes[data.draw(st.sampled_from(open_lanes))].popleft()

    def _collect(self, run: RunId, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            self.answer(self.run_judged(run, data.draw(judgements), data.draw(st.integers(0, 1))))
            return
        refused = RunRefused(
            id=self.next_id(),
            item=given.ITEM,
            run=run,
            exit_code=0,
            problem="history was rewritten",
            head=data.draw(heads),
            moved=data.draw(st.booleans()),
        )
        self.answer(refused)

    def answer(self, event: Event) -> None:
        """Keep what a tool has to say until somebody listens."""
        self.world.answers.append(event)

    @precondition(lambda self: self.world.answers)
    @rule(data=st.data())
    def listen(self, data: st.DataObject) -> None:
        """One of the answers is heard, not always the oldest."""
        which = data.draw(st.integers(0, len(self.world.answers) - 1))
        self.tell(self.world.answers.pop(which))

    @precondition(lambda self: self.world.alive)
    @rule(outcome=st.sampled_from(Outcome), code=st.integers(0, 2))
    def agent_ends(self, outcome: Outcome, code: int) -> None:
        """An agent ends by itself; we may hear of it much later."""
        run = self.world.alive.pop()
        self.answer(self.run_ended(run, outcome, code))

    @precondition(lambda self: self.task and self.task.run and not self.world.alive)
    @rule(outcome=st.sampled_from(Outcome), code=st.integers(0, 2))
    def end_is_told(self, outcome: Outcome, code: int) -> None:
        """The end of a run is told again; one that has not begun may be taken for lost."""
        run = self.it.run
        assert run is not None
        if run.id not in self.world.begun | self.world.barred:
            outcome = Outcome.LOST
        self.tell(self.run_ended(run.id, outcome, code))

    @rule(data=st.data())
    def nonsense_about_a_run(self, data: st.DataObject) -> None:
        """Something is told of a run that nobody knows."""
        run = RunId(data.draw(st.sampled_from(["ET-7-0", "ET-7-999", "ET-8-1", ""])))
        judgement = data.draw(judgements)
        events: list[Event] = [
            self.run_ended(run, data.draw(st.sampled_from(Outcome))),
            self.run_judged(run, judgement, 0),
            EffectFailed(
                id=self.next_id(),
                item=given.ITEM,
                effect=data.draw(st.sampled_from(["StartRun", "CollectRun", "StopRun", "Dance"])),
                error="who?",
                run=run,
            ),
        ]
        self.tell(data.draw(st.sampled_from(events)))

    @rule(data=st.data())
    def forge_speaks(self, data: st.DataObject) -> None:
        """The forge says something that nobody asked for, or a branch is prepared again."""
        prepared = BranchPrepared(
            id=self.next_id(),
            item=given.ITEM,
            branch=given.BRANCH,
            url=given.BRANCH_URL,
            head=data.draw(heads),
        )
        events: list[Event] = [prepared, self.forge_seen(data)]
        self.tell(data.draw(st.sampled_from(events)))

    @rule(
        hours=st.sampled_from([0.0, 0.1, 3.0, 30.0, 500.0]),
        run=st.one_of(st.none(), st.sampled_from(Liveness)),
        waited=st.booleans(),
        stale=st.booleans(),
    )
    def time_passes(self, hours: float, run: Liveness | None, *, waited: bool, stale: bool) -> None:
        """The clock goes on; a deadline that has come is told, and so may be an old one."""
        self.now += timedelta(hours=hours)
        turn = self.it.turn
        until = turn.until if turn and not stale else self.now - timedelta(minutes=7)
        since = self.now - timedelta(minutes=10) if waited else None
        if stale or (turn and turn.until <= self.now):
            passed = DeadlinePassed(
                id=self.next_id(), item=given.ITEM, until=until, run=run, running_since=since
            )
            self.tell(passed)

    @rule()
    def all_goes_well_for_a_while(self) -> None:
        """One step on the way that the table describes, so that histories get somewhere."""
        if self.it.status is not Status.DONE:
            self.take_the_good_way(self.project)

    @rule()
    def the_work_fails(self) -> None:
        """A run shows something against its stage, so that limits are reached."""
        run = self.it.run
        if run is not None and self.it.status is Status.WORKING and not self.it.stopping:
            self.bury(run.id)
            self.tell(self.run_judged(run.id, Failing(text="Two tests fail."), 1))

    # ── words of the tools ───────────────────────────────────────────────────────────────────

    def run_ended(self, run: RunId, outcome: Outcome, code: int = 0) -> RunEnded:
        """Return that nothing of the run is alive."""
        return RunEnded(
            id=self.next_id(),
            item=given.ITEM,
            run=run,
            outcome=outcome,
            exit_code=code if outcome is Outcome.EXITED else None,
            detail="" if outcome in KNOWN else "no such {program}",
        )

    def run_judged(self, run: RunId, judgement: Judgement, code: int) -> RunJudged:
        """Return what the run's evidence says, whether that fits the stage or not."""
        head = CommitId(f"{self.events:040d}")
        return RunJudged(
            id=self.next_id(),
            item=given.ITEM,
            run=run,
            base=given.BASE,
            head=head,
            exit_code=code,
            judgement=judgement,
        )

    def forge_seen(self, data: st.DataObject) -> ForgeSeen:
        """Return some state of the branch."""
        request = data.draw(st.sampled_from([None, given.PULL_REQUEST]))
        checks = data.draw(st.sampled_from(Checks))
        state = given.forge_seen(checks, pull_request=request, head=data.draw(heads)).state
        return ForgeSeen(id=self.next_id(), item=given.ITEM, state=state)

    # ── the good way ─────────────────────────────────────────────────────────────────────────

    def bury(self, run: RunId) -> None:
        """See to it that the run is over, however far it had come."""
        self.world.begun.add(run)
        self.world.barred.add(run)
        self.world.alive.discard(run)

    def take_the_good_way(self, rules: Rules) -> None:
        """Do what whoever has the next move would do if all went well."""
        task = self.it
        if task.run is not None:
            self.bury(task.run.id)
            if task.stopping or task.status is not Status.WORKING:
                self.tell(self.run_ended(task.run.id, Outcome.STOPPED), rules)
                return
            stage = rules.pipeline.stage(task.run.stage)
            waits = stage is not None and isinstance(stage.gate, PullRequestGate)
            self.tell(self.run_judged(task.run.id, Pending() if waits else Passed(), 0), rules)
            return
        self.tell(self._good_event(task, rules), rules)

    def _good_event(self, task: Task, rules: Rules) -> Event:
        at_start = task.stage == rules.pipeline.start
        at_work = rules.pipeline.stage(task.stage) is not None
        unfit = task.status is Status.BLOCKED and task.description != given.DESCRIPTION
        if at_start and unfit:
            return self.seen(task.shown, given.DESCRIPTION)
        match task.status:
            case Status.PREPARING:
                return given.branch_prepared()
            case Status.CHECKING if not at_work:
                return self._wait_in_vain(task)
            case Status.CHECKING:
                return given.forge_seen()
            case Status.IN_REVIEW if at_work:
                gate = None if task.approving else Passed()
                head = task.approving or given.HEAD
                return given.comment("All right. :approved:", head=head, gate=gate)
            case Status.NEEDS_INPUT if at_work:
                return given.comment("The second one.", given.MEMBER)
            case _:
                return given.asked(Ask.RETRY)

    def _wait_in_vain(self, task: Task) -> DeadlinePassed:
        assert task.turn is not None
        self.now = max(self.now, task.turn.until)
        return DeadlinePassed(id=self.next_id(), item=given.ITEM, until=task.turn.until)

    def teardown(self) -> None:
        """From wherever it stands, the task can be brought to its end, also by other rules."""
        if self.task is None:
            return
        rules = self.changed_project if self.events % 4 == 0 else self.project
        self.launched_since_word.clear()
        if self.task.description != given.DESCRIPTION:
            self.tell(self.seen(self.task.shown, given.DESCRIPTION), rules)
        if self.task.status is Status.DONE and rules.pipeline.stage(self.task.stage):
            self.tell(given.asked(Ask.RETRY), rules)
        for _ in range(60):
            if self.it.status is Status.DONE:
                return
            self.take_the_good_way(rules)
        raise AssertionError(f"still {self.it.status} in {self.it.stage} after 60 good steps")


class LawfulTaskOfAnotherPipeline(LawfulTask):
    """The same laws for other stages, files, verdicts and limits."""

    project = given.SECOND
    changed_project = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN)


def _takes_in_hand(before: Task | None, event: Event) -> bool:
    """Whether a person's word with this event allows further runs."""
    if isinstance(event, CommentMade):
        answers = before is not None and before.status is Status.NEEDS_INPUT
        author, word = event.comment.author, read_instruction(event.comment.body)
        if isinstance(word, Remark):
            return answers and author.standing is Standing.MEMBER
        return author.approver
    return isinstance(event, PersonAsked) or (isinstance(event, ItemSeen) and event.settled)


TestLaws = LawfulTask.TestCase
TestLaws.settings = GENTLE
TestLawsOfAnotherPipeline = LawfulTaskOfAnotherPipeline.TestCase
TestLawsOfAnotherPipeline.settings = GENTLE
