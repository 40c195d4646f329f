"""What an agent prints, as a page."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response

from entrypoints.http.front_door import FrontDoor
from entrypoints.http.pages.render import Pages
from entrypoints.http.parameters import Run, parse_run_id
from entrypoints.http.problems import AnyRequest

REFRESH = 5
PIECES = 8
"""How many pieces of a log make a page."""


@get("/runs/{run:str}", include_in_schema=False)
async def log(
    run: Run,
    request: AnyRequest,
    door: NamedDependency[FrontDoor],
    pages: NamedDependency[Pages],
    cursor: Annotated[int, QueryParameter(ge=0)] = 0,
) -> Response[str]:
    """Show a part of the log; its last part reloads by itself while the agent is at work."""
    name = parse_run_id(run)
    texts: list[str] = []
    following, ended, at_end = cursor, False, False
    while not at_end and len(texts) < PIECES:
        chunk = await door.runner.logs(name, following)
        ended, at_end = chunk.ended, chunk.ended or chunk.next == following
        following = chunk.next
        texts.append(chunk.text)
    return pages.page(
        request,
        "run.html",
        run=name,
        key=name.rpartition("-")[0],
        text="".join(texts),
        cursor=cursor,
        next=following,
        more=not at_end,
        refresh=REFRESH if at_end and not ended else 0,
    )
