"""What agents print: piece by piece, or as it comes."""

import asyncio
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Response, ServerSentEvent, ServerSentEventMessage

from application.show_log import Form, Log, Piece, ShowLog, followed
from domain.errors import Invalid
from domain.identifiers import parse_run_id
from entrypoints.http.parameters import Run
from entrypoints.http.problems import AnyRequest, documented

STREAM = "text/event-stream"
HEARTBEAT = 15.0
"""Seconds of silence after which a stream says that it is still there."""


class LogPiece(msgspec.Struct, kw_only=True):
    """A piece of a run's output."""

    text: str
    next: int
    """The cursor for what follows."""
    ended: bool
    """The run is gone and this was the last piece."""


@get(
    "/runs/{run:str}/log",
    tags=["runs"],
    responses={
        int(HTTPStatus.OK): ResponseSpec(
            LogPiece,
            description="The next piece. To whoever accepts text/event-stream: every piece as it"
            " comes, as the data of an event `log` with the cursor as its id, and an event `end`"
            " when the run has ended.",
            generate_examples=False,
        ),
        **documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    },
)
async def log(
    run: Run,
    *,
    request: AnyRequest,
    show_log: NamedDependency[ShowLog],
    cursor: Annotated[
        int, QueryParameter(ge=0, description="Where to go on: ``next`` of the piece before.")
    ] = 0,
    form: Annotated[
        Form, QueryParameter(description="As it was printed, or as people can read it.")
    ] = Form.RAW,
    last_event_id: Annotated[
        str | None,
        HeaderParameter(
            name="Last-Event-ID", description="Where a stream goes on, before ``cursor``."
        ),
    ] = None,
) -> Response[Any]:
    """Return the run's output from the cursor on."""
    streams = STREAM in request.headers.get("accept", "")
    begin = _cursor_of(last_event_id) if streams and last_event_id else cursor
    opened = await show_log(parse_run_id(run), form, begin)
    first = await opened.more()  # before the answer begins: what is refused must have its status
    if not streams:
        return Response(_shown(first))
    return ServerSentEvent(_events(first, opened))


def _cursor_of(event: str) -> int:
    if not (event.isascii() and event.isdecimal() and len(event) < len("9" * 19)):
        raise Invalid("Last-Event-ID", f"{event[:40]!r} is none of ours", "leave it out")
    return int(event)


async def _events(first: Piece, log: Log) -> AsyncGenerator[ServerSentEventMessage]:
    loop = asyncio.get_running_loop()
    yield _event("log", first)
    spoke = loop.time()
    if not first.ended:
        async for piece in followed(log):
            if piece.text or piece.ended:
                yield _event("log", piece)
                spoke = loop.time()
            elif loop.time() - spoke >= HEARTBEAT:
                yield ServerSentEventMessage(data=None, comment="still at work")
                spoke = loop.time()
            first = piece
    yield _event("end", Piece(text="", next=first.next, ended=True, at_end=True))


def _event(kind: str, piece: Piece) -> ServerSentEventMessage:
    data = msgspec.json.encode(_shown(piece))
    return ServerSentEventMessage(event=kind, id=piece.next, data=data)


def _shown(piece: Piece) -> LogPiece:
    return LogPiece(text=piece.text, next=piece.next, ended=piece.ended)
