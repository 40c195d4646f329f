"""What was given up after many tries, for people to look at and replay."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter

from application.look_up import LookUp
from entrypoints.http.problems import documented
from ports.store import QueueName

_ERRORS = documented(HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class DeadLetterShown(msgspec.Struct, kw_only=True):
    """Something that could not be done."""

    id: int
    queue: QueueName
    lane: str
    kind: str
    item: str | None
    error: str
    attempts: int
    put_at: datetime


@get("/dead-letters", tags=["dead letters"], responses=_ERRORS)
async def dead_letters(look_up: NamedDependency[LookUp]) -> list[DeadLetterShown]:
    """Return every dead letter, the oldest first."""
    return [
        DeadLetterShown(
            id=letter.id,
            queue=letter.queue,
            lane=letter.lane,
            kind=letter.kind,
            item=letter.item,
            error=letter.error,
            attempts=letter.attempts,
            put_at=letter.put_at,
        )
        for letter in await look_up.dead_letters()
    ]


@post(
    "/dead-letters/{entry:int}/replay",
    status_code=HTTPStatus.ACCEPTED,
    tags=["dead letters"],
    responses=_ERRORS | documented(HTTPStatus.NOT_FOUND),
)
async def replay(
    entry: Annotated[int, PathParameter(description="The dead letter's id.")],
    look_up: NamedDependency[LookUp],
) -> None:
    """Have a dead letter tried again."""
    await look_up.replay(entry)
