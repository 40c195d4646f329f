"""What people do on the forge: over HTTP and git, with a token that may do everything."""

import time
from pathlib import Path
from typing import Any

import httpx

from domain.identifiers import Branch, CommitId
from tests.contracts.code_forge import Files
from tests.integration.git.world import commit, git

Json = dict[str, Any]


class Person:
    """Somebody with a browser and a clone of each repository."""

    def __init__(self, browser: httpx.Client, folder: Path, login: str, token: str) -> None:
        self.login = login
        self.token = token
        self._browser = browser
        self._folder = folder

    # ── git ──────────────────────────────────────────────────────────────────────────────────────

    def push(self, repo: str, branch: str, files: Files, *, base: str = "main") -> CommitId:
        """Commit these changes to the branch, a new one from ``base`` on, and push."""
        clone = self._switched(repo, branch, base)
        sha = commit(clone, files)
        git(clone, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return sha

    def force_push(self, repo: str, branch: str, files: Files, *, base: str = "main") -> CommitId:
        """Throw away what the branch had, begin at ``base`` again, and push over it.

        ``base`` is a branch or a commit that has been in the clone.
        """
        clone = self._switched(repo, base, base)
        sha = commit(clone, files)
        git(clone, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
        return sha

    def push_all(self, repo: str, branches: list[str], files: Files) -> CommitId:
        """Commit these changes to main's head, and push that as all of these branches."""
        clone = self._switched(repo, "main", "main")
        sha = commit(clone, files)
        git(clone, "push", "--quiet", "origin", *(f"HEAD:refs/heads/{name}" for name in branches))
        return sha

    def push_orphan(self, repo: str, branch: str, files: Files) -> CommitId:
        """Put a commit without a past in the branch's place."""
        clone = self._switched(repo, branch, "main")
        git(clone, "checkout", "--quiet", "--orphan", "anew")
        sha = commit(clone, files)
        git(clone, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
        return sha

    def delete_branch(self, repo: str, branch: str) -> None:
        """Remove the branch by a push."""
        git(self._clone(repo), "push", "--quiet", "origin", f":refs/heads/{branch}")

    def restore_branch(self, repo: str, branch: str, commit: str) -> None:
        """Bring a removed branch back, as its pull request's page offers."""
        body = {"new_branch_name": branch, "old_ref_name": commit}
        self.ask("POST", f"{repo}/branches", body)

    def merge_into(
        self, repo: str, branch: str, other: str, *, favour: str | None = None
    ) -> CommitId:
        """Merge the other branch into the branch in the clone, and push; ours or theirs wins."""
        clone = self._switched(repo, branch, branch)
        how = ["--strategy-option", favour] if favour else []
        git(clone, "merge", "--quiet", "--no-ff", "--message", "merge", *how, f"origin/{other}")
        git(clone, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return CommitId(git(clone, "rev-parse", "HEAD"))

    def merge_commit_into(self, repo: str, branch: str, other: CommitId) -> CommitId:
        """Merge a commit into the branch in the clone, and push."""
        clone = self._switched(repo, branch, branch)
        git(clone, "merge", "--quiet", "--no-ff", "--message", "merge", other)
        git(clone, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return CommitId(git(clone, "rev-parse", "HEAD"))

    def head(self, repo: str, branch: str) -> CommitId:
        """Where the branch is now."""
        told = git(self._clone(repo), "ls-remote", "origin", f"refs/heads/{branch}")
        return CommitId(told.split("\t")[0])

    # ── the web interface ────────────────────────────────────────────────────────────────────────

    def open_pull(
        self, repo: str, head: Branch | str, *, base: str = "main", title: str = "By hand"
    ) -> int:
        made = self.ask("POST", f"{repo}/pulls", {"head": head, "base": base, "title": title})
        return int(made["number"])

    def pull(self, repo: str, number: int) -> Json:
        return dict(self.ask("GET", f"{repo}/pulls/{number}"))

    def pulls(self, repo: str, state: str = "open") -> list[Json]:
        return list(self.ask("GET", f"{repo}/pulls?state={state}&limit=50"))

    def close_pull(self, repo: str, number: int) -> None:
        self.ask("PATCH", f"{repo}/pulls/{number}", {"state": "closed"})

    def reopen_pull(self, repo: str, number: int) -> None:
        self.ask("PATCH", f"{repo}/pulls/{number}", {"state": "open"})

    def retitle_pull(self, repo: str, number: int, title: str) -> None:
        self.ask("PATCH", f"{repo}/pulls/{number}", {"title": title})

    def merge_pull(self, repo: str, number: int, *, delete_branch: bool = False) -> None:
        """Wait until it can be merged, as the page lets one do, and merge it."""
        for _ in range(100):
            if self.pull(repo, number)["mergeable"]:
                break
            time.sleep(0.05)
        body = {"Do": "merge", "delete_branch_after_merge": delete_branch}
        self.ask("POST", f"{repo}/pulls/{number}/merge", body)

    def review(self, repo: str, number: int, verdict: str, text: str = "") -> int:
        """APPROVED, REQUEST_CHANGES or COMMENT."""
        body = {"event": verdict, "body": text}
        return int(self.ask("POST", f"{repo}/pulls/{number}/reviews", body)["id"])

    def dismiss_review(self, repo: str, number: int, review: int) -> None:
        place = f"{repo}/pulls/{number}/reviews/{review}/dismissals"
        self.ask("POST", place, {"message": "no longer"})

    def comment(self, repo: str, number: int, text: str) -> int:
        return int(self.ask("POST", f"{repo}/issues/{number}/comments", {"body": text})["id"])

    def comments(self, repo: str, number: int) -> list[str]:
        return [c["body"] for c in self.ask("GET", f"{repo}/issues/{number}/comments")]

    def set_status(self, repo: str, sha: str, state: str, context: str = "ci") -> None:
        self.ask("POST", f"{repo}/statuses/{sha}", {"state": state, "context": context})

    def rename(self, repo: str, name: str) -> None:
        self.ask("PATCH", repo, {"name": name})

    def archive(self, repo: str, *, archived: bool = True) -> None:
        self.ask("PATCH", repo, {"archived": archived})

    def protect(self, repo: str, rule: str, **more: Any) -> None:
        """Protect branches: nobody pushes, unless told otherwise; administrators may do this."""
        self.ask("POST", f"{repo}/branch_protections", {"rule_name": rule, **more})

    def unprotect(self, repo: str, rule: str) -> None:
        self.ask("DELETE", f"{repo}/branch_protections/{rule}")

    def let_in(self, repo: str, login: str, level: str) -> None:
        self.ask("PUT", f"{repo}/collaborators/{login}", {"permission": level})

    def shut_out(self, repo: str, login: str) -> None:
        self.ask("DELETE", f"{repo}/collaborators/{login}")

    def ask(self, method: str, place: str, body: Json | None = None) -> Any:
        """Anything else below ``/repos/``; what is refused fails the test."""
        answer = self._browser.request(
            method,
            f"/api/v1/repos/{place}",
            json=body,
            headers={"Authorization": f"token {self.token}"},
        )
        assert answer.is_success, f"{method} {place}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    # ── the clone ────────────────────────────────────────────────────────────────────────────────

    def _clone(self, repo: str) -> Path:
        clone = self._folder / repo.replace("/", "--")
        if not clone.exists():
            clone.parent.mkdir(parents=True, exist_ok=True)
            git(clone.parent, "clone", "--quiet", self.address(repo), clone.name)
        return clone

    def address(self, repo: str) -> str:
        """Where git finds the repository, and lets this person in."""
        base = self._browser.base_url
        path = f"{base.path.rstrip('/')}/{repo}.git"
        return str(base.copy_with(username=self.login, password=self.token, path=path))

    def _switched(self, repo: str, branch: str, base: str) -> Path:
        """The clone at the branch, at the base where there is no branch yet, else as it is."""
        clone = self._clone(repo)
        git(clone, "fetch", "--quiet", "--prune", "origin")
        for name in (f"origin/{branch}", f"origin/{base}", base):
            if git(clone, "rev-parse", "--revs-only", name):
                git(clone, "checkout", "--quiet", "--detach", name)
                break
        return clone
