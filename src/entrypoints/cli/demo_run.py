"""Following one item to its end in the terminal, and playing the person where nobody is there."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import click

from application.look_up import TaskStory
from domain.errors import NotFound, Unavailable
from domain.identifiers import TaskKey
from domain.item import Standing
from domain.task import AT_REST, ENDED, Status, Task, Turn
from entrypoints.cli.demo_texts import DEMO_TEXTS
from entrypoints.cli.errand import Errand
from entrypoints.container import Container, repository_path
from entrypoints.service import Web

_LOOK_EVERY = 0.1
_SAY_EVERY = 15.0
_ON_ITS_WAY = timedelta(seconds=3)
"""How long a comment of ours may take to be there after the turn that it goes with."""
_YOU = "you"


async def take_through(container: Container, web: Web, errand: Errand) -> int:
    """Take the errand's item to its end; return 0 if it is done. Without a person ends there.

    Told to stop before: 0 where a person is there, who decides when it is enough, else 130.
    """
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(web.serve())
        guiding = group.create_task(_guide(container, web, errand))
        await asyncio.wait({serving, guiding}, return_when=asyncio.FIRST_COMPLETED)
        if not guiding.done():
            guiding.cancel()
            return 130 if errand.unattended else 0
        code = guiding.result()
        if not errand.unattended:
            click.echo(DEMO_TEXTS[container.settings().locale].go_on)
            await serving
        web.stop()
        return code


async def _guide(container: Container, web: Web, errand: Errand) -> int:
    guide = Guide(container, errand, f"http://localhost:{web.port}")
    return await guide.follow(await guide.begin())


@dataclass
class Guide:
    """Tells what happens to one item, and what a person can do about it."""

    container: Container
    errand: Errand
    url: str
    _told: int = 0
    _attended: datetime | None = None
    _said_at: float = field(default=0.0)

    def __post_init__(self) -> None:
        """Speak the configured language."""
        self._texts = DEMO_TEXTS[self.container.settings().locale]

    async def begin(self) -> TaskKey:
        """Make the item, or find it where this errand was begun before; return its key."""
        item = await self.container.local_board().create(
            self.errand.title,
            self.errand.description,
            "medium",
            _YOU,
            request_key=self.errand.request,
        )
        click.echo(self._texts.board.format(url=self.url))
        click.echo(self._texts.state.format(folder=self.container.settings().data_folder))
        click.echo(self._texts.item.format(key=item.key, title=item.title))
        return item.key

    async def follow(self, key: TaskKey) -> int:
        """Tell everything until the item has ended; 0 if all its stages are done."""
        while True:
            with suppress(Unavailable):  # the service says what is out, and waits for it as well
                story = await self._look(key)
                if story is not None:
                    return self._sum_up(story)
            await asyncio.sleep(_LOOK_EVERY)

    async def _look(self, key: TaskKey) -> TaskStory | None:
        """Tell what is new and attend to it; return the story once it is over."""
        try:
            story = await self.container.look_up().story(key)
        except NotFound:  # the service has not heard of the item yet
            return None
        self._tell(story)
        over = story.task.status in ENDED or await self._attend(story.task)
        return story if over else None

    def _tell(self, story: TaskStory) -> None:
        for entry in story.history[self._told :]:
            click.echo(f"{entry.at.astimezone():%H:%M:%S}  {entry.who}: {entry.what} ({entry.why})")
        now = asyncio.get_running_loop().time()
        if len(story.history) > self._told:
            self._told, self._said_at = len(story.history), now
        elif story.task.run and story.task.turn and now - self._said_at > _SAY_EVERY:
            self._said_at = now
            lasting = self.container.clock().now() - story.task.turn.since
            click.echo(
                self._texts.still.format(
                    role=story.task.run.role,
                    seconds=int(lasting.total_seconds()),
                    run=story.task.run.id,
                )
            )

    async def _attend(self, task: Task) -> bool:
        """Ask the person, once for each turn; or do what one would. True: only one can go on."""
        if task.status not in AT_REST or task.turn is None or task.turn.since == self._attended:
            return False  # not the status: it may have changed and come back between two looks
        said = await self._said(task, task.turn)
        if said is None:
            return False
        if task.status is Status.NEEDS_INPUT:
            self._print(self._texts.asked.format(key=task.key), said)
            await self._answer(task, task.turn, self._texts.answer, self._texts.answering)
        elif task.status is Status.IN_REVIEW:
            self._print(self._texts.review.format(key=task.key), "")
            await self._answer(task, task.turn, self._texts.approval, self._texts.approving)
        elif task.status is Status.BLOCKED:
            self._print(self._texts.blocked.format(key=task.key), said)
            self._how(f"orchestrator item {task.key} state in-progress")
        self._attended = task.turn.since
        return task.status is Status.BLOCKED and self.errand.unattended

    async def _said(self, task: Task, turn: Turn) -> str | None:
        """Return what we said in the item at this turn; None while that may be on its way."""
        comments = await self.container.tracker().comments_since(task.item, turn.since)
        ours = [c.body.whole for c in comments if c.author.standing is Standing.BOT]
        if not ours and self.container.clock().now() - turn.since < _ON_ITS_WAY:
            return None
        return ours[-1] if ours else ""

    async def _answer(self, task: Task, turn: Turn, text: str, saying: str) -> None:
        if not self.errand.unattended:
            self._how(f'orchestrator comment {task.key} "{text}"')
            return
        click.echo(saying.format(text=text))
        name = f"demo:{task.key}:{turn.since:%Y%m%dT%H%M%S.%f}"
        await self.container.local_board().comment(task.key, text, _YOU, request_key=name)

    def _how(self, command: str) -> None:
        click.echo(self._texts.how.format(command=command))

    def _print(self, heading: str, said: str) -> None:
        click.echo(heading)
        for line in said.splitlines():
            click.echo(f"   {line}")

    def _sum_up(self, story: TaskStory) -> int:
        task, texts = story.task, self._texts
        done = task.stage == self.container.rules().pipeline.end
        text = texts.done if done else texts.stopped
        click.echo()
        click.echo(text.format(key=task.key, stage=task.stage, status=task.status))
        stages = [str(record.run.stage) for record in story.runs]
        passed = " → ".join([*stages, str(task.stage)] if done else stages)
        click.echo(texts.stages.format(stages=passed))
        roles: dict[str, int] = {}
        for record in story.runs:
            roles[record.run.role] = roles.get(record.run.role, 0) + 1
        counted = ", ".join(f"{role} {count}" for role, count in roles.items())
        click.echo(texts.runs.format(count=len(story.runs), roles=counted))
        if story.history:
            lasted = story.history[-1].at - task.created_at
            click.echo(texts.time.format(seconds=lasted.total_seconds()))
        self._where_to_look(story)
        return 0 if done else 1

    def _where_to_look(self, story: TaskStory) -> None:
        task, texts = story.task, self._texts
        repo = repository_path(self.container, task.key)
        click.echo(texts.look_branch.format(repo=repo, branch=task.branch))
        click.echo(texts.look_page.format(url=self.url, key=task.key))
        if story.runs:
            command = f"orchestrator logs {story.runs[-1].run.id}"
            click.echo(texts.look_logs.format(command=command))
