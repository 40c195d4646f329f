"""Is the forge set up as we need it? What ``doctor`` and ``init`` say of Gitea and Forgejo."""

import re
from collections.abc import Mapping, Sequence

from adapters.gitea.client import GiteaClient, repo_path
from adapters.gitea.forge import Branches
from adapters.gitea.payloads import Repository
from adapters.gitea.webhooks import GiteaWebhooks
from domain.errors import Conflict, Failure, Forbidden, NotAllowed, NotFound
from domain.identifiers import Branch, Repo
from ports.examination import Finding, Verdict

_OLDEST = (1, 20)
_SCOPES = "write:repository and read:user"


class GiteaExaminer:
    """Looks at the server, the token, and each project's repository."""

    def __init__(
        self,
        client: GiteaClient,
        branches: Branches,
        webhooks: GiteaWebhooks,
        *,
        bases: Mapping[Repo, Branch],
        style: str | None,
    ) -> None:
        """Look at these repositories; ``style`` is that in which we are to merge, if we are."""
        self._client = client
        self._branches = branches
        self._webhooks = webhooks
        self._bases = bases
        self._style = style

    async def examine(self) -> Sequence[Finding]:
        """Look at everything, and change nothing."""
        await self._branches.check()
        try:
            version, bot = await self._client.version(), await self._client.bot()
        except Forbidden as refusal:
            remedy = f"make a token with the scopes {_SCOPES} and set GITEA_TOKEN"
            return [_failed("token", str(refusal), remedy)]
        found = [_of_version(version), _ok("token", f"we are {bot.name}")]
        for repo, base in self._bases.items():
            found += await self._of_repository(repo, base)
        return found

    async def init(self) -> Sequence[Finding]:
        """Register the webhooks that are missing."""
        found: list[Finding] = []
        for repo in self._bases:
            found += await self._scope_faults(repo)
            found += await self._webhooks.init(repo)
        return found

    async def _of_repository(self, repo: Repo, base: Branch) -> list[Finding]:
        try:
            seen = await self._client.repository(repo)
        except NotFound as missing:
            remedy = "correct projects.repo, or let the token's owner into the repository"
            return [_failed(str(repo), str(missing), remedy)]
        except Forbidden as refusal:
            return [_failed(str(repo), str(refusal), f"give the token the scopes {_SCOPES}")]
        faults = [*_faults(repo, seen), *_merge_faults(repo, seen, self._style)]
        if not seen.empty:
            faults += await self._git_faults(repo, base)
        faults += await self._scope_faults(repo)
        good = [] if faults else [_ok(str(repo), f"branch {base} is there, and we may push")]
        return [*good, *faults, *await self._webhooks.examine(repo)]

    async def _git_faults(self, repo: Repo, base: Branch) -> list[Finding]:
        try:
            (head,) = await self._branches.heads(repo, base)
        except Failure as failure:
            return [_failed(str(repo), str(failure), "see that git reaches forge.url by HTTP")]
        if head is None:
            text = f"there is no branch {base}"
            return [_failed(str(repo), text, "correct projects.base_branch, or push it")]
        return []

    async def _scope_faults(self, repo: Repo) -> list[Finding]:
        """Ask for a pull request of nothing: refused as such, or already for the token's scope."""
        try:
            await self._client.send("POST", repo_path(repo, "pulls"), body={})
        except Forbidden as refusal:
            return [_failed(str(repo), str(refusal), f"give the token the scopes {_SCOPES}")]
        except (NotAllowed, NotFound, Conflict):
            pass
        return []


def _faults(repo: Repo, seen: Repository) -> list[Finding]:
    may, faults = seen.permissions, []
    if seen.full_name and seen.full_name.lower() != repo.lower():
        text = f"it is called {seen.full_name} now"
        faults.append(_warning(str(repo), text, "correct projects.repo"))
    if seen.empty:
        faults.append(_failed(str(repo), "it is empty", "push a first commit to its base branch"))
    if seen.archived:
        faults.append(_failed(str(repo), "it is archived", "unarchive it"))
    if seen.has_pull_requests is False:
        text, remedy = "pull requests are switched off", "switch them on in its settings"
        faults.append(_failed(str(repo), text, remedy))
    if may is not None and may.push is False:
        text = "we may not push to it"
        faults.append(_failed(str(repo), text, "make the token's owner a collaborator who writes"))
    return faults


def _merge_faults(repo: Repo, seen: Repository, style: str | None) -> list[Finding]:
    allowed = {
        "merge": seen.allow_merge_commits,
        "rebase": seen.allow_rebase,
        "rebase-merge": seen.allow_rebase_explicit,
        "squash": seen.allow_squash_merge,
        "fast-forward-only": seen.allow_fast_forward_only_merge,
    }
    told = any(may is not None for may in allowed.values())
    if style is None or allowed.get(style) or not told:  # an old server tells of the styles it has
        return []
    text = f"it does not allow the merge style {style}"
    return [_failed(str(repo), text, "allow it in its settings, or change forge.merge_style")]


def _of_version(version: str) -> Finding:
    """Return whether the server is new enough; a Forgejo names the Gitea it is like."""
    like = version.rpartition("+gitea-")[2] or version
    numbers = re.match(r"(\d+)\.(\d+)", like)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < _OLDEST:
        text = f"{version or 'a server without a version'} is older than what we know"
        return _warning("version", text, "use Gitea 1.20 or newer, or Forgejo")
    return _ok("version", version)


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.OK, text=text)


def _warning(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.WARNING, text=text, remedy=remedy)


def _failed(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.FAILED, text=text, remedy=remedy)
