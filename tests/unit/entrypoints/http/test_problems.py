"""Every error is a problem document, or a page for whoever has a browser."""

import logging
from datetime import timedelta

import pytest

from domain.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotAllowed,
    NotFound,
    RateLimited,
    Rejected,
    TimedOut,
    ToolFailed,
    Unavailable,
)
from ports.store import LeaseLost
from tests.unit.entrypoints.http.front import Behind

BROWSER = {"Accept": "text/html"}


class Raising:
    """A board that fails."""

    def __init__(self, error: Exception) -> None:
        """Fail with this error."""
        self._error = error

    async def edit(self, *_: object, **__: object) -> None:
        """Fail."""
        raise self._error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("title", "is empty", "say something"), 400),
        (Rejected("no"), 400),
        (Forbidden("guests may only comment"), 403),
        (NotFound("there is no such thing"), 404),
        (Conflict("changed meanwhile"), 409),
        (NotAllowed("not now"), 409),
        (Unavailable("down"), 503),
        (TimedOut("no answer"), 503),
        (ToolFailed("nonsense"), 503),
        (RateLimited("later", timedelta(seconds=17)), 503),
    ],
)
async def test_each_error_of_the_domain_has_its_status(error: Failure, status: int) -> None:
    async with Behind().client(board=Raising(error)) as client:
        answer = await client.patch("/api/items/ET-1", json={"author": "ann"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["detail"]) == (status, str(error))
    assert document["title"]
    assert ("retry-after" in answer.headers) is isinstance(error, Unavailable)


async def test_a_rate_limit_says_when_to_come_back() -> None:
    error = RateLimited("later", timedelta(seconds=16.2))
    async with Behind().client(board=Raising(error)) as client:
        answer = await client.patch("/api/items/ET-1", json={"author": "ann"})
    assert answer.headers["retry-after"] == "17"


@pytest.mark.parametrize("error", [RuntimeError("password=hunter2"), LeaseLost("lane of hunter2")])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_a_bug_tells_its_number_and_nothing_of_our_insides(
    error: Exception, accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        async with Behind().client(board=Raising(error)) as client:
            answer = await client.patch(
                "/api/items/ET-1", json={"author": "ann"}, headers={"Accept": accept}
            )
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text
    assert "incident request-1" in answer.json()["detail"]
    [record] = caplog.records
    assert "incident request-1" in record.getMessage()
    assert record.exc_info is not None


async def test_the_wrong_method_is_told_the_right_ones() -> None:
    async with Behind().client() as client:
        answer = await client.put("/api/tasks/ET-7")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.json()["title"] == "Method Not Allowed"


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/items/ET-9", 404), ("/items/x", 400)]
)
async def test_a_browser_gets_a_page(path: str, status: int) -> None:
    async with Behind().client() as client:
        page = await client.get(path, headers=BROWSER)
        document = await client.get(path)
    assert page.status_code == document.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert document.headers["content-type"] == "application/problem+json"


async def test_an_address_in_an_error_page_is_escaped() -> None:
    async with Behind().client() as client:
        page = await client.get("/items/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers=BROWSER)
        other = await client.get("/runs/<script>", headers=BROWSER)
    for answer in (page, other):
        assert answer.status_code in {400, 404}
        assert "<script" not in answer.text


async def test_a_log_line_holds_neither_query_nor_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours = "entrypoints.http.access"
    with caplog.at_level(logging.INFO, logger=ours):
        async with Behind().client(admin_token="t0k3n") as client:
            headers = {"Authorization": "Bearer t0k3n"}
            await client.get("/api/tasks?key=s3cr3t", headers=headers)
            await client.get("/no%0Athing")
    lines = [record.getMessage() for record in caplog.records if record.name == ours]
    assert [line.split()[:3] for line in lines] == [
        ["GET", "'/api/tasks'", "200"],
        ["GET", r"'/no\nthing'", "404"],
    ]
