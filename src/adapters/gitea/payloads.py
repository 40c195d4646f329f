"""What Gitea and Forgejo send. Anything may be null or missing, whatever their specification says.

Only what we use is named here; the rest of a payload is passed over.
"""

from msgspec import Struct, field


class User(Struct, frozen=True, kw_only=True):
    """Somebody with an account."""

    id: int | None = None
    login: str | None = None
    username: str | None = None

    @property
    def name(self) -> str:
        """Return how this user is called; older versions know one of the two names only."""
        return self.login or self.username or ""


class Version(Struct, frozen=True, kw_only=True):
    """What the server is."""

    version: str | None = None


class Permissions(Struct, frozen=True, kw_only=True):
    """What the token's owner may do with a repository."""

    admin: bool | None = None
    push: bool | None = None
    pull: bool | None = None


class Repository(Struct, frozen=True, kw_only=True):
    """A repository."""

    full_name: str | None = None
    default_branch: str | None = None
    empty: bool | None = None
    archived: bool | None = None
    has_pull_requests: bool | None = None
    permissions: Permissions | None = None
    allow_merge_commits: bool | None = None
    allow_rebase: bool | None = None
    allow_rebase_explicit: bool | None = None
    allow_squash_merge: bool | None = None
    allow_fast_forward_only_merge: bool | None = None


class Side(Struct, frozen=True, kw_only=True):
    """One of a pull request's two branches."""

    label: str | None = None
    ref: str | None = None
    sha: str | None = None
    repo_id: int | None = None


class Pull(Struct, frozen=True, kw_only=True):
    """A pull request."""

    number: int = 0
    html_url: str | None = None
    state: str | None = None
    merged: bool | None = None
    mergeable: bool | None = None
    merged_by: User | None = None
    updated_at: str | None = None
    head: Side | None = None
    base: Side | None = None

    @property
    def branch(self) -> str | None:
        """Return the branch that is to be merged, None where it lies in a fork.

        Once it is merged and removed, ``ref`` names the pull request instead; the label stays.
        """
        if self.head is None or self.base is None or self.head.repo_id != self.base.repo_id:
            return None
        ref = self.head.ref or ""
        return self.head.label if ref.startswith("refs/") else ref or self.head.label


class Review(Struct, frozen=True, kw_only=True):
    """A review of a pull request."""

    id: int = 0
    user: User | None = None
    state: str | None = None
    body: str | None = None
    commit_id: str | None = None
    stale: bool | None = None
    official: bool | None = None
    dismissed: bool | None = None
    comments_count: int | None = None


class ReviewComment(Struct, frozen=True, kw_only=True):
    """A remark on a line, as part of a review."""

    path: str | None = None
    position: int | None = None
    original_position: int | None = None
    body: str | None = None


class Status(Struct, frozen=True, kw_only=True):
    """What one check says; asked for as ``state``, answered as ``status``."""

    status: str | None = None
    state: str | None = None
    context: str | None = None


class CombinedStatus(Struct, frozen=True, kw_only=True):
    """What all checks of a commit say, a page of them."""

    statuses: list[Status | None] | None = None


class HookConfig(Struct, frozen=True, kw_only=True):
    """Where a webhook goes; the secret is never told."""

    url: str | None = None
    content_type: str | None = None


class Hook(Struct, frozen=True, kw_only=True):
    """A webhook of a repository."""

    id: int = 0
    type: str | None = None
    active: bool | None = None
    events: list[str] | None = None
    branch_filter: str | None = None
    authorization_header: str | None = None
    config: HookConfig | None = None


class Trouble(Struct, frozen=True, kw_only=True):
    """An error's body; of a merge that git refused it holds what git said."""

    message: str | None = None
    said: str | None = field(default=None, name="StdErr")
