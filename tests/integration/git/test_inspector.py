"""The inspector in a repository of a size that one meets."""

import subprocess
from pathlib import Path

import pytest

from adapters.git.local_forge import LocalForge
from domain.errors import ToolFailed
from domain.identifiers import Repo
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.world import PERSON, GitWorld, git

BIG = Repo("big")


def history(files: int, commits: int) -> bytes:
    """A stream for fast-import: that many files, then that many commits of one change each."""
    lines = ["commit refs/heads/main", "committer A <a@b> 1600000000 +0000", "data 1\nm"]
    lines += [f"M 100644 inline d{n % 40}/f{n}.txt\ndata 2\n1" for n in range(files)]
    for n in range(commits):
        lines += ["commit refs/heads/main", f"committer A <a@b> {1600000001 + n} +0000"]
        lines += ["data 1\nm", f"M 100644 inline d{n % 40}/f{n % files}.txt\ndata 2\n2"]
    return "\n".join([*lines, ""]).encode()


@pytest.fixture
async def big(world: GitWorld, tmp_path: Path) -> GitWorld:
    """2,000 files and 500 commits."""
    source = tmp_path / "source.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(source))
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=source,
        input=history(2_000, 500),
        env=PERSON,
        check=True,
    )
    await world.repositories.adopt(source, BIG)
    return world


async def test_a_run_in_a_large_repository_goes_all_the_way(big: GitWorld) -> None:
    """From branch to evidence."""
    base = await big.forge.prepare_branch(
        BIG, BRANCH, base=MAIN, files={f"{FOLDER}/00.md": "x"}, message="m"
    )
    clone = await big.workspaces.prepare(RUN, BIG, BRANCH, base)
    assert sum(1 for path in clone.glob("d*/*.txt")) == 2_000
    await big.agent_commits(RUN, {f"{FOLDER}/01.md": "y\n"})
    harvest = await big.workspaces.harvest(RUN, BIG, BRANCH, base)
    await big.forge.publish(BIG, BRANCH, commit=harvest.head, expected=base)
    seen = await big.inspector.evidence(
        BIG, base=base, head=harvest.head, folder=FOLDER, files=["00.md", "01.md", "02.md"]
    )
    assert (seen.commits, seen.touched) == (1, frozenset({"01.md"}))
    assert dict(seen.texts) == {"00.md": "x", "01.md": "y\n"}


async def test_a_long_range_is_counted_to_its_end(big: GitWorld) -> None:
    """With every commit that leaves the folder alone."""
    head = await big.inspector.head(BIG, MAIN)
    oldest = git(big.repositories.path(BIG), "rev-list", "--max-parents=0", "main")
    seen = await big.inspector.evidence(
        BIG, base=type(head)(oldest), head=head, folder="d7", files=["f7.txt"]
    )
    assert seen.commits == 500
    assert seen.touched == {f"f{n}.txt" for n in range(500) if n % 40 == 7}
    assert dict(seen.texts) == {"f7.txt": "2\n"}


async def test_an_object_that_is_gone_is_a_tool_that_failed(world: GitWorld) -> None:
    """Not a file that is missing, which would decide something."""
    head = await world.person_commits(BRANCH, {f"{FOLDER}/01.md": "only here\n"})
    blob = git(world.bare, "rev-parse", f"{head}:{FOLDER}/01.md")
    (world.bare / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(ToolFailed, match="damaged"):
        await world.inspector.evidence(REPO, base=head, head=head, folder=FOLDER, files=["01.md"])


async def test_a_forge_with_an_old_git_says_so(world: GitWorld, tmp_path: Path) -> None:
    """The doctor asks."""
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho git version 2.29.2\n")
    old.chmod(0o755)
    elder = GitWorld(tmp_path)
    elder.git._executable = str(old)
    assert isinstance(elder.forge, LocalForge)
    with pytest.raises(ToolFailed, match=r"2\.29\.2 is too old"):
        await elder.forge.ping()
