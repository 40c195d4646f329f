"""Tasks, as programs see and steer them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from application.give_command import GiveCommand
from application.look_up import LookUp
from domain.errors import Invalid, NotFound
from domain.events import Ask
from domain.identifiers import ItemId, parse_task_key
from domain.item import TrackerState
from domain.task import Task
from entrypoints.http.front_door import FrontDoor
from entrypoints.http.parameters import Key, RequestKey
from entrypoints.http.problems import documented
from entrypoints.http.task_shapes import HistoryShown, TaskShown, TaskTold, numbered, shown, told

ADMIN = "admin"
"""Who did what is done with the admin token, for the history."""

_ERRORS = documented(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


class Move(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to."""

    state: Annotated[TrackerState, msgspec.Meta(examples=["needs-input"])]


class Accepted(msgspec.Struct, kw_only=True):
    """What was asked is written down and will be followed."""

    request: Annotated[str, msgspec.Meta(description="The request's name: yours, or one of ours.")]


@get("/tasks", tags=["tasks"], responses=_ERRORS)
async def tasks(
    look_up: NamedDependency[LookUp],
    door: NamedDependency[FrontDoor],
    limit: Annotated[
        int | None,
        QueryParameter(ge=1, le=1000, description="How many; without it all, however many."),
    ] = None,
    after: Annotated[
        str | None,
        QueryParameter(
            max_length=200,
            description="Where the page begins: from the Link header of the page before.",
        ),
    ] = None,
) -> Response[list[TaskShown]]:
    """Return tasks, the oldest first; with a limit a page, its Link header leading to the next."""
    waiting = await look_up.waiting()

    def listed(found: Sequence[Task]) -> list[TaskShown]:
        return [
            shown(one, door.item_url, waiting.get(one.run.id) if one.run else None) for one in found
        ]

    if limit is None:
        if after is not None:
            raise Invalid("after", "is for pages", "say with limit how long a page is")
        return Response([one async for step in look_up.every_task() for one in listed(step)])
    try:
        found = await look_up.tasks(after=ItemId(after) if after else None, most=limit + 1)
    except NotFound as problem:
        raise Invalid("after", str(problem), "follow the Link header of a page") from None
    headers = {}
    if len(found) > limit:
        query = urlencode({"limit": limit, "after": found[limit - 1].item})
        headers["Link"] = f'</api/tasks?{query}>; rel="next"'
    return Response(listed(found[:limit]), headers=headers)


@get("/tasks/{key:str}", tags=["tasks"], responses=_ERRORS)
async def task(
    key: Key, look_up: NamedDependency[LookUp], door: NamedDependency[FrontDoor]
) -> TaskTold:
    """Return a task with its runs and its history."""
    return told(await look_up.story(parse_task_key(key)), door.item_url)


@get("/tasks/{key:str}/events", tags=["tasks"], responses=_ERRORS)
async def events(
    key: Key,
    look_up: NamedDependency[LookUp],
    after: Annotated[
        int, QueryParameter(ge=0, description="Leave out the entries up to that number.")
    ] = 0,
) -> list[HistoryShown]:
    """Return a task's history, the first entry first."""
    story = await look_up.story(parse_task_key(key))
    return numbered(story.history)[after:]


@post("/tasks/{key:str}/retry", status_code=HTTPStatus.ACCEPTED, tags=["tasks"], responses=_ERRORS)
async def retry(
    key: Key,
    give_command: NamedDependency[GiveCommand],
    door: NamedDependency[FrontDoor],
    request_key: RequestKey = None,
) -> Accepted:
    """Have a blocked or paused task go on."""
    return await _command(give_command, door, key, Ask.RETRY, request_key=request_key)


@post("/tasks/{key:str}/cancel", status_code=HTTPStatus.ACCEPTED, tags=["tasks"], responses=_ERRORS)
async def cancel(
    key: Key,
    give_command: NamedDependency[GiveCommand],
    door: NamedDependency[FrontDoor],
    request_key: RequestKey = None,
) -> Accepted:
    """Give a task up; its agent is stopped."""
    return await _command(give_command, door, key, Ask.CANCEL, request_key=request_key)


@post("/tasks/{key:str}/state", status_code=HTTPStatus.ACCEPTED, tags=["tasks"], responses=_ERRORS)
async def move(
    key: Key,
    data: JSONBody[Move],
    give_command: NamedDependency[GiveCommand],
    door: NamedDependency[FrontDoor],
    request_key: RequestKey = None,
) -> Accepted:
    """Put a task into another state, as a person does in the tracker."""
    return await _command(
        give_command, door, key, Ask.MOVE, request_key=request_key, state=data.state
    )


async def _command(
    give_command: GiveCommand,
    door: FrontDoor,
    key: str,
    ask: Ask,
    *,
    request_key: str | None,
    state: TrackerState | None = None,
) -> Accepted:
    request = request_key or door.new_id()
    await give_command(parse_task_key(key), ADMIN, ask, request=request, state=state)
    return Accepted(request=request)
