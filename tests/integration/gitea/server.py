"""A Gitea or Forgejo that the environment names; what is true of our fake is held against it, too.

    GITEA_TEST_URL           where it is, such as http://gitea:3000
    GITEA_TEST_TOKEN         what our adapter comes with
    GITEA_TEST_PERSON_TOKEN  that of a person with another account; without it one account is both
    GITEA_TEST_OWNER         the user or organisation to make repositories for; else the person
    GITEA_TEST_REPO          a repository to work in, emptied again and again, instead of new ones

docs/gitea.md says which scopes the tokens need.
"""

import functools
import os
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.identifiers import Repo
from tests.contracts.code_forge import MAIN
from tests.contracts.code_forge import REPO as SHOP
from tests.integration.git.world import commit, git
from tests.integration.gitea_fake.gitea import Gitea
from tests.integration.gitea_fake.people import Person

_PATIENCE = 30.0


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a server is, and with which tokens one gets in."""

    url: str
    token: str
    person_token: str
    repo: Repo
    reused: bool
    """Whether the repository is there, and stays."""

    @property
    def alone(self) -> bool:
        """Whether one account has to be both the bot and the person."""
        return self.token == self.person_token


@functools.cache
def address() -> Address | None:
    """Return the server that the environment names, if it does."""
    given = {
        name: os.environ.get(f"GITEA_TEST_{name}", "")
        for name in ("URL", "TOKEN", "PERSON_TOKEN", "OWNER", "REPO")
    }
    if not given["URL"]:
        return None
    assert given["TOKEN"], "GITEA_TEST_URL is set, so GITEA_TEST_TOKEN must be, too"
    url = given["URL"].rstrip("/").removesuffix("/api/v1")
    person_token = given["PERSON_TOKEN"] or given["TOKEN"]
    owner, _, name = given["REPO"].rpartition("/")
    owner = owner or given["OWNER"] or login_of(url, person_token)
    name = name or f"orchestrator-test-{uuid.uuid4().hex[:8]}"
    return Address(
        url=url,
        token=given["TOKEN"],
        person_token=person_token,
        repo=Repo(f"{owner}/{name}"),
        reused=bool(given["REPO"]),
    )


def login_of(url: str, token: str) -> str:
    """Return whose token it is."""
    headers = {"Authorization": f"token {token}"}
    answer = httpx.get(f"{url}/api/v1/user", headers=headers, timeout=_PATIENCE)
    answer.raise_for_status()
    return str(answer.json()["login"])


def repository() -> Repo:
    """Return the name of the repository that the tests are about."""
    there = address()
    return there.repo if there else SHOP


class Sole(Person):
    """A person whose account is the bot's as well."""

    def review(self, repo: str, number: int, verdict: str, text: str = "") -> int:
        """Nobody reviews a pull request of one's own."""
        return pytest.skip("needs another account: GITEA_TEST_PERSON_TOKEN")


class Server(Gitea):
    """A Gitea of which one has the outside only: who reaches inside is left out."""

    def __init__(self, there: Address, folder: Path) -> None:
        """Act there; keep clones in the folder."""
        self.there = there
        self.url = there.url
        self.browser = httpx.Client(base_url=there.url, timeout=_PATIENCE, follow_redirects=True)
        kind = Sole if there.alone else Person
        login = login_of(there.url, there.person_token)
        self._alice = kind(self.browser, folder / "people", login, there.person_token)
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        """Leave the test out: it steers what no server lets one steer."""
        pytest.skip(f"needs the fake: a server has no {name}")

    @property
    def token(self) -> str:
        """What our adapter comes with."""
        return self.there.token

    def person(self, login: str, level: str = "write") -> Person:
        """The one that there is."""
        if login != "alice":
            pytest.skip("needs the fake: more people than a server was named")
        return self._alice

    @contextmanager
    def opened(self) -> Generator[None]:
        """Have the repository there, with a README.md on main; afterwards it is as it was."""
        if not self.there.reused:
            self._make()
        else:
            self._clear()
        try:
            self._begin()
            yield
        finally:
            if self.there.reused:
                self._clear()
            else:
                self._remove()
            self.browser.close()

    # ── a repository of its own ──────────────────────────────────────────────────────────────────

    def _make(self) -> None:
        owner, _, name = self.there.repo.partition("/")
        own = owner.lower() == self._alice.login.lower()
        place = "user/repos" if own else f"orgs/{owner}/repos"
        answer = self._asked(
            "POST", f"/api/v1/{place}", {"name": name, "private": True, "default_branch": MAIN}
        )
        assert answer.status_code == 201, (
            f"no repository can be made for {owner}: {answer.status_code} {answer.text[:300]};"
            " see docs/gitea.md, or name an empty one as GITEA_TEST_REPO"
        )
        if not self.there.alone:
            bot = login_of(self.url, self.token)
            self._alice.let_in(self.there.repo, bot, "admin")

    def _remove(self) -> None:
        name = self._asked("GET", self._place()).json()["full_name"]  # it may have been renamed
        answer = self._asked("DELETE", f"/api/v1/repos/{name}")
        assert answer.status_code == 204, f"{name} is left behind: {answer.text[:300]}"

    # ── one that is there ────────────────────────────────────────────────────────────────────────

    def _clear(self) -> None:
        """Remove whatever a test may have left, but for closed pull requests."""
        alice, repo = self._alice, self.there.repo
        seen = self._asked("GET", self._place())
        assert seen.is_success, f"there is no repository {repo}: {seen.text[:300]}"
        now = seen.json()
        if now["archived"] or now["full_name"].lower() != repo.lower():
            body = {"archived": False, "name": repo.rpartition("/")[2]}
            alice.ask("PATCH", now["full_name"], body)
        for hook in alice.ask("GET", f"{repo}/hooks"):
            alice.ask("DELETE", f"{repo}/hooks/{hook['id']}")
        for rule in alice.ask("GET", f"{repo}/branch_protections") or ():
            name = rule["rule_name"].replace("/", "%2F")
            alice.ask("DELETE", f"{repo}/branch_protections/{name}")
        clone = self._clone()
        listing = git(clone, "ls-remote", "origin", "refs/heads/*")
        refs = [line.split("\t")[1] for line in listing.splitlines()]
        gone = [f":{ref}" for ref in refs if ref != f"refs/heads/{MAIN}"]
        if gone:
            git(clone, "push", "--quiet", "origin", *gone)

    def _begin(self) -> None:
        clone = self._clone()
        git(clone, "checkout", "--quiet", "--orphan", uuid.uuid4().hex)
        commit(clone, {"README.md": "# Shop\n"})
        # Two repositories made within one second would have the same commits, and their checks.
        git(clone, "commit", "--quiet", "--amend", "--message", f"Begin {uuid.uuid4()}")
        git(clone, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{MAIN}")

    def _clone(self) -> Path:
        clone = self._folder / f"clone-{uuid.uuid4().hex}"
        clone.mkdir(parents=True)
        git(clone, "init", "--quiet")
        git(clone, "remote", "add", "origin", self._alice.address(self.there.repo))
        return clone

    def _place(self) -> str:
        return f"/api/v1/repos/{self.there.repo}"

    def _asked(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Authorization": f"token {self._alice.token}"}
        return self.browser.request(method, path, json=body, headers=headers)
