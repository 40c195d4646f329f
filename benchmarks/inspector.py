"""Evidence from a large repository: 100,000 files, 20,000 commits, beside what git alone takes."""

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from adapters.git.command import Git
from adapters.git.inspector import GitInspector
from adapters.git.local_forge import LocalForge
from adapters.git.mirrors import Mirrors
from adapters.git.remote_branches import RemoteBranches
from adapters.git.repositories import GitRepositories
from domain.identifiers import Branch, CommitId, Repo

FILES = 100_000
COMMITS = 20_000
ROUNDS = 50
REPO = Repo("team/large")
MAIN = Branch("main")
BRANCH = Branch("orchestrator/ET-1")
FOLDER = "docs/work-items/ET-1"
NAMES = [f"0{number}-artifact.md" for number in range(1, 6)]


def history() -> Iterator[str]:
    """Yield the input of ``git fast-import``."""
    yield "commit refs/heads/main\ncommitter A <a@b> 1600000000 +0000\ndata 1\nm\n"
    for n in range(FILES):
        yield f"M 100644 inline src/d{n % 300}/e{n % 7}/f{n}.txt\ndata 2\n1\n"
    for n in range(COMMITS):
        yield f"commit refs/heads/main\ncommitter A <a@b> {1600000001 + n} +0000\ndata 1\nm\n"
        file = n * 7 % FILES
        yield f"M 100644 inline src/d{file % 300}/e{file % 7}/f{file}.txt\ndata 2\n2\n"


def build(folder: Path) -> None:
    """Make the repository."""
    folder.parent.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", MAIN, str(folder)], check=True)
    with subprocess.Popen(
        ["git", f"--git-dir={folder}", "fast-import", "--quiet"], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        for part in history():
            process.stdin.write(part.encode())


def bare_git(path: Path, base: CommitId, head: CommitId) -> float:
    """Return how many milliseconds the same two commands take, started by hand and at once."""
    git = ["git", f"--git-dir={path}"]
    log = ["log", "--full-history", "--sparse", "--no-renames", "-c", "-z", "--format=%H"]
    asked = "".join(f"{head}:{FOLDER}/{name}\n" for name in NAMES).encode()
    began = time.perf_counter()
    with subprocess.Popen(
        [*git, *log, "--name-status", f"{base}..{head}", "--", FOLDER], stdout=subprocess.PIPE
    ) as process:
        subprocess.run([*git, "cat-file", "--batch"], input=asked, capture_output=True, check=True)
        process.communicate()
    return (time.perf_counter() - began) * 1000


async def main() -> None:
    """Print the medians, for a repository of our own and for the mirror of one elsewhere."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        source = data / "forge" / f"{REPO}.git"
        build(source)
        git = Git(os.environ)
        print(f"{FILES:,} files, {COMMITS:,} commits, {ROUNDS} rounds")
        own = GitRepositories(git, data / "own")
        await own.adopt(source, REPO)
        await measure("own", git, own, LocalForge(git, own, data / "own").prepare_branch)
        mirrors = Mirrors(
            git, data / "mirrors", url=f"file://{data}/forge", header="", bases={REPO: MAIN}
        )
        await measure("mirror", git, mirrors, RemoteBranches(git, mirrors).prepare_branch)


async def measure(
    name: str, git: Git, repositories: GitRepositories, prepare: Callable[..., Awaitable[CommitId]]
) -> None:
    """Print what evidence of a new branch takes, beside what git alone takes."""
    inspector = GitInspector(git, repositories, LocalForge(git, repositories, Path("/nowhere")))
    base = await inspector.head(REPO, MAIN)
    files = {f"{FOLDER}/{file}": f"# {file}\n" * 100 for file in NAMES}
    head = await prepare(REPO, BRANCH, base=MAIN, files=files, message="m")
    path = repositories.path(REPO)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        seen = await inspector.evidence(REPO, base=base, head=head, folder=FOLDER, files=NAMES)
        ours.append((time.perf_counter() - began) * 1000)
        assert len(seen.texts) == len(seen.touched) == len(NAMES)
        assert seen.commits == 1
        theirs.append(bare_git(path, base, head))
    for what, took in ((f"evidence, {name}", ours), ("git alone", theirs)):
        print(f"{what:<18} median {statistics.median(took):6.1f} ms   slowest {max(took):6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
