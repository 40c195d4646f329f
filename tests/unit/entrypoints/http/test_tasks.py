"""Tasks, runs and dead letters over the API."""

import pytest

from domain.events import Ask
from domain.item import TrackerState
from domain.signals import CommandGiven
from domain.task import Status
from tests.unit.entrypoints.http.front import Behind, Client


@pytest.fixture
def behind() -> Behind:
    """A door with one task behind it."""
    behind = Behind()
    task = behind.add_task()
    behind.add_history(task, "created", "validated", "asked")
    return behind


async def test_the_list_says_whose_turn_it_is_and_since_when(behind: Behind) -> None:
    behind.add_task("ET-8", status=Status.DONE, turn=None, shown=TrackerState.DONE)
    async with behind.client(item_url=lambda key: f"http://plane/{key}") as client:
        answer = await client.get("/api/tasks")
    assert answer.status_code == 200
    waiting, done = answer.json()
    assert waiting["key"] == "ET-7"
    assert waiting["status"] == "needs-input"
    assert waiting["shown"] == "needs-input"
    assert waiting["turn"]["actor"] == "person"
    assert waiting["turn"]["since"].startswith("2026-11-22T09:00:00")
    assert waiting["pull_request"] == {"number": 3, "url": "http://git.example.org/pulls/3"}
    assert waiting["url"] == "http://plane/ET-7"
    assert done["turn"] is None


async def test_with_a_limit_the_list_comes_in_pages_each_leading_to_the_next() -> None:
    behind = Behind()
    for number in range(1, 6):
        behind.add_task(f"ET-{number}")
    pages, address = [], "/api/tasks?limit=2"
    async with behind.client() as client:
        while address:
            answer = await client.get(address)
            assert answer.headers["content-type"] == "application/json"
            pages.append([task["key"] for task in answer.json()])
            address = answer.links.get("next", {}).get("url", "")
        assert "link" not in (await client.get("/api/tasks")).headers
    assert pages == [["ET-1", "ET-2"], ["ET-3", "ET-4"], ["ET-5"]]


async def test_without_a_limit_all_are_listed_however_many() -> None:
    behind = Behind()
    for number in range(1, 1203):
        behind.add_task(f"ET-{number}")
    async with behind.client() as client:
        keys = [task["key"] for task in (await client.get("/api/tasks")).json()]
    assert keys == [f"ET-{number}" for number in range(1, 1203)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("limit=5&after=ET-99", "after"),
        ("after=ET-7", "after"),
        (f"limit=5&after={'x' * 201}", "after"),
    ],
)
async def test_a_page_that_there_is_not_is_refused_by_the_fields_name(
    behind: Behind, query: str, field: str
) -> None:
    async with behind.client() as client:
        answer = await client.get(f"/api/tasks?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


async def test_a_task_comes_with_its_runs_and_its_history(behind: Behind) -> None:
    await behind.add_run(behind.store.tasks_[0])
    async with behind.client() as client:
        task = (await client.get("/api/tasks/ET-7")).json()
    assert task["description"].startswith("Riders")
    assert [run["id"] for run in task["runs"]] == ["ET-7-1", "ET-7-2"]
    assert task["runs"][1]["outcome"] == "exited"
    assert [entry["what"] for entry in task["history"]] == ["created", "validated", "asked"]


async def test_who_waits_for_a_slot_is_told_with_since_when(behind: Behind) -> None:
    behind.add_waiting_run(behind.store.tasks_[0])
    async with behind.client() as client:
        (listed,) = (await client.get("/api/tasks")).json()
        task = (await client.get("/api/tasks/ET-7")).json()
    for told in (listed, task, task["runs"][0]):
        assert told["waiting_since"].startswith("2026-11-22T11:30:00")
    assert task["runs"][0]["started_at"] is None


async def test_who_is_at_work_waits_for_no_slot(behind: Behind) -> None:
    await behind.add_run(behind.store.tasks_[0])
    async with behind.client() as client:
        (listed,) = (await client.get("/api/tasks")).json()
        task = (await client.get("/api/tasks/ET-7")).json()
    assert listed["waiting_since"] is task["waiting_since"] is None


async def test_events_can_be_read_on_from_a_number(behind: Behind) -> None:
    async with behind.client() as client:
        everything = (await client.get("/api/tasks/ET-7/events")).json()
        later = (await client.get("/api/tasks/ET-7/events?after=2")).json()
    assert [entry["number"] for entry in everything] == [1, 2, 3]
    assert later == everything[2:]


@pytest.mark.parametrize("after", ["-1", "x"])
async def test_a_number_that_is_none_is_named(behind: Behind, after: str) -> None:
    async with behind.client() as client:
        answer = await client.get(f"/api/tasks/ET-7/events?after={after}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "after"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/tasks/ET-99", 404),
        ("/api/tasks/ET-99/events", 404),
        ("/api/tasks/nonsense", 400),
        ("/api/tasks/..%2f..%2fetc", 404),
        ("/api/nothing", 404),
    ],
)
async def test_what_is_not_there_is_a_problem_document(
    behind: Behind, path: str, status: int
) -> None:
    async with behind.client() as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


async def command_after(behind: Behind, client: Client, path: str, body: object) -> CommandGiven:
    answer = await client.post(path, json=body) if body else await client.post(path)
    assert answer.status_code == 202
    assert answer.json() == {"request": "request-1"}
    command = behind.store.inbox.entries["command:request-1"]
    assert isinstance(command, CommandGiven)
    return command


@pytest.mark.parametrize(
    ("path", "body", "ask", "state"),
    [
        ("retry", None, Ask.RETRY, None),
        ("cancel", None, Ask.CANCEL, None),
        ("state", {"state": "needs-input"}, Ask.MOVE, TrackerState.NEEDS_INPUT),
    ],
)
async def test_commands_are_written_down(
    behind: Behind, path: str, body: object, ask: Ask, state: TrackerState | None
) -> None:
    async with behind.client() as client:
        command = await command_after(behind, client, f"/api/tasks/ET-7/{path}", body)
    assert (command.ask, command.state, command.who) == (ask, state, "admin")


async def test_a_command_under_the_same_name_is_given_once(behind: Behind) -> None:
    async with behind.client() as client:
        for _ in range(2):
            answer = await client.post(
                "/api/tasks/ET-7/cancel", headers={"Idempotency-Key": "once"}
            )
            assert answer.json() == {"request": "once"}
    assert list(behind.store.inbox.entries) == ["command:once"]


async def test_a_state_that_there_is_not_is_refused_with_those_there_are(behind: Behind) -> None:
    async with behind.client() as client:
        answer = await client.post("/api/tasks/ET-7/state", json={"state": "gone"})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["field"] == "state"
    assert "needs-input" in error["problem"]


async def test_a_log_is_read_piece_by_piece(behind: Behind) -> None:
    run = await behind.add_run(behind.store.tasks_[0], "first\n")
    async with behind.client() as client:
        first = (await client.get(f"/api/runs/{run}/log")).json()
        behind.runner.say(run, "second\n")
        behind.runner.finish(run)
        second = (await client.get(f"/api/runs/{run}/log?cursor={first['next']}")).json()
    assert (first["text"], first["ended"]) == ("first\n", False)
    assert (second["text"], second["ended"]) == ("second\n", True)


@pytest.mark.parametrize(
    ("run", "status"), [("ET-7-9", 404), ("..", 404), ("passwd", 400), ("ET-7-x", 400)]
)
async def test_only_what_can_be_a_run_reaches_the_runner(
    behind: Behind, run: str, status: int
) -> None:
    async with behind.client() as client:
        answer = await client.get(f"/api/runs/{run}/log")
    assert answer.status_code == status


async def test_dead_letters_can_be_seen_and_replayed(behind: Behind) -> None:
    behind.add_dead_letter()
    async with behind.client() as client:
        [letter] = (await client.get("/api/dead-letters")).json()
        assert (letter["id"], letter["kind"], letter["queue"]) == (41, "MoveItem", "outbox")
        assert (await client.post("/api/dead-letters/41/replay")).status_code == 202
        assert (await client.post("/api/dead-letters/41/replay")).status_code == 404
    assert behind.store.outbox.replayed == [41]


async def test_the_schema_tells_of_every_address(behind: Behind) -> None:
    async with behind.client(address="203.0.113.9", base_url="http://example.org") as client:
        answer = await client.get("/schema")
    assert answer.status_code == 200
    schema = answer.json()
    assert schema["openapi"].startswith("3.")
    told = set(schema["paths"])
    assert {
        "/health",
        "/ready",
        "/webhooks/{tool}",
        "/api/tasks",
        "/api/tasks/{key}",
        "/api/tasks/{key}/events",
        "/api/items",
        "/api/items/{key}",
        "/api/items/{key}/comments",
        "/api/items/{key}/state",
        "/api/runs/{run}/log",
        "/api/dead-letters",
    } <= told
    assert not any("text/html" in str(path) for path in schema["paths"].values())
    example = schema["components"]["schemas"]["NewItem"]["properties"]["title"]
    assert example["examples"]
    for path in schema["paths"].values():
        for operation in path.values():
            for status, told_of in operation["responses"].items():
                if status >= "400" and "Readiness" not in str(told_of):
                    assert list(told_of["content"]) == ["application/problem+json"]
