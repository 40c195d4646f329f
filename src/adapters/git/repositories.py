"""Our own bare repositories, under the data directory.

<data>/repositories/<owner>/<name>.git     objects and refs, as git has them
    refs/orchestrator/runs/<run>           what each run committed, accepted or not yet published
    orchestrator/                          pull requests and checks of the embedded forge
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from adapters.git.command import Git, redact
from adapters.git.drafting import commit_stream
from adapters.git.refs import branch_ref, repo_parts
from adapters.git.removal import sweep
from adapters.git.skeleton import make_git_dir
from domain.errors import Invalid, NotFound
from domain.identifiers import Branch, CommitId, Repo

_HOUR = timedelta(hours=1)
_MANY_PACKS = 20
_MANY_LOOSE = 200
_MAIN = Branch("main")


class GitRepositories:
    """Finds them by name, and makes them."""

    def __init__(self, git: Git, data: Path) -> None:
        """Keep them under this data directory."""
        self._git = git
        self._root = data.absolute() / "repositories"
        self._at_rest: dict[Repo, asyncio.Lock] = {}

    def path(self, repo: Repo) -> Path:
        """Return where the repository is or would be. Invalid: it cannot be called that."""
        *owner, name = repo_parts(repo)
        return self._root.joinpath(*owner, f"{name}.git")

    def existing(self, repo: Repo) -> Path:
        """Return where the repository is. NotFound: there is none of that name."""
        try:
            path = self.path(repo)
        except Invalid as error:
            raise NotFound(f"there is no repository {repo[:60]!r}") from error
        if not (path / "HEAD").is_file():
            raise NotFound(f"there is no repository {repo!r} under {self._root}")
        return path

    async def having(self, repo: Repo, *commits: CommitId) -> Path:
        """Return where the repository is, with these commits in it if they can be had at all."""
        return self.existing(repo)

    def all(self) -> Sequence[Repo]:
        """Return the names of all repositories."""
        heads = [*self._root.glob("*.git/HEAD"), *self._root.glob("*/*.git/HEAD")]
        names = [str(head.parent.relative_to(self._root)) for head in heads]
        return sorted(Repo(name.removesuffix(".git")) for name in names)

    async def head(self, repo: Repo, branch: Branch) -> CommitId:
        """Return the branch's head. NotFound: no such repository or branch."""
        try:
            (head,) = await self.heads(repo, branch)
        except Invalid:  # nothing can be called that
            head = None
        if head is None:
            raise NotFound(f"{repo} has no branch {branch[:60]!r}")
        return head

    async def heads(self, repo: Repo, *branches: Branch) -> list[CommitId | None]:
        """Return the branches' heads in order, None for one that is not there: one process."""
        path = self.existing(repo)
        asked = "".join(f"{branch_ref(branch)}\n" for branch in branches)
        answer = await self._git.run(
            path, "cat-file", "--batch-check=%(objecttype) %(objectname)", given=asked.encode()
        )
        words = [line.split(" ") for line in answer.stdout.decode().splitlines()]
        return [CommitId(name) if kind == "commit" else None for kind, name in words]

    async def adopt(self, source: str | Path, repo: Repo) -> Path:
        """Make our own copy of the branches and tags of a repository, which is not touched.

        One that is there already is left as it is. NotFound: there is nothing at ``source``.
        Invalid: it holds no commit yet.
        """
        path = self.path(repo)
        if (path / "HEAD").is_file():
            return path
        shown = redact(str(source))
        with _beside(path) as half:
            # --no-local: each object is checked on its way, and nothing is shared with the source,
            # whatever alternates, hard links or worktrees that is made of.
            await self._git.run(
                None,
                *("clone", "--quiet", "--bare", "--no-local", "--template="),
                *("--", str(source), str(half)),
                time_limit=_HOUR,
            )
            refs = await self._git.run(half, "for-each-ref", "--count=1", "refs/heads")
            if not refs.stdout:
                raise Invalid("source", f"{shown} holds no commit", "make a first one")
            # The remote's address may hold a password, and we never go back there.
            await self._git.run(half, "config", "--remove-section", "remote.origin")
            await self._git.run(half, "config", "core.logAllRefUpdates", "true")
            await self._git.run(half, "commit-graph", "write", "--reachable", time_limit=_HOUR)
            half.rename(path)
        return path

    async def create(
        self,
        repo: Repo,
        files: Mapping[str, str],
        *,
        branch: Branch = _MAIN,
        message: str = "Begin",
    ) -> Path:
        """Make a repository whose first commit holds the files.

        One that is there already is left as it is.
        """
        path, ref = self.path(repo), branch_ref(branch)
        if (path / "HEAD").is_file():
            return path
        with _beside(path) as half:
            make_git_dir(half, branch=branch, bare=True)
            stream = commit_stream(ref, parent=None, files=files, message=message)
            await self._git.run(half, "fast-import", "--quiet", "--date-format=now", given=stream)
            half.rename(path)
        return path

    @asynccontextmanager
    async def at_rest(self, repo: Repo) -> AsyncGenerator[Path, None]:
        """Yield the repository with few files, none of which goes away meanwhile.

        Each run adds a pack or two, and copying many small files takes long. Packs are merged so
        that each is twice as large as the next (of a large repository, only the small ones are
        touched); nothing is ever dropped.
        """
        path = self.existing(repo)
        async with self._at_rest.setdefault(repo, asyncio.Lock()):
            await self._git.in_thread(lambda _: sweep(path), what="repack")
            if await self._git.in_thread(lambda _: _is_littered(path), what="repack"):
                await self._merge_packs(path)
            yield path

    async def _merge_packs(self, path: Path) -> None:
        merged = await self._git.run(
            path, "repack", "-d", "-q", "--geometric=2", accept=(0, 129), time_limit=_HOUR
        )
        if merged.code:  # git before 2.32 does not know how: everything into one, then
            await self._git.run(path, "repack", "-A", "-d", "-q", time_limit=_HOUR)


def _is_littered(path: Path) -> bool:
    packs = sum(1 for _ in (path / "objects" / "pack").glob("*.pack"))
    loose = sum(1 for _ in (path / "objects").glob("??/*"))
    return packs > _MANY_PACKS or loose > _MANY_LOOSE


@contextmanager
def _beside(path: Path) -> Generator[Path, None, None]:
    """Yield a temporary neighbour, removed unless it was renamed into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield folder / "half"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
