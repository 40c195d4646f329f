"""The board: what there is, whose turn it is, and the way to make more."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Response

from application.look_up import LookUp
from domain.item import Priority
from entrypoints.http.front_door import FrontDoor
from entrypoints.http.items import board_of
from entrypoints.http.pages.render import Pages, see
from entrypoints.http.pages.shown import groups
from entrypoints.http.problems import AnyRequest

REFRESH = 10
"""Seconds between two loads of a page that follows what happens."""


class NewItemForm(msgspec.Struct, kw_only=True):
    """The form of a new item; the board checks what is in it."""

    title: str
    author: str
    description: str = ""
    priority: str = Priority.NONE.value
    request: str = ""


@get("/", include_in_schema=False)
async def board(
    request: AnyRequest,
    door: NamedDependency[FrontDoor],
    look_up: NamedDependency[LookUp],
    pages: NamedDependency[Pages],
    still: Annotated[str, QueryParameter()] = "",
) -> Response[str]:
    """Show every item, those that wait for people first."""
    items = await door.board.items() if door.board else None
    return pages.page(
        request,
        "board.html",
        groups=groups(items, await look_up.tasks(), await look_up.waiting()),
        given_up=len(await look_up.dead_letters()),
        writable=door.board is not None,
        now=pages.now,
        refresh=0 if still else REFRESH,
    )


@get("/items/new", include_in_schema=False)
async def new_item(
    request: AnyRequest, door: NamedDependency[FrontDoor], pages: NamedDependency[Pages]
) -> Response[str]:
    """Show the form of a new item."""
    return pages.page(
        request,
        "new_item.html",
        people=board_of(door).people(),
        priorities=list(Priority),
        request_key=door.new_id(),
    )


@post("/items", include_in_schema=False)
async def create(data: URLEncodedBody[NewItemForm], door: NamedDependency[FrontDoor]) -> Redirect:
    """Make an item, once however often the form is sent, and show it."""
    item = await board_of(door).create(
        data.title,
        data.description,
        data.priority,
        data.author,
        request_key=data.request or None,
    )
    return see(f"/items/{item.key}")


@get("/given-up", include_in_schema=False)
async def given_up(
    request: AnyRequest, look_up: NamedDependency[LookUp], pages: NamedDependency[Pages]
) -> Response[str]:
    """Show what was given up after many tries."""
    return pages.page(request, "given_up.html", letters=await look_up.dead_letters())


@post("/given-up/{entry:int}/replay", include_in_schema=False)
async def replay(
    entry: Annotated[int, PathParameter()], look_up: NamedDependency[LookUp]
) -> Redirect:
    """Have it tried again."""
    await look_up.replay(entry)
    return see("/given-up")
