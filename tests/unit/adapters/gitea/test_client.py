"""The client before servers that behave badly: redirects, nulls, pages, other people's pages."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager

import httpx
import msgspec
import pytest

from adapters.gitea.client import PAGE, GiteaClient, repo_path
from adapters.gitea.payloads import Hook, Pull, Repository, Review, User
from domain.errors import (
    Conflict,
    Failure,
    Forbidden,
    NotAllowed,
    NotFound,
    RateLimited,
    TimedOut,
    ToolFailed,
)
from domain.identifiers import Repo
from tests.unit.adapters.gitea.recordings import CONSTRUCTED, RECORDED, constructed, load, names

REPO = Repo("acme/shop")
Handler = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: Iterator[httpx.Response] | Handler = iter(())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers(request) if callable(self.answers) else next(self.answers)

    def will_say(self, *answers: httpx.Response) -> None:
        self.answers = iter(answers)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncGenerator[GiteaClient]:
    client = GiteaClient(
        "http://gitea:3000/git/",
        "t0ken",
        public_url="https://git.example.org/git",
        transport=httpx.MockTransport(server),
    )
    yield client
    await client.close()


@contextmanager
def refused(kind: type[Failure]) -> Iterator[pytest.ExceptionInfo[Failure]]:
    """The request fails in that way, and does not tell the token."""
    with pytest.raises(kind) as told:
        yield told
    assert type(told.value) is kind
    assert "t0ken" not in str(told.value)


async def test_a_request_goes_below_the_servers_own_path_with_the_token(
    client: GiteaClient, server: Server
) -> None:
    server.will_say(httpx.Response(200, json={"full_name": "acme/shop"}))
    await client.repository(REPO)
    (request,) = server.asked
    assert str(request.url) == "http://gitea:3000/git/api/v1/repos/acme/shop"
    assert request.headers["Authorization"] == "token t0ken"


# ── redirects ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "/git/api/v1/repos/acme/store/pulls",
        "http://gitea:3000/git/api/v1/repos/acme/store/pulls",
        "https://git.example.org/git/api/v1/repos/acme/store/pulls",
        "https://Git.example.org:443/api/v1/repos/acme/store/pulls",  # behind a proxy with a path
    ],
)
async def test_a_renamed_repository_is_written_to_where_it_is_now(
    client: GiteaClient, server: Server, status: int, location: str
) -> None:
    """With the same method and body, and by the way that we know."""
    server.will_say(
        httpx.Response(status, headers={"Location": location}),
        httpx.Response(201, json={"number": 7}),
    )
    made = await client.post(repo_path(REPO, "pulls"), {"title": "t"}, Pull)
    assert made.number == 7
    first, second = server.asked
    assert str(second.url) == "http://gitea:3000/git/api/v1/repos/acme/store/pulls"
    assert (second.method, second.content) == ("POST", first.content)
    assert client.formerly("ACME/store") == REPO
    assert client.formerly("acme/shop") is None


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/git/api/v1/repos/acme/shop",
        "http://gitea:3000.evil.example/git/api/v1/x",
        "http://gitea:3000/git/user/login",
        "//evil.example/git/api/v1/x",
        "",
    ],
)
async def test_the_token_is_led_nowhere_else(
    client: GiteaClient, server: Server, location: str
) -> None:
    server.will_say(httpx.Response(307, headers={"Location": location}))
    with refused(ToolFailed):
        await client.repository(REPO)
    assert len(server.asked) == 1


async def test_a_redirect_that_would_make_a_write_a_read_is_not_followed(
    client: GiteaClient, server: Server
) -> None:
    location = "/git/api/v1/repos/acme/store/pulls"
    server.will_say(httpx.Response(302, headers={"Location": location}))
    with refused(ToolFailed):
        await client.post(repo_path(REPO, "pulls"), {}, Pull)


async def test_a_circle_of_redirects_ends(client: GiteaClient, server: Server) -> None:
    location = "/git/api/v1/repos/acme/shop"
    server.answers = lambda _: httpx.Response(301, headers={"Location": location})
    with refused(ToolFailed):
        await client.repository(REPO)
    assert len(server.asked) == 3


async def test_what_was_asked_is_asked_again_behind_a_redirect(
    client: GiteaClient, server: Server
) -> None:
    moved = httpx.Response(301, headers={"Location": "/git/api/v1/repos/acme/store/pulls"})
    server.will_say(moved, httpx.Response(200, json=[]))
    await client.pages(repo_path(REPO, "pulls"), Pull, {"state": "open"})
    assert server.asked[1].url.params["state"] == "open"


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def _numbers(first: int, count: int) -> list[dict[str, int]]:
    return [{"number": number} for number in range(first, first + count)]


async def test_a_list_is_read_to_its_end(client: GiteaClient, server: Server) -> None:
    total = {"X-Total-Count": str(PAGE + 3)}
    parts = [_numbers(0, PAGE), _numbers(PAGE, 3)]
    server.will_say(*(httpx.Response(200, json=part, headers=total) for part in parts))
    assert len(await client.pages("x", Pull)) == PAGE + 3
    assert [request.url.params["page"] for request in server.asked] == ["1", "2"]


async def test_a_server_that_gives_less_at_once_is_asked_until_it_has_given_all(
    client: GiteaClient, server: Server
) -> None:
    """Its limit may be lower than ours; then it tells how many there are."""
    total = {"X-Total-Count": "7"}
    parts = [_numbers(0, 3), _numbers(3, 3), _numbers(6, 1)]
    server.will_say(*(httpx.Response(200, json=part, headers=total) for part in parts))
    assert len(await client.pages("x", Pull)) == 7


@pytest.mark.parametrize("total", [{}, {"X-Total-Count": ""}])
async def test_a_server_that_gives_less_and_tells_no_total_is_asked_until_it_gives_nothing(
    client: GiteaClient, server: Server, total: dict[str, str]
) -> None:
    """A proxy has taken its headers away."""
    parts = [_numbers(0, 30), _numbers(30, 30), []]
    server.will_say(*(httpx.Response(200, json=part, headers=total) for part in parts))
    assert len(await client.pages("x", Pull)) == 60


async def test_a_full_page_is_not_the_last_whatever_the_total_says(
    client: GiteaClient, server: Server
) -> None:
    """Of a commit's statuses some count one page only."""
    parts = [_numbers(0, PAGE), _numbers(PAGE, 1)]
    wrong = [{"X-Total-Count": str(len(part))} for part in parts]
    answers = zip(parts, wrong, strict=True)
    server.will_say(*(httpx.Response(200, json=part, headers=told) for part, told in answers))
    assert len(await client.pages("x", Pull)) == PAGE + 1


@pytest.mark.parametrize("count", [3, PAGE, 2 * PAGE])
async def test_a_server_without_pages_gives_everything_once(
    client: GiteaClient, server: Server, count: int
) -> None:
    server.answers = lambda _: httpx.Response(200, json=_numbers(0, count))
    assert len(await client.pages("x", Pull)) == count


async def test_a_list_without_an_end_is_given_up(client: GiteaClient, server: Server) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=_numbers(int(request.url.params["page"]), PAGE))

    server.answers = answer
    with refused(ToolFailed):
        await client.pages("x", Pull)


@pytest.mark.parametrize("body", [b"null", b"[]", b"[null]"])
async def test_nothing_may_be_said_in_three_ways(
    client: GiteaClient, server: Server, body: bytes
) -> None:
    server.answers = lambda _: httpx.Response(200, content=body)
    assert await client.pages("x", Pull) == []


@pytest.mark.parametrize("body", [{}, {"statuses": None}, {"statuses": []}, {"statuses": [None]}])
async def test_no_statuses_are_none(
    client: GiteaClient, server: Server, body: dict[str, object]
) -> None:
    server.answers = lambda _: httpx.Response(200, json=body)
    assert await client.statuses("x") == []


# ── errors ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, NotAllowed),
        (401, Forbidden),
        (403, Forbidden),
        (404, NotFound),
        (405, NotAllowed),
        (409, Conflict),
        (412, NotAllowed),
        (422, NotAllowed),
        (423, NotAllowed),
        (429, RateLimited),
        (500, ToolFailed),
        (502, ToolFailed),
        (503, ToolFailed),
    ],
)
@pytest.mark.parametrize(
    "body",
    [b'{"message":"no t\\n oken","url":"x"}', b"<html>Bad Gateway</html>", b"", b"null", b"\xff"],
)
async def test_every_status_means_one_thing_whatever_is_said(
    client: GiteaClient, server: Server, status: int, kind: type[Failure], body: bytes
) -> None:
    server.will_say(httpx.Response(status, content=body))
    with refused(kind) as told:
        await client.repository(REPO)
    assert "\n" not in str(told.value)
    assert "html" not in str(told.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 1), ("1e99", 30), ("-3", 1), ("Wed, 21 Oct 2026 07:28:00 GMT", 30)],
)
async def test_it_says_when_to_come_back(
    client: GiteaClient, server: Server, header: str, seconds: int
) -> None:
    for status in (429, 503):
        server.will_say(httpx.Response(status, headers={"Retry-After": header}))
        with refused(RateLimited) as told:
            await client.repository(REPO)
        assert isinstance(told.value, RateLimited)
        assert told.value.retry_after.total_seconds() == seconds


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"[1]", b'{"full_name": 7}'])
async def test_a_good_answer_with_something_else_in_it_is_none(
    client: GiteaClient, server: Server, body: bytes
) -> None:
    """A proxy's page for signing in comes with 200."""
    server.will_say(httpx.Response(200, content=body))
    with refused(ToolFailed):
        await client.repository(REPO)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (httpx.ReadTimeout("slow"), TimedOut),
        (httpx.ConnectTimeout("slow"), TimedOut),
        (httpx.ConnectError("refused"), ToolFailed),
        (httpx.RemoteProtocolError("cut"), ToolFailed),
        (httpx.DecodingError("not gzip"), ToolFailed),
    ],
)
async def test_no_answer_is_a_failure_of_the_world(
    client: GiteaClient, server: Server, trouble: Exception, kind: type[Failure]
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise trouble

    server.answers = fail
    with refused(kind):
        await client.repository(REPO)


async def test_an_answer_that_comes_in_drops_ends_too(server: Server) -> None:
    """Each drop is in time, so that no timeout between them strikes."""

    async def drops() -> AsyncGenerator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.001)

    hasty = GiteaClient(
        "http://gitea", "t0ken", timeout=0.02, transport=httpx.MockTransport(server)
    )
    server.will_say(httpx.Response(200, content=drops()))
    with refused(TimedOut):
        await hasty.repository(REPO)
    await hasty.close()


@pytest.mark.parametrize("repo", ["shop", "acme/", "/shop", "acme/shop/more", "../x", "acme/.."])
def test_what_is_no_repositorys_name_leads_to_no_address(repo: str) -> None:
    with pytest.raises(NotFound):
        repo_path(Repo(repo))


def test_a_part_of_an_address_stays_one_part() -> None:
    assert repo_path(Repo("acme/a b"), "branches", "x/y?z") == "repos/acme/a%20b/branches/x%2Fy%3Fz"


# ── everything that was ever seen ────────────────────────────────────────────────────────────────

_SHAPES = {
    "pulls": list[Pull],
    "pull": Pull,
    "reviews": list[Review],
    "user": User,
    "repo": Repository,
    "hooks": Hook,
}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("rest-GET-pulls-200", "pulls"),
        ("rest-GET-pulls_N-200", "pull"),
        ("rest-POST-pulls-201", "pull"),
        ("rest-GET-pulls_N_reviews-200", "reviews"),
        ("rest-GET-user-200", "user"),
        ("rest-GET-repo-200", "repo"),
        ("rest-POST-hooks-201", "hooks"),
    ],
)
def test_what_the_newest_server_says_can_be_read(name: str, shape: str) -> None:
    body = msgspec.json.encode(constructed(name)["body"])
    assert msgspec.json.decode(body, type=_SHAPES[shape])


@pytest.mark.shared
def test_what_old_servers_said_can_be_read() -> None:
    shapes = {"pr": Pull, "prs": list[Pull], "repo": Repository, "hook": Hook, "user": User}
    shapes |= {"review": Review, "reviews": list[Review]}
    read = 0
    for name in names(RECORDED, "recorded-rest-*.json"):
        kind = shapes.get(name.rpartition("-")[2].removesuffix(".json"))
        if kind is not None:
            msgspec.json.decode(msgspec.json.encode(load(RECORDED / name)["body"]), type=kind)
            read += 1
    assert read >= 6


def test_the_recordings_are_there() -> None:
    assert len(names(CONSTRUCTED, "constructed-rest-*.json")) > 40
