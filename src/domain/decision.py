"""What follows from an event, and the draft in which it comes about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

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
from domain.events import Link
from domain.identifiers import CommitId, StageName, branch_name, run_id
from domain.item import TrackerState
from domain.messages import Locale, Text, role_name, say
from domain.money import Account
from domain.pipeline import Pipeline, Stage
from domain.reports import quoted
from domain.task import (
    AGAIN,
    KEPT_REMARKS,
    Actor,
    Launch,
    Reason,
    ReasonKind,
    Run,
    Status,
    Task,
    Turn,
)


class Merge(StrEnum):
    """When the pull request is merged by us; a person may do it at any time."""

    NEVER = "never"
    BEFORE_DEPLOY = "before_deploy"
    AFTER_DEPLOY = "after_deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for every decision of a project."""

    pipeline: Pipeline
    locale: Locale
    tracker_name: str = "Plane"
    begins_in: frozenset[TrackerState] = frozenset(TrackerState) - {
        TrackerState.DONE,
        TrackerState.CANCELLED,
    }
    """An item that we don't know yet becomes a task when it is seen in one of these."""
    settle: timedelta = timedelta()
    """How long a new or mended text must stay as it is before the item is judged."""
    merge: Merge = Merge.NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line of the task's history."""

    who: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The task as it is from now on, what is to be done, and what is to be remembered of it."""

    task: Task
    effects: tuple[Effect, ...]
    notes: tuple[Note, ...]


US = "orchestrator"


class Draft:
    """A decision in the making: the steps that deeds are made of.

    Each step keeps the laws by itself: a run is started only where none is alive, whoever rests
    gets a turn with a deadline, an effect comes with a note.
    """

    def __init__(self, task: Task, now: datetime, rules: Rules) -> None:
        """Begin with the task as it is."""
        self.task = task
        self.now = now
        self.rules = rules
        self.pipeline = rules.pipeline
        self._effects: list[Effect] = []
        self._notes: list[Note] = []

    def decision(self) -> Decision:
        """Return what has come about."""
        return Decision(task=self.task, effects=tuple(self._effects), notes=tuple(self._notes))

    # ── words ────────────────────────────────────────────────────────────────────────────────

    def text(self, text: Text, **values: object) -> str:
        """Return a text of the catalogue in the project's language."""
        return say(self.rules.locale, text, **values)

    def note(self, what: str, why: str, who: str = US) -> None:
        """Remember who did what and why."""
        self._notes.append(Note(who=who, what=what, why=why))

    def comment(self, *paragraphs: str, mention: bool = False) -> None:
        """Say something in the item; mention those who are waited for, if it waits for them."""
        text = "\n\n".join(p for p in paragraphs if p)
        self._effects.append(PostComment(item=self.task.item, text=text, mention=mention))

    def notify(self, text: Text, **values: object) -> None:
        """Tell people outside the tracker."""
        plain = self.text(text, key=self.task.key, title=self.task.title, **values)
        task = self.task
        self._effects.append(
            Notify(item=task.item, key=task.key, text=plain, pull_request=task.pull_request)
        )

    def links(self) -> str:
        """Return where branch and pull request can be seen, one a line."""
        lines: list[str] = []
        if self.task.branch_url:
            name, url = self.task.branch, self.task.branch_url
            lines.append(self.text(Text.BRANCH_LINK, name=name, url=url))
        if self.task.pull_request:
            number, url = self.task.pull_request.number, self.task.pull_request.url
            link = f"[#{number}]({url})" if url else f"#{number}"
            lines.append(self.text(Text.PULL_REQUEST_LINK, link=link))
        return "  \n".join(lines)

    def files(self, links: Sequence[Link]) -> str:
        """Return a list of links to files, empty for none."""
        return "\n".join(f"- [{link.name}]({link.url})" for link in links)

    # ── state ────────────────────────────────────────────────────────────────────────────────

    def change(self, **fields: object) -> None:
        """Change fields of the task."""
        self.task = replace(self.task, **fields)  # type: ignore[arg-type]  # checked by each caller's tests

    def show(self, state: TrackerState, *, by_person: bool = False) -> None:
        """Show the item in that state, if it isn't shown there.

        A move that a person made meanwhile stands, unless this is a person's word as well.
        """
        if self.task.shown is not state:
            over = None if by_person else self.task.shown
            self._effects.append(MoveItem(item=self.task.item, state=state, over=over))
            self.change(shown=state)

    def rest(self, status: Status, *, shown: TrackerState | None = None) -> None:
        """Wait for a person, and look into it again after the reminder's time."""
        self.stop_run()
        if shown is not None:
            self.show(shown)
        self.change(
            status=status,
            pending=None,
            approving=None,
            reminders=0,
            turn=self.turn(Actor.PERSON, self.reminder(0)),
        )

    def end(self, status: Status) -> None:
        """End the task; a run that is still alive is told to end."""
        self.stop_run()
        self.change(status=status, pending=None, approving=None, turn=None)

    def turn(self, actor: Actor, lasting: timedelta) -> Turn:
        """Return a turn that begins now."""
        return Turn(actor=actor, since=self.now, until=self.now + lasting)

    def reminder(self, already: int) -> timedelta:
        """Return how long to wait before the next reminder; each wait is twice the last."""
        doubled: timedelta = self.pipeline.reminder * (1 << min(already, 16))
        return min(doubled, self.pipeline.longest_reminder)

    def block(self, *paragraphs: str, notice: Text, **values: object) -> None:
        """Stop for a person's decision: comment, state and notice say why."""
        self.comment(*paragraphs, mention=True)
        self.rest(Status.BLOCKED, shown=TrackerState.BLOCKED)
        if notice is Text.NOTICE_BLOCKED:
            values["why"] = paragraphs[0]
        self.notify(notice, stage=self.task.stage, **values)
        self.note("blocked", paragraphs[0])

    # ── agents ───────────────────────────────────────────────────────────────────────────────

    def stop_run(self) -> None:
        """Tell the live run to end, if there is one and it hasn't been told."""
        if self.task.run and not self.task.stopping:
            self._effects.append(StopRun(item=self.task.item, run=self.task.run.id))
            self.change(stopping=True)
            self.note("stopped an agent", f"run {self.task.run.id} is no longer wanted")

    def stop_within_budget(self, account: Account) -> None:
        """Tell the live run to end because of what it costs; what it leaves is still used."""
        if self.task.run:
            self._effects.append(StopRun(item=self.task.item, run=self.task.run.id))
            self.change(over=account)
            self.note("stopped an agent", f"run {self.task.run.id}: a limit of money is reached")

    def bar(self, run: Run) -> None:
        """See to it that a run which is nowhere to be found cannot turn up beside the next one."""
        self._effects.append(StopRun(item=self.task.item, run=run.id))

    def launch(self, stage: Stage, reason: Reason, *, by_person: bool = False) -> bool:
        """Start the stage's agent, as soon as the live run has gone.

        False, and the task is blocked, where the stage has had all its runs and no person asked.
        """
        spent = self.task.spent.get(stage.name, 0)
        reason = self._recall(reason)
        self.change(stage=stage.name, approving=None, merging=None)
        if spent >= stage.max_runs and not by_person:
            role = role_name(stage.role)
            self.block(
                self.text(Text.RUNS_EXHAUSTED, role=role, runs=spent),
                quoted(reason.text),
                notice=Text.NOTICE_RUNS_EXHAUSTED,
                role=role,
                runs=spent,
            )
            return False
        self.show(TrackerState.IN_PROGRESS)
        if self.task.run:
            self.stop_run()
            self.change(
                status=Status.WORKING,
                pending=Launch(stage=stage.name, reason=reason, by_person=by_person),
                turn=self.turn(Actor.ORCHESTRATOR, self.pipeline.launch_patience),
            )
            return True
        self._start(stage, reason)
        return True

    def forgive(self, stage: Stage) -> None:
        """Don't count the run that has just ended as a try of its stage."""
        tried = max(0, self.task.spent.get(stage.name, 0) - 1)
        self.change(spent={**self.task.spent, stage.name: tried})

    def wait_for_model(self, stage: Stage, why: str) -> timedelta:
        """Start the stage's agent again after a pause, which is returned; it doesn't count."""
        pause: timedelta = self.pipeline.model_pause * (1 << min(self.task.waits, 16))
        pause = min(pause, self.pipeline.longest_model_pause)
        reason = Reason(kind=ReasonKind.MODEL_AWAY, text=why)
        self.change(
            status=Status.WAITING,
            waits=self.task.waits + 1,
            away_since=self.task.away_since or self.now,
            # Granted already: whoever allowed the run that came to nothing allowed this one.
            pending=Launch(stage=stage.name, reason=reason, by_person=True),
            turn=self.turn(Actor.ORCHESTRATOR, pause),
        )
        return pause

    def _recall(self, reason: Reason) -> Reason:
        """Add to a repetition what was said for the work that came to nothing."""
        told = self.task.told
        if reason.kind not in AGAIN:
            self.change(told=reason, began=self.task.head, told_remarks=())
        elif told is not None and told.text not in reason.text:
            words = "\n\n".join(text for text in (reason.text, told.text) if text)
            return replace(reason, text=words, file=told.file)
        elif told is not None:
            return replace(reason, file=told.file)
        return reason

    def _start(self, stage: Stage, reason: Reason) -> None:
        task = self.task
        if task.branch is None or task.head is None:
            raise AssertionError(f"{task.key} has no branch to work on")
        attempt = task.attempts.get(stage.name, 0) + 1
        run = Run(
            id=run_id(task.key, task.launched + 1),
            stage=stage.name,
            role=stage.role,
            number=task.launched + 1,
            attempt=attempt,
            base=task.head,
        )
        remarks = (*task.told_remarks, *task.remarks)[-KEPT_REMARKS:]
        self._effects.append(
            StartRun(item=task.item, run=run, branch=task.branch, reason=reason, remarks=remarks)
        )
        self.change(
            status=Status.WORKING,
            run=run,
            stopping=False,
            pending=None,
            held=None,
            delivered=None,
            over=None,
            launched=run.number,
            attempts=_more(task.attempts, stage.name),
            spent=_more(task.spent, stage.name),
            remarks=(),
            told_remarks=remarks,
            turn=self.turn(Actor.AGENT, stage.time_limit + self.pipeline.launch_patience),
        )
        self.note("launched an agent", f"run {run.id}, {stage.role}: {reason.kind}")

    # ── forge ────────────────────────────────────────────────────────────────────────────────

    def prepare_branch(self) -> None:
        """Have the item's branch and folder made."""
        task = self.task
        self._effects.append(
            PrepareBranch(
                item=task.item,
                key=task.key,
                branch=task.branch or branch_name(task.key, task.title),
                folder=self.pipeline.folder_of(task.key),
                title=task.title,
                description=task.description,
                priority=task.priority,
            )
        )
        self.change(
            status=Status.PREPARING,
            turn=self.turn(Actor.FORGE, self.pipeline.launch_patience),
        )

    def collect(self, run: Run) -> None:
        """Have the run's commits put on the branch."""
        task, branch = self.task, self.task.branch
        if branch is None:
            raise AssertionError(f"{task.key} has a run but no branch")
        self._effects.append(CollectRun(item=task.item, key=task.key, run=run, branch=branch))
        self.change(turn=self.turn(Actor.FORGE, self.pipeline.launch_patience))

    def open_pull_request(self, head: CommitId) -> None:
        """Have a pull request opened, and wait for it and its checks."""
        self.propose(head)
        self.change(
            status=Status.CHECKING,
            turn=self.turn(Actor.FORGE, self.pipeline.checks_patience),
        )

    def propose(self, head: CommitId) -> None:
        """Have a pull request opened."""
        task = self.task
        if task.branch is None:
            raise AssertionError(f"{task.key} has commits but no branch")
        self._effects.append(
            OpenPullRequest(
                item=task.item,
                key=task.key,
                branch=task.branch,
                head=head,
                title=f"{task.key}: {task.title}",
                body=quoted(task.description),
            )
        )

    def merge(self, head: CommitId) -> None:
        """Have the commit merged, and wait for the forge's answer."""
        task = self.task
        if task.branch is None:
            raise AssertionError(f"{task.key} has commits but no branch")
        self.show(TrackerState.IN_PROGRESS)
        if task.pull_request is None:
            self.propose(head)
        else:
            self._effects.append(
                MergePullRequest(
                    item=task.item,
                    key=task.key,
                    branch=task.branch,
                    head=head,
                    number=task.pull_request.number,
                )
            )
        self.change(
            status=Status.MERGING,
            approving=None,
            merging=head,
            turn=self.turn(Actor.FORGE, self.pipeline.launch_patience),
        )


def _more(counts: Mapping[StageName, int], stage: StageName) -> Mapping[StageName, int]:
    return {**counts, stage: counts.get(stage, 0) + 1}
