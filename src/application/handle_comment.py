"""Somebody commented on an item."""

from dataclasses import replace

from application.advance_stage import branch_state
from application.projects import Projects
from application.record import Record
from domain.decision import Rules
from domain.errors import NotFound
from domain.events import BranchGone, CommentMade
from domain.gates import judge
from domain.identifiers import EventId
from domain.instructions import Approve, read_instruction
from domain.item import Comment
from domain.pipeline import PullRequestGate
from domain.signals import CommentPosted, Signal
from domain.task import AT_REST, Status, Task
from ports.issue_tracker import IssueTracker
from ports.repo_inspector import RepoInspector
from ports.store import Claim, Store


class HandleComment:
    """Reads the comment and what an approval rests on, and has it followed."""

    def __init__(
        self,
        *,
        store: Store,
        tracker: IssueTracker,
        inspector: RepoInspector,
        projects: Projects,
        record: Record,
        rules: Rules,
    ) -> None:
        """Judge approvals by these rules."""
        self._store = store
        self._tracker = tracker
        self._inspector = inspector
        self._projects = projects
        self._record = record
        self._rules = rules

    async def __call__(self, claim: Claim[Signal], signal: CommentPosted) -> Claim[Signal] | None:
        """Follow the comment as it reads now; one that is gone asks for nothing."""
        try:
            comment = await self._tracker.comment(signal.item, signal.comment)
        except NotFound:
            return await self._record(claim, [])
        # Named by the comment: the reconciler finds what a webhook told under another name.
        event = CommentMade(id=EventId(f"comment:{comment.id}"), item=signal.item, comment=comment)
        task = await self._store.transact(lambda tx: tx.tasks.of(signal.item))
        if task and task.status in AT_REST and _approves(comment):
            try:
                event = await self._with_gate(event, task)
            except NotFound as missing:  # people approve what they have seen, and it has gone
                gone = BranchGone(id=event.id, item=signal.item, problem=str(missing))
                return await self._record(claim, [gone])
        return await self._record(claim, [event])

    async def _with_gate(self, event: CommentMade, task: Task) -> CommentMade:
        """Add what the approval rests on: the branch's head and the gate as it is there."""
        stage = self._rules.pipeline.stage(task.stage)
        if stage is None or task.branch is None:
            return event
        project = self._projects.of(task.key)
        head = await self._inspector.head(project.repo, task.branch)
        if task.status is Status.IN_REVIEW and head == task.approving:
            return replace(event, head=head)
        delivered = task.delivered
        evidence = await self._inspector.evidence(
            project.repo,
            base=delivered.base if delivered else head,
            head=head,
            folder=self._rules.pipeline.folder_of(task.key),
            files=stage.files,
        )
        forge = None
        if isinstance(stage.gate, PullRequestGate):
            forge = await branch_state(self._inspector, self._projects, task)
        exit_code = delivered.exit_code if delivered else None
        gate = judge(stage, evidence, exit_code=exit_code, forge=forge)
        return replace(event, head=head, gate=gate)


def _approves(comment: Comment) -> bool:
    return comment.author.approver and isinstance(read_instruction(comment.body), Approve)
