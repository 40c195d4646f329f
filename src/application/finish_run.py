"""A run's commits are on the branch, or were refused."""

from application.advance_stage import AdvanceStage
from application.ask_questions import AskQuestions
from application.block import Block
from application.book_keeping import BookKeeping
from application.finished_run import FinishedRun
from application.projects import Projects
from application.read_runs import ReadRuns
from application.record import Record
from application.request_review import RequestReview
from application.rollback_on_conflict import RollbackOnConflict
from application.rollback_on_deploy_fail import RollbackOnDeployFail
from application.rollback_on_review import RollbackOnReview
from application.rollback_on_test_fail import RollbackOnTestFail
from domain.decision import Rules
from domain.events import Outcome, RunRefused
from domain.gates import Asked, Conflicting, Failing, NotPassed, Passed, Pending, judge
from domain.identifiers import CommitId, EventId
from domain.money import Account
from domain.pipeline import ExitCodeGate, PullRequestGate, Review, Stage, VerdictGate
from domain.signals import RunCollected, RunNotCollected, Signal
from domain.task import Task
from ports.clock import Clock
from ports.repo_inspector import RepoInspector
from ports.store import Claim, RunRecord, Store, Transaction

_BY_ITSELF = frozenset({Outcome.EXITED, Outcome.REFUSED})
_NO_EXIT_CODE = 124
"""What a run counts as having exited with that did not exit by itself, as with timeout(1)."""


class FinishRun:
    """Reads the evidence and hands over to the deed that follows from it."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        read_runs: ReadRuns,
        books: BookKeeping,
        inspector: RepoInspector,
        projects: Projects,
        rules: Rules,
        record: Record,
        request_review: RequestReview,
        ask_questions: AskQuestions,
        advance_stage: AdvanceStage,
        rollback_on_conflict: RollbackOnConflict,
        rollback_on_review: RollbackOnReview,
        rollback_on_test_fail: RollbackOnTestFail,
        rollback_on_deploy_fail: RollbackOnDeployFail,
        block: Block,
    ) -> None:
        """Judge by these rules and hand over to these deeds."""
        self._store = store
        self._clock = clock
        self._read_runs = read_runs
        self._books = books
        self._inspector = inspector
        self._projects = projects
        self._rules = rules
        self._record = record
        self._request_review = request_review
        self._ask_questions = ask_questions
        self._advance_stage = advance_stage
        self._rollback_on_conflict = rollback_on_conflict
        self._rollback_on_review = rollback_on_review
        self._rollback_on_test_fail = rollback_on_test_fail
        self._rollback_on_deploy_fail = rollback_on_deploy_fail
        self._block = block

    async def __call__(self, claim: Claim[Signal], signal: RunCollected) -> Claim[Signal] | None:
        """Go on from what the run has shown."""

        def read(tx: Transaction) -> tuple[Task | None, RunRecord | None]:
            return tx.tasks.of(signal.item), tx.runs.get(signal.run)

        task, record = await self._store.transact(read)
        if task is None or record is None:
            return await self._record(claim, [])
        finished = await self._read(claim, signal, task, record)
        if finished is None:
            return await self._record(claim, [])
        return await self._deed(finished)

    async def refused(self, claim: Claim[Signal], signal: RunNotCollected) -> Claim[Signal] | None:
        """Go on without the run's commits."""
        event = RunRefused(
            id=EventId(claim.entry.key),
            item=signal.item,
            run=signal.run,
            exit_code=None,
            problem=signal.problem,
            head=signal.head,
            moved=signal.moved,
            kept=signal.kept,
        )
        return await self._record(claim, [event])

    async def _read(
        self, claim: Claim[Signal], signal: RunCollected, task: Task, record: RunRecord
    ) -> FinishedRun | None:
        stage = self._rules.pipeline.stage(record.run.stage)
        if stage is None:
            return None
        repo = self._projects.of(task.key).repo
        folder = self._rules.pipeline.folder_of(task.key)
        evidence = await self._inspector.evidence(
            repo,
            base=_base(task, stage, signal),
            head=signal.head,
            folder=folder,
            files=stage.files,
        )
        outcome = record.outcome or Outcome.LOST
        exit_code = record.exit_code if outcome in _BY_ITSELF else _NO_EXIT_CODE
        by_report = self._read_runs.speaks(record)
        judgement = judge(stage, evidence, exit_code=exit_code, forge=None, by_report=by_report)
        return FinishedRun(
            claim=claim,
            task=task,
            run=record.run,
            stage=stage,
            repo=repo,
            folder=folder,
            evidence=evidence,
            outcome=outcome,
            exit_code=exit_code,
            judgement=judgement,
            statement=record.statement,
            account=await self._account(task, record, outcome),
        )

    async def _account(self, task: Task, record: RunRecord, outcome: Outcome) -> Account | None:
        if outcome is not Outcome.OUT_OF_BUDGET:
            return None
        now, run = self._clock.now(), record.run.id
        return await self._store.transact(lambda tx: self._books.account(tx, task, run, now))

    async def _deed(self, finished: FinishedRun) -> Claim[Signal] | None:
        stage = finished.stage
        match finished.judgement:
            case Passed() if stage.approval:
                return await self._request_review(finished)
            case Passed() | Pending():
                return await self._advance_stage(finished)
            case Asked():
                return await self._ask_questions(finished)
            case Conflicting():
                return await self._rollback_on_conflict(finished)
            case Failing() if _by_reviewer(stage.gate):
                return await self._rollback_on_review(finished)
            case Failing():
                return await self._rollback_on_test_fail(finished)
            case NotPassed() if isinstance(stage.gate, ExitCodeGate):
                return await self._rollback_on_deploy_fail(finished)
            case NotPassed():
                return await self._block(finished)


def _base(task: Task, stage: Stage, signal: RunCollected) -> CommitId:
    """Return where the commits begin that count.

    A verdict is each run's own. But whoever repeats a run that broke off may find the change made.
    """
    began = task.began if isinstance(stage.gate, PullRequestGate) else None
    return began or signal.base


def _by_reviewer(gate: object) -> bool:
    return isinstance(gate, VerdictGate) and gate.review is Review.CODE
