"""Plane's REST API, the dozen requests of it that we make.

Each request is sent once. Whether to repeat it is the outbox's business; only a token that is used
up, or that Plane does not take, is replaced by another one of the bot's right away.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

import httpx

from adapters.plane.answers import BAD_TOKEN, MISSING, complaint, count, decoded, refuse
from adapters.plane.budget import Budget, Token, Urgency, retry_after
from adapters.plane.wire import (
    ActivityWire,
    CommentWire,
    InstancesWire,
    InstanceWire,
    ItemWire,
    Page,
    PresentWire,
    ProjectWire,
    StateWire,
    UserWire,
)
from domain.errors import (
    Conflict,
    Failure,
    RateLimited,
    TimedOut,
    ToolFailed,
    Unavailable,
)
from domain.identifiers import TaskKey
from ports.clock import Clock

SOURCE = "orchestrator"
"""The ``external_source`` under which Plane keeps what we made."""
PAGE = 100
WHOLE = 1000
"""The largest page that Plane gives."""
_WELL = timedelta(minutes=1)
_IN_TROUBLE = timedelta(seconds=10)
_ITEMS = "/work-items/"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Call:
    """A request before it has a token."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = None
    urgency: Urgency = Urgency.PEOPLE

    def under(self, name: str) -> "_Call":
        """Return it with items called so in its path."""
        return replace(self, path=self.path.replace(_ITEMS, f"/{name}/"))


class PlaneClient:
    """One workspace of one server, as the bot sees it."""

    def __init__(
        self, http: httpx.AsyncClient, budget: Budget, clock: Clock, *, workspace: str
    ) -> None:
        """Speak over ``http``, whose base is the address of the API, ending in ``/api/v1``."""
        self._http = http
        self._budget = budget
        self._clock = clock
        self._workspace = f"workspaces/{workspace}"
        self._items = "work-items"
        self._items_are_known = False
        self._introducing = asyncio.Lock()
        self._trouble: Unavailable | None = None
        self._told_at: datetime | None = None
        """When we last heard that Plane answers, or that it does not."""

    @property
    def budget(self) -> Budget:
        """Return what may still be sent."""
        return self._budget

    # ── who and what there is ────────────────────────────────────────────────────────────────────

    async def instance(self) -> tuple[InstanceWire, str | None]:
        """Return what the server says of itself, and its clock. Costs none of the budget."""
        base = str(self._http.base_url).rstrip("/").removesuffix("/api/v1")
        answer = await self._send(_Call("GET", f"{base}/api/instances/"), token=None)
        refuse(answer)
        read = decoded(answer, InstancesWire)
        return read.instance, answer.headers.get("date")

    async def me(self) -> UserWire:
        """Return whose tokens these are."""
        return await self._ask("GET", "users/me/", UserWire)

    async def owners(self) -> Sequence[UserWire | Failure]:
        """Return whose each of the tokens is, or why Plane does not say."""
        return [await self._owner(token) for token in self._budget.tokens]

    async def _owner(self, token: Token) -> UserWire | Failure:
        try:
            answer = await self._send(_Call("GET", "users/me/"), token.secret)
            refuse(answer)
            return decoded(answer, UserWire)
        except Failure as failure:
            return failure

    async def workspace_members(self, urgency: Urgency) -> list[UserWire]:
        """Return everybody in the workspace, with roles."""
        path = f"{self._workspace}/members/"
        return await self._ask("GET", path, list[UserWire], urgency=urgency)

    async def project_members(self, project: str, urgency: Urgency) -> list[UserWire]:
        """Return everybody in the project, without roles; those who left may be among them."""
        path = f"{self._project(project)}/members/"
        return await self._ask("GET", path, list[UserWire], urgency=urgency)

    async def project(self, project: str) -> ProjectWire:
        """Return the project."""
        return await self._ask("GET", f"{self._project(project)}/", ProjectWire)

    async def states(self, project: str) -> list[StateWire]:
        """Return the project's states."""
        path = f"{self._project(project)}/states/"
        return (await self._ask("GET", path, Page[StateWire])).results

    async def create_state(self, project: str, *, name: str, group: str, color: str) -> bool:
        """Make a state; False, and nothing happens, where there is one of that name."""
        body = {"name": name, "group": group, "color": color}
        try:
            await self._ask("POST", f"{self._project(project)}/states/", StateWire, body=body)
        except Conflict:
            return False
        return True

    async def ping(self) -> None:
        """Return if Plane has answered lately, or answers now; it is not asked at every ping."""
        patience = _WELL if self._trouble is None else _IN_TROUBLE
        if self._told_at is None or self._clock.now() - self._told_at >= patience:
            with suppress(RateLimited):  # it answers, if only others
                await self.me()
        elif self._trouble is not None:
            raise self._trouble

    # ── items ────────────────────────────────────────────────────────────────────────────────────

    async def item(self, project: str, item: str) -> ItemWire:
        """Return the item. NotFound: deleted, archived, or never there."""
        return await self._ask("GET", f"{self._project(project)}/work-items/{item}/", ItemWire)

    async def item_of_key(self, key: TaskKey) -> ItemWire:
        """Return the item that people call by that key."""
        return await self._ask("GET", f"{self._workspace}/work-items/{key}/", ItemWire)

    async def newest_changes(self, project: str) -> AsyncIterator[ItemWire]:
        """Yield the project's items, those changed last first, page by page.

        Not in the background: it is how people are heard whom no webhook told of.
        """
        path = f"{self._project(project)}/work-items/"
        params = {"order_by": "-updated_at", "per_page": str(PAGE)}
        async for row in self._pages(path, params, ItemWire, Urgency.PEOPLE):
            yield row

    async def present(self, project: str) -> AsyncIterator[str]:
        """Yield the id of each item of the project that is neither deleted nor archived."""
        path = f"{self._project(project)}/work-items/"
        async for row in self._pages(path, {"fields": "id", "per_page": str(WHOLE)}, PresentWire):
            yield row.id

    async def set_state(self, project: str, item: str, state: str) -> ItemWire:
        """Give the item that state and no other field anything."""
        path = f"{self._project(project)}/work-items/{item}/"
        return await self._ask("PATCH", path, ItemWire, body={"state": state})

    async def newest_activities(
        self, project: str, item: str, urgency: Urgency
    ) -> list[ActivityWire]:
        """Return the item's latest changes, the last one first."""
        path = f"{self._project(project)}/work-items/{item}/activities/"
        params = {"order_by": "-created_at", "per_page": str(PAGE)}
        page = await self._ask("GET", path, Page[ActivityWire], params=params, urgency=urgency)
        return page.results

    # ── comments ─────────────────────────────────────────────────────────────────────────────────

    async def comment(self, project: str, item: str, comment: str) -> CommentWire:
        """Return the comment. NotFound: deleted, or never there."""
        path = f"{self._project(project)}/work-items/{item}/comments/{comment}/"
        return await self._ask("GET", path, CommentWire)

    async def newest_comments(self, project: str, item: str) -> AsyncIterator[CommentWire]:
        """Yield the item's comments, the newest first, page by page."""
        path = f"{self._project(project)}/work-items/{item}/comments/"
        async for row in self._pages(path, {"per_page": str(PAGE)}, CommentWire):
            yield row

    async def post_comment(
        self, project: str, item: str, html: str, *, name: str
    ) -> CommentWire | None:
        """Post a comment under that name; None where there is one of that name already."""
        path = f"{self._project(project)}/work-items/{item}/comments/"
        body = {"comment_html": html, "external_source": SOURCE, "external_id": name}
        try:
            return await self._ask("POST", path, CommentWire, body=body)
        except Conflict:
            return None

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    def _project(self, project: str) -> str:
        return f"{self._workspace}/projects/{project}"

    async def _pages(
        self,
        path: str,
        params: Mapping[str, str],
        kind: type[T],
        urgency: Urgency = Urgency.BACKGROUND,
    ) -> AsyncIterator[T]:
        cursor: dict[str, str] = {}
        while True:
            page = await self._ask(
                "GET",
                path,
                Page[kind],  # type: ignore[valid-type]  # generic over what the caller names
                params={**params, **cursor},
                urgency=urgency,
            )
            for row in page.results:
                yield row
            if not page.next_page_results or not page.results:
                return
            cursor = {"cursor": page.next_cursor}

    async def _ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
        urgency: Urgency = Urgency.PEOPLE,
    ) -> T:
        call = _Call(method, path, params or {}, body, urgency)
        try:
            answer = await self._answer(call)
            refuse(answer)
            read = decoded(answer, kind)
        except RateLimited:
            raise
        except Unavailable as failure:
            self._heard(failure)
            raise
        except Failure:
            self._heard(None)
            raise
        self._heard(None)
        return read

    def _heard(self, trouble: Unavailable | None) -> None:
        self._trouble, self._told_at = trouble, self._clock.now()

    async def _answer(self, call: _Call) -> httpx.Response:
        """Send under the name that the server knows items by: before 1.1 it was ``issues``."""
        answer = await self._with_token(call.under(self._items))
        if _ITEMS not in call.path or self._items_are_known:
            return answer
        if answer.status_code == HTTPStatus.NOT_FOUND and complaint(answer) != MISSING:
            second = await self._with_token(call.under("issues"))
            if second.status_code == HTTPStatus.NOT_FOUND and complaint(second) != MISSING:
                return answer
            self._items, answer = "issues", second
        self._items_are_known = answer.status_code in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}
        return answer

    async def _with_token(self, call: _Call) -> httpx.Response:
        await self._introduce()
        while True:
            token = self._budget.take(call.urgency)
            answer = await self._counted(call, token)
            if self._taken(token, answer):
                return answer

    async def _introduce(self) -> None:
        """Ask once with each token, one after the other, before any is used at full speed."""
        async with self._introducing:
            for token in self._budget.strangers:
                self._budget.count(token)
                self._taken(token, await self._counted(_Call("GET", "users/me/"), token))

    def _taken(self, token: Token, answer: httpx.Response) -> bool:
        """Note what the answer says of the token; return whether Plane took it."""
        said = complaint(answer) if answer.is_error else ""
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._budget.limited(token, retry_after(answer.headers.get("retry-after")))
        elif answer.status_code == HTTPStatus.UNAUTHORIZED or said == BAD_TOKEN:
            self._budget.refused(token, f"Plane refuses our token: {said}")
        else:
            self._budget.answered(token, count(answer.headers.get("x-ratelimit-remaining")))
            return True
        return False

    async def _counted(self, call: _Call, token: Token) -> httpx.Response:
        try:
            return await self._send(call, token.secret)
        finally:
            self._budget.landed(token)

    async def _send(self, call: _Call, token: str | None) -> httpx.Response:
        headers = {} if token is None else {"X-API-Key": token}
        try:
            return await self._http.request(
                call.method, call.path, params=call.params, json=call.body, headers=headers
            )
        except httpx.TimeoutException as error:
            raise TimedOut("Plane did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise ToolFailed(f"Plane cannot be reached: {why}") from error
