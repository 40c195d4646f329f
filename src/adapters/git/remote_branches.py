"""Branches of a remote forge, made and moved by git alone: the same on every version of it."""

import asyncio
import hashlib
from collections.abc import Mapping

from adapters.git.command import Git
from adapters.git.drafting import commit_stream
from adapters.git.mirrors import Mirrors
from adapters.git.refs import branch_ref, checked_commit
from domain.errors import Conflict, NotFound, ToolFailed
from domain.identifiers import Branch, CommitId, Repo


class RemoteBranches:
    """Prepares and publishes branches. Pushes expect a head; nothing is ever overwritten."""

    def __init__(self, git: Git, mirrors: Mirrors) -> None:
        """Work in these mirrors."""
        self._git = git
        self._mirrors = mirrors
        self._drafting = asyncio.Lock()  # two of the same content would write the same pack

    async def prepare_branch(
        self, repo: Repo, branch: Branch, *, base: Branch, files: Mapping[str, str], message: str
    ) -> CommitId:
        """Make the branch from ``base``'s head with one commit that adds the files.

        Return its head; a branch that is there already is left as it is.
        """
        branch_ref(branch)
        there, parent = await self._mirrors.heads(repo, branch, base)
        if there is not None:
            return there
        if parent is None:
            raise NotFound(
                f"{repo} has no branch {base}: push a first commit to it, or set the project's"
                " base_branch"
            )
        commit = await self._draft(repo, branch, parent, files, message)
        async with self._mirrors.locked(repo):
            try:
                await self._mirrors.push(repo, branch, commit, expected=None)
            except Conflict:
                pass  # somebody was faster: theirs it is
            else:
                return commit
        return await self._mirrors.head(repo, branch)

    async def publish(
        self, repo: Repo, branch: Branch, *, commit: CommitId, expected: CommitId
    ) -> None:
        """Move the branch from ``expected`` to its descendant ``commit``, or leave it as it is."""
        branch_ref(branch)
        path = await self._mirrors.having(repo, expected, commit)
        related = await self._git.run(
            path,
            *("merge-base", "--is-ancestor", checked_commit(expected), checked_commit(commit)),
            accept=(0, 1),
        )
        if related.code:
            raise Conflict(f"{commit[:12]} does not descend from {expected[:12]}")
        async with self._mirrors.locked(repo):
            try:
                await self._mirrors.push(repo, branch, commit, expected=expected)
            except Conflict:
                pass
            else:
                return
        head = await self._mirrors.head(repo, branch)
        if head == expected:  # the forge was busy with something else of this branch
            raise ToolFailed(f"{branch} could not be moved just now")
        if head != commit:
            raise Conflict(
                f"{branch} is at {head[:12]} and not at {expected[:12]}: somebody else changed it"
            )

    async def heads(self, repo: Repo, *branches: Branch) -> list[CommitId | None]:
        """Return the branches' heads as the forge has them now."""
        return await self._mirrors.heads(repo, *branches)

    async def check(self) -> None:
        """Return if git can do all this."""
        await self._mirrors.check()

    async def _draft(
        self, repo: Repo, branch: Branch, parent: CommitId, files: Mapping[str, str], message: str
    ) -> CommitId:
        name = hashlib.sha256(branch.encode()).hexdigest()[:40]
        draft = f"refs/orchestrator/drafts/{name}"
        stream = commit_stream(draft, parent=parent, files=files, message=message)
        path = self._mirrors.existing(repo)
        try:
            async with self._drafting:
                made = await self._git.run(
                    path, "fast-import", "--quiet", "--force", "--date-format=now", given=stream
                )
        except Conflict as error:  # with the git of a killed predecessor, which lives on for a bit
            raise ToolFailed(str(error)) from error
        return checked_commit(CommitId(made.stdout.decode().strip()))
