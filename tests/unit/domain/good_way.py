"""The way that the table describes: so that histories get somewhere, and always can."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from domain.decision import Rules
from domain.events import Ask, DeadlinePassed, Event, Outcome
from domain.gates import Passed, Pending
from domain.identifiers import RunId
from domain.item import TrackerState
from domain.pipeline import PullRequestGate
from domain.task import Status, Task
from tests.unit.domain import given
from tests.unit.domain.lawful_task import LawfulTask


class GoodWay(LawfulTask):
    """A task that comes far before anything unusual happens, and can be brought to its end."""

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

    @rule()
    def all_goes_well_for_a_while(self) -> None:
        """One step on the way that the table describes, so that histories get somewhere."""
        if self.it.status is not Status.DONE:
            self.take_the_good_way(self.project)

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
