"""Speaks REST v1 with Gitea 1.20 to 1.27 and Forgejo."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, unquote, urljoin

import httpx
import msgspec

from adapters.gitea.answers import failure_of
from adapters.gitea.payloads import CombinedStatus, Repository, Status, User, Version
from domain.errors import NotFound, TimedOut, ToolFailed
from domain.identifiers import Repo

T = TypeVar("T")
Query = Mapping[str, str | int]

PAGE = 50
"""The most that a server gives at once, whatever it is asked for."""
_MOST_PAGES = 200
_MOST_HOPS = 3
_ALL_IN_ALL = 4
"""How many timeouts an answer may take that comes in drops, none of them late."""
_KEEPS_METHOD = frozenset({301, 307, 308})
_API = "/api/v1/"


class GiteaClient:
    """Sends requests and reads answers; raises the domain's errors only.

    A renamed repository answers with a redirect: it is followed with the same method and body, but
    only to the forge itself, so that the token goes nowhere else.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        public_url: str | None = None,
        timeout: float = 15.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Ask the server at ``url``, which calls itself ``public_url`` in its redirects."""
        self._root = url.rstrip("/")
        self._origins = {_origin(url), _origin(public_url or url)}
        self._patience = timeout * _ALL_IN_ALL
        self._moved: dict[str, Repo] = {}
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"token {token}", "Accept": "application/json"},
            timeout=timeout,
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=8),
            follow_redirects=False,
            transport=transport,
        )
        self._bot: User | None = None

    def known_bot(self) -> User | None:
        """Return who we are, if the forge has been asked already."""
        return self._bot

    def formerly(self, name: str) -> Repo | None:
        """Return what we call the repository that redirects have shown to be called this now."""
        return self._moved.get(name.lower())

    async def bot(self) -> User:
        """Return who we are on the forge."""
        if self._bot is None:
            self._bot = await self.get("user", User)
        return self._bot

    async def version(self) -> str:
        """Return what the server says it is, such as ``1.27.3`` or ``15.0.9+gitea-1.22.0``."""
        return (await self.get("version", Version)).version or ""

    async def repository(self, repo: Repo) -> Repository:
        """Return the repository. NotFound: there is none, or the token may not see it."""
        return await self.get(repo_path(repo), Repository)

    async def get(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """Return what is there."""
        answer = await self.send("GET", path, query=query)
        return _read(answer, kind, path)

    async def pages(self, path: str, kind: type[T], query: Query | None = None) -> list[T]:
        """Return all of a list, page by page."""
        whole: type[Sequence[T | None] | None] = list[kind | None] | None  # type: ignore[assignment, valid-type]  # made at run time
        return await self._pages(path, query or {}, lambda answer: _read(answer, whole, path))

    async def statuses(self, path: str) -> list[Status]:
        """Return what a combined status is combined from, page by page."""
        return await self._pages(
            path, {}, lambda answer: _read(answer, CombinedStatus, path).statuses
        )

    async def _pages(
        self,
        path: str,
        query: Query,
        read: Callable[[httpx.Response], Sequence[T | None] | None],
    ) -> list[T]:
        """Go on until the list is complete; links to the next page are wrong behind a proxy.

        A server may give less at once than it was asked for. How many there are it tells, but not
        where a proxy drops its headers, and of statuses some tell too few: only what is neither
        full nor promised to go on is the end. One that gives the same again has no pages.
        """
        found: list[T] = []
        seen, before = 0, b""
        for page in range(1, _MOST_PAGES + 1):
            answer = await self.send("GET", path, query={**query, "page": page, "limit": PAGE})
            items = read(answer) or ()
            if not items or answer.content == before:
                return found
            found += [item for item in items if item is not None]
            seen, before = seen + len(items), answer.content
            total = answer.headers.get("X-Total-Count", "")
            if total.isdecimal() and seen >= int(total) and len(items) < PAGE:
                return found
        raise ToolFailed(f"{path} has more than {_MOST_PAGES} pages")

    async def post(self, path: str, body: Mapping[str, object], kind: type[T]) -> T:
        """Have something made and return it."""
        return _read(await self.send("POST", path, body=body), kind, path)

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        accept: tuple[int, ...] = (),
    ) -> httpx.Response:
        """Return a good answer, or one of the accepted ones; raise what any other one means."""
        target = f"{self._root}{_API}{path}"
        for _ in range(_MOST_HOPS):
            answer = await self._exchange(method, target, query, body)
            if not answer.is_redirect:
                self._note_name(path, target)
                if answer.is_success or answer.status_code in accept:
                    return answer
                raise failure_of(answer, f"{method} {path}")
            target = self._elsewhere(method, answer, path)
            if "?" in target:
                query = None  # it stands in the new address
        raise ToolFailed(f"{method} {path}: redirected more than {_MOST_HOPS} times")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _exchange(
        self,
        method: str,
        target: str,
        query: Query | None,
        body: Mapping[str, object] | None,
    ) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with asyncio.timeout(self._patience):
                return await self._http.request(
                    method, target, params=query, content=content, headers=headers
                )
        except (httpx.TimeoutException, TimeoutError) as error:
            raise TimedOut(f"the forge did not answer {method} in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ToolFailed(f"the forge cannot be reached: {error}") from error

    def _elsewhere(self, method: str, answer: httpx.Response, path: str) -> str:
        """Return where a redirect leads, as an address of the forge that we know.

        What stands before the API's own part is the server's view of where it lies, which is
        another than ours where a proxy is between.
        """
        location = str(answer.headers.get("Location", ""))
        told = urljoin(str(answer.request.url), location) if location else ""
        kept = answer.status_code in _KEEPS_METHOD or method == "GET"
        _, api, place = told.partition(_API)
        if kept and api and _origin(told) in self._origins:
            return f"{self._root}{_API}{place}"
        raise ToolFailed(
            f"{method} {path}: redirected to another place than the forge's API; check forge.url"
        )

    def _note_name(self, path: str, target: str) -> None:
        """Remember what a repository is called now that redirected us."""
        asked, led = _repo_of(path), _repo_of(target.partition(_API)[2])
        if asked and led and led.lower() != asked.lower():
            self._moved[led.lower()] = asked


def _origin(address: str) -> tuple[str, str, int | None]:
    url = httpx.URL(address)
    return url.scheme, url.host, url.port


def _repo_of(path: str) -> Repo | None:
    """Return the repository that a path below the API is about."""
    parts = path.partition("?")[0].split("/")
    if parts[0] != "repos" or len(parts) < 3:
        return None
    return Repo(f"{unquote(parts[1])}/{unquote(parts[2])}")


def repo_path(repo: Repo, *more: str | int) -> str:
    """Return a path below the repository; each part is one part, whatever it holds."""
    owner, _, name = repo.partition("/")
    if not owner or not name or ".." in (owner, name) or "/" in name:
        raise NotFound(f"there is no repository {repo[:60]!r}: its name is owner/name")
    parts = ["repos", owner, name, *map(str, more)]
    return "/".join(quote(part, safe="") for part in parts)


def _read(answer: httpx.Response, kind: type[T], path: str) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ToolFailed(
            f"{path}: the answer is not what Gitea promises ({str(error)[:100]}); is forge.url"
            " right?"
        ) from error
