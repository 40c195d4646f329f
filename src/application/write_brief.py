"""What an agent is told: who it is, what to deliver, and what there is already."""

import asyncio
from dataclasses import dataclass

from application.projects import Projects
from domain.decision import Rules
from domain.effects import StartRun
from domain.errors import Invalid
from domain.identifiers import Role
from domain.money import Money
from domain.task import Task
from ports.agent_runtime import AgentSetup
from ports.brief_writer import ROLES_FOLDER, BriefWriter, Order
from ports.repo_inspector import RepoInspector


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The brief, and what is wrong with the repository's own text for the role, if anything is."""

    text: str
    file: str = ""
    problem: str = ""


class WriteBrief:
    """Reads what the item's folder holds and the repository's own text for the role.

    The latter from the base branch alone: an agent must not write its own orders.
    """

    def __init__(
        self,
        *,
        inspector: RepoInspector,
        projects: Projects,
        rules: Rules,
        writer: BriefWriter,
    ) -> None:
        """Write by these rules."""
        self._inspector = inspector
        self._projects = projects
        self._rules = rules
        self._writer = writer

    async def __call__(
        self, task: Task, start: StartRun, setup: AgentSetup, *, budget: Money, speaks: bool
    ) -> Brief:
        """Return the brief of the run."""
        run, pipeline = start.run, self._rules.pipeline
        stage = pipeline.row(run.stage)
        async with asyncio.TaskGroup() as group:
            artifacts = group.create_task(self._artifacts(task, start))
            own = group.create_task(self._own(task, run.role))
        order = Order(
            task=task,
            run=run,
            stage=stage,
            pipeline=pipeline,
            branch=start.branch,
            reason=start.reason,
            remarks=start.remarks,
            artifacts=artifacts.result(),
            locale=self._rules.locale,
            time_limit=stage.time_limit,
            max_turns=setup.max_turns,
            budget=budget if speaks else None,
            speaks=speaks,
        )
        try:
            return Brief(text=self._writer.write(order, own.result()))
        except Invalid as fault:
            file = f"{ROLES_FOLDER}/{run.role}.md"
            problem = str(fault).removeprefix(f"{file}: ")
            return Brief(text=self._writer.write(order), file=file, problem=problem)

    async def _artifacts(self, task: Task, start: StartRun) -> list[str]:
        repo, pipeline, at = self._projects.of(task.key).repo, self._rules.pipeline, start.run.base
        names = sorted({name for stage in pipeline.stages for name in stage.files})
        seen = await self._inspector.evidence(
            repo, base=at, head=at, folder=pipeline.folder_of(task.key), files=names
        )
        return [name for name in names if name in seen.texts]

    async def _own(self, task: Task, role: Role) -> str | None:
        project, name = self._projects.of(task.key), f"{role}.md"
        head = await self._inspector.head(project.repo, project.base)
        seen = await self._inspector.evidence(
            project.repo, base=head, head=head, folder=ROLES_FOLDER, files=[name]
        )
        return seen.texts.get(name)
