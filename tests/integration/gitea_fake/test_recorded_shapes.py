"""The fake answers and tells in the very shapes that were constructed from Gitea's own structs."""

import json
import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.gitea_fake.deliveries import verified
from tests.integration.gitea_fake.gitea import Gitea, running
from tests.integration.gitea_fake.people import Person

FIXTURES = Path(__file__).parents[2] / "fixtures" / "gitea"
SECRET = "s3cret"
PLAYED = (
    *("GET-version-200", "GET-user-200", "GET-repo-200", "GET-repo-401", "GET-contents-200"),
    *("GET-contents_nope-404", "GET-commits_main_status-200", "POST-hooks-201"),
    *("POST-branches-201", "POST-branches-409", "POST-branches-500", "POST-branches-403"),
    *("PUT-contents_docs_plan_md-201", "POST-contents_docs_plan_md-422"),
    *("PUT-contents_docs_plan_md-422", "GET-contents_docs_plan_md-200"),
    *("GET-branches-200", "GET-branches_agent_task_1-200", "GET-branches_agent_2Ftask_1-200"),
    *("POST-pulls-201", "POST-pulls-409", "POST-contents-201", "PUT-contents_docs_plan_md-200"),
    *("PUT-contents_c_txt-201", "POST-pulls-201-second", "GET-pulls-200", "GET-pulls_N-404"),
    *("POST-statuses_SHA-201", "GET-statuses_SHA-200", "GET-commits_SHA_status-200"),
    *("POST-statuses_SHA-500", "POST-pulls_N_reviews-200", "POST-pulls_N_reviews-422"),
    *("GET-pulls_N_reviews-200", "POST-issues_N_comments-201", "POST-issues_N_comments-422"),
    *("POST-issues_N_comments-500", "GET-issues_N_comments-200", "PATCH-pulls_N-201"),
    *("POST-pulls_N_merge-422", "POST-pulls_N_merge-409", "POST-pulls_N_merge-200"),
    *("GET-pulls_N_merge-204", "POST-pulls_N_merge-405", "PATCH-pulls_N-412", "GET-pulls_N-200"),
    "GET-pulls_main_agent_task_1-200",
)
TOLD = (
    *("create", "delete", "push", "push-new-branch", "push-default-branch"),
    *("pull_request-opened", "pull_request-closed-merged", "pull_request-closed-unmerged"),
    *("pull_request_sync-synchronized", "pull_request_comment-created"),
    *("pull_request_review_approved-reviewed", "pull_request_review_rejected-reviewed"),
    *("pull_request_review_comment-reviewed", "status-pending", "status-success"),
    *("workflow_run-requested", "workflow_run-in_progress", "workflow_run-completed"),
)


def recorded(name: str) -> dict[str, Any]:
    return dict(json.loads((FIXTURES / f"constructed-{name}.json").read_text("utf-8")))


def shape(value: Any) -> Any:
    """The names and the kinds, without what is in them; of a list its first."""
    if isinstance(value, Mapping):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def same(one: Any, other: Any) -> bool:
    """Whether two shapes are the same; null, or an empty list, may stand for anything."""
    if "NoneType" in (one, other) or [] in (one, other):
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return same(one[0], other[0])
    return bool(one == other)


def words(message: str) -> str:
    """A message without its numbers and shas."""
    return re.sub(r"[0-9a-f]{40}|\d+", "#", message)


class Play:
    """Everything that was recorded, played again; what came back, and what was told."""

    def __init__(self, gitea: Gitea) -> None:
        self.gitea = gitea
        self.answers: dict[str, httpx.Response] = {}
        repo = gitea.repository("acme", "shop", {"README.md": "# Shop\n"})
        forge = gitea.forge
        for login, level in (("dev", "admin"), ("rev", "write")):
            repo.levels[forge.account(login).login] = level
        self.tokens = {
            "dev": forge.issue_token(forge.account("dev"), {"all"}).secret,
            "rev": forge.issue_token(forge.account("rev"), {"all"}).secret,
            "weak": forge.issue_token(
                forge.account("dev"), {"read:repository", "read:user"}
            ).secret,
        }
        self.dev = Person(gitea.browser, gitea.forge.folder, "dev", self.tokens["dev"])
        self.rev = Person(gitea.browser, gitea.forge.folder, "rev", self.tokens["rev"])
        for name in PLAYED:
            self.play(name)
        self.improvise()

    def play(self, name: str) -> None:
        if name == "POST-pulls-201-second":
            self.dev.open_pull("acme/shop", "agent/task-2")
            return
        if name == "PUT-contents_c_txt-201":
            self.dev.ask("POST", "acme/shop/branches", {"new_branch_name": "agent/task-2"})
        if name in {"GET-statuses_SHA-200", "GET-commits_SHA_status-200"}:
            self.dev.set_status("acme/shop", self.head, "success", "pipeline/tests")
        if name == "POST-pulls_N_merge-409":
            self.dev.pull("acme/shop", 1)
        asked, sent = recorded(f"rest-{name}")["request"], None
        if asked["json"] is not None:
            sent = json.dumps(asked["json"])
            if name == "PUT-contents_docs_plan_md-200":
                sha = self.dev.ask("GET", "acme/shop/contents/docs/plan.md?ref=agent/task-1")["sha"]
                sent = json.dumps(asked["json"] | {"sha": sha})
        path = re.sub(r"[0-9a-f]{40}", self._sha, asked["path"])
        who = {"POST-pulls_N_reviews-200": "rev", "POST-branches-403": "weak"}.get(name, "dev")
        headers = {"Content-Type": "application/json", "Authorization": f"token {self.tokens[who]}"}
        if name == "GET-repo-401":
            del headers["Authorization"]
        self.answers[name] = self.gitea.browser.request(
            asked["method"], path, content=sent, headers=headers
        )

    def improvise(self) -> None:
        """What was told of, but has no request in the recordings."""
        hook = self.answers["POST-hooks-201"].json()
        events = [*hook["events"], "workflow_run"]
        self.dev.ask("PATCH", f"acme/shop/hooks/{hook['id']}", {"events": events})
        number = self.dev.open_pull("acme/shop", "agent/task-2")
        self.dev.push("acme/shop", "agent/task-2", {"d.txt": "d\n"})
        for verdict in ("APPROVED", "REQUEST_CHANGES", "COMMENT"):
            self.rev.review("acme/shop", number, verdict, "nit")
        for state in ("pending", "success"):
            self.dev.set_status("acme/shop", self.dev.head("acme/shop", "agent/task-2"), state)
        repo = self.gitea.forge.repository("acme", "shop")
        actions = ("requested", "in_progress", "completed")
        self.gitea.run_workflow(repo, "agent/task-2", actions)
        self.dev.delete_branch("acme/shop", "agent/task-2")

    @property
    def head(self) -> str:
        return self.dev.head("acme/shop", "agent/task-1")

    def _sha(self, found: re.Match[str]) -> str:
        return found[0] if len(set(found[0])) == 1 else self.head


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Generator[Play]:
    with running(tmp_path_factory.mktemp("play")) as gitea:
        yield Play(gitea)


@pytest.mark.parametrize("name", [name for name in PLAYED if not name.endswith("second")])
def test_an_answer_has_the_recorded_status_and_shape(play: Play, name: str) -> None:
    given, wanted = play.answers[name], recorded(f"rest-{name}")
    assert given.status_code == wanted["status"], given.text
    if wanted["body"] is None:
        assert given.content == b""
        return
    body = given.json()
    if name == "GET-pulls-200":  # constructed with them; Gitea's list leaves them out
        for pull in wanted["body"]:
            for size in ("additions", "deletions", "changed_files"):
                del pull[size]
    assert same(shape(body), shape(wanted["body"]))
    if given.status_code >= 400:
        assert words(body["message"]) == words(wanted["body"]["message"])


@pytest.mark.parametrize("name", TOLD)
def test_a_webhook_has_the_recorded_headers_and_shape(play: Play, name: str) -> None:
    wanted = recorded(f"webhook-{name}")
    event_type = wanted["headers"]["X-Gitea-Event-Type"]
    made = play.gitea.deliveries.of(event_type)
    assert made, f"nothing was told of {event_type}"
    alike = [d for d in made if same(shape(d.payload), shape(wanted["body"]))]
    assert alike, json.dumps([shape(d.payload) for d in made], indent=1)
    assert alike[0].headers.keys() >= wanted["headers"].keys()
    assert alike[0].headers["X-Gitea-Event"] == wanted["headers"]["X-Gitea-Event"]
    assert verified(SECRET, alike[0].body, alike[0].headers["X-Gitea-Signature"])


def test_the_signatures_of_the_recordings_are_made_in_the_same_way() -> None:
    told = [recorded(f"webhook-{name}") for name in TOLD]
    for one in told:
        raw = one["raw_body"].encode()
        assert verified(one["secret"], raw, one["headers"]["X-Gitea-Signature"])
        assert json.dumps(one["body"], indent=2, ensure_ascii=False).encode() == raw


@pytest.mark.shared
def test_nothing_but_the_filter_that_does_not_exist_goes_against_the_description(
    play: Play,
) -> None:
    """One of the recorded requests filters by head, which Gitea ignores in silence."""
    assert play.gitea.conformance is not None
    assert play.gitea.conformance.judged > len(PLAYED)
    (violation,) = play.gitea.violations
    assert "GET /repos/acme/shop/pulls" in violation
    assert "unknown query parameter head" in violation
    assert len(play.answers["GET-pulls-200"].json()) == 2
