"""A run begins: its slot, its workspace, its brief, its agent."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from application.agents import Agents
from application.book_keeping import BookKeeping
from application.lease import Keeping
from application.projects import Projects
from application.settle import Settle
from application.slots import Slots
from application.write_brief import Brief, WriteBrief
from domain.decision import Rules
from domain.effects import Effect, StartRun
from domain.events import Liveness
from domain.identifiers import RunId
from domain.money import Account
from domain.pipeline import Stage, VerdictGate
from domain.signals import LimitPassed, RoleUnusable
from domain.task import Task
from ports.agent_runner import AgentRunner, AgentSpec
from ports.agent_runtime import AgentRuntime, AgentSetup
from ports.clock import Clock
from ports.store import UNASSIGNED, Assigned, Claim, RunRecord, Store, Transaction
from ports.workspaces import Workspaces

SLOT_PATIENCE = timedelta(seconds=30)
"""How long a start waits for a slot before it asks again; who is given one is woken sooner."""
_LOOK_EVERY = 2.0
"""Seconds between two looks whether a start that takes long is still wanted: its end is ordered in
the same lane, behind it, and must come within ten."""


class _Unwanted(Exception):
    """The run was told to end before its agent had begun."""


class StartAgent:
    """Starts the agent of a run that has a slot and may cost something, once."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settle: Settle,
        rules: Rules,
        projects: Projects,
        agents: Agents,
        slots: Slots,
        workspaces: Workspaces,
        runner: AgentRunner,
        runtimes: Mapping[str, AgentRuntime],
        books: BookKeeping,
        write_brief: WriteBrief,
    ) -> None:
        """Start it with this runner."""
        self._store = store
        self._clock = clock
        self._settle = settle
        self._rules = rules
        self._projects = projects
        self._agents = agents
        self._slots = slots
        self._workspaces = workspaces
        self._runner = runner
        self._runtimes = runtimes
        self._books = books
        self._write_brief = write_brief

    async def __call__(self, claim: Claim[Effect], effect: StartRun) -> Claim[Effect] | None:
        """Start it, or put it off until there is a slot; not one that is no longer wanted."""
        setup, now = self._agents.of(effect.run.role), self._clock.now()
        occupied = await self._store.transact(
            lambda tx: self._occupy(tx, claim, effect, setup, now)
        )
        if not isinstance(occupied, tuple):
            return occupied
        told = None
        with suppress(_Unwanted):  # what has begun of it is ended by the stop that comes next
            async with Keeping(partial(self._check_wanted, effect), every=_LOOK_EVERY):
                told = await self._start(effect, setup, *occupied)
        return await self._settle(claim, told)

    def _occupy(
        self,
        tx: Transaction,
        claim: Claim[Effect],
        effect: StartRun,
        setup: AgentSetup,
        now: datetime,
    ) -> tuple[Task, Account, RunRecord] | Claim[Effect] | None:
        """Return what a start goes by; otherwise the claim is settled or put off."""
        run = effect.run
        task, record = tx.tasks.of(effect.item), tx.runs.get(run.id)
        # It may have run to its end though we never heard that it was started.
        gone = record is None or record.ended_at is not None
        if task is None or record is None or not _is_wanted(task, effect) or gone:
            return tx.outbox.settle(claim, at=now)
        account = self._books.account(tx, task, run.id, now)
        if account.over:
            return self._hold(tx, claim, task, run.id)
        if self._slots.ask(tx, record, now):
            if record.agent == UNASSIGNED:
                tx.runs.assign(run.id, _assigned(setup))
            return task, account, record
        # In one transaction with the asking: whoever is given a slot is asleep, and is woken.
        until = now + SLOT_PATIENCE
        tx.outbox.postpone(claim, until=until, error="waits for a slot", attempt=False)
        return None

    async def _check_wanted(self, effect: StartRun) -> None:
        task = await self._store.transact(lambda tx: tx.tasks.of(effect.item))
        if task is None or not _is_wanted(task, effect):
            raise _Unwanted

    async def _start(
        self,
        effect: StartRun,
        setup: AgentSetup,
        task: Task,
        account: Account,
        record: RunRecord,
    ) -> RoleUnusable | None:
        """Start the agent; return what is wrong with the role's own text, if anything is."""
        run, agent = effect.run, _assigned(setup)
        if record.agent not in (UNASSIGNED, agent):
            await self._reassign(run.id, agent)
        spec, brief = await self._spec(task, account, effect, setup)
        await self._runner.ensure(run.id, spec)
        if not brief.problem:
            return None
        return RoleUnusable(item=effect.item, role=run.role, file=brief.file, problem=brief.problem)

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


def _assigned(setup: AgentSetup) -> Assigned:
    return Assigned(runtime=setup.runtime, model=setup.model)


def _is_wanted(task: Task, effect: StartRun) -> bool:
    return task.run == effect.run and not task.stopping


def _verdict_words(stage: Stage) -> dict[str, str]:
    if not isinstance(stage.gate, VerdictGate):
        return {}
    return {"ORCHESTRATOR_PASSES": stage.gate.passes, "ORCHESTRATOR_FAILS": stage.gate.fails}
