"""The laws of ``decide``, held against random events in a world that answers late or never.

The world carries effects out one lane at a time, in order, when it likes and with what result it
likes; it tells the truth about one thing only: which agents are alive. Everything else may come
late, twice, for the wrong run, or make no sense at all.
"""

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from domain.decision import Decision, Rules
from domain.effects import (
    CollectRun,
    Effect,
    MergePullRequest,
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
from domain.evidence import BranchState
from domain.gates import Judgement, Passed, Pending
from domain.identifiers import EventId, RunId, StageName
from domain.instructions import Remark, read_instruction
from domain.item import Standing, TrackerState
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE, PullRequestGate
from domain.task import ENDED, Status, Task
from tests.unit.domain import given, laws
from tests.unit.domain.patient import patient
from tests.unit.domain.random_events import (
    bodies,
    comments,
    descriptions,
    forge_states,
    heads,
    judgements,
    merge_endings,
    people,
    some_commit,
    some_event_id,
    states,
)

LONG = settings(patient, max_examples=120, stateful_step_count=45)
KNOWN = frozenset({Outcome.EXITED, Outcome.TIMED_OUT, Outcome.STALLED, Outcome.LOST})


@dataclass
class World:
    """Agents that live and die, and tools that have not got round to everything yet."""

    alive: set[RunId] = field(default_factory=set)
    begun: set[RunId] = field(default_factory=set)
    """Runs whose start was carried out, or never will be."""
    barred: set[RunId] = field(default_factory=set)
    """Runs that were stopped: they cannot start any more."""
    missing: set[RunId] = field(default_factory=set)
    """Runs that were taken for lost before they began: they may yet turn up."""
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
        self.launched_since_word: Counter[StageName] = Counter()
        self.asked_since_taken_up = 0
        self.was_removed = False

    # ── one step ─────────────────────────────────────────────────────────────────────────────

    def next_id(self) -> EventId:
        """Return an id that no event of this history has."""
        self.events += 1
        return some_event_id(self.events)

    @property
    def it(self) -> Task:
        """The task, which is there."""
        assert self.task is not None
        return self.task

    def tell(self, event: Event, rules: Rules | None = None) -> None:
        """Have the event decided; every law about a step is checked here."""
        before, rules = self.task, rules or self.project
        decision = laws.step(before, event, now=self.now, rules=rules)
        if decision is None:
            return
        self._check_starts(decision.effects)
        self._check_limits(before, event, decision, rules)
        self.world.order(decision.effects)
        self.task = decision.task
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
        self, before: Task | None, event: Event, decision: Decision, rules: Rules
    ) -> None:
        """Count for ourselves what the task says it counts."""
        if _takes_in_hand(before, event):
            self.launched_since_word.clear()
        if isinstance(event, PersonAsked) or (isinstance(event, ItemSeen) and event.settled):
            self.asked_since_taken_up = 0
        for effect in decision.effects:
            if isinstance(effect, StartRun):
                stage = rules.pipeline.row(effect.run.stage)
                self.launched_since_word[stage.name] += 1
                assert self.launched_since_word[stage.name] <= stage.max_runs
        was_asking = before is not None and before.status is Status.NEEDS_INPUT
        asks = isinstance(event, RunJudged) and decision.task.status is Status.NEEDS_INPUT
        if asks and not was_asking:
            self.asked_since_taken_up += 1
            assert self.asked_since_taken_up <= rules.pipeline.question_rounds

    # ── laws about a state ───────────────────────────────────────────────────────────────────

    @invariant()
    def at_most_one_agent_is_alive(self) -> None:
        """Whatever the tools do and when they do it."""
        assert len(self.world.alive) <= 1, self.world.alive

    @invariant()
    def every_state_is_lawful(self) -> None:
        """A deleted item is shown nowhere; all else is."""
        if self.task is None:
            return
        laws.somebody_has_the_next_move(self.task)
        laws.a_run_is_wanted_or_stopped(self.task)
        laws.memory_is_bounded(self.task)
        if not (self.was_removed and self.task.status in ENDED):
            laws.the_tracker_shows_what_the_task_does(self.task)

    # ── what people do ───────────────────────────────────────────────────────────────────────

    @initialize(state=st.sampled_from(TrackerState), progress=st.integers(0, 16))
    def appear(self, state: TrackerState, progress: int) -> None:
        """An item appears, and may have come far before anything unusual happens."""
        self.tell(self.seen(state, given.DESCRIPTION))
        if self.task is None:
            assert state not in self.project.begins_in
            self.tell(self.seen(TrackerState.TODO, given.DESCRIPTION))
        for _ in range(progress):
            if self.it.status is not Status.DONE:
                self.take_the_good_way(self.project)

    def seen(self, state: TrackerState, text: str, *, settled: bool = True) -> ItemSeen:
        """Return the item as it stands."""
        item = given.an_item(state, description=text)
        return ItemSeen(id=self.next_id(), item=given.ITEM, seen=item, who="Olga", settled=settled)

    @rule(state=states, text=descriptions, settled=st.booleans())
    def see_item(self, state: TrackerState, text: str, *, settled: bool) -> None:
        """Somebody moved or rewrote the item, or it is read while our own move is on its way."""
        self.tell(self.seen(state, text, settled=settled))

    @rule(event=comments(people, bodies))
    def comment(self, event: CommentMade) -> None:
        """Anybody says anything; the facts beside it fit or don't."""
        self.tell(event)

    @rule(
        event=comments(st.just(given.APPROVER), st.just(given.prose(":approved:"))),
        fits=st.booleans(),
        opened=st.booleans(),
    )
    def approve(self, event: CommentMade, *, fits: bool, opened: bool) -> None:
        """An approver approves at any time, often of what is up for it."""
        event = replace(event, head=self.it.approving) if fits else event
        self.tell(replace(event, gate=Passed()) if opened else event)

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
                state = data.draw(forge_states)
                self.answer(ForgeSeen(id=self.next_id(), item=given.ITEM, state=state))
            case MergePullRequest():
                self.answer(replace(data.draw(merge_endings), id=self.next_id()))
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
                unwanted = mine is None or mine.id != run or run in self.world.missing
                if run in self.world.alive and unwanted:
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
            self.world.missing.add(run.id)
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
        seen = ForgeSeen(id=self.next_id(), item=given.ITEM, state=data.draw(forge_states))
        events: list[Event] = [prepared, seen]
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

    @precondition(lambda self: self.task and self.task.status is Status.CHECKING)
    @rule(state=forge_states)
    def forge_answers(self, state: BranchState) -> None:
        """The forge says how pull request and checks stand."""
        self.tell(ForgeSeen(id=self.next_id(), item=given.ITEM, state=state))

    @rule()
    def all_goes_well_for_a_while(self) -> None:
        """One step on the way that the table describes, so that histories get somewhere."""
        if self.it.status is not Status.DONE:
            self.take_the_good_way(self.project)

    @precondition(lambda self: self.task and self.task.status is Status.WORKING)
    @rule(judgement=judgements, code=st.integers(0, 1))
    def the_work_is_judged(self, judgement: Judgement, code: int) -> None:
        """A run shows something for its stage or against it, so that limits are reached."""
        run = self.it.run
        if run is not None and not self.it.stopping:
            self.bury(run.id)
            self.tell(self.run_judged(run.id, judgement, code))

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
        head = some_commit(self.events)
        return RunJudged(
            id=self.next_id(),
            item=given.ITEM,
            run=run,
            base=given.BASE,
            head=head,
            exit_code=code,
            judgement=judgement,
        )

    # ── the good way ─────────────────────────────────────────────────────────────────────────

    def bury(self, run: RunId) -> None:
        """See to it that the run is over, however far it had come, unless nobody can find it."""
        if run in self.world.missing:
            return
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
            case Status.SETTLING:
                return self._wait_in_vain(task)
            case Status.PREPARING:
                return given.branch_prepared()
            case Status.MERGING:
                return given.merge_ended() if task.pull_request else given.forge_seen()
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


class LawfulTaskThatIsMerged(LawfulTask):
    """The same laws where we merge before the deployment."""

    project = given.MERGING
    changed_project = given.MERGING_LAST


class LawfulTaskOfAnotherPipeline(LawfulTask):
    """The same laws for other stages, files, verdicts and limits."""

    project = given.SECOND
    changed_project = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN)


class LawfulTaskOfAPatientProject(LawfulTask):
    """The same laws where a text is given time, and only items in Todo begin."""

    project = given.PATIENT
    changed_project = given.EN


def _takes_in_hand(before: Task | None, event: Event) -> bool:
    """Whether a person's word with this event allows further runs."""
    if isinstance(event, CommentMade):
        answers = before is not None and before.status is Status.NEEDS_INPUT
        author, word = event.comment.author, read_instruction(event.comment.body)
        if isinstance(word, Remark):
            return answers and author.standing is Standing.MEMBER
        return author.approver
    if isinstance(event, ForgeSeen):
        return before is not None and laws.sends_back(before, event)
    return isinstance(event, PersonAsked) or (isinstance(event, ItemSeen) and event.settled)


TestLaws = LawfulTask.TestCase
TestLaws.settings = LONG
TestLawsOfMerging = LawfulTaskThatIsMerged.TestCase
TestLawsOfMerging.settings = LONG
TestLawsOfAnotherPipeline = LawfulTaskOfAnotherPipeline.TestCase
TestLawsOfAnotherPipeline.settings = LONG
TestLawsOfAPatientProject = LawfulTaskOfAPatientProject.TestCase
TestLawsOfAPatientProject.settings = LONG
