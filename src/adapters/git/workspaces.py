"""One clone per run, and the way back of what was committed in it.

<data>/workspaces/<run>/repo       the clone, complete
<data>/workspaces/<run>/made       says of what: written last, so without it nothing is complete
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from adapters.disk.removal import remove_tree
from adapters.git.clone import make_clone
from adapters.git.command import Git
from adapters.git.harvest import DEFAULT_LIMITS, HarvestLimits, Transfer
from adapters.git.process import Leash
from adapters.git.refs import branch_ref, checked_commit, checked_run, run_ref
from adapters.git.repositories import GitRepositories
from adapters.git.suspect import branch_head
from domain.identifiers import Branch, CommitId, Repo, RunId
from ports.workspaces import Harvest


class GitWorkspaces:
    """Workspaces on this machine's disk."""

    def __init__(
        self,
        git: Git,
        repositories: GitRepositories,
        data: Path,
        *,
        limits: HarvestLimits = DEFAULT_LIMITS,
        time_limit: timedelta = timedelta(minutes=10),
    ) -> None:
        """Clone these repositories into the data directory."""
        self._git = git
        self._repositories = repositories
        self._root = data.absolute() / "workspaces"
        self._limits = limits
        self._time_limit = time_limit

    async def prepare(self, run: RunId, repo: Repo, branch: Branch, base: CommitId) -> Path:
        """Return the run's clone with the branch checked out at ``base``.

        A complete clone of just that is returned as it is, whatever an agent has done in it since.
        """
        await self._repositories.having(repo, base)
        folder = self._root / checked_run(run)
        clone, mark = folder / "repo", folder / "made"
        made = f"{repo}\n{branch}\n{checked_commit(base)}\n"

        def begin(_: Leash) -> bool:
            if clone.is_dir() and mark.is_file() and mark.read_text() == made:
                return True
            _remove(folder)
            folder.mkdir(parents=True)
            return False

        def end(_: Leash) -> None:
            half = folder / "made.half"
            half.write_text(made)
            half.replace(mark)

        if not await self._git.in_thread(begin, what="clone", time_limit=self._time_limit):
            await make_clone(
                self._git,
                self._repositories,
                repo,
                clone,
                branch=branch,
                base=base,
                author=f"Agent of {run}",
                time_limit=self._time_limit,
            )
            await self._git.in_thread(end, what="clone")
        return clone

    async def harvest(
        self,
        run: RunId,
        repo: Repo,
        branch: Branch,
        base: CommitId,
        *,
        within: Sequence[str] = (),
    ) -> Harvest:
        """Take the commits of the branch from the run's clone; keep them under the run's ref."""
        ours = await self._repositories.having(repo, base)
        git_dir = self._root / checked_run(run) / "repo" / ".git"
        branch_ref(branch)
        checked_commit(base)

        def job(leash: Leash) -> Harvest | None:
            if not git_dir.parent.is_dir():
                return None
            head = branch_head(git_dir, branch)
            if head is None or head == base:
                return Harvest(base=base, head=base, commits=0)
            transfer = Transfer(self._git, leash, ours, self._limits, within)
            commits = transfer.take(git_dir, base, head)
            return Harvest(base=base, head=head, commits=commits)

        harvest = await self._git.in_thread(job, what="harvest", time_limit=self._time_limit)
        if harvest is None:
            return await self._taken(run, ours, base)
        if harvest.commits:
            await self._git.run(ours, "update-ref", run_ref(run), harvest.head)
        return harvest

    async def _taken(self, run: RunId, ours: Path, base: CommitId) -> Harvest:
        """Return what the run's ref keeps, nothing where there is none."""
        kept = await self._git.run(ours, "for-each-ref", "--format=%(objectname)", run_ref(run))
        head = CommitId(kept.stdout.decode().strip()) or base
        span = await self._git.run(ours, "rev-list", "--count", f"{base}..{head}")
        return Harvest(base=base, head=head, commits=int(span.stdout))

    async def discard(self, run: RunId) -> None:
        """Remove the clone, if there is one."""
        folder = self._root / checked_run(run)
        await self._git.in_thread(
            lambda _: _remove(folder),
            what="worktree removal",
            time_limit=self._time_limit,
        )

    async def kept(self) -> Sequence[RunId]:
        """Return the runs that have a folder."""

        def names(_: Leash) -> list[RunId]:
            if not self._root.is_dir():
                return []
            return sorted(RunId(folder.name) for folder in self._root.iterdir())

        return await self._git.in_thread(names, what="list of worktrees")


def _remove(folder: Path) -> None:
    (folder / "made").unlink(missing_ok=True)  # first: what is half removed is not complete
    remove_tree(folder)
