"""Reads what Gitea and Forgejo tell us by themselves: hints only, each of them read back.

Nothing is delivered twice, in order, or for certain, so a payload is believed in one thing: which
branch, or which commit, is worth a look.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from adapters.gitea.payloads import Pull, Repository, User
from domain.errors import Forbidden, Invalid
from domain.identifiers import Branch, CommitId, Repo
from domain.signals import BranchTouched
from ports.webhook_reader import Hint

_HEADS = "refs/heads/"
_FORM = "application/x-www-form-urlencoded"
_NEVER_OURS = frozenset({"status", "workflow_run", "workflow_job"})
"""Told in the name of whoever pushed, which may be us, but done by a machine."""


class _Commit(Struct, frozen=True, kw_only=True):
    id: str | None = None


class _Workflow(Struct, frozen=True, kw_only=True):
    head_branch: str | None = None
    head_sha: str | None = None


class _Payload(Struct, frozen=True, kw_only=True):
    """All kinds of deliveries as one: each kind fills some of these."""

    repository: Repository | None = None
    sender: User | None = None
    ref: str | None = None
    ref_type: str | None = None
    pull_request: Pull | None = None
    commit: _Commit | None = None
    sha: str | None = None
    workflow_run: _Workflow | None = None
    workflow_job: _Workflow | None = None


class GiteaWebhookReader:
    """Reads what one of the secrets has signed and one of the repositories is about."""

    def __init__(
        self,
        secrets: Collection[str],
        repositories: Collection[Repo],
        *,
        bot: Callable[[], User | None],
        formerly: Callable[[str], Repo | None],
    ) -> None:
        """Several secrets: while one is replaced by another, both are good.

        ``formerly`` tells what we call a repository that has another name on the forge by now.
        """
        self._secrets = [secret.encode() for secret in secrets if secret]
        self._repositories = {repo.lower(): repo for repo in repositories}
        self._bot = bot
        self._formerly = formerly

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the delivery's name, made of what it says: a replay by hand has a new id."""
        content = _content(headers, body)
        given = headers.get("x-gitea-signature") or headers.get("x-forgejo-signature") or ""
        right = [hmac.new(s, content, hashlib.sha256).hexdigest() for s in self._secrets]
        # All are compared, so that the time taken does not tell which secret was nearly right.
        matches = [hmac.compare_digest(r.encode(), given.encode("utf-8", "replace")) for r in right]
        if not given or not any(matches):
            raise Forbidden("the delivery's signature is missing or wrong")
        _parse(content)
        return hashlib.sha256(
            f"{_type(headers)}\n".encode("utf-8", "replace") + content
        ).hexdigest()

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Return the branch or commit that is worth a look, if it may be one of ours."""
        content, kind = _content(headers, body), _type(headers)
        payload = _parse(content)
        name = (payload.repository.full_name or "") if payload.repository else ""
        repo = self._repositories.get(name.lower()) or self._formerly(name)
        if repo is None or (kind not in _NEVER_OURS and self._is_ours(payload.sender)):
            return ()
        branch, commit = _place(kind, payload)
        if branch is None and commit is None:
            return ()
        signal = BranchTouched(
            repo=repo,
            branch=Branch(branch) if branch else None,
            commit=CommitId(commit) if commit else None,
        )
        digest = hashlib.sha256(kind.encode("utf-8", "replace") + content).hexdigest()
        return (Hint(signal=signal, lane=f"forge:{repo}", key=f"gitea:{digest}"),)

    def _is_ours(self, sender: User | None) -> bool:
        bot = self._bot()
        if bot is None or sender is None:
            return False
        return sender.id == bot.id if sender.id and bot.id else sender.name == bot.name


def _place(kind: str, payload: _Payload) -> tuple[str | None, str | None]:
    """Return the branch, else the commit, that a delivery of this kind is about."""
    if kind == "push":
        ref = payload.ref or ""
        return (ref.removeprefix(_HEADS) if ref.startswith(_HEADS) else None), None
    if kind in {"create", "delete"}:
        return (payload.ref if payload.ref_type == "branch" else None), None
    if kind == "status":
        return None, payload.sha or (payload.commit.id if payload.commit else None)
    if kind in {"workflow_run", "workflow_job"}:
        work = payload.workflow_run or payload.workflow_job
        return (work.head_branch, work.head_sha) if work else (None, None)
    if kind.startswith("pull_request"):
        return (payload.pull_request.branch if payload.pull_request else None), None
    return None, None


def _type(headers: Mapping[str, str]) -> str:
    """Return what happened; the event's own header tells reviews and comments less well apart."""
    names = ("x-gitea-event-type", "x-forgejo-event-type", "x-gitea-event", "x-forgejo-event")
    return next((headers[name] for name in names if headers.get(name)), "")


def _content(headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the JSON, which is what is signed also where it comes as a form's field."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return body
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=8)
    except (ValueError, UnicodeDecodeError) as error:
        raise Forbidden("the delivery is a form that cannot be read") from error
    return fields.get("payload", [""])[0].encode("utf-8", "surrogatepass")


def _parse(content: bytes) -> _Payload:
    try:
        return msgspec.json.decode(content, type=_Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("body", f"is no delivery of Gitea: {str(error)[:100]}") from error
