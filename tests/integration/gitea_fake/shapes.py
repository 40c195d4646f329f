"""How accounts, repositories, commits and branches look in JSON."""

from datetime import UTC, datetime
from urllib.parse import quote

from tests.integration.gitea_fake.flavour import Flavour
from tests.integration.gitea_fake.git_objects import Commit, Entry, Signature
from tests.integration.gitea_fake.records import Account, Json, Protection, Repository

NEVER = "0001-01-01T00:00:00Z"
UNSIGNED = {
    "verified": False,
    "reason": "gpg.error.not_signed_commit",
    "signature": "",
    "signer": None,
    "payload": "",
}


def stamp(moment: datetime) -> str:
    """A moment of the database."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Shapes:
    """Knows the addresses; ``root`` is where the server is reached."""

    def __init__(self, root: str, flavour: Flavour) -> None:
        self.root = root
        self.flavour = flavour

    def api(self, repo: Repository) -> str:
        return f"{self.root}/api/v1/repos/{repo.full_name}"

    def page(self, repo: Repository) -> str:
        return f"{self.root}/{repo.full_name}"

    def user(self, account: Account) -> Json:
        return {
            "id": account.id,
            "login": account.login,
            "login_name": "",
            "source_id": 0,
            "full_name": account.full_name,
            "email": account.email,
            "avatar_url": f"{self.root}/avatars/{account.login}",
            "html_url": f"{self.root}/{account.login}",
            "language": "",
            "is_admin": False,
            "last_login": NEVER,
            "created": "2026-01-01T00:00:00Z",
            "restricted": False,
            "active": False,
            "prohibit_login": False,
            "location": "",
            "website": "",
            "description": "",
            "visibility": "public",
            "followers_count": 0,
            "following_count": 0,
            "starred_repos_count": 0,
            "username": account.login,
        }

    def repository(self, repo: Repository, viewer: Account | None) -> Json:
        page, api, branches = self.page(repo), self.api(repo), repo.git.branches()
        shape: Json = {
            "id": repo.id,
            "owner": self.user(repo.owner),
            "name": repo.name,
            "full_name": repo.full_name,
            "description": repo.description,
            "empty": not branches,
            "private": repo.private,
            "fork": False,
            "template": False,
            "mirror": False,
            "size": 24,
            "language": "",
            "languages_url": f"{api}/languages",
            "html_url": page,
            "url": api,
            "link": "",
            "ssh_url": f"git@127.0.0.1:{repo.full_name}.git",
            "clone_url": f"{page}.git",
            "original_url": "",
            "website": "",
            "stars_count": 0,
            "forks_count": 0,
            "watchers_count": 1,
            "branch_count": len(branches),
            "open_issues_count": 0,
            "open_pr_counter": len(repo.open_pulls()),
            "release_counter": 0,
            "default_branch": repo.default_branch,
            "archived": repo.archived,
            "created_at": stamp(repo.created),
            "updated_at": stamp(repo.updated),
            "archived_at": stamp(repo.updated) if repo.archived else "1970-01-01T00:00:00Z",
            "permissions": {
                "admin": repo.allows(viewer, "admin"),
                "push": repo.allows(viewer, "write"),
                "pull": repo.allows(viewer, "read"),
            },
            "has_code": True,
            "has_issues": True,
            "internal_tracker": {
                "enable_time_tracker": True,
                "allow_only_contributors_to_track_time": True,
                "enable_issue_dependencies": True,
            },
            "has_wiki": True,
            "has_pull_requests": True,
            "has_projects": True,
            "projects_mode": "all",
            "has_releases": True,
            "has_packages": True,
            "has_actions": True,
            "ignore_whitespace_conflicts": False,
            "allow_merge_commits": "merge" in repo.styles,
            "allow_rebase": "rebase" in repo.styles,
            "allow_rebase_explicit": "rebase-merge" in repo.styles,
            "allow_squash_merge": "squash" in repo.styles,
            "allow_fast_forward_only_merge": "fast-forward-only" in repo.styles,
            "allow_merge_update": True,
            "allow_rebase_update": True,
            "allow_manual_merge": False,
            "autodetect_manual_merge": False,
            "default_delete_branch_after_merge": repo.default_delete_branch,
            "default_merge_style": "merge",
            "default_update_style": "merge",
            "default_allow_maintainer_edit": False,
            "avatar_url": "",
            "internal": False,
            "mirror_interval": "",
            "object_format_name": "sha1",
            "mirror_updated": NEVER,
            "mirror_last_sync_at": NEVER,
            "topics": [],
            "licenses": [],
        }
        if not self.flavour.since(26):
            for late in ("has_code", "branch_count", "allow_merge_update", "default_update_style"):
                del shape[late]
            shape["licenses"] = shape["topics"] = None
        if not self.flavour.since(22):
            del shape["allow_fast_forward_only_merge"], shape["object_format_name"]
        return shape

    # ── commits and branches ─────────────────────────────────────────────────────────────────────

    def signer(self, signature: Signature) -> Json:
        return {"name": signature.name, "email": signature.email, "username": signature.name}

    def payload_commit(self, repo: Repository, commit: Commit, files: Json | None) -> Json:
        """A commit as branches and webhooks show it, with its files or with nulls for them."""
        nothing = {"added": None, "removed": None, "modified": None}
        return {
            "id": commit.sha,
            "message": commit.message,
            "url": f"{self.page(repo)}/commit/{commit.sha}",
            "author": self.signer(commit.author),
            "committer": self.signer(commit.committer),
            "verification": dict(UNSIGNED) if files is None else None,
            "timestamp": commit.committer.date.isoformat(),
            **(nothing if files is None else files),
        }

    def commit_meta(self, repo: Repository, kind: str, sha: str) -> Json:
        return {"url": f"{self.api(repo)}/git/{kind}/{sha}", "sha": sha, "created": NEVER}

    def file_commit(self, repo: Repository, commit: Commit) -> Json:
        """A commit as the contents API shows the one it has made."""
        return {
            **self.commit_meta(repo, "commits", commit.sha),
            "html_url": f"{self.page(repo)}/commit/{commit.sha}",
            "author": _dated(commit.author),
            "committer": _dated(commit.committer),
            "parents": [self.commit_meta(repo, "commits", parent) for parent in commit.parents],
            "message": commit.message,
            "tree": self.commit_meta(repo, "trees", commit.tree),
        }

    def full_commit(self, repo: Repository, commit: Commit) -> Json:
        """A commit as lists of commits show it; nobody here is known by an email."""
        api = f"{self.api(repo)}/git/commits/{commit.sha}"
        return {
            "url": api,
            "sha": commit.sha,
            "created": stamp(commit.committer.date),
            "html_url": f"{self.page(repo)}/commit/{commit.sha}",
            "commit": {
                "url": api,
                "author": _dated(commit.author),
                "committer": _dated(commit.committer),
                "message": commit.message,
                "tree": self.commit_meta(repo, "trees", commit.tree),
                "verification": dict(UNSIGNED),
            },
            "author": None,
            "committer": None,
            "parents": [self.commit_meta(repo, "commits", parent) for parent in commit.parents],
            "files": None,
            "stats": None,
        }

    def branch(self, repo: Repository, name: str, sha: str, viewer: Account | None) -> Json:
        rule = repo.protection(name)
        writes = repo.allows(viewer, "write")
        login = viewer.login if viewer else ""
        return {
            "name": name,
            "commit": self.payload_commit(repo, repo.git.commit(sha), None),
            "protected": rule is not None,
            "required_approvals": rule.required_approvals if rule else 0,
            "enable_status_check": bool(rule and rule.contexts is not None),
            "status_check_contexts": list(rule.contexts or ()) if rule else [],
            "user_can_push": writes and (rule is None or rule.admits_push(login)),
            "user_can_merge": writes,
            "effective_branch_protection_name": rule.rule
            if rule and repo.allows(viewer, "admin")
            else "",
        }

    def protection(self, rule: Protection) -> Json:
        """A rule; what the fake doesn't act on has Gitea's defaults."""
        off = (
            *("enable_merge_whitelist", "enable_approvals_whitelist", "enable_force_push"),
            *("enable_force_push_allowlist", "force_push_allowlist_deploy_keys"),
            *("push_whitelist_deploy_keys", "block_on_official_review_requests"),
            *("dismiss_stale_approvals", "ignore_stale_approvals", "require_signed_commits"),
            *("block_admin_merge_override", "enable_bypass_allowlist"),
        )
        lists = (
            *("push_whitelist_teams", "merge_whitelist_usernames", "merge_whitelist_teams"),
            *("force_push_allowlist_usernames", "force_push_allowlist_teams"),
            *("approvals_whitelist_username", "approvals_whitelist_teams"),
            *("bypass_allowlist_usernames", "bypass_allowlist_teams"),
        )
        return {
            **dict.fromkeys(off, False),
            **{name: [] for name in lists},
            "branch_name": rule.rule,
            "rule_name": rule.rule,
            "priority": 0,
            "enable_push": rule.push,
            "enable_push_whitelist": rule.push_allowed is not None,
            "push_whitelist_usernames": list(rule.push_allowed or ()),
            "enable_status_check": rule.contexts is not None,
            "status_check_contexts": list(rule.contexts or ()),
            "required_approvals": rule.required_approvals,
            "block_on_rejected_reviews": rule.block_on_rejected,
            "block_on_outdated_branch": rule.block_on_outdated,
            "protected_file_patterns": "",
            "unprotected_file_patterns": "",
            "created_at": stamp(rule.created),
            "updated_at": stamp(rule.created),
        }

    # ── contents ─────────────────────────────────────────────────────────────────────────────────

    def entry(
        self, repo: Repository, entry: Entry, ref: str, commit: str, *, content: str | None
    ) -> Json:
        """A file or folder at a ref; in a folder's list without its content."""
        kinds = {"040000": "dir", "120000": "symlink", "160000": "submodule"}
        last = repo.git.commit(repo.git.last_touched(commit, entry.path))
        where = "commit" if ref == commit else "branch"
        path = quote(entry.path)
        url = f"{self.api(repo)}/contents/{path}?ref={quote(ref, safe='')}"
        git = f"{self.api(repo)}/git/{'trees' if entry.kind == 'tree' else 'blobs'}/{entry.sha}"
        page = f"{self.page(repo)}/src/{where}/{quote(ref)}/{path}"
        file = entry.kind == "blob"
        return {
            "name": entry.path.rpartition("/")[2],
            "path": entry.path,
            "sha": entry.sha,
            "last_commit_sha": last.sha,
            "last_committer_date": last.committer.date.isoformat(),
            "last_author_date": last.author.date.isoformat(),
            "type": kinds.get(entry.mode, "file"),
            "size": entry.size,
            "encoding": None if content is None else "base64",
            "content": content,
            "target": repo.git.blob(entry.sha).decode() if entry.mode == "120000" else None,
            "url": url,
            "html_url": page,
            "git_url": git,
            "download_url": f"{self.page(repo)}/raw/{where}/{quote(ref)}/{path}" if file else None,
            "submodule_git_url": None,
            "_links": {"self": url, "git": git, "html": page},
        }


def _dated(signature: Signature) -> Json:
    return {
        "name": signature.name,
        "email": signature.email,
        "date": signature.date.isoformat(),
    }
