"""A real forge in a temporary folder, with people and agents who use the git command."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from adapters.git.command import Git
from adapters.git.harvest import HarvestLimits
from adapters.git.inspector import GitInspector
from adapters.git.local_forge import LocalForge
from adapters.git.records import ForgeRecords
from adapters.git.repositories import GitRepositories
from adapters.git.workspaces import GitWorkspaces
from domain.evidence import Checks
from domain.identifiers import Branch, CommitId, RunId
from tests.contracts.code_forge import MAIN, REPO, Files, Link
from tests.contracts.workspaces import MAX_COMMITS

PERSON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Person",
    "GIT_AUTHOR_EMAIL": "person@example.org",
    "GIT_COMMITTER_NAME": "Person",
    "GIT_COMMITTER_EMAIL": "person@example.org",
}


def git(folder: Path, *arguments: str) -> str:
    """What git says to a person there."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env=PERSON, check=True, capture_output=True)
    return done.stdout.decode().strip()


def commit(folder: Path, files: Files) -> CommitId:
    """A commit of these changes in a work tree."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case None:
                file.unlink()
            case Link(target):
                file.symlink_to(target)
            case str():
                file.write_text(content)
            case _:
                file.write_bytes(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "work")
    return CommitId(git(folder, "rev-parse", "HEAD"))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for it, but not for ever."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 # it is a process that we wait for
            await asyncio.sleep(0.005)


class GitWorld:
    """Everything of ours on one data directory, and one clone of a person."""

    limits = HarvestLimits(commits=MAX_COMMITS, files=50, size=4 * 1024 * 1024)

    def __init__(self, data: Path, *, checks: Sequence[str] | None = ("true",)) -> None:
        """Begin without a repository; a checks' command is there so that checks can end."""
        self.repo = REPO
        self.data = data
        self.git = Git(os.environ)
        self.repositories = GitRepositories(self.git, data)
        self.records = ForgeRecords(self.repositories)
        self.forge = LocalForge(
            self.git,
            self.repositories,
            data,
            checks=checks,
            environment=os.environ,
            time_limit=timedelta(seconds=20),
            interval=timedelta(milliseconds=50),
        )
        self.inspector = GitInspector(self.git, self.repositories, self.forge)
        self.workspaces = GitWorkspaces(self.git, self.repositories, data, limits=self.limits)
        self.bare = self.repositories.path(REPO)
        self.person = data / "person"

    async def begin(self) -> None:
        """Make the repository, and the person's clone."""
        await self.repositories.create(REPO, {"README.md": "# Shop\n"})
        git(self.data, "clone", "--quiet", str(self.bare), str(self.person))

    async def person_commits(self, branch: Branch, files: Files) -> CommitId:
        """A person commits and pushes."""
        self._switch(branch)
        head = commit(self.person, files)
        git(self.person, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return head

    async def person_merges(self, branch: Branch, other: CommitId) -> CommitId:
        """A person merges and pushes."""
        self._switch(branch)
        git(self.person, "merge", "--quiet", "--no-ff", "--message", "merge", other)
        git(self.person, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return CommitId(git(self.person, "rev-parse", "HEAD"))

    async def person_removes(self, branch: Branch) -> None:
        """A person removes the branch."""
        git(self.person, "push", "--quiet", "origin", f":refs/heads/{branch}")

    async def checks_end(self, commit: CommitId, checks: Checks) -> None:
        """The checks end like this."""
        self.records.set_checks(REPO, commit, checks)

    async def restarted(self) -> LocalForge:
        """Another one on the same data directory."""
        return GitWorld(self.data).forge

    def clone(self, run: RunId) -> Path:
        """Where the agent works."""
        return self.data / "workspaces" / run / "repo"

    async def agent_commits(
        self, run: RunId, files: Files, *, branch: Branch | None = None
    ) -> CommitId:
        """The agent commits as whoever the workspace says it is."""
        if branch is not None:
            git(self.clone(run), "checkout", "--quiet", "-B", branch)
        return commit(self.clone(run), files)

    async def agent_rewrites(self, run: RunId) -> CommitId:
        """The agent begins anew."""
        own = git(self.clone(run), "branch", "--show-current")
        git(self.clone(run), "checkout", "--quiet", "--orphan", "anew")
        head = commit(self.clone(run), {"a.txt": "no past\n"})
        git(self.clone(run), "branch", "--force", own, head)
        return head

    async def agent_removes_its_branch(self, run: RunId) -> None:
        """The agent removes the branch that it is on."""
        own = git(self.clone(run), "branch", "--show-current")
        git(self.clone(run), "checkout", "--quiet", "--detach")
        git(self.clone(run), "branch", "--quiet", "-D", own)

    def copy(self, target: Path) -> None:
        """The whole data directory as it is now."""
        shutil.copytree(self.data, target, symlinks=True)

    def _switch(self, branch: Branch) -> None:
        git(self.person, "fetch", "--quiet", "--prune", "origin")
        there = git(self.person, "branch", "--remotes", "--list", f"origin/{branch}")
        git(self.person, "checkout", "--quiet", "--detach", f"origin/{branch if there else MAIN}")
