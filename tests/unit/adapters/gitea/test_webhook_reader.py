"""Deliveries of Gitea and Forgejo: which branch, which commit, or nothing of ours."""

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.gitea.payloads import User
from adapters.gitea.webhook_reader import GiteaWebhookReader
from domain.errors import Forbidden, Invalid
from domain.identifiers import Branch, CommitId, Repo
from domain.signals import BranchTouched
from tests.contracts.webhook_reader import JSON, Sign, WebhookReaderContract
from tests.unit.adapters.gitea.recordings import (
    CONSTRUCTED,
    RECORDED,
    constructed,
    load,
    names,
    webhook,
)

REPO = Repo("acme/shop")
SECRET = "s3cret"
BRANCH = Branch("agent/task-1")
OTHERS = ("woodpecker-ci/repo",)


def signed(body: bytes, kind: str = "push", secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a genuine delivery."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "x-gitea-event": kind,
        "x-gitea-event-type": kind,
        "x-gitea-signature": digest,
    }


def a_reader(
    *repositories: str,
    secrets: tuple[str, ...] = (SECRET,),
    bot: User | None = None,
    formerly: Callable[[str], Repo | None] = lambda _: None,
) -> GiteaWebhookReader:
    """Return a reader that knows these repositories and secrets."""
    ours = [Repo(name) for name in repositories or (REPO,)]
    return GiteaWebhookReader(secrets, ours, bot=lambda: bot, formerly=formerly)


def touched(
    reader: GiteaWebhookReader, headers: dict[str, str], body: bytes
) -> BranchTouched | None:
    """Return what a delivery hints at."""
    hints = reader.read(headers, body)
    assert len(hints) <= 1
    if not hints:
        return None
    assert isinstance(hints[0].signal, BranchTouched)
    return hints[0].signal


@pytest.fixture
def reader() -> GiteaWebhookReader:
    return a_reader()


@pytest.fixture
def sign() -> Sign:
    return signed


@pytest.fixture
def body() -> bytes:
    return webhook("push")[1]


@pytest.fixture
def other_body() -> bytes:
    return webhook("push-new-branch")[1]


class TestGiteaWebhookReader(WebhookReaderContract):
    """By the constructed deliveries."""

    SIGNATURE = "x-gitea-signature"


# ── which branch ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "push",
        "push-new-branch",
        "create",
        "delete",
        "pull_request-opened",
        "pull_request-closed-merged",
        "pull_request-closed-unmerged",
        "pull_request_sync-synchronized",
        "pull_request_comment-created",
        "pull_request_review_approved-reviewed",
        "pull_request_review_rejected-reviewed",
        "pull_request_review_comment-reviewed",
        "workflow_run-completed",
    ],
)
def test_a_delivery_names_its_branch(reader: GiteaWebhookReader, name: str) -> None:
    headers, body = webhook(name)
    reader.verify(headers, body)
    signal = touched(reader, headers, body)
    assert signal is not None
    assert signal.repo == REPO
    assert (signal.branch or "").startswith("agent/")


def test_a_merged_pull_request_whose_branch_is_gone_still_names_it(
    reader: GiteaWebhookReader,
) -> None:
    headers, body = webhook("pull_request-closed-merged")
    told = json.loads(body)
    told["pull_request"]["head"]["ref"] = "refs/pull/1/head"
    told["pull_request"]["head"]["label"] = BRANCH
    signal = touched(reader, headers, json.dumps(told).encode())
    assert signal is not None
    assert signal.branch == BRANCH


def test_a_status_names_its_commit_only(reader: GiteaWebhookReader) -> None:
    headers, body = webhook("status-success")
    signal = touched(reader, headers, body)
    assert signal is not None
    assert (signal.branch, signal.commit) == (None, CommitId(json.loads(body)["sha"]))


def test_a_pull_request_from_a_fork_is_not_about_our_branch(reader: GiteaWebhookReader) -> None:
    headers, body = webhook("pull_request-opened")
    told = json.loads(body)
    told["pull_request"]["head"] |= {"repo_id": -1, "repo": None}
    assert touched(reader, headers, json.dumps(told).encode()) is None


def test_a_tag_is_no_branch(reader: GiteaWebhookReader) -> None:
    for kind, told in (
        ("push", {"ref": "refs/tags/v1"}),
        ("create", {"ref": "v1", "ref_type": "tag"}),
        ("delete", {"ref": "v1", "ref_type": "tag"}),
    ):
        body = json.dumps({**told, "repository": {"full_name": REPO}}).encode()
        assert touched(reader, signed(body, kind), body) is None


def test_the_type_tells_a_comment_on_a_pull_request_from_one_on_an_issue(
    reader: GiteaWebhookReader,
) -> None:
    """The event's own header says the same of both."""
    headers, body = webhook("pull_request_comment-created")
    assert headers["x-gitea-event"] == "issue_comment"
    assert touched(reader, headers, body) is not None
    assert touched(reader, {**headers, "x-gitea-event-type": "issue_comment"}, body) is None


def test_a_forgejo_is_read_by_its_own_headers(reader: GiteaWebhookReader) -> None:
    headers, body = webhook("push")
    own = {name.replace("x-gitea", "x-forgejo"): value for name, value in headers.items()}
    assert reader.verify(own, body) == reader.verify(headers, body)
    assert touched(reader, own, body) == touched(reader, headers, body)


# ── whose ────────────────────────────────────────────────────────────────────────────────────────


def test_other_repositories_are_set_aside(reader: GiteaWebhookReader) -> None:
    body = json.dumps({"ref": "refs/heads/x", "repository": {"full_name": "acme/other"}}).encode()
    assert touched(reader, signed(body), body) is None


def test_names_of_repositories_differ_in_more_than_case() -> None:
    headers, body = webhook("push")
    signal = touched(a_reader("Acme/Shop"), headers, body)
    assert signal is not None
    assert signal.repo == "Acme/Shop"


def test_a_repository_that_was_renamed_is_still_ours() -> None:
    """Its deliveries come under the new name; redirects told us whose that is."""
    headers, body = webhook("push")

    def formerly(name: str) -> Repo | None:
        return Repo("acme/old-shop") if name == REPO else None

    signal = touched(a_reader("acme/old-shop", formerly=formerly), headers, body)
    assert signal is not None
    assert signal.repo == "acme/old-shop"


@pytest.mark.parametrize("known", ["id", "login"])
def test_our_own_doings_are_dropped(known: str) -> None:
    headers, body = webhook("push")
    sender = json.loads(body)["sender"]
    bot = User(id=sender["id"]) if known == "id" else User(login=sender["login"])
    assert touched(a_reader(bot=bot), headers, body) is None
    assert touched(a_reader(bot=User(id=4711, login="bot")), headers, body) is not None


@pytest.mark.parametrize("name", ["status-success", "workflow_run-completed"])
def test_what_a_machine_did_in_our_name_is_none_of_our_doings(name: str) -> None:
    """A run of the CI is told as if by whoever pushed: by us."""
    headers, body = webhook(name)
    sender = json.loads(body)["sender"]
    assert touched(a_reader(bot=User(id=sender["id"])), headers, body) is not None


# ── signatures ───────────────────────────────────────────────────────────────────────────────────


def test_an_empty_signature_is_forbidden_even_without_a_secret() -> None:
    """A webhook without a secret sends the header, but empty."""
    body = webhook("push")[1]
    for secrets in ((), ("",), (SECRET,)):
        with pytest.raises(Forbidden):
            a_reader(secrets=secrets).verify({**signed(body), "x-gitea-signature": ""}, body)


def test_two_secrets_are_good_while_one_replaces_the_other() -> None:
    body = webhook("push")[1]
    reader = a_reader(secrets=("new", "old"))
    for secret in ("new", "old"):
        assert reader.verify(signed(body, secret=secret), body)
    with pytest.raises(Forbidden):
        reader.verify(signed(body, secret="older"), body)


def test_a_replay_by_hand_has_the_same_name(reader: GiteaWebhookReader) -> None:
    """Its id is new, its words are not."""
    headers, body = webhook("push")
    again = {**headers, "x-gitea-delivery": "00000000-0000-4000-8000-000000000000"}
    assert reader.verify(headers, body) == reader.verify(again, body)


def test_a_form_is_read_by_its_field_which_is_what_was_signed(reader: GiteaWebhookReader) -> None:
    headers, body = webhook("push")
    form = urlencode({"payload": body.decode()}).encode()
    as_form = {**headers, "content-type": "application/x-www-form-urlencoded"}
    assert reader.verify(as_form, form)
    assert touched(reader, as_form, form) == touched(reader, headers, body)


@pytest.mark.parametrize("form", [b"", b"payload=", b"a=" * 100, b"\xff", b"payload=%ff"])
def test_a_form_that_is_none_is_refused(reader: GiteaWebhookReader, form: bytes) -> None:
    headers = {**signed(form), "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    with pytest.raises((Forbidden, Invalid)):
        reader.verify(headers, form)


# ── everything that was ever seen ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", names(CONSTRUCTED, "constructed-webhook-*.json"))
def test_every_constructed_delivery_is_genuine_and_can_be_read(
    reader: GiteaWebhookReader, file: str
) -> None:
    name = Path(file).stem.removeprefix("constructed-webhook-")
    headers, body = webhook(name)
    assert constructed(f"webhook-{name}")["secret"] == SECRET
    assert reader.verify(headers, body)
    assert len(reader.read(headers, body)) == 1


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    names(RECORDED, "recorded-webhook-*.json") or ["recorded"],
)
def test_every_recorded_delivery_can_be_read(shared: Path, name: str) -> None:
    """Of servers of ten years; headers were not always recorded."""
    recording = load(shared / "recordings" / "gitea" / name)
    told = recording["body"]
    body = json.dumps(told).encode()
    kinds = {key.lower(): value for key, value in (recording.get("headers") or {}).items()}
    headers = {**signed(body, _kind(told)), **kinds}
    reader = a_reader(told["repository"]["full_name"])
    assert reader.verify(headers, body)
    signal = touched(reader, headers, body)
    expected = "issue" not in told  # only the number of an issue is told: no branch
    assert (signal is not None) is expected


def _kind(told: dict[str, Any]) -> str:
    """Guess the event that was not recorded."""
    if "pull_request" in told:
        return "pull_request"
    if "issue" in told:
        return "issue_comment"
    if "ref_type" in told:
        return "delete" if "pusher_type" in told else "create"
    return "push"


KINDS = st.sampled_from(
    ["push", "create", "delete", "status", "workflow_run", "pull_request", "pull_request_sync", ""]
)
FIELDS = st.sampled_from(
    [
        *("repository", "full_name", "sender", "id", "login", "ref", "ref_type", "sha", "commit"),
        *("pull_request", "head", "base", "label", "repo_id", "workflow_run", "head_branch"),
    ]
)
PAYLOADS = st.recursive(
    JSON, lambda inner: st.dictionaries(FIELDS, inner, max_size=6), max_leaves=12
)


@settings(max_examples=300, deadline=None)
@given(kind=KINDS, payload=PAYLOADS)
def test_whatever_is_told_in_the_right_places_breaks_nothing(kind: str, payload: object) -> None:
    reader = a_reader()
    if isinstance(payload, dict):
        payload = {"repository": {"full_name": REPO}, **payload}
    body = json.dumps(payload).encode()
    headers = signed(body, kind)
    try:
        reader.verify(headers, body)
        hints = reader.read(headers, body)
    except Invalid:
        return
    assert all(isinstance(hint.signal, BranchTouched) for hint in hints)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), name=st.sampled_from(["push", "pull_request-opened", "status-success"]))
def test_a_genuine_delivery_may_lack_or_null_anything(data: st.DataObject, name: str) -> None:
    headers, body = webhook(name)
    told = json.loads(body)
    for field in data.draw(st.lists(st.sampled_from(sorted(told)), max_size=4)):
        told[field] = None
    changed = json.dumps(told).encode()
    reader = a_reader()
    kind = {"x-gitea-event-type": headers["x-gitea-event-type"]}
    assert reader.verify({**signed(changed), **kind}, changed)
    assert len(reader.read(headers, changed)) <= 1
