"""What the fake keeps besides git: accounts, tokens, repositories, pull requests and the like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from tests.integration.gitea_fake.bare_repository import BareRepository

Json = dict[str, Any]
LEVELS = ("none", "read", "write", "admin", "owner")


def now() -> datetime:
    """Gitea keeps seconds."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    """A user or an organisation."""

    id: int
    login: str
    full_name: str = ""
    password: str = ""

    @property
    def email(self) -> str:
        return f"{self.login}@noreply.localhost"


@dataclass(slots=True, kw_only=True)
class Token:
    """Stands for its account as far as its scopes go."""

    id: int
    account: Account
    name: str
    secret: str
    scopes: set[str]

    def covers(self, area: str, *, write: bool) -> bool:
        """Whether one of the scopes is enough; writing includes reading."""
        enough = {"all", f"write:{area}"} | (set() if write else {f"read:{area}"})
        return not enough.isdisjoint(self.scopes)


@dataclass(slots=True, kw_only=True)
class Protection:
    """A branch protection rule."""

    rule: str
    push: bool = False
    push_allowed: tuple[str, ...] | None = None
    required_approvals: int = 0
    contexts: tuple[str, ...] | None = None
    block_on_rejected: bool = False
    block_on_outdated: bool = False
    created: datetime = field(default_factory=now)

    def covers(self, branch: str) -> bool:
        return fnmatchcase(branch, self.rule)

    def admits_push(self, login: str) -> bool:
        return self.push and (self.push_allowed is None or login in self.push_allowed)


@dataclass(slots=True, kw_only=True)
class Status:
    """A status of a commit; ``id`` is the database's, ``index`` counts within the commit."""

    id: int
    index: int
    state: str
    context: str
    description: str
    target_url: str
    creator: Account
    created: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on a pull request."""

    id: int
    user: Account
    body: str
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True)
class Review:
    """A review; ``PENDING`` until it is submitted."""

    id: int
    user: Account
    state: str
    body: str
    commit: str
    official: bool
    dismissed: bool = False
    comments: list[Json] = field(default_factory=list)
    submitted: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True, eq=False)
class PullRequest:
    """A pull request, within one repository."""

    id: int
    number: int
    user: Account
    title: str
    body: str
    base: str
    head: str
    head_sha: str
    """Where the head is, or was when its branch went."""
    state: str = "open"
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit: str | None = None
    merged_base: str | None = None
    """The merge base before the merge, which would be the head itself afterwards."""
    scheduled: Json | None = None
    """The merge that waits for the checks, as it was asked for, with its doer."""
    looks_left: int = 0
    """How often it can be looked at until the conflict check has ended."""
    depends_on_open_issues: bool = False
    requested_reviewers: list[Account] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    version: int = 0
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    closed: datetime | None = None

    @property
    def draft(self) -> bool:
        return self.title.lower().startswith(("wip:", "[wip]"))


@dataclass(slots=True, kw_only=True)
class Hook:
    """A webhook of a repository."""

    id: int
    type: str
    url: str
    content_type: str
    secret: str
    events: frozenset[str]
    active: bool
    branch_filter: str
    authorization: str
    name: str
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)

    def wants(self, event_type: str, branch: str | None) -> bool:
        """Whether it asked for that; the three kinds of review have one name to ask for them."""
        if event_type.removeprefix("pull_request_review_") in {"approved", "rejected", "comment"}:
            event_type = "pull_request_review"
        if branch is not None and not fnmatchcase(branch, self.branch_filter or "*"):
            return False
        return self.active and event_type in self.events


@dataclass(slots=True, kw_only=True, eq=False)
class Repository:
    """A repository; everybody without a level sees it only while it is public."""

    id: int
    owner: Account
    name: str
    git: BareRepository
    private: bool = True
    archived: bool = False
    description: str = ""
    default_branch: str = "main"
    default_delete_branch: bool = False
    levels: dict[str, str] = field(default_factory=dict)
    styles: set[str] = field(
        default_factory=lambda: {"merge", "rebase", "rebase-merge", "squash", "fast-forward-only"}
    )
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    statuses: dict[str, list[Status]] = field(default_factory=dict)
    hooks: dict[int, Hook] = field(default_factory=dict)
    protections: dict[str, Protection] = field(default_factory=dict)
    next_number: int = 1
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def empty(self) -> bool:
        return not self.git.branches()

    def level(self, account: Account | None) -> str:
        if account is None:
            return "none" if self.private else "read"
        if account is self.owner:
            return "owner"
        return self.levels.get(account.login, "none" if self.private else "read")

    def allows(self, account: Account | None, level: str) -> bool:
        return LEVELS.index(self.level(account)) >= LEVELS.index(level)

    def protection(self, branch: str) -> Protection | None:
        """The rule that holds for the branch: the exact one before a pattern."""
        if branch in self.protections:
            return self.protections[branch]
        return next((rule for rule in self.protections.values() if rule.covers(branch)), None)

    def open_pulls(self) -> list[PullRequest]:
        return [pull for pull in self.pulls.values() if pull.state == "open"]

    def combined(self, sha: str) -> tuple[str, list[Status]]:
        """The latest status of each context, and all of them as one word."""
        latest: Mapping[str, Status] = {s.context: s for s in self.statuses.get(sha, [])}
        states = {status.state for status in latest.values()}
        if states & {"error", "failure", "warning"}:
            word = "failure"
        else:
            word = "success" if states and states <= {"success", "skipped"} else "pending"
        return word, sorted(latest.values(), key=lambda status: status.index, reverse=True)
