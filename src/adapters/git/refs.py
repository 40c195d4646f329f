"""Names that may stand in a git command: checked once, then trusted."""

import re

from domain.errors import Invalid, NotFound
from domain.identifiers import Branch, CommitId, Repo, RunId

HEADS = "refs/heads/"

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
_REPO = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def branch_ref(branch: Branch) -> str:
    """Return the branch's full name; Invalid for what git would not take as one."""
    parts = branch.split("/")
    bad = (
        _NOT_IN_REF.search(branch)
        or len(branch.encode()) > 200
        or branch.endswith(".")
        or branch.startswith("-")
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
    )
    if bad:
        raise Invalid("branch", f"{branch[:60]!r} is not a branch name", "use one like feature/x")
    return HEADS + branch


def run_ref(run: RunId) -> str:
    """Return where the commits of a run are kept in our bare repository."""
    return f"refs/orchestrator/runs/{checked_run(run)}"


def checked_run(run: RunId) -> RunId:
    """Return the run's name, which is safe in a path; Invalid otherwise."""
    if not _RUN.fullmatch(run):
        raise Invalid("run", f"{run[:60]!r} is not a run's name", "use one like ET-7-3")
    return run


def checked_commit(commit: CommitId) -> CommitId:
    """Return the full id; NotFound for anything else: no commit is called that."""
    if not _COMMIT.fullmatch(commit):
        raise NotFound(f"there is no commit {commit[:60]!r}: its id is 40 or 64 hex digits")
    return commit


def repo_parts(repo: Repo) -> tuple[str, ...]:
    """Return owner and name, or the name alone; Invalid for what could leave our folder."""
    parts = tuple(repo.split("/"))
    if len(parts) > 2 or not all(map(_REPO.fullmatch, parts)) or repo.endswith((".git", ".")):
        raise Invalid("repo", f"{repo[:60]!r} is not a repository's name", "use owner/name")
    return parts
