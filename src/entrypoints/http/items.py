"""The embedded board, as programs use it. Where people work in another tracker: 404, saying so."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import delete, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta

from domain.errors import Invalid, NotFound
from domain.item import Item, Priority, Standing, TrackerState
from entrypoints.http.front_door import FrontDoor
from entrypoints.http.parameters import Key, RequestKey
from entrypoints.http.problems import documented
from ports.board import Board

_ERRORS = documented(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
Title = Annotated[str, Meta(min_length=1, max_length=255, examples=["Show the route's length"])]
Text = Annotated[
    str,
    Meta(
        description="Markdown, a mebibyte at most.",
        examples=["Riders see the length of a route. It is shown in kilometres."],
    ),
]
Author = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="One of the board's people; without one, the first who is no guest.",
        examples=["you"],
    ),
]


class NewItem(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An item to be made."""

    title: Title
    description: Text = ""
    priority: Priority = Priority.NONE
    author: Author | None = None


class Change(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change; what is not named stays."""

    title: Title | None = None
    description: Text | None = None
    priority: Priority | None = None
    author: Author | None = None


class NewComment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A comment to be made."""

    text: Annotated[Text, Meta(min_length=1)]
    author: Author


class NewState(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to."""

    state: TrackerState
    author: Author | None = None


class ItemShown(msgspec.Struct, kw_only=True):
    """An item as the board has it."""

    key: Annotated[str, Meta(description="What people call the item.", examples=["DEMO-1"])]
    title: str
    description: str
    priority: Priority
    state: TrackerState


class CommentMade(msgspec.Struct, kw_only=True):
    """A comment that is there now."""

    id: str


@post("/items", tags=["board"], responses=_ERRORS)
async def create(
    data: JSONBody[NewItem], door: NamedDependency[FrontDoor], request_key: RequestKey = None
) -> ItemShown:
    """Make an item in Todo; under an Idempotency-Key known already, return what that made."""
    board = board_of(door)
    item = await board.create(
        data.title,
        data.description,
        data.priority,
        data.author or first_member(board),
        request_key=request_key,
    )
    return item_shown(item)


@patch("/items/{key:str}", tags=["board"], responses=_ERRORS)
async def edit(key: Key, data: JSONBody[Change], door: NamedDependency[FrontDoor]) -> ItemShown:
    """Change an item's title, description or priority."""
    board = board_of(door)
    item = await board.edit(
        key,
        data.author or first_member(board),
        title=data.title,
        description=data.description,
        priority=data.priority,
    )
    return item_shown(item)


@delete("/items/{key:str}", tags=["board"], responses=_ERRORS)
async def archive(key: Key, door: NamedDependency[FrontDoor]) -> None:
    """Take an item off the board. Its key is never used again."""
    board = board_of(door)
    await board.archive(key, first_member(board))


def commenter(door: FrontDoor) -> HTTPRouteHandler:
    """Return the handler of comments: it knows the door, as that of deliveries does."""

    @post("/items/{key:str}/comments", tags=["board"], responses=_ERRORS)
    async def comment(
        key: Key, data: JSONBody[NewComment], request_key: RequestKey = None
    ) -> CommentMade:
        """Comment on an item."""
        made = await board_of(door).comment(key, data.text, data.author, request_key=request_key)
        return CommentMade(id=made)

    return comment


@post("/items/{key:str}/state", status_code=HTTPStatus.OK, tags=["board"], responses=_ERRORS)
async def move(key: Key, data: JSONBody[NewState], door: NamedDependency[FrontDoor]) -> ItemShown:
    """Put an item into another state."""
    board = board_of(door)
    return item_shown(await board.move(key, data.state, data.author or first_member(board)))


def board_of(door: FrontDoor) -> Board:
    """Return the embedded board. NotFound: people work in another tracker."""
    if door.board is None:
        raise NotFound("items are kept in another tracker: make and change them there")
    return door.board


def first_member(board: Board) -> str:
    """Return whose doing it is where nobody was named. Invalid: there are only guests."""
    for person in board.people():
        if person.standing is Standing.MEMBER:
            return person.id
    raise Invalid("author", "missing", "name one of the board's people")


def item_shown(item: Item) -> ItemShown:
    """Return the item for programs and pages alike."""
    return ItemShown(
        key=item.key,
        title=item.title,
        description=item.description.whole,
        priority=item.priority,
        state=item.state,
    )
