"""One item: what is wanted, what was said, what was done; and the way to take part."""

from enum import StrEnum
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Redirect, Response

from application.look_up import LookUp, TaskStory
from domain.errors import NotFound
from domain.identifiers import TaskKey, parse_task_key
from domain.item import Priority, TrackerState
from entrypoints.http.front_door import FrontDoor
from entrypoints.http.items import board_of, item_shown
from entrypoints.http.pages.board import REFRESH
from entrypoints.http.pages.render import Pages, see
from entrypoints.http.pages.shown import (
    item_of_task,
    stages_behind,
    web_address,
)
from entrypoints.http.parameters import Key
from entrypoints.http.problems import AnyRequest


class Verdict(StrEnum):
    """What a button of the comment form adds to the comment."""

    NONE = ""
    APPROVED = "approved"
    REJECTED = "rejected"


class CommentForm(msgspec.Struct, kw_only=True):
    """The form of a comment; the board checks what is in it."""

    author: str
    text: str = ""
    verdict: Verdict = Verdict.NONE
    request: str = ""


class EditForm(msgspec.Struct, kw_only=True):
    """The form of title, description and priority."""

    author: str
    title: str
    description: str = ""
    priority: str


class StateForm(msgspec.Struct, kw_only=True):
    """The form of the state."""

    author: str
    state: str


@get("/items/{key:str}", include_in_schema=False)
async def item(
    key: Key,
    *,
    request: AnyRequest,
    door: NamedDependency[FrontDoor],
    look_up: NamedDependency[LookUp],
    pages: NamedDependency[Pages],
    follow: Annotated[str, QueryParameter()] = "",
) -> Response[str]:
    """Show an item; followed, it reloads by itself and has no forms whose text that would eat."""
    name = parse_task_key(key)
    story = await _story(look_up, name)
    if door.board is not None:
        thread = await door.board.thread(name)
        shown, people = item_shown(thread.item), door.board.people()
    elif story is not None:
        thread, shown, people = None, item_of_task(story.task), ()
    else:
        raise NotFound(f"there is no task {name}")
    stage = story.task.stage if story else None
    return pages.page(
        request,
        "item.html",
        item=shown,
        thread=thread,
        task=story.task if story else None,
        waiting_since=story.waiting_since if story else None,
        tracker_url=None if door.board else web_address(door.item_url(name)),
        stages=door.stages,
        behind=stages_behind(door.stages, stage),
        runs=story.runs if story else (),
        history=story.history if story else (),
        writable=door.board is not None,
        people=people,
        priorities=list(Priority),
        states=list(TrackerState),
        request_key=door.new_id(),
        now=pages.now,
        refresh=REFRESH if follow else 0,
    )


@post("/items/{key:str}/comments", include_in_schema=False)
async def comment(
    key: Key, data: URLEncodedBody[CommentForm], door: NamedDependency[FrontDoor]
) -> Redirect:
    """Comment, once however often the form is sent; a verdict comes before the text."""
    text = f":{data.verdict}: {data.text}".strip() if data.verdict else data.text
    made = await board_of(door).comment(key, text, data.author, request_key=data.request or None)
    return _back(key, f"#comment-{made}")


@post("/items/{key:str}/edit", include_in_schema=False)
async def edit(
    key: Key, data: URLEncodedBody[EditForm], door: NamedDependency[FrontDoor]
) -> Redirect:
    """Change title, description and priority."""
    await board_of(door).edit(
        key,
        data.author,
        title=data.title,
        description=data.description,
        priority=data.priority,
    )
    return _back(key)


@post("/items/{key:str}/state", include_in_schema=False)
async def move(
    key: Key, data: URLEncodedBody[StateForm], door: NamedDependency[FrontDoor]
) -> Redirect:
    """Put the item into another state."""
    await board_of(door).move(key, data.state, data.author)
    return _back(key)


async def _story(look_up: LookUp, key: TaskKey) -> TaskStory | None:
    try:
        return await look_up.story(key)
    except NotFound:
        return None


def _back(key: str, fragment: str = "") -> Redirect:
    return see(f"/items/{parse_task_key(key)}{fragment}")
