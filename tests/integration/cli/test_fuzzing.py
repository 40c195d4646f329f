"""Whatever is sent to a service that runs: no failure of ours, and nothing gets in unasked.

Two ways: by our own description of the API, as schemathesis reads it, and by its addresses alone,
those of the pages among them.
"""

import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.routes import HTTPRoute

from entrypoints.container import build_container
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from tests.integration.cli.started import PATIENCE, Terminal, until

pytestmark = pytest.mark.slow

TOKEN = "t0ken-of-the-admin"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
QUIET = 'reconcile_every = 3600\n[agents]\ncommand = ["true"]\n'
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# What a description cannot say: which people there are. Allow is Litestar's: an address that is
# asked in two ways tells of one.
LEFT_OUT = "positive_data_acceptance,allow_header_conformance"
EXAMPLES = 12
"""For each operation and each phase."""

ADDRESSES = sorted(
    (method, route.path)
    for route in create_app(build_container(Settings()).front_door()).routes
    if isinstance(route, HTTPRoute)
    for method in (*route.methods, "HEAD", "PUT")
)

WORDS = (
    *("DEMO-1", "DEMO-1-1", "../..", "\x00", "ё", "🚵", "-1", "0", "1", "you", "guest", "{}", "["),
    *("9" * 19, "9" * 5000, "x" * 3000, "<script>", "'--", "in-progress", "high", ""),
)
NAMES = (
    *("title", "description", "priority", "author", "text", "state", "request", "proof", "token"),
    *("cursor", "after"),
)
words = st.sampled_from(WORDS) | st.text(max_size=20) | st.integers().map(str)
fields = st.dictionaries(st.sampled_from(NAMES) | words, words, max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | fields | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
bodies: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    fields.map(lambda form: {"data": form}),
    json_values.map(lambda value: {"json": value}),
    st.binary(max_size=40).map(lambda noise: {"files": {"file": ("x", noise)}}),
    st.binary(max_size=40).map(
        lambda noise: {"content": noise, "headers": {"Content-Type": "application/json"}}
    ),
)


@dataclass(frozen=True)
class Sent:
    """A request to one of our addresses, with anything in it."""

    where: Annotated[tuple[str, str], st.sampled_from(ADDRESSES)]
    names: Annotated[list[str], st.lists(words, min_size=2, max_size=2)]
    query: Annotated[dict[str, str], fields]
    body: Annotated[dict[str, Any], bodies]
    as_browser: bool

    def request(self, client: httpx.Client, browser: Mapping[str, str]) -> httpx.Request:
        """Return it, by somebody who may come in."""
        method, path = self.where
        for name in self.names:
            path = re.sub(r"\{[^}]*\}", quote(name, safe="") or "x", path, count=1)
        body = dict(self.body)
        headers = body.pop("headers", {})
        if not self.as_browser:
            headers = headers | BEARER
            return client.build_request(method, path, params=self.query, headers=headers, **body)
        if "data" in body:
            body["data"] = {"proof": browser["orchestrator_form"], **body["data"]}
        headers = headers | {"Accept": "text/html", "Cookie": _cookies(browser)}
        return client.build_request(method, path, params=self.query, headers=headers, **body)


def _cookies(kept: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in kept.items())


@pytest.fixture
def address(terminal: Terminal, port: int) -> str:
    """A service with a token, whose agents do nothing, and an item that waits for a person."""
    terminal.environment["ORCHESTRATOR_ADMIN_TOKEN"] = TOKEN
    terminal.configure(QUIET)
    terminal.serve("serve", "-v")
    address = f"http://127.0.0.1:{port}"
    item = {"title": "Show the length", "description": "Riders see it. It is in kilometres."}
    made = httpx.post(f"{address}/api/items", headers=BEARER, json=item, timeout=PATIENCE)
    assert made.json()["key"] == "DEMO-1"
    terminal.reaches("blocked")
    until(
        lambda: select(terminal, "SELECT 1 FROM queue_entry WHERE closed_at IS NULL") == [], QUIET
    )
    return address


def fuzz(address: str, folder: Path, *arguments: str) -> None:
    """Have schemathesis ask for everything that we describe; fail with its report."""
    ended = subprocess.run(
        [
            *(str(SCHEMATHESIS), "run", f"{address}/schema", "--seed", "7", "--workers", "1"),
            *("--max-examples", str(EXAMPLES), "--continue-on-failure", *arguments),
        ],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def stored(terminal: Terminal) -> list[str]:
    """All that is in the database, but for the marks of how far we have looked."""
    with closing(opened(terminal)) as database:
        return [line for line in database.iterdump() if not line.startswith('INSERT INTO "mark"')]


def select(terminal: Terminal, query: str) -> list[Any]:
    """What the query finds in the database."""
    with closing(opened(terminal)) as database:
        return database.execute(query).fetchall()


def opened(terminal: Terminal) -> sqlite3.Connection:
    """The service's database, to be looked at only."""
    return sqlite3.connect(f"file:{terminal.folder}/var/orchestrator.db?mode=ro", uri=True)


def failed(terminal: Terminal) -> list[str]:
    """What the service complained of as its own fault."""
    log = terminal.started[0].stderr
    return re.findall(r"^.*(?:Traceback|incident|ERROR).*$", log, re.MULTILINE)


def test_the_api_is_as_it_is_described(terminal: Terminal, address: str, tmp_path: Path) -> None:
    token = f"Authorization: Bearer {TOKEN}"
    fuzz(address, tmp_path, "--header", token, "--checks", "all", "--exclude-checks", LEFT_OUT)
    assert failed(terminal) == []
    assert terminal.started[0].running()


@pytest.mark.parametrize("header", [(), ("--header", "Authorization: Bearer t0ken-of-a-thief")])
def test_without_the_token_nothing_gets_in(
    terminal: Terminal, address: str, tmp_path: Path, header: tuple[str, ...]
) -> None:
    before = stored(terminal)
    fuzz(address, tmp_path, *header, "--checks", "not_a_server_error,content_type_conformance")
    assert stored(terminal) == before
    assert failed(terminal) == []


def test_no_address_fails_whatever_is_sent_to_it(terminal: Terminal, address: str) -> None:
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        browser = signed_in(client)
        statuses: Counter[int] = Counter()

        @settings(max_examples=1000, derandomize=True)
        @given(sent=st.builds(Sent))
        def no_failure(sent: Sent) -> None:
            answer = client.send(sent.request(client, browser))
            statuses[answer.status_code] += 1
            assert answer.status_code < 500, answer.text

        no_failure()
    assert failed(terminal) == []
    assert terminal.started[0].running()
    assert {200, 303, 400, 404, 405} <= statuses.keys(), "some of it was understood"


def signed_in(client: httpx.Client) -> dict[str, str]:
    """Return the cookies of a browser that has a session; what is fuzzed cannot end it."""
    page = client.get("/sign-in")
    proof = page.text.partition('name="proof" value="')[2].partition('"')[0]
    entered = client.post("/sign-in", data={"token": TOKEN, "proof": proof})
    assert entered.status_code == 303, entered.text
    cookies = {**dict(page.cookies), **dict(entered.cookies)}
    client.cookies.clear()
    return cookies
