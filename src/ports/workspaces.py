"""Clones in which agents work, and the way back of what they committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain.identifiers import Branch, CommitId, Repo, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """A run's commits, verified, and kept on our side so that they can be published."""

    base: CommitId
    head: CommitId
    commits: int


class Workspaces(Protocol):
    """Makes a clone without credentials for each run and takes its commits back.

    Nothing in a workspace is trusted: reading it runs none of its hooks, filters or settings.
    """

    async def prepare(self, run: RunId, repo: Repo, branch: Branch, base: CommitId) -> Path:
        """Return the run's clone with the branch checked out at ``base``.

        Safe to repeat: a half-made clone is made anew, a complete one is left as it is, whatever an
        agent has done in it since.
        """
        ...

    async def harvest(
        self,
        run: RunId,
        repo: Repo,
        branch: Branch,
        base: CommitId,
        *,
        within: Sequence[str] = (),
    ) -> Harvest:
        """Take the commits of the branch from the run's clone.

        No clone or no new commit: a harvest of nothing (head is base). Rejected, with the reason:
        ``base`` is not an ancestor (history rewritten), more or larger than allowed, or files
        changed whose paths begin with none of ``within``, if that is given.
        Safe to repeat; what was taken once is returned also when the clone is gone.
        """
        ...

    async def discard(self, run: RunId) -> None:
        """Remove the clone, if there is one."""
        ...

    async def kept(self) -> Sequence[RunId]:
        """Return the runs whose clones are still there, half-made ones as well."""
        ...
