"""The one deed that writes to the world.

An effect is carried out after the commit that ordered it, at least once: whoever is killed in the
middle leaves it in the outbox, and it is carried out again under the same key. Each port promises
that the second time has no further effect, but for notices, of which one may come twice.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import assert_never

from application.agents import Agents
from application.book_keeping import BookKeeping
from application.patience import Patience
from application.projects import Projects
from application.proposal_body import proposal_body
from application.queue_worker import QueueWorker
from application.slots import Slots
from application.write_brief import Brief, WriteBrief
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
from domain.errors import Conflict, Failure, NotFound, Rejected
from domain.events import Liveness
from domain.identifiers import RunId, TaskKey
from domain.item import Priority
from domain.money import Account
from domain.pipeline import Stage, VerdictGate
from domain.signals import (
    BranchReady,
    EffectBuried,
    ForgeChanged,
    ItemChanged,
    LimitPassed,
    MergeAnswered,
    RoleUnusable,
    RunCollected,
    RunExited,
    RunNotCollected,
    Signal,
)
from domain.task import Task
from ports.agent_runner import AgentRunner, AgentSpec
from ports.agent_runtime import AgentRuntime, AgentSetup
from ports.clock import Clock
from ports.code_forge import CodeForge
from ports.issue_tracker import IssueTracker
from ports.notifier import Notifier
from ports.repo_inspector import RepoInspector
from ports.store import UNASSIGNED, Assigned, Claim, Queue, RunRecord, Store, Transaction
from ports.workspaces import Workspaces

SLOT_PATIENCE = timedelta(seconds=30)
"""How long a start waits for a slot before it asks again; who is given one is woken sooner."""


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
        agents: Agents,
        slots: Slots,
        tracker: IssueTracker,
        forge: CodeForge,
        inspector: RepoInspector,
        workspaces: Workspaces,
        runner: AgentRunner,
        runtimes: Mapping[str, AgentRuntime],
        books: BookKeeping,
        write_brief: WriteBrief,
        notifier: Notifier,
        item_url: Callable[[TaskKey], str | None],
    ) -> None:
        """Write to these tools."""
        super().__init__(store, clock, random, owner, patience)
        self._rules = rules
        self._projects = projects
        self._agents = agents
        self._slots = slots
        self._tracker = tracker
        self._forge = forge
        self._inspector = inspector
        self._workspaces = workspaces
        self._runner = runner
        self._runtimes = runtimes
        self._books = books
        self._write_brief = write_brief
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
                collected = await self._settle(claim, await self._collect(effect))
                with suppress(Failure):  # what stays behind is swept up by the reconciler
                    await self._workspaces.discard(effect.run.id)
                return collected
            case StartRun():
                return await self._start(claim, effect)
            case StopRun():
                await self._runner.stop(effect.run)
                signal = RunExited(item=effect.item, run=effect.run)
                return await self._settle(claim, signal, key=f"{exit_key(effect.run)}:{key}")
            case _:
                assert_never(effect)
        return await self._settle(claim)

    async def _settle(
        self, claim: Claim[Effect], signal: Signal | None = None, *, key: str | None = None
    ) -> Claim[Effect] | None:
        """Mark the effect done, in one transaction with the signal that tells what came of it."""
        now = self._clock.now()
        item = claim.entry.payload.item
        name = key or f"done:{claim.entry.key}"

        def write(tx: Transaction) -> Claim[Effect] | None:
            following = tx.outbox.settle(claim, at=now)
            if signal is not None:
                tx.inbox.put(signal, lane=item, key=name, at=now, item=item)
            return following

        return await self._store.transact(write)

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

    async def _collect(self, effect: CollectRun) -> RunCollected | RunNotCollected:
        run, repo, taken = effect.run, self._projects.of(effect.key).repo, False
        try:
            harvest = await self._workspaces.harvest(
                run.id, repo, effect.branch, run.base, within=self._writes(effect)
            )
            if harvest.head != run.base:
                taken = True
                await self._forge.publish(
                    repo, effect.branch, commit=harvest.head, expected=run.base
                )
        except Rejected as refusal:
            problem, moved = refusal, isinstance(refusal, Conflict)
            try:
                head = await self._inspector.head(repo, effect.branch)
            except NotFound as missing:  # a person removed it: nothing was lost, nor pushed
                head, problem = run.base, missing
            except Rejected:  # we may not even look any more: pushing will tell if it has moved
                head = run.base
            return RunNotCollected(
                item=effect.item,
                run=run.id,
                problem=str(problem),
                head=head,
                moved=moved and head != run.base,
                kept=taken and not moved,
            )
        return RunCollected(item=effect.item, run=run.id, base=run.base, head=harvest.head)

    def _writes(self, effect: CollectRun) -> tuple[str, ...]:
        pipeline = self._rules.pipeline
        stage = pipeline.stage(effect.run.stage)
        return pipeline.writes_of(stage, effect.key) if stage else ()

    async def _start(self, claim: Claim[Effect], effect: StartRun) -> Claim[Effect] | None:
        now, run = self._clock.now(), effect.run
        setup = self._agents.of(run.role)
        agent = Assigned(runtime=setup.runtime, model=setup.model)

        def occupy(tx: Transaction) -> tuple[Task, Account, RunRecord] | Claim[Effect] | None:
            task, record = tx.tasks.of(effect.item), tx.runs.get(run.id)
            # It may have run to its end though we never heard that it was started.
            gone = record is None or record.ended_at is not None
            if task is None or record is None or task.run != run or task.stopping or gone:
                return tx.outbox.settle(claim, at=now)
            account = self._books.account(tx, task, run.id, now)
            if account.over:
                return self._hold(tx, claim, task, run.id)
            if self._slots.ask(tx, record, now):
                if record.agent == UNASSIGNED:
                    tx.runs.assign(run.id, agent)
                return task, account, record
            # In one transaction with the asking: whoever is given a slot is asleep, and is woken.
            until = now + SLOT_PATIENCE
            tx.outbox.postpone(claim, until=until, error="waits for a slot", attempt=False)
            return None

        occupied = await self._store.transact(occupy)
        if not isinstance(occupied, tuple):
            return occupied
        task, account, record = occupied
        if record.agent not in (UNASSIGNED, agent):
            await self._reassign(run.id, agent)
        spec, brief = await self._spec(task, account, effect, setup)
        await self._runner.ensure(run.id, spec)
        if not brief.problem:
            return await self._settle(claim)
        told = RoleUnusable(item=effect.item, role=run.role, file=brief.file, problem=brief.problem)
        return await self._settle(claim, told)

    async def _reassign(self, run: RunId, agent: Assigned) -> None:
        """Note the agent of a start that is tried again after the configuration has changed.

        Not where the first try has started one: then that one does the work.
        """
        seen = await self._runner.observe(run)
        if seen.liveness is Liveness.GONE and seen.started_at is None:
            await self._store.transact(lambda tx: tx.runs.assign(run, agent))

    def _hold(
        self, tx: Transaction, claim: Claim[Effect], task: Task, run: RunId
    ) -> Claim[Effect] | None:
        """Have the limit that is reached looked at; the start is done with when the run must end.

        Until then it is kept: somebody may have allowed more meanwhile, and then it is tried again.
        """
        now, item = self._clock.now(), task.item
        if task.over is not None:
            return tx.outbox.settle(claim, at=now)
        if not tx.inbox.waiting(item, LimitPassed.__name__):
            key = f"limit:{run}:{now.isoformat()}"
            tx.inbox.put(LimitPassed(item=item, run=run), lane=item, key=key, at=now, item=item)
        tx.outbox.postpone(
            claim, until=now + SLOT_PATIENCE, error="a limit of money is reached", attempt=False
        )
        return None

    async def _spec(
        self, task: Task, account: Account, effect: StartRun, setup: AgentSetup
    ) -> tuple[AgentSpec, Brief]:
        run = effect.run
        project = self._projects.of(task.key)
        stage = self._rules.pipeline.row(run.stage)
        runtime = self._runtimes[setup.runtime]
        invocation = runtime.invoke(setup, budget=account.left)
        brief = await self._write_brief(
            task, effect, setup, budget=account.left, speaks=runtime.speaks
        )
        workspace = await self._workspaces.prepare(run.id, project.repo, effect.branch, run.base)
        spec = AgentSpec(
            command=invocation.command,
            workspace=workspace,
            brief=brief.text,
            environment={
                "ORCHESTRATOR_KEY": task.key,
                "ORCHESTRATOR_ROLE": run.role,
                "ORCHESTRATOR_STAGE": run.stage,
                "ORCHESTRATOR_FOLDER": self._rules.pipeline.folder_of(task.key),
                "ORCHESTRATOR_BRANCH": effect.branch,
                "ORCHESTRATOR_ATTEMPT": str(run.attempt),
                "ORCHESTRATOR_LOCALE": self._rules.locale,
                "ORCHESTRATOR_FILES": ",".join(stage.files),
                **_verdict_words(stage),
                **invocation.environment,
            },
            home=invocation.home,
            image=setup.image or project.image,
            time_limit=stage.time_limit,
            idle_limit=stage.idle_limit,
        )
        return spec, brief


def _run_of(effect: Effect) -> RunId | None:
    match effect:
        case StartRun(run=run) | CollectRun(run=run):
            return run.id
        case StopRun(run=name):
            return name
        case _:
            return None


def exit_key(run: RunId) -> str:
    """Return the name of the end of a run: decided once, however often it is told."""
    return f"exit:{run}"


def _verdict_words(stage: Stage) -> dict[str, str]:
    if not isinstance(stage.gate, VerdictGate):
        return {}
    return {"ORCHESTRATOR_PASSES": stage.gate.passes, "ORCHESTRATOR_FAILS": stage.gate.fails}


def _item_file(effect: PrepareBranch) -> str:
    priority = "" if effect.priority is Priority.NONE else f"Priority: {effect.priority}\n\n"
    return f"# {effect.key}: {effect.title}\n\n{priority}{effect.description}\n"
