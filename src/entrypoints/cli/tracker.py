"""What a person does to an item from the command line, whichever tracker it is in."""

from secrets import token_hex

from domain.errors import NotAllowed, NotFound
from domain.events import Ask
from domain.identifiers import parse_task_key
from domain.item import TrackerState
from entrypoints.container import Container


async def move(container: Container, key: str, name: str, by: str) -> str:
    """Have the item moved and return what is done, in words."""
    board = container.board()
    if board is not None:
        await board.move(key, name, by)
        return f"{key} is moved to {name}"
    task, state, request = parse_task_key(key), TrackerState(name), token_hex(16)
    try:
        # A move by the bot's own hand would be taken for its own doing and lead to nothing.
        await container.give_command()(task, by, Ask.MOVE, request=request, state=state)
    except NotFound:
        return await _move_by_hand(container, key, state, request)
    return f"{key} is to be moved to {name}, as soon as the service is running"


async def comment(container: Container, key: str, text: str, by: str) -> str:
    """Comment as one of the board's people and return what is done, in words."""
    board = container.board()
    if board is None:
        raise NotAllowed(
            f"comments are written in the tracker: {container.item_url()(parse_task_key(key))}"
        )
    await board.comment(key, text, by)
    return f"commented on {key} as {by}"


async def _move_by_hand(container: Container, key: str, state: TrackerState, request: str) -> str:
    """Move an item that is no task of ours."""
    tracker = container.tracker()
    try:
        item = await tracker.find(parse_task_key(key))
        await tracker.move(item.id, state, key=f"command:{request}")
    finally:
        await tracker.close()
    return f"{key} is moved to {state}"
