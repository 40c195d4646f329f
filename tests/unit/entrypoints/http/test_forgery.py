"""What changes something comes from a program or from a page of ours, never from another site's."""

from typing import Any

import pytest

from tests.unit.entrypoints.http.front import LOCALHOST, Behind, proof_of

ITEM = {"title": "Show the length", "description": "One. Two.", "author": "ann"}
FORM = "application/x-www-form-urlencoded"


async def test_a_form_of_ours_is_taken() -> None:
    behind = Behind()
    async with behind.client() as client:
        proof = await proof_of(client, "/items/new")
        answer = await client.post(
            "/items",
            data=ITEM | {"proof": proof},
            headers={"Origin": LOCALHOST, "Sec-Fetch-Site": "same-origin"},
        )
    assert (answer.status_code, answer.headers["location"]) == (303, "/items/ET-1")


@pytest.mark.parametrize("proof", [None, "", "guess"])
async def test_a_form_without_its_proof_is_refused(proof: str | None) -> None:
    behind = Behind()
    async with behind.client() as client:
        await proof_of(client, "/items/new")
        answer = await client.post("/items", data=ITEM | ({"proof": proof} if proof else {}))
    assert answer.status_code == 403
    assert not behind.board.items_


async def test_a_form_without_our_cookie_is_refused() -> None:
    behind = Behind()
    async with behind.client() as client:
        proof = await proof_of(client, "/items/new")
        client.cookies.clear()
        assert (await client.post("/items", data=ITEM | {"proof": proof})).status_code == 403
        assert (await client.post("/items", data=ITEM | {"proof": ""})).status_code == 403
    assert not behind.board.items_


FROM_ELSEWHERE: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Origin": "http://127.0.0.1:8500.evil.example"},
]


async def test_a_form_of_another_site_is_refused_even_with_proof() -> None:
    behind = Behind()
    async with behind.client() as client:
        proof = await proof_of(client, "/items/new")
        for headers in FROM_ELSEWHERE:
            answer = await client.post("/items", data=ITEM | {"proof": proof}, headers=headers)
            assert answer.status_code == 403, headers
    assert not behind.board.items_


async def test_another_site_cannot_use_the_api_of_this_machine() -> None:
    behind = Behind()
    behind.add_task()
    async with behind.client() as client:
        for headers in FROM_ELSEWHERE:
            answer = await client.post("/api/tasks/ET-7/cancel", headers=headers)
            assert answer.status_code == 403, headers
    assert not behind.store.inbox.entries


@pytest.mark.parametrize("path", ["/api/items", "/api/tasks/ET-7/cancel"])
async def test_what_is_not_declared_as_json_is_refused(path: str) -> None:
    behind = Behind()
    behind.add_task()
    async with behind.client() as client:
        for kind in (FORM, "text/plain", "multipart/form-data; boundary=x", "application/x", None):
            headers = {"Content-Type": kind} if kind else {}
            answer = await client.post(path, content=b'{"title": "x"}', headers=headers)
            assert answer.status_code == 415, kind
            assert answer.headers["content-type"] == "application/problem+json"
    assert not behind.store.inbox.entries
    assert not behind.board.items_


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/items", ITEM),
        ("/items/ET-1/comments", {"text": "x", "author": "ann"}),
        ("/items/ET-1/edit", {"title": "x", "priority": "low", "author": "ann"}),
        ("/items/ET-1/state", {"state": "done", "author": "ann"}),
        ("/given-up/41/replay", {}),
        ("/sign-out", {}),
        ("/sign-in", {"token": "t"}),
    ],
)
async def test_no_form_goes_without_proof(path: str, form: Any) -> None:
    behind = Behind()
    await behind.board.create("Show it", "One. Two.", "none", "ann")
    before = dict(behind.board.items_)
    behind.add_dead_letter()
    async with behind.client() as client:
        answer = await client.post(path, data=form)
    assert answer.status_code == 403
    assert behind.board.items_ == before
    assert not behind.board.said
    assert not behind.store.outbox.replayed
