"""Pull requests: their traps, their checks, their merges and their end."""

from datetime import UTC, datetime

import pytest

from tests.integration.gitea_fake.asking import Asking
from tests.integration.gitea_fake.conftest import SHOP
from tests.integration.gitea_fake.gitea import Gitea
from tests.integration.gitea_fake.people import Person


@pytest.fixture
def number(alice: Person) -> int:
    """A pull request of one commit."""
    alice.push(SHOP, "feature/a", {"a.txt": "a\n"})
    return alice.open_pull(SHOP, "feature/a")


def test_all_states_are_listed_where_none_is_asked_for(
    alice: Person, ask: Asking, number: int
) -> None:
    alice.close_pull(SHOP, number)
    again = alice.open_pull(SHOP, "feature/a")
    assert [p["number"] for p in ask.shop("GET", "/pulls").json()] == [again, number]
    assert [p["number"] for p in ask.shop("GET", "/pulls?state=open").json()] == [again]


def test_what_is_between_two_branches_is_the_oldest_closed_or_not(
    alice: Person, ask: Asking, number: int
) -> None:
    alice.close_pull(SHOP, number)
    alice.open_pull(SHOP, "feature/a")
    found = ask.shop("GET", "/pulls/main/feature/a").json()
    assert (found["number"], found["state"]) == (number, "closed")


def test_a_base_with_a_slash_is_one_segment(alice: Person, ask: Asking) -> None:
    alice.push(SHOP, "release/1", {"b.txt": "b\n"})
    alice.push(SHOP, "feature/a", {"a.txt": "a\n"})
    alice.open_pull(SHOP, "feature/a", base="release/1")
    assert ask.shop("GET", "/pulls/release%2F1/feature/a").status_code == 200
    assert ask.shop("GET", "/pulls/release/1/feature/a").status_code == 404


def test_only_an_open_one_is_in_the_way_and_its_number_is_told(
    alice: Person, ask: Asking, number: int
) -> None:
    body = {"head": "feature/a", "base": "main", "title": "again"}
    answer = ask.shop("POST", "/pulls", body)
    assert answer.status_code == 409
    assert f"issue_id: {number}, " in answer.json()["message"]
    alice.close_pull(SHOP, number)
    assert ask.shop("POST", "/pulls", {**body, "head": "team:feature/a"}).status_code == 201


def test_it_cannot_be_merged_while_it_is_checked(
    gitea: Gitea, alice: Person, ask: Asking, number: int
) -> None:
    gitea.trouble.conflict_check_takes = 3
    head = alice.push(SHOP, "feature/a", {"a.txt": "b\n"})
    merge = {"Do": "merge", "head_commit_id": head}
    assert ask.shop("GET", f"/pulls/{number}").json()["mergeable"] is False
    answer = ask.shop("POST", f"/pulls/{number}/merge", merge)
    assert (answer.status_code, answer.json()["message"]) == (405, "Please try again later")
    assert ask.shop("GET", f"/pulls/{number}").json()["mergeable"] is True
    assert ask.shop("POST", f"/pulls/{number}/merge", merge).status_code == 200
    answer = ask.shop("POST", f"/pulls/{number}/merge", merge)
    assert (answer.status_code, answer.json()["message"]) == (405, "The PR is already merged")


def test_a_conflict_is_told_in_the_same_words(alice: Person, ask: Asking, number: int) -> None:
    alice.push(SHOP, "main", {"a.txt": "mine\n"})
    for _ in range(3):
        assert ask.shop("GET", f"/pulls/{number}").json()["mergeable"] is False
    answer = ask.shop("POST", f"/pulls/{number}/merge", {"Do": "merge"})
    assert (answer.status_code, answer.json()["message"]) == (405, "Please try again later")
    alice.force_push(SHOP, "feature/a", {"b.txt": "b\n"})
    ask.shop("GET", f"/pulls/{number}")
    assert ask.shop("GET", f"/pulls/{number}").json()["mergeable"] is True


PARENTS = {"merge": 2, "squash": 1, "rebase": 1, "rebase-merge": 2, "fast-forward-only": 1}


@pytest.mark.parametrize("style", PARENTS)
def test_each_style_of_merging_is_gits_own(
    gitea: Gitea, alice: Person, ask: Asking, number: int, style: str
) -> None:
    if style != "fast-forward-only":
        alice.push(SHOP, "main", {"b.txt": "b\n"})
    alice.pull(SHOP, number)
    assert ask.shop("POST", f"/pulls/{number}/merge", {"Do": style}).status_code == 200
    git = gitea.forge.repository("team", "shop").git
    head = git.head("main")
    assert head is not None
    assert len(git.commit(head).parents) == PARENTS[style]
    assert {entry.path for entry in git.entries(head, "")} >= {"README.md", "a.txt"}
    assert ask.shop("GET", f"/pulls/{number}").json()["merge_commit_sha"] == head
    assert ask.shop("GET", f"/commits/{head}/pull").json()["number"] == number


def test_a_branch_that_cannot_be_forwarded_conflicts_without_a_message(
    alice: Person, ask: Asking, number: int
) -> None:
    alice.push(SHOP, "main", {"b.txt": "b\n"})
    alice.pull(SHOP, number)
    answer = ask.shop("POST", f"/pulls/{number}/merge", {"Do": "fast-forward-only"})
    assert answer.status_code == 409
    assert "message" not in answer.json()


def test_a_merge_of_another_head_than_was_seen_is_refused(
    alice: Person, ask: Asking, number: int
) -> None:
    seen = alice.head(SHOP, "feature/a")
    alice.push(SHOP, "feature/a", {"c.txt": "c\n"})
    alice.pull(SHOP, number)
    body = {"Do": "merge", "head_commit_id": seen}
    answer = ask.shop("POST", f"/pulls/{number}/merge", body)
    assert (answer.status_code, answer.json()["message"]) == (409, "head out of date")


def test_a_merged_one_whose_branch_is_gone_keeps_its_label(
    alice: Person, ask: Asking, number: int
) -> None:
    head = alice.head(SHOP, "feature/a")
    alice.merge_pull(SHOP, number, delete_branch=True)
    shown = ask.shop("GET", f"/pulls/{number}").json()
    assert shown["head"]["label"] == "feature/a"
    assert (shown["head"]["ref"], shown["head"]["sha"]) == (f"refs/pull/{number}/head", head)
    assert (shown["state"], shown["merged"], shown["mergeable"]) == ("closed", True, True)
    assert shown["url"] == shown["html_url"]
    assert ask.shop("PATCH", f"/pulls/{number}", {"state": "open"}).status_code == 412


def test_it_closes_when_its_branch_is_removed(alice: Person, ask: Asking, number: int) -> None:
    alice.delete_branch(SHOP, "feature/a")
    shown = ask.shop("GET", f"/pulls/{number}").json()
    assert (shown["state"], shown["merged"]) == ("closed", False)
    assert ask.shop("POST", f"/pulls/{number}/merge", {"Do": "merge"}).status_code == 404


def test_a_rule_of_the_base_is_told_only_by_the_merge(
    alice: Person, bob: Person, ask: Asking, number: int
) -> None:
    head = alice.head(SHOP, "feature/a")
    alice.protect(
        SHOP,
        "main",
        required_approvals=1,
        enable_status_check=True,
        status_check_contexts=["ci"],
        block_on_rejected_reviews=True,
    )
    assert alice.pull(SHOP, number)["mergeable"] is True

    def refused() -> str:
        answer = ask.shop("POST", f"/pulls/{number}/merge", {"Do": "merge"})
        assert answer.status_code == 405
        return str(answer.json()["message"])

    assert refused() == "not ready to merge: Not all required status checks successful"
    alice.set_status(SHOP, head, "success")
    assert refused() == "not ready to merge: Does not have enough approvals"
    bob.review(SHOP, number, "APPROVED")
    carol = alice  # who opened it, and may not judge it
    answer = ask("POST", f"/repos/{SHOP}/pulls/{number}/reviews", {"event": "APPROVED"},
                 token=carol.token)  # fmt: skip
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "approve your own pull is not allowed",
    )
    assert ask.shop("POST", f"/pulls/{number}/merge", {"Do": "merge"}).status_code == 200


def test_a_merge_can_wait_for_its_checks(alice: Person, ask: Asking, number: int) -> None:
    head = alice.head(SHOP, "feature/a")
    body = {"Do": "merge", "head_commit_id": head, "merge_when_checks_succeed": True}
    assert ask.shop("POST", f"/pulls/{number}/merge", body).status_code == 201
    assert ask.shop("GET", f"/pulls/{number}/merge").status_code == 404
    alice.set_status(SHOP, head, "success")
    assert ask.shop("GET", f"/pulls/{number}/merge").status_code == 204


def test_a_title_can_say_that_it_is_not_ready(alice: Person, ask: Asking, number: int) -> None:
    alice.retitle_pull(SHOP, number, "WIP: not yet")
    assert alice.pull(SHOP, number)["draft"] is True
    answer = ask.shop("POST", f"/pulls/{number}/merge", {"Do": "merge"})
    assert answer.json()["message"] == "Work in progress PRs cannot be merged"


def test_a_verb_that_is_unknown_makes_a_review_that_nobody_else_sees(
    gitea: Gitea, alice: Person, ask: Asking, number: int
) -> None:
    place = f"/pulls/{number}/reviews"
    assert ask.shop("POST", place, {"event": "APPROVE"}).status_code == 422
    made = ask.shop("POST", place, {"event": "APPROVE", "body": "fine"})
    gitea.forgive("'APPROVE' is not one of")
    assert (made.status_code, made.json()["state"]) == (200, "PENDING")
    assert alice.ask("GET", f"{SHOP}/pulls/{number}/reviews") == []
    submitted = ask.shop("POST", f"{place}/{made.json()['id']}", {"event": "COMMENT"})
    assert submitted.json()["state"] == "COMMENT"
    assert len(alice.ask("GET", f"{SHOP}/pulls/{number}/reviews")) == 1


def test_a_review_goes_stale_with_the_next_push(alice: Person, bob: Person, number: int) -> None:
    bob.review(SHOP, number, "APPROVED")
    (review,) = alice.ask("GET", f"{SHOP}/pulls/{number}/reviews")
    assert (review["stale"], review["official"]) == (False, True)
    alice.push(SHOP, "feature/a", {"c.txt": "c\n"})
    (review,) = alice.ask("GET", f"{SHOP}/pulls/{number}/reviews")
    assert review["stale"] is True


def test_the_latest_status_of_each_context_counts(gitea: Gitea, alice: Person, ask: Asking) -> None:
    head = alice.push(SHOP, "feature/a", {"a.txt": "a\n"})

    def word() -> str:
        return str(ask.shop("GET", "/commits/feature/a/status").json()["state"])

    assert word() == "pending"
    for state, context, combined in (
        ("failure", "test", "failure"),
        ("success", "lint", "failure"),
        ("success", "test", "success"),
        ("skipped", "docs", "success"),
        ("warning", "docs", "failure"),
        ("success", "docs", "success"),
        ("nonsense", "docs", "pending"),
    ):
        alice.set_status(SHOP, head, state, context)
        assert word() == combined
    shown = ask.shop("GET", f"/commits/{head[:7]}/status").json()
    assert {s["context"]: s["status"] for s in shown["statuses"]} == {
        "test": "success",
        "lint": "success",
        "docs": "nonsense",
    }
    assert len(ask.shop("GET", f"/statuses/{head}").json()) == 7
    gitea.forgive("'nonsense' is not one of")


def test_its_files_and_its_diff_are_gits_own(alice: Person, ask: Asking, number: int) -> None:
    alice.push(SHOP, "feature/a", {"README.md": None, "docs/README.md": "# Shop\n"})
    (added, moved) = ask.shop("GET", f"/pulls/{number}/files").json()
    assert (added["filename"], added["status"], added["additions"]) == ("a.txt", "added", 1)
    assert (moved["previous_filename"], moved["status"]) == ("README.md", "renamed")
    assert len(ask.shop("GET", f"/pulls/{number}/commits").json()) == 2
    assert ask.shop("GET", f"/pulls/{number}.diff").text.startswith("diff --git a/a.txt b/a.txt")
    assert "Subject: [PATCH" in ask.shop("GET", f"/pulls/{number}.patch").text


def test_what_is_said_about_it_changes_when_it_was_updated(
    gitea: Gitea, alice: Person, bob: Person, number: int
) -> None:
    """To the second, so whoever goes by it must look again now and then."""
    pull = gitea.forge.repository("team", "shop").pulls[number]
    long_ago = pull.updated = pull.created = datetime(2026, 1, 1, tzinfo=UTC)
    for said in (
        lambda: alice.comment(SHOP, number, "hm"),
        lambda: bob.review(SHOP, number, "COMMENT", "hm"),
        lambda: alice.push(SHOP, "feature/a", {"c.txt": "c\n"}),
    ):
        pull.updated = long_ago
        said()
        assert alice.pull(SHOP, number)["updated_at"] > "2026-01-01T00:00:00Z"
