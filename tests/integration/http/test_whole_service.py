"""The front door of the service as it is put together, with its own database and board."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from entrypoints.container import build_container
from entrypoints.http.app import create_app
from entrypoints.settings import Database, Settings
from tests.unit.entrypoints.http.front import ATTACK, Client, coming_from, proof_of

BROWSER = {"Accept": "text/html"}
ATTACKS = (
    ATTACK,
    "<p>x</p><script>alert(1)</script>",
    "<p onclick='alert(1)'>x</p>",
    "<div><img src=x onerror=alert(1)></div>",
    "[x](javascript:alert(1))",
    "<p><a href='javascript:alert(1)'>x</a></p>",
    "<p><iframe src='//evil.example'></iframe><style>*{display:none}</style></p>",
    "<p><form action='//evil.example'><input name=token></form></p>",
)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[Client]:
    """A browser on this machine."""
    database = Database(url=f"sqlite:///{tmp_path}/orchestrator.db")
    container = build_container(Settings(data=str(tmp_path), database=database))
    store = container.store()

    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        await store.open()
        yield
        await store.close()

    door = replace(container.front_door(), lifespan=[running], admin_token=None)
    app = coming_from("127.0.0.1", create_app(door))
    client: Client = Client(app, base_url="http://127.0.0.1:8500", raise_server_exceptions=False)
    async with client:
        yield client


async def test_an_item_goes_from_the_api_to_the_board_and_its_page(client: Client) -> None:
    made = await client.post(
        "/api/items", json={"title": "Show the length", "description": "One. Two."}
    )
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    said = await client.post(
        f"/api/items/{key}/comments", json={"text": "How *far*?", "author": "you"}
    )
    assert said.status_code == 201, said.text
    assert "Show the length" in (await client.get("/", headers=BROWSER)).text
    page = (await client.get(f"/items/{key}", headers=BROWSER)).text
    assert "How <em>far</em>?" in page
    moved = await client.post(f"/api/items/{key}/state", json={"state": "in-progress"})
    assert moved.json()["state"] == "in-progress"


async def test_an_item_made_in_a_browser_is_there_once(client: Client) -> None:
    proof = await proof_of(client, "/items/new")
    form = {"title": "Show it", "author": "you", "request": "one", "proof": proof}
    pages = [await client.post("/items", data=form, headers=BROWSER) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].url == pages[1].url


async def test_whatever_is_written_stays_text(client: Client) -> None:
    for attack in ATTACKS:
        made = await client.post("/api/items", json={"title": attack, "description": attack})
        key = made.json()["key"]
        await client.post(f"/api/items/{key}/comments", json={"text": attack, "author": "you"})
        for page in ("/", f"/items/{key}"):
            tree = LexborHTMLParser((await client.get(page, headers=BROWSER)).text)
            assert not harm_in(tree), (attack, page)


def harm_in(tree: LexborHTMLParser) -> list[str]:
    """Return the elements that a browser would run, or be led away by."""
    harm = [node.html or "" for node in tree.css("script, style, iframe, object, embed, base")]
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            away = name in {"action", "formaction", "src"} and not (value or "").startswith("/")
            runs = (value or "").strip().lower().startswith(("javascript:", "data:"))
            if name.startswith("on") or name == "style" or away or runs:
                harm.append(node.html or "")
    return harm


async def test_it_is_ready(client: Client) -> None:
    answer = await client.get("/ready")
    assert answer.status_code in {200, 503}
    assert "database" not in answer.json()["out"]


async def test_guests_may_only_comment(client: Client) -> None:
    made = await client.post("/api/items", json={"title": "Show it", "author": "guest"})
    assert made.status_code == 403
    unknown = await client.post("/api/items", json={"title": "Show it", "author": "nobody"})
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["field"] == "author"


async def test_a_tool_that_is_not_configured_sends_no_webhooks(client: Client) -> None:
    assert (await client.post("/webhooks/plane", content=b"{}")).status_code == 404
