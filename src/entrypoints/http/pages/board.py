"""The board: what there is, whose turn it is, and the way to make more."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Response

from application.look_up import LookUp
from domain.identifiers import ItemId
from domain.item import Item, Priority
from domain.task import Task
from entrypoints.http.front_door import FrontDoor
from entrypoints.http.items import board_of
from entrypoints.http.pages.render import Pages, see
from entrypoints.http.pages.shown import Row, groups, rows_of_items, rows_of_tasks
from entrypoints.http.problems import AnyRequest

ENDED_ON_BOARD = 20
ENDED_ON_PAGE = 100
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
    """Show the open items, those that wait for people first, and the newest that have ended."""
    ended_count = await (door.board.ended_count() if door.board else look_up.ended_count())
    return pages.page(
        request,
        "board.html",
        groups=groups(await _open_rows(door, look_up)),
        ended=await _ended_rows(door, look_up, most=ENDED_ON_BOARD),
        ended_count=ended_count,
        given_up=len(await look_up.dead_letters()),
        writable=door.board is not None,
        now=pages.now,
        refresh=0 if still else REFRESH,
    )


@get("/ended", include_in_schema=False)
async def ended(
    request: AnyRequest,
    door: NamedDependency[FrontDoor],
    look_up: NamedDependency[LookUp],
    pages: NamedDependency[Pages],
    before: Annotated[str, QueryParameter()] = "",
) -> Response[str]:
    """Show a page of the items that have ended, the newest first."""
    rows = await _ended_rows(door, look_up, before=before or None, most=ENDED_ON_PAGE + 1)
    return pages.page(
        request,
        "ended.html",
        rows=rows[:ENDED_ON_PAGE],
        earlier=rows[ENDED_ON_PAGE - 1].item if len(rows) > ENDED_ON_PAGE else None,
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


async def _open_rows(door: FrontDoor, look_up: LookUp) -> list[Row]:
    waiting = await look_up.waiting()
    if door.board:
        items = await door.board.open_items()
        return rows_of_items(items, await _tasks_of(items, look_up), waiting)
    return rows_of_tasks(await look_up.under_way(), waiting)


async def _ended_rows(
    door: FrontDoor, look_up: LookUp, *, before: str | None = None, most: int
) -> list[Row]:
    if door.board:
        items = await door.board.ended_items(before=before, most=most)
        return rows_of_items(items, await _tasks_of(items, look_up), {})
    place = ItemId(before) if before else None
    return rows_of_tasks(await look_up.ended(before=place, most=most), {})


async def _tasks_of(items: Sequence[Item], look_up: LookUp) -> Mapping[ItemId, Task]:
    return await look_up.of(item.id for item in items)
