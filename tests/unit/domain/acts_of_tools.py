"""What tools do with a task's effects: late, twice, for the wrong run, or never."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

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
)
from domain.events import (
    BranchPrepared,
    DeadlinePassed,
    EffectFailed,
    Event,
    ForgeSeen,
    Liveness,
    Outcome,
    RunRefused,
)
from domain.evidence import BranchState
from domain.gates import Judgement
from domain.identifiers import RunId
from domain.task import Status
from tests.unit.domain import given
from tests.unit.domain.good_way import GoodWay
from tests.unit.domain.random_events import forge_states, heads, judgements, merge_endings


class ActsOfTools(GoodWay):
    """A task whose agents live and die, in a world that has not got round to everything yet."""

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
            kept=data.draw(st.booleans()),
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

    @precondition(lambda self: self.task and self.task.status is Status.WORKING)
    @rule(judgement=judgements, code=st.integers(0, 1))
    def the_work_is_judged(self, judgement: Judgement, code: int) -> None:
        """A run shows something for its stage or against it, so that limits are reached."""
        run = self.it.run
        if run is not None and not self.it.stopping:
            self.bury(run.id)
            self.tell(self.run_judged(run.id, judgement, code))
