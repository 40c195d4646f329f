"""The mock's board as a page, for people who want to see what a test or a demo has done."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response, get

from tests.integration.plane_mock.control import TheMock
from tests.integration.plane_mock.html import sanitised
from tests.integration.plane_mock.mock import Mock
from tests.integration.plane_mock.rows import Row
from tests.integration.plane_mock.tables import alive

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)


@get("/")
async def board(mock: TheMock) -> Response[str]:
    """Show the first project's items under their states."""
    page = _PAGES.get_template("board.html").render(**_shown(mock))
    return Response(page, media_type=MediaType.HTML)


def _shown(mock: Mock) -> dict[str, Any]:
    plane = mock.plane
    project = next(alive(plane.projects), None)
    name = project["name"] if project else "No project"
    items = plane.visible_items(project["id"]) if project else []
    return {
        "title": f"{name} · Plane {mock.settings.version}, a mock",
        "requests": len(mock.requests.log),
        "deliveries": len(mock.webhooks.log),
        "states": [
            state | {"cards": [_card(mock, item) for item in items if item["state"] == state["id"]]}
            for state in (plane.states_of(project["id"]) if project else [])
        ],
    }


def _card(mock: Mock, item: Row) -> dict[str, Any]:
    plane = mock.plane
    return {
        "key": plane.key(item),
        "name": item["name"],
        "comments": [
            {"author": user.display_name if user else "?", "html": sanitised(each["comment_html"])}
            for each in reversed(plane.comments_of(item["project"], item["id"]))
            for user in [plane.user(each["actor"])]
        ],
    }
