"""What agents print."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from entrypoints.http.front_door import FrontDoor
from entrypoints.http.parameters import Run, parse_run_id
from entrypoints.http.problems import documented


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
    door: NamedDependency[FrontDoor],
    cursor: Annotated[
        int, QueryParameter(ge=0, description="Where to go on: ``next`` of the piece before.")
    ] = 0,
) -> Log:
    """Return the run's output from the cursor on."""
    chunk = await door.runner.logs(parse_run_id(run), cursor)
    return Log(text=chunk.text, next=chunk.next, ended=chunk.ended)
