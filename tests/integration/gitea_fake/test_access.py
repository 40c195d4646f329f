"""Tokens, scopes, rights, and repositories that are elsewhere, archived or out of sight."""

from pathlib import Path

import httpx
import pytest

from tests.integration.gitea_fake.asking import Asking
from tests.integration.gitea_fake.conftest import SHOP
from tests.integration.gitea_fake.gitea import Gitea, running
from tests.integration.gitea_fake.people import Person


def test_nobody_is_told_to_bring_a_token(ask: Asking) -> None:
    answer = ask("GET", f"/repos/{SHOP}", token=None)
    assert (answer.status_code, answer.json()["message"]) == (401, "token is required")


def test_a_bad_token_fails_even_where_none_is_needed(ask: Asking) -> None:
    assert ask("GET", "/version", token=None).status_code == 200
    assert ask("GET", "/version", token="wrong").status_code == 401


@pytest.mark.parametrize("name", ["bearer", "password", "user", "query"])
def test_a_token_is_taken_in_every_way_that_gitea_knows(gitea: Gitea, name: str) -> None:
    url, token = f"{gitea.url}/api/v1/user", gitea.token
    asked = {
        "bearer": httpx.Request("GET", url, headers={"Authorization": f"Bearer {token}"}),
        "password": _basic(url, "anybody", token),
        "user": _basic(url, token, "x-oauth-basic"),
        "query": httpx.Request("GET", f"{url}?token={token}"),
    }[name]
    assert gitea.browser.send(asked).json()["login"] == gitea.bot.login


def _basic(url: str, name: str, password: str) -> httpx.Request:
    return next(httpx.BasicAuth(name, password).auth_flow(httpx.Request("GET", url)))


def test_a_scope_that_is_missing_is_named(gitea: Gitea, ask: Asking) -> None:
    gitea.let_bot("read:repository", "read:user")
    assert ask.shop("GET", "").status_code == 200
    answer = ask.shop("POST", "/branches", {"new_branch_name": "x"})
    assert answer.status_code == 403
    assert "required=[write:repository]" in answer.json()["message"]
    assert "token scope=read:repository,read:user" in answer.json()["message"]
    assert ask.shop("POST", "/issues/1/comments", {"body": "x"}).status_code == 403
    gitea.let_bot()
    assert ask.shop("POST", "/branches", {"new_branch_name": "x"}).status_code == 201


def test_a_revoked_token_is_nobodys(gitea: Gitea, ask: Asking) -> None:
    gitea.revoke_bot()
    assert ask("GET", "/user").status_code == 401


def test_a_private_repository_is_not_there_for_strangers(
    gitea: Gitea, alice: Person, ask: Asking
) -> None:
    alice.shut_out(SHOP, gitea.bot.login)
    assert ask.shop("GET", "").status_code == 404


def test_who_may_only_read_is_refused(gitea: Gitea, alice: Person, ask: Asking) -> None:
    alice.let_in(SHOP, gitea.bot.login, "read")
    answer = ask.shop("POST", "/branches", {"new_branch_name": "x"})
    assert answer.status_code == 403
    assert "permission to write" in answer.json()["message"]
    alice.let_in(SHOP, gitea.bot.login, "write")
    answer = ask.shop("GET", "/hooks")
    assert answer.status_code == 403
    assert "admin write" in answer.json()["message"]


def test_an_archived_repository_is_locked_for_writing(alice: Person, ask: Asking) -> None:
    alice.archive(SHOP)
    assert ask.shop("GET", "").json()["archived"] is True
    assert ask.shop("POST", "/branches", {"new_branch_name": "x"}).status_code == 423
    alice.archive(SHOP, archived=False)
    assert ask.shop("POST", "/branches", {"new_branch_name": "x"}).status_code == 201


def test_a_renamed_repository_sends_on_until_its_old_name_is_taken(
    gitea: Gitea, alice: Person, ask: Asking
) -> None:
    alice.rename(SHOP, "market")
    answer = ask.shop("GET", "/branches?limit=5")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/api/v1/repos/team/market/branches?limit=5"
    assert ask.shop("GET", "/branches/main").status_code == 301
    gitea.repository("team", "shop", {"README.md": "another\n"})
    assert ask.shop("GET", "").status_code == 200


def test_tokens_are_made_with_name_and_password(gitea: Gitea, alice: Person) -> None:
    place = f"/api/v1/users/{alice.login}/tokens"
    body = {"name": "ci", "scopes": ["read:user"]}
    known = httpx.BasicAuth("alice", "alice's password")
    made = gitea.browser.post(place, json=body, auth=known)
    assert made.status_code == 201
    assert gitea.browser.post(place, json=body, auth=known).status_code == 400
    headers = {"Authorization": f"token {made.json()['sha1']}"}
    assert gitea.browser.get("/api/v1/user", headers=headers).json()["login"] == "alice"
    assert gitea.browser.get(place, headers=headers).status_code == 401


def test_a_body_without_its_content_type_is_not_read(gitea: Gitea) -> None:
    answer = gitea.browser.post(
        f"/api/v1/repos/{SHOP}/branches",
        content=b'{"new_branch_name": "x"}',
        headers={"Authorization": f"token {gitea.token}"},
    )
    assert (answer.status_code, answer.json()["message"]) == (422, "[]: Empty Content-Type")


@pytest.mark.shared
def test_what_is_unknown_to_the_description_is_reported(tmp_path: Path) -> None:
    """A filter and a field that Gitea ignores in silence, and an operation that it has not."""
    with running(tmp_path) as gitea:
        gitea.repository("team", "shop", {"README.md": "# Shop\n"})
        ask = Asking(gitea)
        ask.shop("GET", "/pulls?head=team:main&state=open")
        ask.shop("POST", "/branches", {"new_branch_name": "x", "from": "main"})
        ask.shop("POST", "/branches", {"new_branch_name": "y", "old_ref_name": None})
        ask.shop("GET", "/no/such/thing")
        faults = [violation.partition(": ")[2] for violation in gitea.violations]
        assert faults == [
            "unknown query parameter head",
            "unknown field from",
            "$.old_ref_name: None is not of type 'string'",
            "there is no such operation",
        ]
