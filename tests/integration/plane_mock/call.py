"""A request on its way through a view, and what comes out of it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from tests.integration.plane_mock.changes import Change
from tests.integration.plane_mock.pagination import page
from tests.integration.plane_mock.people import User
from tests.integration.plane_mock.refusals import Refused, broken, missing
from tests.integration.plane_mock.rendering import dumped, shown
from tests.integration.plane_mock.rows import Row
from tests.integration.plane_mock.settings import MockSettings
from tests.integration.plane_mock.tables import Plane
from tests.integration.plane_mock.worker import Worker


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a view answers."""

    status: int
    body: Any = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a view knows: who asks, for what, and where Plane's things are."""

    plane: Plane
    worker: Worker
    settings: MockSettings
    user: User
    by_web_app: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    content: bytes = b""

    @property
    def project(self) -> str:
        """The project of the address."""
        return self.parts["project"]

    def data(self) -> Row:
        """Return the body as a view reads it: JSON, or a form."""
        kind = self.content_type.partition(";")[0].strip()
        if kind == "application/x-www-form-urlencoded":
            return dict(parse_qsl(self.content.decode()))
        if kind != "application/json":
            raise Refused(415, {"detail": f'Unsupported media type "{kind}" in request.'})
        try:
            body = json.loads(self.content or b"{}")
        except ValueError as error:
            raise Refused(400, {"detail": f"JSON parse error - {error}"}) from None
        if not isinstance(body, dict):
            raise broken()
        return body

    def item(self) -> Row:
        """Return the visible item of the address."""
        found = self.plane.visible_item(self.project, self.parts["item"])
        if found is None:
            raise missing()
        return found

    async def tell(
        self,
        event: str,
        action: str,
        row: Row,
        *,
        item: str | None = None,
        was: Row | None = None,
        body: Row | None = None,
    ) -> None:
        """Tell the worker what was done to a row."""
        await self.worker.tell(
            Change(
                event=event,
                action=action,
                row=row["id"],
                item=item,
                actor=self.user,
                before=was or {},
                requested=body or {},
                by_web_app=self.by_web_app,
            )
        )

    async def think(self) -> None:
        """Stand between reading and writing, as every database client does."""
        await asyncio.sleep(self.settings.thinking)

    def one(self, row: Row, status: int = 200, **changed: Any) -> Answer:
        """Return one row as this user sees it."""
        return Answer(status=status, body=self._shown(row | changed))

    def many(self, found: list[Row]) -> Answer:
        """Return a page of rows."""
        whole = page(found, self.query)
        whole["results"] = [self._shown(row) for row in whole["results"]]
        return Answer(status=200, body=whole)

    def plain(self, body: Any, status: int = 200) -> Answer:
        """Return something that is no row, with the times as this user sees them."""
        return Answer(status=status, body=dumped(body, ZoneInfo(self.user.timezone)))

    def _shown(self, row: Row) -> Row:
        fields, expand = (
            [name for name in self.query.get(each, "").split(",") if name]
            for each in ("fields", "expand")
        )
        answer: Row = dumped(shown(row, self.plane, fields, expand), ZoneInfo(self.user.timezone))
        return answer
