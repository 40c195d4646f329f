"""The REST API: finds the operation, asks who may, and answers as that version does."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

from tests.integration.gitea_fake.call import Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.conformance import Conformance, Exchange
from tests.integration.gitea_fake.forge import Forge
from tests.integration.gitea_fake.records import Repository
from tests.integration.gitea_fake.request import Request, Sender, sender
from tests.integration.gitea_fake.rest import (
    branches,
    comments,
    hooks,
    pulls,
    repositories,
    reviews,
    statuses,
)
from tests.integration.gitea_fake.rest.route import Route

PREFIX = "/api/v1"
ROUTES: tuple[Route, ...] = (
    *repositories.ROUTES,
    *branches.ROUTES,
    *statuses.ROUTES,
    *pulls.ROUTES,
    *comments.ROUTES,
    *reviews.ROUTES,
    *hooks.ROUTES,
    *pulls.LAST_ROUTES,
)
_TABLE = tuple((route, route.pattern()) for route in ROUTES)
_RIGHTS = {
    "write": "user should have a permission to write to a repo",
    "admin": "user should be an owner or a collaborator with admin write of a repository",
}


class Api:
    """Answers requests, and has each exchange judged where there is something to judge by."""

    def __init__(self, forge: Forge, conformance: Conformance | None) -> None:
        self.forge = forge
        self.conformance = conformance
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Answer:
        """Everything under the prefix."""
        self.requests.append(request)
        route, arguments = self._found(request)
        try:
            given = self._handled(request, route, arguments)
        except Refusal as refusal:
            given = self._refused(refusal)
        if self.conformance is not None:
            self.conformance.judge(
                Exchange(
                    method=request.method,
                    path=request.path.removeprefix(PREFIX),
                    template=route.template if route else None,
                    query=[name for name, _ in request.query],
                    sent=_parsed(request.body),
                    status=given.status,
                    answered=given.body,
                    plain=given.raw is not None,
                )
            )
        return given

    def _found(self, request: Request) -> tuple[Route | None, dict[str, str]]:
        path = request.path.removeprefix(PREFIX)
        for route, pattern in _TABLE:
            if route.method == request.method and (found := pattern.fullmatch(path)):
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}

    def _handled(self, request: Request, route: Route | None, arguments: dict[str, str]) -> Answer:
        if route is None:
            return Answer(status=404, raw=b"Not Found.\n", headers={"Content-Type": "text/plain"})
        known = sender(self.forge, request)
        self._check_scope(route, known, arguments)
        if "repo" in arguments:
            moved = self._checked_repository(request, route, known, arguments)
            if moved is not None:
                return moved
        call = Call(
            forge=self.forge,
            doer=known.account,
            token=known.token,
            arguments=arguments,
            query=dict(reversed(request.query)),
            body=self._body(request),
            url=f"{self.forge.shapes.root}{request.path}",
        )
        return route.handler(call)

    def _check_scope(self, route: Route, known: Sender, arguments: dict[str, str]) -> None:
        if route.basic:
            if known.account is None or known.token is not None:
                raise Refusal(401, "auth required")
            if known.account.login.lower() != arguments["username"].lower():
                raise Refusal(403)
            return
        if route.area is None:
            return
        if known.account is None:
            raise Refusal(401, "token is required")
        write = route.method != "GET"
        if known.token is not None and not known.token.covers(route.area, write=write):
            wanted = f"{'write' if write else 'read'}:{route.area}"
            has = ",".join(sorted(known.token.scopes))
            raise Refusal(
                403,
                "token does not have at least one of required scope(s), "
                f"required=[{wanted}], token scope={has}",
            )

    def _checked_repository(
        self, request: Request, route: Route, known: Sender, arguments: dict[str, str]
    ) -> Answer | None:
        """Refuse, or send on to where the repository is now."""
        try:
            repo = self.forge.repository(arguments["owner"], arguments["repo"])
        except NotThere:
            now = self.forge.renamed(arguments["owner"], arguments["repo"])
            if now is None:
                raise
            return self._sent_on(request, now, arguments)
        if not repo.allows(known.account, "read"):
            raise NotThere
        if not repo.allows(known.account, route.wanted):
            raise Refusal(403, _RIGHTS[route.wanted])
        if repo.archived and request.method != "GET" and not route.when_archived:
            raise Refusal(423, "repo is archived")
        return None

    def _sent_on(self, request: Request, now: Repository, former: dict[str, str]) -> Answer:
        name = f"/{quote(former['owner'])}/{quote(former['repo'])}"
        old = re.compile(re.escape(name), re.IGNORECASE)
        place = old.sub(f"/{now.full_name}", request.path, count=1)
        query = f"?{request.query_string}" if request.query_string else ""
        headers = {"Location": f"{place}{query}", "Content-Type": "text/html; charset=utf-8"}
        return Answer(status=self.forge.flavour.redirect, raw=b"", headers=headers)

    def _body(self, request: Request) -> Any:
        if not request.body or request.method == "GET":
            return None
        if "json" not in request.headers.get("content-type", ""):
            raise Refusal(422, "[]: Empty Content-Type")
        try:
            return json.loads(request.body)
        except ValueError as error:
            raise Refusal(422, f"[]: {error}") from None

    def _refused(self, refusal: Refusal) -> Answer:
        if refusal.body is not None:
            return Answer(status=refusal.status, body=refusal.body)
        flavour = self.forge.flavour
        message = refusal.message
        body: dict[str, Any] = {"url": f"{self.forge.shapes.root}/api/swagger"}
        if refusal.status == 404:
            message = message or flavour.not_found
            if not flavour.since(27):
                body["errors"] = [message] if refusal.message else None
        return Answer(status=refusal.status, body={"message": message, **body})


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def operations() -> Iterable[tuple[str, str]]:
    """What the fake knows, as method and template."""
    return [(route.method, route.template) for route in ROUTES]
