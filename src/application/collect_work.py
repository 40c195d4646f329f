"""A run has ended: what it has committed goes to the forge."""

from contextlib import suppress

from application.projects import Projects
from application.settle import Settle
from domain.decision import Rules
from domain.effects import CollectRun, Effect
from domain.errors import Conflict, Failure, NotFound, Rejected
from domain.signals import RunCollected, RunNotCollected
from ports.code_forge import CodeForge
from ports.repo_inspector import RepoInspector
from ports.store import Claim
from ports.workspaces import Workspaces


class CollectWork:
    """Takes the commits from the run's workspace, looks at them, and publishes them."""

    def __init__(
        self,
        *,
        settle: Settle,
        rules: Rules,
        projects: Projects,
        forge: CodeForge,
        inspector: RepoInspector,
        workspaces: Workspaces,
    ) -> None:
        """Take from these workspaces, publish on this forge."""
        self._settle = settle
        self._rules = rules
        self._projects = projects
        self._forge = forge
        self._inspector = inspector
        self._workspaces = workspaces

    async def __call__(self, claim: Claim[Effect], effect: CollectRun) -> Claim[Effect] | None:
        """Do it, tell what came of it, and remove the workspace."""
        following = await self._settle(claim, await self._collect(effect))
        with suppress(Failure):  # what stays behind is swept up by the reconciler
            await self._workspaces.discard(effect.run.id)
        return following

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
