"""Clone and push, as git itself does them, and how they are refused."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.git.world import PERSON, commit, git
from tests.integration.gitea_fake.conftest import SHOP
from tests.integration.gitea_fake.flavour import FORGEJO_15
from tests.integration.gitea_fake.gitea import Gitea, running
from tests.integration.gitea_fake.people import Person


class BotsGit:
    """Git with the bot's token in a header; what it says on standard error is what it returns."""

    def __init__(self, gitea: Gitea, folder: Path) -> None:
        self.gitea = gitea
        self.folder = folder
        self.token = gitea.token

    def __call__(self, *arguments: str, where: Path | None = None, token: bool = True) -> str:
        secret = f"http.extraHeader=Authorization: token {self.token}"
        header = ["-c", secret] if token else []
        done = subprocess.run(
            ["git", *header, *arguments],
            cwd=where or self.folder,
            env={**PERSON, "GIT_TERMINAL_PROMPT": "0"},
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stderr if done.returncode else ""

    def clone(self, name: str = SHOP) -> Path:
        assert self("clone", "--quiet", f"{self.gitea.url}/{name}.git", "clone") == ""
        return self.folder / "clone"


@pytest.fixture
def bots_git(gitea: Gitea, tmp_path: Path) -> BotsGit:
    return BotsGit(gitea, tmp_path)


def test_a_clone_and_a_push_need_just_a_token(
    gitea: Gitea, alice: Person, bots_git: BotsGit
) -> None:
    clone = bots_git.clone()
    sha = commit(clone, {"a.txt": "a\n"})
    assert bots_git("push", "--quiet", "origin", "HEAD:refs/heads/x", where=clone) == ""
    assert alice.head(SHOP, "x") == sha
    assert gitea.token not in (clone / ".git" / "config").read_text()


def test_git_is_told_to_bring_credentials(gitea: Gitea, bots_git: BotsGit) -> None:
    answer = gitea.browser.get(f"/{SHOP}.git/info/refs?service=git-upload-pack")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Gitea"'
    assert "terminal prompts disabled" in bots_git("ls-remote", f"{gitea.url}/{SHOP}", token=False)


def test_forgejo_calls_itself_by_its_name(tmp_path: Path) -> None:
    with running(tmp_path, FORGEJO_15) as forgejo:
        forgejo.repository("team", "shop", {"a.txt": "a\n"})
        answer = forgejo.browser.get(f"/{SHOP}.git/info/refs?service=git-upload-pack")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Forgejo"'


def test_a_public_repository_is_cloned_by_anybody_and_pushed_to_by_nobody(
    gitea: Gitea, bots_git: BotsGit
) -> None:
    gitea.repository("team", "open", {"a.txt": "a\n"}, private=False)
    clone = bots_git.folder / "open"
    assert bots_git("clone", "--quiet", f"{gitea.url}/team/open.git", token=False) == ""
    assert "prompts disabled" in bots_git("push", "origin", "HEAD:x", where=clone, token=False)


def test_a_push_without_its_scope_is_refused(gitea: Gitea, bots_git: BotsGit) -> None:
    clone = bots_git.clone()
    gitea.let_bot("read:repository")
    assert "error: 403" in bots_git("push", "origin", "HEAD:x", where=clone)
    assert bots_git("fetch", "origin", where=clone) == ""
    gitea.let_bot("read:user")
    assert "error: 403" in bots_git("fetch", "origin", where=clone)


def test_what_is_out_of_sight_is_not_found(gitea: Gitea, alice: Person, bots_git: BotsGit) -> None:
    alice.shut_out(SHOP, gitea.bot.login)
    assert "not found" in bots_git("ls-remote", f"{gitea.url}/{SHOP}.git")
    gitea.revoke_bot()
    assert "prompts disabled" in bots_git("ls-remote", f"{gitea.url}/{SHOP}.git")


def test_a_protected_branch_takes_no_push_but_from_whom_it_admits(
    alice: Person, bots_git: BotsGit
) -> None:
    clone = bots_git.clone()
    alice.protect(SHOP, "main", enable_push=True, enable_push_whitelist=True,
                  push_whitelist_usernames=["alice"])  # fmt: skip
    commit(clone, {"a.txt": "a\n"})
    told = bots_git("push", "origin", "HEAD:main", where=clone)
    assert "Not allowed to push to protected branch main" in told
    assert "pre-receive hook declined" in told
    assert bots_git("push", "--quiet", "origin", "HEAD:other", where=clone) == ""
    assert alice.push(SHOP, "main", {"b.txt": "b\n"}) == alice.head(SHOP, "main")


def test_an_archived_repository_takes_no_push(alice: Person, bots_git: BotsGit) -> None:
    clone = bots_git.clone()
    alice.archive(SHOP)
    assert "error: 403" in bots_git("push", "origin", "HEAD:x", where=clone)
    assert bots_git("fetch", "origin", where=clone) == ""


def test_a_renamed_repository_is_fetched_and_pushed_under_its_old_name(
    alice: Person, bots_git: BotsGit
) -> None:
    clone = bots_git.clone()
    alice.rename(SHOP, "market")
    sha = commit(clone, {"a.txt": "a\n"})
    assert bots_git("fetch", "origin", where=clone) == ""
    assert bots_git("push", "--quiet", "origin", "HEAD:x", where=clone) == ""
    assert alice.head("team/market", "x") == sha


def test_an_empty_repository_can_be_cloned_and_filled(gitea: Gitea, bots_git: BotsGit) -> None:
    gitea.repository("team", "new")
    clone = bots_git.clone("team/new")
    sha = commit(clone, {"a.txt": "a\n"})
    assert bots_git("push", "--quiet", "origin", "HEAD:main", where=clone) == ""
    assert gitea.forge.repository("team", "new").git.head("main") == sha


def test_the_head_of_a_pull_request_stays_when_its_branch_is_gone(
    alice: Person, bots_git: BotsGit
) -> None:
    sha = alice.push(SHOP, "feature", {"a.txt": "a\n"})
    number = alice.open_pull(SHOP, "feature")
    alice.delete_branch(SHOP, "feature")
    clone = bots_git.clone()
    assert bots_git("fetch", "--quiet", "origin", f"refs/pull/{number}/head", where=clone) == ""
    assert git(clone, "rev-parse", "FETCH_HEAD") == sha
    assert "internal" in bots_git("push", "origin", "HEAD:refs/pull/9/head", where=clone)
