"""A run's log as it comes, for programs that listen."""

import json

import pytest

from tests.unit.entrypoints.http.front import Behind

LISTENING = {"accept": "text/event-stream"}


def told(text: str) -> list[dict[str, str]]:
    """The events of a stream, their fields by name."""
    blocks = text.replace("\r\n", "\n").strip().split("\n\n")
    return [
        dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in blocks
    ]


@pytest.fixture
def behind() -> Behind:
    return Behind()


async def test_a_listener_gets_all_that_is_printed_and_hears_of_the_end(behind: Behind) -> None:
    run = await behind.add_run(behind.add_task(), "one\ntwo\n")
    behind.runner.finish(run)
    async with behind.client() as client:
        answer = await client.get(f"/api/runs/{run}/log", headers=LISTENING)
        again = await client.get(
            f"/api/runs/{run}/log", headers={**LISTENING, "last-event-id": "4"}
        )
    assert answer.headers["content-type"].startswith("text/event-stream")
    first, end = told(answer.text)
    assert (first["event"], first["id"]) == ("log", "8")
    assert json.loads(first["data"]) == {"text": "one\ntwo\n"}
    assert end["event"] == "end"
    assert json.loads(told(again.text)[0]["data"]) == {"text": "two\n"}


async def test_a_run_that_is_not_there_is_no_stream(behind: Behind) -> None:
    async with behind.client() as client:
        answer = await client.get("/api/runs/ET-9-9/log", headers=LISTENING)
    assert answer.status_code == 404


async def test_who_does_not_listen_gets_a_piece(behind: Behind) -> None:
    run = await behind.add_run(behind.add_task(), "one\n")
    async with behind.client() as client:
        answer = await client.get(f"/api/runs/{run}/log")
    assert answer.json() == {"text": "one\n", "next": 4, "ended": False}
