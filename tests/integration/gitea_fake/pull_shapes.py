"""How pull requests and what hangs on them look in JSON."""

from tests.integration.gitea_fake.mergeability import looks_mergeable
from tests.integration.gitea_fake.records import (
    Account,
    Comment,
    Hook,
    Json,
    PullRequest,
    Repository,
    Review,
    Status,
)
from tests.integration.gitea_fake.shapes import Shapes, stamp


class PullShapes:
    """Shapes on top of those of repositories."""

    def __init__(self, shapes: Shapes) -> None:
        self.basic = shapes

    def pull(
        self, repo: Repository, pull: PullRequest, viewer: Account | None, *, listed: bool = False
    ) -> Json:
        """A pull request; ``url`` is a page, and a list leaves its size out."""
        basic, user = self.basic, self.basic.user
        url = f"{basic.page(repo)}/pulls/{pull.number}"
        base_sha = repo.git.head(pull.base) or pull.merged_base or ""
        merge_base = pull.merged_base or repo.git.merge_base(base_sha, pull.head_sha)
        gone = repo.git.head(pull.head) is None
        whole = basic.repository(repo, viewer)
        nulls = not basic.flavour.since(26)
        shape: Json = {
            "id": pull.id,
            "url": url,
            "number": pull.number,
            "user": user(pull.user),
            "title": pull.title,
            "body": pull.body,
            "labels": [],
            "milestone": None,
            "assignee": None,
            "assignees": None if nulls else [],
            "requested_reviewers": None
            if nulls and not pull.requested_reviewers
            else [user(reviewer) for reviewer in pull.requested_reviewers],
            "requested_reviewers_teams": None if nulls else [],
            "state": pull.state,
            "draft": pull.draft,
            "is_locked": False,
            "comments": len(pull.comments),
            "html_url": url,
            "diff_url": f"{url}.diff",
            "patch_url": f"{url}.patch",
            "mergeable": looks_mergeable(repo, pull),
            "merged": pull.merged_at is not None,
            "merged_at": stamp(pull.merged_at) if pull.merged_at else None,
            "merge_commit_sha": pull.merge_commit,
            "merged_by": user(pull.merged_by) if pull.merged_by else None,
            "allow_maintainer_edit": False,
            "base": self._side(whole, pull.base, pull.base, base_sha),
            "head": self._side(
                whole,
                pull.head,
                f"refs/pull/{pull.number}/head" if gone else pull.head,
                pull.head_sha,
            ),
            "merge_base": merge_base,
            "due_date": None,
            "created_at": stamp(pull.created),
            "updated_at": stamp(pull.updated),
            "closed_at": stamp(pull.closed) if pull.closed else None,
            "pin_order": 0,
        }
        if not listed:
            changes = repo.git.changes(merge_base or base_sha, pull.head_sha)
            shape["additions"] = sum(change.additions for change in changes)
            shape["deletions"] = sum(change.deletions for change in changes)
            shape["changed_files"] = len(changes)
        if basic.flavour.since(26):
            shape["content_version"] = pull.version
        return shape

    def _side(self, whole: Json, label: str, ref: str, sha: str) -> Json:
        return {"label": label, "ref": ref, "sha": sha, "repo_id": whole["id"], "repo": whole}

    def issue(self, repo: Repository, pull: PullRequest) -> Json:
        """The pull request as an issue, which it is underneath."""
        page = f"{self.basic.page(repo)}/pulls/{pull.number}"
        shape: Json = {
            "id": pull.id,
            "url": f"{self.basic.api(repo)}/issues/{pull.number}",
            "html_url": page,
            "number": pull.number,
            "user": self.basic.user(pull.user),
            "original_author": "",
            "original_author_id": 0,
            "title": pull.title,
            "body": pull.body,
            "ref": "",
            "assets": [],
            "labels": [],
            "milestone": None,
            "assignee": None,
            "assignees": None,
            "state": pull.state,
            "is_locked": False,
            "comments": len(pull.comments),
            "created_at": stamp(pull.created),
            "updated_at": stamp(pull.updated),
            "closed_at": stamp(pull.closed) if pull.closed else None,
            "due_date": None,
            "pull_request": {
                "merged": pull.merged_at is not None,
                "merged_at": stamp(pull.merged_at) if pull.merged_at else None,
                "draft": pull.draft,
                "html_url": page,
            },
            "repository": {
                "id": repo.id,
                "name": repo.name,
                "owner": repo.owner.login,
                "full_name": repo.full_name,
            },
            "pin_order": 0,
        }
        if self.basic.flavour.since(26):
            shape["content_version"] = pull.version
        return shape

    def comment(self, repo: Repository, pull: PullRequest, comment: Comment) -> Json:
        page = f"{self.basic.page(repo)}/pulls/{pull.number}"
        return {
            "id": comment.id,
            "html_url": f"{page}#issuecomment-{comment.id}",
            "pull_request_url": page,
            "issue_url": "",
            "user": self.basic.user(comment.user),
            "original_author": "",
            "original_author_id": 0,
            "body": comment.body,
            "assets": [],
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
        }

    def review(self, repo: Repository, pull: PullRequest, review: Review) -> Json:
        page = f"{self.basic.page(repo)}/pulls/{pull.number}"
        return {
            "id": review.id,
            "user": self.basic.user(review.user),
            "team": None,
            "state": review.state,
            "body": review.body,
            "commit_id": review.commit,
            "stale": review.commit != pull.head_sha,
            "official": review.official,
            "dismissed": review.dismissed,
            "comments_count": len(review.comments),
            "submitted_at": stamp(review.submitted),
            "updated_at": stamp(review.submitted),
            "html_url": f"{page}#issuecomment-{review.id}",
            "pull_request_url": page,
        }

    def status(self, repo: Repository, sha: str, status: Status) -> Json:
        """A status; what was asked for as ``state`` is answered as ``status``."""
        return {
            "id": status.index,
            "status": status.state,
            "target_url": status.target_url,
            "description": status.description,
            "url": f"{self.basic.api(repo)}/statuses/{sha}",
            "context": status.context,
            "creator": self.basic.user(status.creator),
            "created_at": stamp(status.created),
            "updated_at": stamp(status.created),
        }

    def combined(
        self, repo: Repository, sha: str, state: str, shown: list[Status], viewer: Account | None
    ) -> Json:
        """All statuses as one; without any, each version has its own way of saying so."""
        flavour = self.basic.flavour
        if not shown and not flavour.since(25):
            return {
                "state": "",
                "sha": "",
                "total_count": 0,
                "statuses": None,
                "repository": None,
                "commit_url": "",
                "url": "",
            }
        commit = f"{self.basic.api(repo)}/commits/{sha}"
        return {
            "state": state if shown or flavour.since(26) else "",
            "sha": sha,
            "total_count": len(shown),
            "statuses": [self.status(repo, sha, status) for status in shown] or None,
            "repository": self.basic.repository(repo, viewer),
            "commit_url": commit,
            "url": f"{commit}/status",
        }

    def hook(self, hook: Hook) -> Json:
        """A webhook, its secret left out."""
        shape: Json = {
            "id": hook.id,
            "type": hook.type,
            "branch_filter": hook.branch_filter,
            "config": {"content_type": hook.content_type, "url": hook.url},
            "events": sorted(hook.events),
            "authorization_header": hook.authorization,
            "active": hook.active,
            "updated_at": stamp(hook.updated),
            "created_at": stamp(hook.created),
        }
        if self.basic.flavour.since(26):
            shape["name"] = hook.name
        return shape
