"""The bodies of webhooks."""

from tests.integration.gitea_fake.bare_repository import ZEROS
from tests.integration.gitea_fake.pull_shapes import PullShapes
from tests.integration.gitea_fake.records import (
    Account,
    Comment,
    Json,
    PullRequest,
    Repository,
    Review,
    Status,
)
from tests.integration.gitea_fake.shapes import NEVER, stamp

SHOWN_COMMITS = 5
SHOWN_ANCESTORS = 10


class Payloads:
    """Built for the doer of the event, as all that is embedded in them."""

    def __init__(self, shapes: PullShapes) -> None:
        self.shapes = shapes
        self.basic = shapes.basic

    def _ends(self, repo: Repository, doer: Account) -> Json:
        return {
            "repository": self.basic.repository(repo, doer),
            "sender": self.basic.user(doer),
        }

    def create(self, repo: Repository, kind: str, name: str, sha: str, doer: Account) -> Json:
        return {"sha": sha, "ref": name, "ref_type": kind, **self._ends(repo, doer)}

    def delete(self, repo: Repository, kind: str, name: str, doer: Account) -> Json:
        return {"ref": name, "ref_type": kind, "pusher_type": "user", **self._ends(repo, doer)}

    def push(
        self, repo: Repository, ref: str, before: str | None, after: str, doer: Account
    ) -> Json:
        """A push: of a new branch ten ancestors, else at most five of its commits."""
        git = repo.git
        if before is None:
            default = git.head(repo.default_branch)
            excluded = (
                [f"^{default}"] if default and ref != f"refs/heads/{repo.default_branch}" else []
            )
            fresh = git.log(after, *excluded)
            shown = git.log(f"--max-count={SHOWN_ANCESTORS}", after) if fresh else []
        else:
            fresh = git.log(f"{before}..{after}")
            shown = fresh[:SHOWN_COMMITS]
        return {
            "ref": ref,
            "before": before or ZEROS,
            "after": after,
            "compare_url": f"{self.basic.page(repo)}/compare/{before or ZEROS}...{after}",
            "commits": [self._commit(repo, sha) for sha in shown],
            "total_commits": len(fresh),
            "head_commit": self._commit(repo, after),
            "repository": self.basic.repository(repo, doer),
            "pusher": self.basic.user(doer),
            "sender": self.basic.user(doer),
        }

    def pull(
        self,
        repo: Repository,
        pull: PullRequest,
        action: str,
        doer: Account,
        *,
        moved: tuple[str, str] | None = None,
        review: Review | None = None,
    ) -> Json:
        """An action on a pull request; from 1.27 on with where its head has moved."""
        payload: Json = {"action": action}
        if moved is not None and self.basic.flavour.since(27):
            payload |= {"before": moved[0], "after": moved[1]}
        kind = {"APPROVED": "approved", "REQUEST_CHANGES": "rejected"}
        return payload | {
            "number": pull.number,
            "pull_request": self.shapes.pull(repo, pull, doer),
            "requested_reviewer": self.basic.user(doer) if review else None,
            **self._ends(repo, doer),
            "commit_id": "",
            "review": None
            if review is None
            else {
                "type": f"pull_request_review_{kind.get(review.state, 'comment')}",
                "content": review.body,
            },
        }

    def comment(
        self, repo: Repository, pull: PullRequest, comment: Comment, action: str, doer: Account
    ) -> Json:
        payload: Json = {"action": action, "issue": self.shapes.issue(repo, pull)}
        if self.basic.flavour.since(23):
            payload["pull_request"] = self.shapes.pull(repo, pull, doer)
        payload["comment"] = self.shapes.comment(repo, pull, comment)
        return payload | self._ends(repo, doer) | {"is_pull": True}

    def status(self, repo: Repository, sha: str, status: Status) -> Json:
        """A status; ``id`` is another number than in the REST API."""
        return {
            "commit": self.basic.payload_commit(repo, repo.git.commit(sha), None),
            "context": status.context,
            "created_at": stamp(status.created),
            "description": status.description,
            "id": status.id,
            **self._ends(repo, status.creator),
            "sha": sha,
            "state": status.state,
            "target_url": status.target_url,
            "updated_at": stamp(status.created),
        }

    def workflow_run(
        self,
        repo: Repository,
        doer: Account,
        *,
        run: int,
        branch: str,
        sha: str,
        action: str,
        conclusion: str,
    ) -> Json:
        """A run of the forge's own CI; it has a conclusion once it is completed."""
        api, page = self.basic.api(repo), self.basic.page(repo)
        at = stamp(repo.updated)
        begun, ended = action != "requested", action == "completed"
        told: Json = {
            "id": run,
            "url": f"{api}/actions/runs/{run}",
            "previous_attempt_url": None,
            "html_url": f"{page}/actions/runs/{run}",
            "display_title": repo.git.commit(sha).message.splitlines()[0],
            "path": f"ci.yml@refs/heads/{branch}",
            "event": "push",
            "run_attempt": 1,
            "run_number": run,
            "repository_id": repo.id,
            "head_sha": sha,
            "head_branch": branch,
            "status": "completed" if ended else "in_progress" if begun else "queued",
            "actor": self.basic.user(doer),
            "trigger_actor": self.basic.user(doer),
            "repository": self.basic.repository(repo, doer),
            "pull_requests": [],
            "started_at": at if begun else NEVER,
            "completed_at": at if ended else NEVER,
        }
        if ended:
            told["conclusion"] = conclusion
        return {
            "action": action,
            "workflow": {
                "id": "ci.yml",
                "name": "ci",
                "path": ".gitea/workflows/ci.yml",
                "state": "active",
                "created_at": at,
                "updated_at": at,
                "url": f"{api}/actions/workflows/ci.yml",
                "html_url": f"{page}/src/branch/{repo.default_branch}/.gitea/workflows/ci.yml",
                "badge_url": f"{page}/actions/workflows/ci.yml/badge.svg",
                "deleted_at": NEVER,
            },
            "workflow_run": told,
            **self._ends(repo, doer),
        }

    def _commit(self, repo: Repository, sha: str) -> Json:
        return self.basic.payload_commit(repo, repo.git.commit(sha), repo.git.touched(sha))
