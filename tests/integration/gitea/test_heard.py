"""A webhook of the forge reaches us: the fake's, or that of a server.

For a server GITEA_TEST_WEBHOOK_LISTEN says where we listen (``host:port``), and, if otherwise,
GITEA_TEST_WEBHOOK_URL how the server gets there; docs/gitea.md says what it must allow.
"""

import asyncio
import os
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from adapters.git.remote_branches import RemoteBranches
from adapters.gitea.examiner import GiteaExaminer
from adapters.gitea.webhook_reader import GiteaWebhookReader
from adapters.gitea.webhooks import GiteaWebhooks
from domain.identifiers import CommitId
from domain.signals import BranchTouched
from ports.examination import Verdict
from tests.contracts.code_forge import BRANCH, MAIN
from tests.integration.gitea.server import address
from tests.integration.gitea.world import RENAMED, REPO, GiteaWorld

SECRET = "a long random text"


class Ear:
    """Listens on this machine, and keeps what it is told: headers and body."""

    def __init__(self, host: str, port: int, url: str) -> None:
        told = self.told = list[tuple[dict[str, str], bytes]]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = HTTPServer((host, port), Handler)
        self.url = url or f"http://127.0.0.1:{self._server.server_port}/webhooks/gitea"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def ear() -> Generator[Ear]:
    if address() is None:
        ear = Ear("127.0.0.1", 0, "")
    else:
        host, _, port = os.environ.get("GITEA_TEST_WEBHOOK_LISTEN", "").rpartition(":")
        if not port:
            pytest.skip("needs GITEA_TEST_WEBHOOK_LISTEN, where the server's webhooks arrive")
        url = os.environ.get("GITEA_TEST_WEBHOOK_URL", "") or f"http://{host}:{port}/webhooks/gitea"
        ear = Ear(host, int(port), url)
    yield ear
    ear.close()


async def hinted(ear: Ear, reader: GiteaWebhookReader, wanted: BranchTouched) -> None:
    """Wait until a genuine delivery hints at that."""
    async with asyncio.timeout(30):
        while True:
            for headers, body in ear.told:
                assert reader.verify(headers, body)
                if wanted in [hint.signal for hint in reader.read(headers, body)]:
                    return
            await asyncio.sleep(0.02)


async def test_what_init_registers_tells_what_people_do_and_also_after_a_renaming(
    world: GiteaWorld, head: CommitId, ear: Ear
) -> None:
    examiner = GiteaExaminer(
        world.client,
        RemoteBranches(world.git, world.mirrors),
        GiteaWebhooks(world.client, url=ear.url, secret=SECRET),
        bases={REPO: MAIN},
        style=None,
    )
    (made,) = await examiner.init()
    assert made.verdict is Verdict.OK, made
    reader = GiteaWebhookReader([SECRET], [REPO], bot=lambda: None, formerly=world.client.formerly)
    touched = BranchTouched(repo=REPO, branch=BRANCH)
    world.alice.push(REPO, BRANCH, {"a.txt": "x\n"})
    await hinted(ear, reader, touched)
    world.alice.rename(REPO, RENAMED.rpartition("/")[2])
    ear.told.clear()
    assert await world.inspector.open_pull_requests(REPO) == {}  # which is redirected
    world.alice.push(REPO, BRANCH, {"b.txt": "x\n"})
    await hinted(ear, reader, touched)
