"""Where people look at things: the web pages of Gitea and Forgejo."""

from urllib.parse import quote

from domain.identifiers import Branch, CommitId, Repo


class GiteaPages:
    """Addresses as people's browsers reach them, which need not be how we do."""

    def __init__(self, public_url: str) -> None:
        """Begin addresses like this."""
        self._root = public_url.rstrip("/")

    def branch(self, repo: Repo, branch: Branch) -> str:
        """Return the page of a branch."""
        return f"{self._root}/{quote(repo)}/src/branch/{quote(branch)}"

    def file(self, repo: Repo, commit: CommitId, path: str) -> str:
        """Return the page of a file at a commit."""
        return f"{self._root}/{quote(repo)}/src/commit/{quote(commit)}/{quote(path)}"

    def pull_request(self, repo: Repo, number: int) -> str:
        """Return the page of a pull request."""
        return f"{self._root}/{quote(repo)}/pulls/{number}"
