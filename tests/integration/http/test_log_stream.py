"""Logs as they come, over a real socket: a test client would wait for the end of the answer."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
import uvicorn

from domain.errors import Unavailable
from domain.identifiers import RunId
from entrypoints.http import runs
from entrypoints.http.app import create_app
from entrypoints.http.hanging_up import HangUpProtocol
from ports.agent_runner import LogChunk
from tests.contracts.agent_runner import until
from tests.integration.agents.recordings import RECORDED
from tests.unit.entrypoints.http.front import Behind

STREAM = {"Accept": "text/event-stream"}
CLAUDE = next(told.output for told in RECORDED if told.name == "claude-ok")


class Server(uvicorn.Server):
    """Leaves signals to the tests."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Do nothing."""
        yield


@pytest.fixture
def behind() -> Behind:
    return Behind()


@asynccontextmanager
async def served(behind: Behind) -> AsyncGenerator[tuple[str, Server]]:
    """The front door on a real socket of this loop."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            create_app(behind.door),
            http=HangUpProtocol,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        server = Server(config)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(server.serve(sockets=[listening]))

            async def up() -> bool:
                return server.started or task.done()

            await until(up)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
            server.should_exit = True


@pytest.fixture
async def url(behind: Behind) -> AsyncGenerator[str]:
    async with served(behind) as (url, _):
        yield url


@asynccontextmanager
async def streamed(
    url: str, run: RunId, query: str = "", **headers: str
) -> AsyncGenerator[AsyncIterator[dict[str, str]]]:
    """The events of a log, each as its fields; a comment is a field without a name."""
    async with (
        asyncio.timeout(60),
        httpx.AsyncClient(timeout=60) as client,
        client.stream(
            "GET", f"{url}/api/runs/{run}/log{query}", headers={**STREAM, **headers}
        ) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            yield fields
            fields = {}


def text_of(event: dict[str, str]) -> str:
    """What the event brings of the log."""
    return str(json.loads(event["data"])["text"])


async def test_a_stream_brings_what_is_printed_and_ends_with_the_run(
    url: str, behind: Behind
) -> None:
    run = await behind.add_run(behind.add_task(), "one\r\n")
    async with streamed(url, run) as events:
        first = await anext(events)
        assert (first["event"], first["id"], text_of(first)) == ("log", "5", "one\r\n")
        behind.runner.say(run, "two")
        second = await anext(events)
        assert (second["id"], text_of(second)) == ("8", "two")
        behind.runner.finish(run)
        rest = [event async for event in events]
    assert [event["event"] for event in rest] == ["log", "end"]
    assert rest[-1]["id"] == "8"
    assert json.loads(rest[-1]["data"]) == {"text": "", "next": 8, "ended": True}


async def test_a_stream_goes_on_after_the_last_event_that_came(url: str, behind: Behind) -> None:
    run = await behind.add_run(behind.add_task(), CLAUDE, role="developer")
    behind.runner.finish(run)
    async with streamed(url, run, "?form=transcript") as events:
        whole = [event async for event in events]
    assert "tool: Write" in "".join(map(text_of, whole))
    async with streamed(url, run, "?form=transcript", **{"Last-Event-ID": "0"}) as events:
        assert [event async for event in events] == whole
    async with streamed(url, run, **{"Last-Event-ID": whole[-1]["id"]}) as events:
        assert "".join([text_of(event) async for event in events]) == ""


async def test_a_silent_stream_says_that_it_is_still_there(
    url: str, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "HEARTBEAT", 0.05)
    run = await behind.add_run(behind.add_task())
    async with streamed(url, run) as events:
        assert text_of(await anext(events)) == ""
        assert await anext(events) == {"": "still at work"}


async def test_a_runner_out_of_reach_does_not_end_a_stream(url: str, behind: Behind) -> None:
    run = await behind.add_run(behind.add_task(), "one\n")
    async with streamed(url, run) as events:
        await anext(events)
        for _ in range(2):
            behind.runner.fail_next(Unavailable("the engine is down"))
        behind.runner.say(run, "two\n")
        assert text_of(await anext(events)) == "two\n"


async def test_nobody_reads_on_for_a_visitor_who_has_gone(url: str, behind: Behind) -> None:
    run = await behind.add_run(behind.add_task(), "one\n")
    tasks = len(asyncio.all_tasks())
    async with streamed(url, run) as events:
        await anext(events)
        assert len(asyncio.all_tasks()) > tasks

    async def quiet() -> bool:
        return len(asyncio.all_tasks()) <= tasks

    await until(quiet)


async def test_for_a_slow_reader_nothing_is_read_ahead(url: str, behind: Behind) -> None:
    """Beyond what fits between us: or a few who look at long logs would take all memory."""
    run = await behind.add_run(behind.add_task())
    piece, size, read = 65_536, 100_000_000, 0

    async def logs(run: RunId, cursor: int = 0) -> LogChunk:
        nonlocal read
        read = max(read, cursor)
        return LogChunk(text="x" * piece, next=cursor + piece, ended=cursor >= size)

    behind.runner.logs = logs  # type: ignore[method-assign]
    async with asyncio.timeout(60), httpx.AsyncClient(timeout=60) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(f"GET /api/runs/{run}/log HTTP/1.1\r\nHost: localhost\r\n".encode())
        writer.write(b"Accept: text/event-stream\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        before = -1
        while read > before:  # until nothing more fits
            before = read
            for _ in range(20):
                (await client.get(f"{url}/health")).raise_for_status()
        assert before < size / 4
        while read == before:
            assert await reader.read(1_000_000)
        writer.close()


async def test_a_stream_does_not_keep_the_service_from_ending(behind: Behind) -> None:
    run = await behind.add_run(behind.add_task(), "one\n")
    async with (
        asyncio.timeout(60),
        served(behind) as (url, server),
        streamed(url, run) as events,
    ):
        await anext(events)
        server.should_exit = True
        with pytest.raises(httpx.RemoteProtocolError):
            _ = [event async for event in events]


@pytest.mark.parametrize(
    ("run", "headers", "status"),
    [
        ("ET-9-9", {}, 404),
        ("passwd", {}, 400),
        ("ET-7-1", {"Last-Event-ID": "-1"}, 400),
        ("ET-7-1", {"Last-Event-ID": "9" * 30}, 400),
    ],
)
async def test_what_cannot_be_streamed_is_refused_before_the_stream_begins(
    url: str, behind: Behind, run: str, headers: dict[str, str], status: int
) -> None:
    await behind.add_run(behind.add_task())
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(f"{url}/api/runs/{run}/log", headers={**STREAM, **headers})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
