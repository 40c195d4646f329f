"""Evidence from a large repository: 100,000 files, 20,000 commits, beside what git alone takes."""

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from adapters.git.command import Git
from adapters.git.inspector import GitInspector
from adapters.git.local_forge import LocalForge
from adapters.git.repositories import GitRepositories
from domain.identifiers import Branch, CommitId, Repo

FILES = 100_000
COMMITS = 20_000
ROUNDS = 50
REPO = Repo("large")
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
    """Print the medians."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        source = data / "source.git"
        build(source)
        git = Git(os.environ)
        repositories = GitRepositories(git, data)
        forge = LocalForge(git, repositories, data)
        inspector = GitInspector(git, repositories, forge)
        path = await repositories.adopt(source, REPO)
        base = await inspector.head(REPO, MAIN)
        files = {f"{FOLDER}/{file}": f"# {file}\n" * 100 for file in NAMES}
        head = await forge.prepare_branch(REPO, BRANCH, base=MAIN, files=files, message="m")
        ours, theirs = [], []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            seen = await inspector.evidence(REPO, base=base, head=head, folder=FOLDER, files=NAMES)
            ours.append((time.perf_counter() - began) * 1000)
            assert len(seen.texts) == len(seen.touched) == len(NAMES)
            assert seen.commits == 1
            theirs.append(bare_git(path, base, head))
        print(f"{FILES:,} files, {COMMITS:,} commits, {ROUNDS} rounds")
        print(f"evidence   median {statistics.median(ours):6.1f} ms   slowest {max(ours):6.1f} ms")
        print(
            f"git alone  median {statistics.median(theirs):6.1f} ms   slowest {max(theirs):6.1f} ms"
        )


if __name__ == "__main__":
    asyncio.run(main())
