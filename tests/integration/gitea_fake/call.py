"""One request to the REST API as its handler sees it, and the answers it can give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.integration.gitea_fake.records import Account, Json, PullRequest, Repository, Token

if TYPE_CHECKING:
    from tests.integration.gitea_fake.forge import Forge

PAGE = 30
MAX_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back; ``raw`` where it is no JSON."""

    status: int = 200
    body: Any = None
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An error that Gitea answers with; a body of its own replaces the usual one."""

    def __init__(self, status: int, message: str = "", body: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.body = body


class NotThere(Refusal):
    """404 in the words of the version."""

    def __init__(self, message: str = "") -> None:
        super().__init__(404, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose sender is known and may ask for it."""

    forge: "Forge"
    doer: Account | None
    token: Token | None
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    url: str
    """The address that was asked for, without the query."""

    @property
    def user(self) -> Account:
        assert self.doer is not None
        return self.doer

    @property
    def repo(self) -> Repository:
        return self.forge.repository(self.arguments["owner"], self.arguments["repo"])

    @property
    def pull(self) -> PullRequest:
        found = self.repo.pulls.get(int(self.arguments["index"]))
        if found is None:
            raise NotThere
        return found

    def given(self, name: str, default: Any = None) -> Any:
        """A field of the body, the default where it is missing or null."""
        value = self.body.get(name) if isinstance(self.body, dict) else None
        return default if value is None else value

    def required(self, name: str, label: str) -> Any:
        value = self.given(name)
        if value in (None, ""):
            raise Refusal(422, f"[{label}]: Required")
        return value

    def paged(self, things: Sequence[Any], shape: Callable[[Any], Any]) -> Answer:
        """The page that was asked for, at most fifty, with the headers that tell of the rest."""
        page = max(1, _number(self.query.get("page"), 1))
        limit = _number(self.query.get("limit"), 0)
        limit = min(limit, MAX_PAGE) if limit > 0 else PAGE
        last = max(1, -(-len(things) // limit))
        headers = {"X-Total-Count": str(len(things))}
        if last > 1:
            rest = {k: v for k, v in self.query.items() if k not in {"page", "limit"}}
            told = [(page + 1, "next"), (last, "last")] if page < last else []
            told += [(1, "first"), (page - 1, "prev")] if page > 1 else []
            headers["Link"] = ",".join(
                f'<{self._paged_url(number, limit, rest)}>; rel="{name}"' for number, name in told
            )
        shown = things[(page - 1) * limit : page * limit]
        return Answer(body=[shape(thing) for thing in shown], headers=headers)

    def _paged_url(self, page: int, limit: int, rest: Mapping[str, str]) -> str:
        parts = [f"{k}={v}" for k, v in sorted({**rest, "limit": limit, "page": page}.items())]
        return f"{self.url}?{'&'.join(parts)}"


def _number(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default
