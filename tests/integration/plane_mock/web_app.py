"""People at work in the web app: the same rows, but other names of columns, and other rules.

What they do is told by webhooks as theirs; none of it costs a token's budget.
"""

import json
from typing import Any

from litestar.exceptions import NotFoundException

from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.mock import Mock
from tests.integration.plane_mock.people import SLUG
from tests.integration.plane_mock.refusals import bad_request
from tests.integration.plane_mock.rows import Row
from tests.integration.plane_mock.views import comments, items


class WebApp:
    """The web app, with one person in front of it."""

    def __init__(self, mock: Mock, name: str) -> None:
        """Let that person in."""
        user = mock.plane.user_named(name)
        if user is None:
            raise NotFoundException(f"there is nobody called {name}")
        self._mock = mock
        self._user = user

    async def create_item(self, body: Row) -> Answer:
        """Make an item, in the project that is named by its identifier or the only one."""
        project = self._project(body.pop("project", None))
        return await items.create(self._call(project, {}, self._named(project, body)))

    async def change_item(self, ident: str, body: Row) -> Answer:
        """Change an item, archived ones too."""
        item = self.item(ident)
        parts = {"item": item["id"]}
        return await items.patch(
            self._call(item["project"], parts, self._named(item["project"], body))
        )

    async def delete_item(self, ident: str) -> Answer:
        """Delete an item."""
        item = self.item(ident)
        return await items.delete(self._call(item["project"], {"item": item["id"]}))

    def archive(self, ident: str) -> Answer:
        """Archive an item that is done or cancelled. No webhook tells of it."""
        item = self.item(ident)
        if self._mock.plane.states[item["state"]]["group"] not in {"completed", "cancelled"}:
            raise bad_request("Can only archive completed or cancelled state group issue")
        now = self._mock.plane.now()
        item |= {"archived_at": now.date().isoformat(), "updated_at": now}
        return Answer(status=200, body={"archived_at": item["archived_at"]})

    def unarchive(self, ident: str) -> Answer:
        """Bring an item back. No webhook tells of it."""
        item = self.item(ident)
        item |= {"archived_at": None, "updated_at": self._mock.plane.now()}
        return Answer(status=204)

    async def comment(self, ident: str, body: Row) -> Answer:
        """Comment on an item."""
        item = self.item(ident)
        return await comments.create(self._call(item["project"], {"item": item["id"]}, body))

    async def change_comment(self, ident: str, comment: str, body: Row) -> Answer:
        """Edit a comment."""
        return await comments.patch(self._comment(ident, comment, body))

    async def delete_comment(self, ident: str, comment: str) -> Answer:
        """Delete a comment. No webhook tells of it."""
        return await comments.delete(self._comment(ident, comment))

    def item(self, ident: str) -> Row:
        """Return an item by its id or its key."""
        plane = self._mock.plane
        for item in plane.items.values():
            if ident in {item["id"], plane.key(item)} and not item["deleted_at"]:
                return item
        raise NotFoundException(f"there is no item {ident}")

    def _comment(self, ident: str, comment: str, body: Row | None = None) -> Call:
        item = self.item(ident)
        return self._call(item["project"], {"item": item["id"], "comment": comment}, body)

    def _project(self, identifier: str | None) -> str:
        found = [
            project["id"]
            for project in self._mock.plane.projects.values()
            if identifier in {None, project["identifier"]}
        ]
        if not found:
            raise NotFoundException(f"there is no project {identifier}")
        return str(found[0])

    def _named(self, project: str, body: Row) -> Row:
        """Return the body with its state, given by name, as the web app sends it."""
        if "state" not in body:
            return body
        state = self._mock.plane.state_named(project, body["state"])
        if state is None:
            raise NotFoundException(f"there is no state {body['state']}")
        rest = {name: value for name, value in body.items() if name != "state"}
        return rest | {"state_id": state["id"]}

    def _call(self, project: str, parts: dict[str, str], body: Any = None) -> Call:
        return Call(
            plane=self._mock.plane,
            worker=self._mock.worker,
            settings=self._mock.settings,
            user=self._user,
            by_web_app=True,
            parts={"slug": SLUG, "project": project, **parts},
            content=json.dumps(body or {}).encode(),
        )
