"""Webhooks: when they go out, whether they arrive, and what they leave out."""

import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.integration.gitea_fake.bare_repository import ZEROS
from tests.integration.gitea_fake.conftest import SHOP
from tests.integration.gitea_fake.deliveries import verified
from tests.integration.gitea_fake.flavour import FORGEJO_15, GITEA_1_22
from tests.integration.gitea_fake.gitea import Gitea, running
from tests.integration.gitea_fake.people import Person

EVENTS = ["push", "create", "delete", "pull_request", "status", "workflow_run"]


class Receiver:
    """Somebody who listens; ``answer`` is what he says to everything."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer = 202
        self.patient = threading.Event()
        self.patient.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                receiver.patient.wait()
                self.send_response(receiver.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/gitea"

    @property
    def types(self) -> list[str]:
        return [headers["x-gitea-event-type"] for headers, _ in self.got]

    def close(self) -> None:
        self.patient.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Generator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def subscribe(alice: Person, receiver: Receiver, **more: Any) -> int:
    config = {"url": receiver.url, "content_type": "json", "secret": "s3cret"}
    body = {"type": "gitea", "config": config, "active": True, "events": EVENTS, **more}
    return int(alice.ask("POST", f"{SHOP}/hooks", body)["id"])


def test_a_branch_is_told_of_as_created_pushed_and_deleted(
    gitea: Gitea, alice: Person, receiver: Receiver
) -> None:
    subscribe(alice, receiver)
    alice.push(SHOP, "x", {"a.txt": "a\n"})
    alice.push(SHOP, "x", {"b.txt": "b\n"})
    alice.delete_branch(SHOP, "x")
    gitea.deliveries.settle()
    assert receiver.types == ["create", "push", "push", "delete"]
    headers, body = receiver.got[0]
    assert verified("s3cret", body, headers["x-gitea-signature"])
    assert not verified("other", body, headers["x-gitea-signature"])
    assert all(delivery.succeeded for delivery in gitea.deliveries.made)


def test_a_push_shows_five_commits_and_of_a_new_branch_its_ancestors(
    gitea: Gitea, alice: Person, receiver: Receiver
) -> None:
    subscribe(alice, receiver)
    repo = gitea.forge.repository("team", "shop")
    sha = alice.push(SHOP, "x", {"a.txt": "a\n"})
    signer = gitea.forge.signature(gitea.bot)
    head: str = sha
    for number in range(7):
        head = repo.git.commit_tree(f"{head}^{{tree}}", [head], f"{number}\n", signer, signer)
    with gitea.forge.moving(repo, gitea.bot):
        repo.git.point("refs/heads/x", head)
    new, more = (delivery.payload for delivery in gitea.deliveries.of("push"))
    assert (new["before"], new["total_commits"], len(new["commits"])) == (ZEROS, 1, 2)
    assert (more["before"], more["total_commits"], len(more["commits"])) == (sha, 7, 5)


def test_a_pull_request_is_told_of_from_its_opening_to_its_merge(
    gitea: Gitea, alice: Person, bob: Person, receiver: Receiver
) -> None:
    subscribe(alice, receiver)
    before = alice.push(SHOP, "x", {"a.txt": "a\n"})
    number = alice.open_pull(SHOP, "x")
    after = alice.force_push(SHOP, "x", {"b.txt": "b\n"})
    bob.review(SHOP, number, "REQUEST_CHANGES", "no")
    bob.comment(SHOP, number, "hm")
    alice.set_status(SHOP, after, "success")
    gitea.run_workflow(gitea.forge.repository("team", "shop"), "x", ["completed"])
    alice.merge_pull(SHOP, number, delete_branch=True)
    told = [d for d in gitea.deliveries.made if d.event_type not in {"push", "create"}]
    assert [d.event_type for d in told] == [
        *("pull_request", "pull_request_sync", "pull_request_review_rejected"),
        *("pull_request_comment", "status", "workflow_run", "pull_request", "delete"),
    ]
    sync = told[1].payload
    assert (sync["action"], sync["before"], sync["after"]) == ("synchronized", before, after)
    review = told[2]
    assert review.headers["X-Gitea-Event"] == "pull_request_rejected"
    assert review.payload["review"] == {"type": "pull_request_review_rejected", "content": "no"}
    assert review.payload["commit_id"] == ""
    assert told[3].headers["X-Gitea-Event"] == "issue_comment"
    closed = told[6].payload
    assert (closed["action"], closed["pull_request"]["merged"]) == ("closed", True)


def test_only_what_was_asked_for_is_told(gitea: Gitea, alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, events=["pull_request_only", "issue_comment", "nonsense"])
    subscribe(alice, receiver, active=False)
    alice.push(SHOP, "x", {"a.txt": "a\n"})
    number = alice.open_pull(SHOP, "x")
    alice.push(SHOP, "x", {"b.txt": "b\n"})
    alice.comment(SHOP, number, "a comment on a pull request is none on an issue")
    alice.close_pull(SHOP, number)
    gitea.deliveries.settle()
    assert receiver.types == ["pull_request", "pull_request"]


def test_a_branch_filter_holds_for_pushes(gitea: Gitea, alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, branch_filter="orchestrator/*")
    alice.push(SHOP, "x", {"a.txt": "a\n"})
    alice.push(SHOP, "orchestrator/x", {"a.txt": "a\n"})
    alice.open_pull(SHOP, "x")
    assert [d.event_type for d in gitea.deliveries.made] == ["create", "push", "pull_request"]


def test_a_form_carries_the_signed_json(gitea: Gitea, alice: Person, receiver: Receiver) -> None:
    config = {"url": receiver.url, "content_type": "form", "secret": "s3cret"}
    subscribe(alice, receiver, config=config)
    alice.push(SHOP, "x", {"a.txt": "a\n"})
    gitea.deliveries.settle()
    headers, body = receiver.got[0]
    payload = parse_qs(body.decode())["payload"][0].encode()
    assert verified("s3cret", payload, headers["x-gitea-signature"])


def test_without_a_secret_the_signature_is_empty(
    gitea: Gitea, alice: Person, receiver: Receiver
) -> None:
    subscribe(alice, receiver, config={"url": receiver.url, "content_type": "json"})
    alice.push(SHOP, "x", {"a.txt": "a\n"})
    assert gitea.deliveries.made[0].headers["X-Gitea-Signature"] == ""


def test_what_fails_is_not_tried_again(gitea: Gitea, alice: Person, receiver: Receiver) -> None:
    hook = subscribe(alice, receiver)
    receiver.answer = 503
    alice.ask("POST", f"{SHOP}/hooks/{hook}/tests")
    gitea.deliveries.settle()
    receiver.answer = 202
    gitea.deliveries.settle()
    assert len(receiver.got) == 1
    assert gitea.deliveries.made[0].status == 503


def test_who_takes_too_long_is_not_waited_for(
    gitea: Gitea, alice: Person, receiver: Receiver
) -> None:
    hook = subscribe(alice, receiver)
    gitea.deliveries.timeout = 0.05
    receiver.patient.clear()
    alice.ask("POST", f"{SHOP}/hooks/{hook}/tests")
    gitea.deliveries.settle()
    assert "ReadTimeout" in gitea.deliveries.made[0].failure


def test_this_machine_is_not_called_unless_it_is_allowed(
    tmp_path: Path, receiver: Receiver
) -> None:
    """As the setting ALLOWED_HOST_LIST has it by default; the hook itself is made all the same."""
    with running(tmp_path) as gitea:
        gitea.repository("team", "shop", {"a.txt": "a\n"})
        alice = gitea.person("alice", "admin")
        hook = subscribe(alice, receiver)
        for allowed in ("external", "private", "private,loopback", "127.0.0.1"):
            gitea.deliveries.allowed_hosts = allowed
            alice.ask("POST", f"{SHOP}/hooks/{hook}/tests")
            gitea.deliveries.settle()
        assert ["allowed" in d.failure for d in gitea.deliveries.made] == [True, True, False, False]
        assert len(receiver.got) == 2


def test_deliveries_are_lost_doubled_and_reordered_on_command(
    gitea: Gitea, alice: Person, receiver: Receiver
) -> None:
    subscribe(alice, receiver)
    gitea.deliveries.lose_next()
    gitea.deliveries.double_next()
    alice.push(SHOP, "x", {"a.txt": "a\n"})
    gitea.deliveries.settle()
    assert receiver.types == ["push", "push"]
    assert receiver.got[0] == receiver.got[1]
    gitea.deliveries.hold()
    alice.open_pull(SHOP, "x")
    alice.push(SHOP, "x", {"b.txt": "b\n"})
    gitea.deliveries.release()
    gitea.deliveries.settle()
    assert receiver.types[2:] == ["pull_request_sync", "push", "pull_request"]


def test_a_replay_by_hand_has_a_new_name(gitea: Gitea, alice: Person, receiver: Receiver) -> None:
    hook = subscribe(alice, receiver)
    alice.ask("POST", f"{SHOP}/hooks/{hook}/tests")
    gitea.deliveries.replay(gitea.deliveries.made[0])
    gitea.deliveries.settle()
    (first, body), (second, again) = receiver.got
    assert body == again
    assert first["x-gitea-signature"] == second["x-gitea-signature"]
    assert first["x-gitea-delivery"] != second["x-gitea-delivery"]


def test_an_old_server_tells_less_and_forgejo_tells_it_twice(
    tmp_path: Path, receiver: Receiver
) -> None:
    for flavour in (GITEA_1_22, FORGEJO_15):
        with running(tmp_path / flavour.version, flavour, allowed_hosts="*") as gitea:
            gitea.repository("team", "shop", {"a.txt": "a\n"})
            alice = gitea.person("alice", "admin")
            subscribe(alice, receiver)
            alice.push(SHOP, "x", {"b.txt": "b\n"})
            alice.open_pull(SHOP, "x")
            head = alice.push(SHOP, "x", {"c.txt": "c\n"})
            alice.set_status(SHOP, head, "success")
            (sync,) = gitea.deliveries.of("pull_request_sync")
            assert "after" not in sync.payload
            assert sync.payload["pull_request"]["head"]["sha"] == head
            assert gitea.deliveries.of("status") == []
            forgejo = sync.headers.get("X-Forgejo-Event-Type")
            assert forgejo == ("pull_request_sync" if flavour.forgejo else None)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"config": {"content_type": "json"}}, "Missing config option: url"),
        ({"config": {"url": "http://x"}}, "Missing config option: content_type"),
        ({"config": {"url": "http://x", "content_type": "xml"}}, "Invalid content type"),
        ({"config": {"url": "x", "content_type": "json"}}, "Invalid url"),
        ({"type": "forgejo"}, "Invalid hook type: forgejo"),
    ],
)
def test_a_hook_that_could_not_work_is_refused(
    gitea: Gitea, more: dict[str, Any], message: str
) -> None:
    config = {"url": "http://x", "content_type": "json"}
    answer = gitea.browser.post(
        f"/api/v1/repos/{SHOP}/hooks",
        json={"type": "gitea", "config": config, **more},
        headers={"Authorization": f"token {gitea.token}"},
    )
    assert (answer.status_code, answer.json()["message"]) == (422, message)
