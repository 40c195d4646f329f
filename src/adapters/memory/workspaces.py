"""Workspaces in memory, in which a test commits as an agent would.

workspaces.commit(run, {"a.md": "…"})    the agent commits on its branch, or on another
workspaces.rewrite(run)                  it replaces all history by a commit of its own
workspaces.remove_branch(run)            it removes its branch
workspaces.max_commits = 3               more are refused
workspaces.prepared, workspaces.discarded     the runs, in order
workspaces.fail_next(error, late=…)      as with the forge
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.memory.repo_inspector import File, MemoryInspector
from domain.errors import Invalid, NotAllowed, NotFound
from domain.identifiers import Branch, CommitId, Repo, RunId
from ports.workspaces import Harvest


@dataclass(slots=True)
class _Clone:
    made: tuple[Repo, Branch, CommitId]
    heads: dict[Branch, CommitId]


class MemoryWorkspaces:
    """Workspaces beside a MemoryForge."""

    def __init__(self, forge: MemoryInspector) -> None:
        """Clone this forge's repositories."""
        self._forge = forge
        self._clones: dict[RunId, _Clone] = {}
        self._taken: dict[RunId, CommitId] = {}
        self._failures = MemoryInspector()
        self.fail_next = self._failures.fail_next
        self.max_commits = 1_000
        self.prepared: list[RunId] = []
        self.discarded: list[RunId] = []

    # ── what a test says ─────────────────────────────────────────────────────────────────────────

    def commit(
        self, run: RunId, files: Mapping[str, File | None], *, branch: Branch | None = None
    ) -> CommitId:
        """Let the agent commit; another branch begins where its own is."""
        clone = self._clone(run)
        own = clone.made[1]
        name = branch or own
        commit = self._forge.make_commit((clone.heads.get(name, clone.heads[own]),), files)
        clone.heads[name] = commit
        return commit

    def rewrite(self, run: RunId) -> CommitId:
        """Let the agent replace its branch by one without a past."""
        clone = self._clone(run)
        clone.heads[clone.made[1]] = self._forge.make_commit((), {"a.txt": "no past\n"})
        return clone.heads[clone.made[1]]

    def remove_branch(self, run: RunId) -> None:
        """Let the agent remove its branch."""
        clone = self._clone(run)
        del clone.heads[clone.made[1]]

    # ── what the port says ───────────────────────────────────────────────────────────────────────

    async def prepare(self, run: RunId, repo: Repo, branch: Branch, base: CommitId) -> Path:
        """Return where the clone would be."""
        _check_run(run)
        async with self._failures.reached():
            self._forge.ancestry(repo, base)
            made = (repo, branch, base)
            if run not in self._clones or self._clones[run].made != made:
                self._clones[run] = _Clone(made, {branch: base})
                self.prepared.append(run)
            return Path("/memory/workspaces") / run

    async def harvest(
        self,
        run: RunId,
        repo: Repo,
        branch: Branch,
        base: CommitId,
        *,
        within: Sequence[str] = (),
    ) -> Harvest:
        """Take what the agent committed on the branch."""
        _check_run(run)
        async with self._failures.reached():
            there = self._forge.repository(repo)
            clone = self._clones.get(run)
            head = clone.heads.get(branch, base) if clone else self._taken.get(run, base)
            span = self._forge.reachable(head) - self._forge.ancestry(repo, base)
            if head != base and base not in self._forge.reachable(head):
                raise NotAllowed(f"history was rewritten: {head[:12]} is not after {base[:12]}")
            if len(span) > self.max_commits:
                raise NotAllowed(f"{len(span)} new commits, allowed are {self.max_commits}")
            before, after = self._forge.commits[base].files, self._forge.commits[head].files
            changed = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
            outside = sorted(p for p in changed if within and not p.startswith(tuple(within)))
            if outside:
                raise NotAllowed(f"files were changed outside of {', '.join(within)}: {outside}")
            there.known |= span
            self._taken[run] = head
            return Harvest(base=base, head=head, commits=len(span))

    async def kept(self) -> Sequence[RunId]:
        """Return the runs that have a clone."""
        return list(self._clones)

    async def discard(self, run: RunId) -> None:
        """Forget the clone."""
        _check_run(run)
        async with self._failures.reached():
            if self._clones.pop(run, None):
                self.discarded.append(run)

    def _clone(self, run: RunId) -> _Clone:
        if run not in self._clones:
            raise NotFound(f"there is no workspace of {run}")
        return self._clones[run]


def _check_run(run: RunId) -> None:
    if not run or not run.replace("-", "").replace("_", "").isalnum():
        raise Invalid("run", f"{run[:40]!r} is not a run's name", "use one like ET-7-3")
