"""The one deed that writes to the world.

An effect is carried out after the commit that ordered it, at least once: whoever is killed in the
middle leaves it in the outbox, and it is carried out again under the same key. Each port promises
that the second time has no further effect, but for notices, of which one may come twice.
"""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import assert_never

from application.collect_work import CollectWork
from application.exit_key import exit_key
from application.patience import Patience
from application.projects import Projects
from application.proposal_body import proposal_body
from application.queue_worker import QueueWorker
from application.settle import Settle
from application.start_agent import StartAgent
from domain.decision import Rules
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
from domain.errors import Conflict, NotFound, Rejected
from domain.identifiers import RunId, TaskKey
from domain.item import Priority
from domain.signals import (
    BranchReady,
    EffectBuried,
    ForgeChanged,
    ItemChanged,
    MergeAnswered,
    RunExited,
)
from ports.agent_runner import AgentRunner
from ports.clock import Clock
from ports.code_forge import CodeForge
from ports.issue_tracker import IssueTracker
from ports.notifier import Notifier
from ports.repo_inspector import RepoInspector
from ports.store import Claim, Queue, Store, Transaction


class CarryOut(QueueWorker[Effect]):
    """Takes the effects of each lane to their ports, in order."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        random: Random,
        owner: str,
        patience: Patience,
        rules: Rules,
        projects: Projects,
        settle: Settle,
        start_agent: StartAgent,
        collect_work: CollectWork,
        tracker: IssueTracker,
        forge: CodeForge,
        inspector: RepoInspector,
        runner: AgentRunner,
        notifier: Notifier,
        item_url: Callable[[TaskKey], str | None],
    ) -> None:
        """Write to these tools."""
        super().__init__(store, clock, random, owner, patience)
        self._rules = rules
        self._projects = projects
        self._settle = settle
        self._start_agent = start_agent
        self._collect_work = collect_work
        self._tracker = tracker
        self._forge = forge
        self._inspector = inspector
        self._runner = runner
        self._notifier = notifier
        self._item_url = item_url

    def _queue(self, tx: Transaction) -> Queue[Effect]:
        return tx.outbox

    async def _handle(self, claim: Claim[Effect]) -> Claim[Effect] | None:
        effect, key = claim.entry.payload, claim.entry.key
        match effect:
            case MoveItem():
                return await self._settle(claim, await self._move(effect, key))
            case PostComment():
                await self._tracker.post_comment(
                    effect.item, effect.text, key=key, mention=effect.mention
                )
            case Notify():
                await self._notifier.notify(
                    effect.key,
                    effect.text,
                    url=self._item_url(effect.key) if effect.item else None,
                    pull_request=effect.pull_request,
                    effect=key,
                )
            case PrepareBranch():
                return await self._settle(claim, await self._prepare_branch(effect))
            case OpenPullRequest():
                return await self._settle(claim, await self._open_pull_request(effect))
            case MergePullRequest():
                return await self._settle(claim, await self._merge(effect))
            case CollectRun():
                return await self._collect_work(claim, effect)
            case StartRun():
                return await self._start_agent(claim, effect)
            case StopRun():
                await self._runner.stop(effect.run)
                signal = RunExited(item=effect.item, run=effect.run)
                return await self._settle(claim, signal, key=f"{exit_key(effect.run)}:{key}")
            case _:
                assert_never(effect)
        return await self._settle(claim)

    def _after_burial(self, tx: Transaction, claim: Claim[Effect], error: str) -> None:
        effect, now = claim.entry.payload, self._clock.now()
        name = type(effect).__name__
        signal = EffectBuried(item=effect.item, effect=name, error=error, run=_run_of(effect))
        key = f"dead:{claim.entry.key}:{now.isoformat()}"
        tx.inbox.put(signal, lane=effect.item, key=key, at=now, item=effect.item)

    async def _move(self, effect: MoveItem, key: str) -> ItemChanged | None:
        """Move the item; where a person has moved it meanwhile, have that followed instead."""
        try:
            await self._tracker.move(effect.item, effect.state, key=key, over=effect.over)
        except Conflict:
            return ItemChanged(item=effect.item, actor=None)
        return None

    async def _prepare_branch(self, effect: PrepareBranch) -> BranchReady:
        project = self._projects.of(effect.key)
        head = await self._forge.prepare_branch(
            project.repo,
            effect.branch,
            base=project.base,
            files={f"{effect.folder}/00-work-item.md": _item_file(effect)},
            message=f"{effect.key}: open the work item's folder",
        )
        url = self._forge.branch_url(project.repo, effect.branch)
        return BranchReady(item=effect.item, branch=effect.branch, url=url, head=head)

    async def _open_pull_request(self, effect: OpenPullRequest) -> ForgeChanged:
        project = self._projects.of(effect.key)
        folder, pipeline = self._rules.pipeline.folder_of(effect.key), self._rules.pipeline
        names = sorted({name for stage in pipeline.stages for name in stage.files})
        seen = await self._inspector.evidence(
            project.repo, base=effect.head, head=effect.head, folder=folder, files=names
        )
        there = [name for name in names if name in seen.texts]
        links = {
            name: self._forge.file_url(project.repo, effect.head, f"{folder}/{name}")
            for name in there
        }
        body = proposal_body(effect, self._item_url(effect.key), folder, links)
        await self._forge.open_pull_request(
            project.repo, effect.branch, base=project.base, title=effect.title, body=body
        )
        return ForgeChanged(item=effect.item)

    async def _merge(self, effect: MergePullRequest) -> MergeAnswered:
        project, item, number = self._projects.of(effect.key), effect.item, effect.number
        try:
            await self._forge.merge(project.repo, number, commit=effect.head)
        except Rejected as refusal:
            conflicts: tuple[str, ...] = ()
            with suppress(NotFound):  # the branch is gone, which the refusal may well say
                state = await self._inspector.branch_state(
                    project.repo, effect.branch, base=project.base, pull_request=number
                )
                conflicts = state.conflicts if state.head == effect.head else ()
            return MergeAnswered(
                item=item, number=number, merged=False, problem=str(refusal), conflicts=conflicts
            )
        return MergeAnswered(item=item, number=number, merged=True)


def _run_of(effect: Effect) -> RunId | None:
    match effect:
        case StartRun(run=run) | CollectRun(run=run):
            return run.id
        case StopRun(run=name):
            return name
        case _:
            return None


def _item_file(effect: PrepareBranch) -> str:
    priority = "" if effect.priority is Priority.NONE else f"Priority: {effect.priority}\n\n"
    return f"# {effect.key}: {effect.title}\n\n{priority}{effect.description}\n"
