"""A front door with everything behind it in memory, and visitors from here and from elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from litestar.enums import ScopeType
from litestar.testing import AsyncTestClient
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.agents.claude_code import ClaudeCode
from adapters.agents.command import AnyCommand
from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.clock import SteppedClock
from adapters.memory.webhook_reader import MemoryWebhookReader
from application.agents import Agents
from application.check_readiness import CheckReadiness
from application.give_command import GiveCommand
from application.look_up import LookUp
from application.receive_webhook import ReceiveWebhook
from application.show_log import ShowLog
from domain.events import Outcome
from domain.evidence import PullRequest
from domain.identifiers import Branch, CommitId, EventId, ItemId, Role, RunId, StageName, TaskKey
from domain.item import Priority, TrackerState
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE
from domain.task import Actor, Run, Status, Task, Turn
from entrypoints.http.app import create_app
from entrypoints.http.front_door import FrontDoor
from ports.agent_runner import AgentSpec
from ports.agent_runtime import AgentSetup
from ports.store import DeadLetter, HistoryEntry, QueueName, RunRecord
from tests.unit.entrypoints.http.stand_ins import StandInBoard, StandInStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE = "127.0.0.1"
LOCALHOST = "http://127.0.0.1:8500"
ATTACK = '"><script>alert(1)</script>'

Client = AsyncTestClient[Any]


@dataclass
class Behind:
    """What is behind the front door."""

    clock: SteppedClock = field(default_factory=lambda: SteppedClock(NOW))
    store: StandInStore = field(default_factory=StandInStore)
    reader: MemoryWebhookReader = field(default_factory=lambda: MemoryWebhookReader("s3cret"))

    def __post_init__(self) -> None:
        """Make the rest, and a door in front of it."""
        self.board = StandInBoard(self.clock)
        self.runner = MemoryRunner(self.clock)
        ids = count(1)
        self.door = FrontDoor(
            receive_webhook=ReceiveWebhook(self.store, self.clock, {"plane": self.reader}),
            look_up=LookUp(self.store, self.clock),
            give_command=GiveCommand(self.store, self.clock),
            check_readiness=CheckReadiness({"database": self.store}),
            show_log=ShowLog(
                self.store,
                self.runner,
                {"command": AnyCommand(), "claude-code": ClaudeCode()},
                Agents(
                    otherwise=AgentSetup(runtime="command"),
                    setups={Role("developer"): AgentSetup(runtime="claude-code")},
                ),
                Locale.EN,
            ),
            board=self.board,
            clock=self.clock,
            new_id=lambda: f"request-{next(ids)}",
            stages=DEFAULT_PIPELINE.names,
            version="1.2.3",
        )

    def client(self, address: str = HERE, base_url: str = LOCALHOST, **door: Any) -> Client:
        """Return a visitor from that address, of a door that differs in these fields."""
        app = create_app(replace(self.door, **door))
        client: Client = AsyncTestClient(
            coming_from(address, app), base_url=base_url, raise_server_exceptions=False
        )
        client.follow_redirects = False
        return client

    def add_task(self, key: str = "ET-7", **fields: Any) -> Task:
        """Have a task of that key."""
        task = a_task(key, **fields)
        self.store.tasks_.append(task)
        return task

    async def add_run(self, task: Task, text: str = "", role: str = "analyst") -> RunId:
        """Have an agent at work that printed the text."""
        run = Run(
            id=RunId(f"{task.key}-1"),
            stage=StageName("analysis"),
            role=Role(role),
            number=1,
            attempt=1,
            base=CommitId("a" * 40),
        )
        spec = AgentSpec(
            command=["agent"],
            workspace=Path("/nowhere"),
            brief="",
            environment={},
            time_limit=timedelta(hours=1),
            idle_limit=timedelta(hours=1),
        )
        await self.runner.ensure(run.id, spec)
        self.runner.say(run.id, text)
        self.store.records[task.item] = [
            RunRecord(run=run, item=task.item, key=task.key, asked_at=NOW, started_at=NOW),
            RunRecord(
                run=replace(run, id=RunId(f"{task.key}-2"), number=2),
                item=task.item,
                key=task.key,
                asked_at=NOW,
                started_at=NOW,
                ended_at=NOW,
                outcome=Outcome.EXITED,
                exit_code=0,
            ),
        ]
        return run.id

    def add_waiting_run(self, task: Task) -> None:
        """Have an agent that waits for a slot since half an hour."""
        run = Run(
            id=RunId(f"{task.key}-1"),
            stage=StageName("analysis"),
            role=Role("analyst"),
            number=1,
            attempt=1,
            base=CommitId("a" * 40),
        )
        since = NOW - timedelta(minutes=30)
        record = RunRecord(
            run=run, item=task.item, key=task.key, asked_at=since, waiting_since=since
        )
        self.store.records[task.item] = [record]
        self.store.tasks_[self.store.tasks_.index(task)] = replace(task, run=run)

    def add_history(self, task: Task, *whats: str) -> None:
        """Have a history of these entries."""
        self.store.histories[task.item] = [
            HistoryEntry(at=NOW, who="Ann", what=what, why="because", event=EventId(f"e{number}"))
            for number, what in enumerate(whats, start=1)
        ]

    def add_dead_letter(self, error: str = "it failed") -> DeadLetter:
        """Have something given up."""
        letter = DeadLetter(
            id=41,
            queue=QueueName.OUTBOX,
            lane="ET-7/tracker",
            kind="MoveItem",
            item=ItemId("ET-7"),
            error=error,
            attempts=12,
            put_at=NOW,
        )
        self.store.outbox.letters.append(letter)
        return letter


def a_task(key: str, **fields: Any) -> Task:
    """Return a task that waits for a person."""
    given: dict[str, Any] = {
        "item": ItemId(key),
        "key": TaskKey(key),
        "title": "Show the route's length",
        "description": "Riders see it. It is in kilometres.",
        "priority": Priority.HIGH,
        "stage": StageName("analysis"),
        "status": Status.NEEDS_INPUT,
        "turn": Turn(
            actor=Actor.PERSON, since=NOW - timedelta(hours=3), until=NOW + timedelta(hours=1)
        ),
        "shown": TrackerState.NEEDS_INPUT,
        "created_at": NOW,
        "branch": Branch(f"orchestrator/{key}-show"),
        "branch_url": "http://git.example.org/show",
        "pull_request": PullRequest(number=3, url="http://git.example.org/pulls/3"),
        "attempts": {StageName("analysis"): 1},
    }
    return Task(**(given | fields))


def coming_from(address: str, app: ASGIApp) -> ASGIApp:
    """Return the app as somebody at that address reaches it."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            scope["client"] = (address, 50000)
        await app(scope, receive, send)

    return serve


def bearer(token: str) -> Mapping[str, str]:
    """Return the header that shows the token."""
    return {"Authorization": f"Bearer {token}"}


async def proof_of(client: Client, page: str) -> str:
    """Return what a form of that page must send back."""
    text = (await client.get(page)).text
    _, _, after = text.partition('name="proof" value="')
    assert after, f"{page} has no form:\n{text}"
    return after.partition('"')[0]
