"""The fake as tests hold it.

    with running(tmp_path) as gitea:
        gitea.repository("team", "shop", {"README.md": "# Shop\\n"})
        alice = gitea.person("alice")
        alice.push("team/shop", "main", {"a.txt": "a\\n"})

It answers at ``gitea.url``; our own bot comes with ``gitea.token``. What is wrong with it is
steered through ``gitea.trouble`` and ``gitea.deliveries``, and by what people do. What it was asked
against the official description is in ``gitea.violations``.
"""

import socket
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from tests.integration.gitea_fake.api import Api
from tests.integration.gitea_fake.app import create_app
from tests.integration.gitea_fake.conformance import Conformance, conformance
from tests.integration.gitea_fake.flavour import GITEA_1_27, Flavour
from tests.integration.gitea_fake.forge import BOT_SCOPES, Forge
from tests.integration.gitea_fake.people import Person
from tests.integration.gitea_fake.records import Repository

SHARED = Path(__file__).parents[4] / "shared"
BOT = "orchestrator-bot"


class Gitea:
    """A server on a port of this machine, and everything in it."""

    def __init__(self, folder: Path, flavour: Flavour, allowed_hosts: str) -> None:
        self._folder = folder
        self._socket = _listening(0)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.conformance: Conformance | None = conformance(SHARED)
        self.forge = Forge(
            folder / "repositories", flavour, allowed_hosts=allowed_hosts, root=self.url
        )
        self.trouble = self.forge.trouble
        self.deliveries = self.forge.deliveries
        self.api = Api(self.forge, self.conformance)
        self.bot = self.forge.account(BOT)
        self._token = self.forge.issue_token(self.bot, name="bot")
        self.browser = httpx.Client(base_url=self.url, trust_env=False)
        self._app = create_app(self.forge, self.api)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def token(self) -> str:
        """What the bot comes with."""
        return self._token.secret

    @property
    def violations(self) -> list[str]:
        """What requests and answers have gone against, people's and clients' included."""
        judged = self.conformance
        return [*judged.requests, *judged.answers] if judged else []

    def forgive(self, part: str) -> None:
        """Forget violations that a test commits on purpose."""
        if self.conformance is not None:
            self.conformance.forgive(part)

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    def repository(
        self,
        owner: str,
        name: str,
        files: Mapping[str, str] | None = None,
        *,
        private: bool = True,
        bot: str = "admin",
    ) -> Repository:
        """A repository with these files, or, without any, an empty one; the bot is let in."""
        with self.forge.lock:
            repo = self.forge.create_repository(owner, name, files, private=private)
            repo.levels[BOT] = bot
            return repo

    def person(self, login: str, level: str = "write") -> Person:
        """Somebody who may do that in every repository there is."""
        with self.forge.lock:
            account = self.forge.account(login)
            for repo in self.forge.repositories.values():
                if account is not repo.owner:
                    repo.levels[account.login] = level
            token = self.forge.issue_token(account, {"all"})
        return Person(self.browser, self._folder / "people" / login, account.login, token.secret)

    def let_bot(self, *scopes: str) -> None:
        """Give the bot's token these scopes and no others."""
        with self.forge.lock:
            self._token.scopes = set(scopes or BOT_SCOPES)

    def revoke_bot(self) -> None:
        """Take the bot's token away."""
        with self.forge.lock:
            del self.forge.tokens[self._token.secret]

    def restore_bot(self) -> None:
        """Give it back."""
        with self.forge.lock:
            self.forge.tokens[self._token.secret] = self._token

    def run_workflow(
        self, repo: Repository, branch: str, actions: Iterable[str], conclusion: str = "success"
    ) -> None:
        """Let the forge's own CI say that it runs: requested, in_progress, completed."""
        with self.forge.lock:
            sha = repo.git.head(branch)
            assert sha is not None
            number = self.forge.new_id()
            for action in actions:
                payload = self.forge.payloads.workflow_run(
                    repo,
                    self.bot,
                    run=number,
                    branch=branch,
                    sha=sha,
                    action=action,
                    conclusion=conclusion,
                )
                if "workflow_run" in self.forge.flavour.events:
                    self.forge.announce(repo, "workflow_run", payload)

    # ── being there ──────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Serve; after a stop on the same port again."""
        if self._socket.fileno() < 0:
            self._socket = _listening(self.port)
        config = uvicorn.Config(
            self._app, log_level="critical", lifespan="off", ws="none", loop="asyncio"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True, name="gitea"
        )
        self._thread.start()

    def stop(self) -> None:
        """Refuse every connection from now on; nothing is forgotten."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._socket.close()

    def close(self) -> None:
        self.browser.close()
        self.stop()
        self.forge.close_down()


def _listening(port: int) -> socket.socket:
    """A socket that takes connections at once, even while nobody serves them yet."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    made.listen(128)
    return made


@contextmanager
def running(
    folder: Path, flavour: Flavour = GITEA_1_27, *, allowed_hosts: str = "external"
) -> Generator[Gitea]:
    """A server for as long as it is held; ``allowed_hosts`` is its ALLOWED_HOST_LIST."""
    gitea = Gitea(folder / "gitea", flavour, allowed_hosts)
    try:
        gitea.start()
        yield gitea
    finally:
        gitea.close()
