"""One task, and the laws of ``decide`` that are checked whatever happens to it."""

from collections import Counter
from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from domain.decision import Decision, Rules
from domain.effects import Effect, StartRun, StopRun
from domain.events import (
    CommentMade,
    Event,
    ForgeSeen,
    ItemGone,
    ItemSeen,
    Outcome,
    PersonAsked,
    RunEnded,
    RunJudged,
)
from domain.gates import Judgement
from domain.identifiers import EventId, RunId, StageName
from domain.instructions import Remark, read_instruction
from domain.item import Standing, TrackerState
from domain.task import ENDED, Status, Task
from tests.unit.domain import given, laws
from tests.unit.domain.random_events import some_commit, some_event_id
from tests.unit.domain.world import World

KNOWN = frozenset({Outcome.EXITED, Outcome.TIMED_OUT, Outcome.STALLED, Outcome.LOST})


class LawfulTask(RuleBasedStateMachine):
    """One task of the default pipeline; what may happen to it is told by those who inherit."""

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

    def seen(self, state: TrackerState, text: str, *, settled: bool = True) -> ItemSeen:
        """Return the item as it stands."""
        item = given.an_item(state, description=text)
        return ItemSeen(id=self.next_id(), item=given.ITEM, seen=item, who="Olga", settled=settled)


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
