"""What an agent prints, as a page."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response

from application.look_up import LookUp
from application.show_log import Form, Piece, ShowLog
from domain.errors import NotFound
from domain.identifiers import parse_run_id
from entrypoints.http.pages.render import Pages
from entrypoints.http.parameters import Run
from entrypoints.http.problems import AnyRequest

REFRESH = 5
PIECES = 8
"""How many pieces of a log make a page."""


@get("/runs/{run:str}", include_in_schema=False)
async def log(
    run: Run,
    *,
    request: AnyRequest,
    show_log: NamedDependency[ShowLog],
    look_up: NamedDependency[LookUp],
    pages: NamedDependency[Pages],
    cursor: Annotated[int, QueryParameter(ge=0)] = 0,
    form: Annotated[Form, QueryParameter()] = Form.TRANSCRIPT,
    end: Annotated[str, QueryParameter()] = "",
) -> Response[str]:
    """Show a part of the log, or its end; it reloads by itself while the agent is at work."""
    name = parse_run_id(run)
    record = await look_up.run(name)
    opened, kept = await show_log(name, form, cursor), True
    try:
        pieces = [await opened.more()]
    except NotFound:
        if record is None:
            raise
        pieces, kept = [Piece(text="", next=0, ended=True, at_end=True)], False
    while not pieces[-1].at_end and len(pieces) < PIECES:
        pieces.append(await opened.more())
    last = pieces[-1]
    return pages.page(
        request,
        "run.html",
        run=name,
        record=record,
        kept=kept,
        key=name.rpartition("-")[0],
        text="".join(piece.text for piece in pieces),
        form=form,
        forms=list(Form),
        cursor=cursor,
        end=bool(end),
        next=last.next,
        more=not last.at_end,
        refresh=REFRESH if last.at_end and not last.ended else 0,
    )
