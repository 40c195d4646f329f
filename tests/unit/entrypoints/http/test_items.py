"""The embedded board over the API."""

from typing import Any

import pytest

from domain.item import Priority, TrackerState
from tests.unit.entrypoints.http.front import Behind

ITEM = {
    "title": "Show the route's length",
    "description": "Riders see it. It is in kilometres.",
    "priority": "high",
}


async def test_an_item_is_made_and_its_key_told() -> None:
    behind = Behind()
    async with behind.client() as client:
        answer = await client.post("/api/items", json=ITEM)
    assert answer.status_code == 201
    assert answer.json() == {"key": "ET-1", "state": "todo", **ITEM}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert behind.board.items_["ET-1"].priority is Priority.HIGH


async def test_the_same_request_makes_one_item() -> None:
    behind = Behind()
    async with behind.client() as client:
        for _ in range(2):
            answer = await client.post("/api/items", json=ITEM, headers={"Idempotency-Key": "mine"})
            assert (answer.status_code, answer.json()["key"]) == (201, "ET-1")
    assert list(behind.board.items_) == ["ET-1"]


async def test_an_item_can_be_mended_moved_commented_and_taken_away() -> None:
    behind = Behind()
    async with behind.client() as client:
        await client.post("/api/items", json=ITEM)
        mended = await client.patch("/api/items/ET-1", json={"title": "Show the length"})
        assert (mended.status_code, mended.json()["title"]) == (200, "Show the length")
        assert mended.json()["description"] == ITEM["description"]
        moved = await client.post("/api/items/ET-1/state", json={"state": "in-progress"})
        assert (moved.status_code, moved.json()["state"]) == (200, "in-progress")
        said = await client.post(
            "/api/items/ET-1/comments", json={"text": ":approved:", "author": "ann"}
        )
        assert (said.status_code, said.json()) == (201, {"id": "1"})
        assert behind.board.items_["ET-1"].state is TrackerState.IN_PROGRESS
        gone = await client.delete("/api/items/ET-1")
        assert (gone.status_code, dict(gone.headers)) == (204, {})
        assert (await client.patch("/api/items/ET-1", json={})).status_code == 404
    assert behind.board.items_ == {}


@pytest.mark.parametrize(
    ("body", "field", "remedy"),
    [
        ({"title": ""}, "title", "length >= 1"),
        ({"title": "x" * 256}, "title", "length <= 255"),
        ({"title": 7}, "title", "Expected `str`"),
        ({"title": "x", "colour": "red"}, "body", "title, description, priority, author"),
        ({"description": "x"}, "body", "title, description, priority, author"),
        ({"title": "x", "priority": "huge"}, "priority", "urgent, high, medium, low, none"),
        ({"title": "x", "author": "nobody"}, "author", "use one of: ann, guest"),
        ([], "body", "object"),
        (None, "body", "object"),
    ],
)
async def test_what_is_wrong_with_a_body_is_named_with_its_remedy(
    body: Any, field: str, remedy: str
) -> None:
    async with Behind().client() as client:
        answer = await client.post("/api/items", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert remedy in error["problem"]


async def test_what_is_no_json_is_refused() -> None:
    headers = {"Content-Type": "application/json"}
    async with Behind().client() as client:
        for body in (b"", b"{", b"nope", b"\xff", b'{"title": "a"} x'):
            answer = await client.post("/api/items", content=body, headers=headers)
            assert answer.status_code == 400, body
            assert answer.json()["title"] == "Bad Request"
            assert answer.json()["detail"]


async def test_too_large_a_body_is_refused() -> None:
    async with Behind().client() as client:
        answer = await client.post("/api/items", json={"title": "x" * 5 * 1024 * 1024})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/items", ITEM),
        ("PATCH", "/api/items/ET-1", {}),
        ("DELETE", "/api/items/ET-1", None),
        ("POST", "/api/items/ET-1/comments", {"text": "x", "author": "ann"}),
        ("POST", "/api/items/ET-1/state", {"state": "todo"}),
    ],
)
async def test_with_another_tracker_there_are_no_items_here(
    method: str, path: str, body: Any
) -> None:
    async with Behind().client(board=None) as client:
        answer = await client.request(method, path, json=body)
    assert answer.status_code == 404
    assert "another tracker" in answer.json()["detail"]
