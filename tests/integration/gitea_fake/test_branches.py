"""Branches and files, and the errors that are not what one would expect."""

import base64

import pytest

from tests.integration.gitea_fake.asking import Asking
from tests.integration.gitea_fake.conftest import SHOP
from tests.integration.gitea_fake.gitea import Gitea
from tests.integration.gitea_fake.people import Person

HELLO = base64.b64encode(b"hello\n").decode()


def test_a_branch_is_where_git_has_it(alice: Person, ask: Asking) -> None:
    sha = alice.push(SHOP, "feature/pay", {"a.txt": "a\n"})
    assert ask.shop("GET", "/branches/feature/pay").json()["commit"]["id"] == sha
    assert ask.shop("GET", "/branches/feature%2Fpay").json()["name"] == "feature/pay"
    assert ask.shop("GET", "/branches/feature").status_code == 404


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("main", 409, "The branch already exists."),
        ("main/sub", 409, "The branch with the same name already exists."),
        ("a..b", 422, "[NewBranchName]: GitRefName"),
        ("x" * 101, 422, "[NewBranchName]: MaxSize"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    ask: Asking, name: str, status: int, message: str
) -> None:
    answer = ask.shop("POST", "/branches", {"new_branch_name": name})
    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_the_server_errs_where_one_would_expect_not_found(alice: Person, ask: Asking) -> None:
    alice.protect(SHOP, "release/*")
    unknown = "1" * 40
    for path, body in (
        ("/branches", {"new_branch_name": "x", "old_ref_name": "nowhere"}),
        ("/branches", {"new_branch_name": "release/1"}),
        (f"/statuses/{unknown}", {"state": "success"}),
        ("/issues/99/comments", {"body": "x"}),
    ):
        answer = ask.shop("POST", path, body)
        assert (answer.status_code, answer.json()["message"]) == (500, "")
    assert ask.shop("GET", "/issues/99/comments").status_code == 500


def test_protected_and_default_branches_stay(alice: Person, ask: Asking) -> None:
    alice.push(SHOP, "release/1", {"a.txt": "a\n"})
    alice.protect(SHOP, "release/*")
    assert ask.shop("DELETE", "/branches/main").status_code == 403
    assert ask.shop("DELETE", "/branches/release/1").json()["message"] == "branch protected"
    shown = ask.shop("GET", "/branches/release/1").json()
    assert shown["protected"] is True
    assert shown["user_can_push"] is False
    body = {"content": HELLO, "branch": "release/1"}
    assert ask.shop("POST", "/contents/x.txt", body).status_code == 403
    alice.unprotect(SHOP, "release/*")
    assert ask.shop("POST", "/contents/x.txt", body).status_code == 201


def test_several_files_are_one_commit_or_none(alice: Person, ask: Asking) -> None:
    before = alice.head(SHOP, "main")
    readme = ask.shop("GET", "/contents/README.md").json()["sha"]
    good = [
        {"operation": "create", "path": "docs/a.md", "content": HELLO},
        {"operation": "delete", "path": "README.md", "sha": readme},
    ]
    bad = [*good, {"operation": "update", "path": "docs/b.md", "content": HELLO, "sha": readme}]
    assert ask.shop("POST", "/contents", {"files": bad}).status_code == 404
    assert alice.head(SHOP, "main") == before
    made = ask.shop("POST", "/contents", {"files": good, "message": "both"})
    assert made.status_code == 201
    assert made.json()["files"][1] is None
    assert made.json()["commit"]["parents"][0]["sha"] == before
    assert alice.head(SHOP, "main") == made.json()["commit"]["sha"]
    assert [e["path"] for e in ask.shop("GET", "/contents/docs").json()] == ["docs/a.md"]
    assert ask.shop("GET", "/raw/docs/a.md").content == b"hello\n"


def test_an_empty_repository_has_nothing_until_its_first_file(gitea: Gitea, ask: Asking) -> None:
    gitea.repository("team", "new")
    assert ask("GET", "/repos/team/new").json()["empty"] is True
    assert ask("GET", "/repos/team/new/branches").json() == []
    assert ask("GET", "/repos/team/new/branches/main").status_code == 404
    assert ask("GET", "/repos/team/new/contents").status_code == 404
    answer = ask("POST", "/repos/team/new/branches", {"new_branch_name": "x"})
    assert answer.json()["message"] == "Git Repository is empty."
    answer = ask("POST", "/repos/team/new/contents/a.md", {"content": HELLO})
    assert answer.status_code == 201
    assert ask("GET", "/repos/team/new/branches/main").status_code == 200


def test_a_page_holds_fifty_at_most_and_tells_of_the_rest(gitea: Gitea, ask: Asking) -> None:
    repo = gitea.forge.repository("team", "shop")
    sha = repo.git.head("main")
    for number in range(59):
        repo.git.point(f"refs/heads/b{number:02}", sha)
    first = ask.shop("GET", "/branches?limit=1000&page=1")
    assert (len(first.json()), first.headers["X-Total-Count"]) == (50, "60")
    assert 'page=2>; rel="next"' in first.headers["Link"]
    assert len(ask.shop("GET", "/branches?limit=1000&page=2").json()) == 10
    assert len(ask.shop("GET", "/branches").json()) == 30
    assert ask.shop("GET", "/branches?page=9").json() == []
