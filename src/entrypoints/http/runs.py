"""What agents print."""

import asyncio
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from domain.identifiers import RunId
from entrypoints.http.front_door import FrontDoor
from entrypoints.http.parameters import Run, parse_run_id
from entrypoints.http.problems import AnyRequest, documented
from ports.agent_runner import Logs

EVENTS = "text/event-stream"
LOOK_AGAIN = 0.5
"""Seconds between two looks at a log that has nothing new."""


class Log(msgspec.Struct, kw_only=True):
    """A piece of a run's output."""

    text: str
    next: int
    """The cursor for what follows."""
    ended: bool
    """The run is gone and this was the last piece."""


@get(
    "/runs/{run:str}/log",
    tags=["runs"],
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
async def log(
    run: Run,
    request: AnyRequest,
    door: NamedDependency[FrontDoor],
    cursor: Annotated[
        int, QueryParameter(ge=0, description="Where to go on: ``next`` of the piece before.")
    ] = 0,
) -> Log | ServerSentEvent:
    """Return the run's output from the cursor on, without secrets.

    To a client that accepts ``text/event-stream`` it is sent as it comes: pieces as JSON under the
    event ``log``, their ids cursors, and ``end`` at the end. Who is cut off goes on where he was.
    """
    name = parse_run_id(run)
    chunk = await door.runner.logs(name, cursor)
    if EVENTS not in request.headers.get("accept", ""):
        return Log(text=chunk.text, next=chunk.next, ended=chunk.ended)
    last = request.headers.get("last-event-id", "")
    pieces = _pieces(door.runner, name, int(last) if last.isdecimal() else cursor)
    events = ServerSentEvent(pieces)
    events.headers["content-type"] = EVENTS  # else that of the other answer
    return events


async def _pieces(logs: Logs, run: RunId, cursor: int) -> AsyncGenerator[ServerSentEventMessage]:
    while True:
        chunk = await logs.logs(run, cursor)
        if chunk.text:
            piece = msgspec.json.encode({"text": chunk.text}).decode()
            yield ServerSentEventMessage(data=piece, event="log", id=chunk.next)
        if chunk.ended:
            yield ServerSentEventMessage(data="", event="end", id=chunk.next)
            return
        if chunk.next == cursor:
            await asyncio.sleep(LOOK_AGAIN)
        cursor = chunk.next
