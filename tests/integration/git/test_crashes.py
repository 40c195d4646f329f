"""Killed in the middle: nothing half-made is ever taken for whole."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from domain.errors import Unavailable
from domain.identifiers import Branch, CommitId, RunId
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, OTHER, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.world import GitWorld, git

T = TypeVar("T")
ROUNDS = 12

_SRC = Path(__file__).parents[3] / "src"

_SERVICE = """
import asyncio, json, os, sys
from pathlib import Path
from adapters.git.command import Git
from adapters.git.local_forge import LocalForge
from adapters.git.repositories import GitRepositories
from adapters.git.workspaces import GitWorkspaces

async def main(data, branch, run, commit):
    git = Git(os.environ)
    repositories = GitRepositories(git, data)
    forge = LocalForge(git, repositories, data)
    workspaces = GitWorkspaces(git, repositories, data)
    print("ready", flush=True)
    sys.stdin.readline()
    base = await forge.prepare_branch(
        "team/shop", branch, base="main", files={"docs/work-items/ET-1/00.md": branch}, message="m"
    )
    await workspaces.prepare(run, "team/shop", branch, base)
    if commit:
        harvest = await workspaces.harvest(run, "team/shop", branch, commit)
        await forge.publish("team/shop", branch, commit=harvest.head, expected=commit)
    await forge.open_pull_request("team/shop", branch, base="main", title="t", body="b")
    print("done", flush=True)

asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
"""


def killed_after(
    seconds: float, data: Path, branch: Branch, run: RunId, base: CommitId | None = None
) -> float:
    """Our service in a process of its own; how long it took to the end, or until it was killed."""
    command = [sys.executable, "-c", _SERVICE, str(data), branch, run, base or ""]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(_SRC)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(b"\n")
        process.stdin.flush()
        began = time.monotonic()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            assert process.stdout.read() == b"done\n"
        return time.monotonic() - began


@pytest.mark.slow
async def test_whoever_is_killed_anywhere_can_begin_again(world: GitWorld) -> None:
    """Each round is killed a little later; in the end all is there, once."""
    whole = await asyncio.to_thread(killed_after, 20, world.data, OTHER, RunId("ET-0-1"))
    step = whole / ROUNDS
    for number in range(1, ROUNDS):
        branch, run = Branch(f"orchestrator/ET-{number}"), RunId(f"ET-{number}-1")
        await asyncio.to_thread(killed_after, step * number, world.data, branch, run)
        base = await insist(partial(prepare, world, branch))
        clone = await insist(partial(world.workspaces.prepare, run, REPO, branch, base))
        assert git(clone, "rev-parse", "HEAD") == base
        assert git(clone, "status", "--porcelain") == ""
        assert git(clone, "rev-list", "--count", "origin/main..HEAD") == "1"
        head = await world.agent_commits(run, {"a.txt": f"{number}\n"})
        await asyncio.to_thread(killed_after, step * number, world.data, branch, run, base)
        harvest = await insist(partial(world.workspaces.harvest, run, REPO, branch, base))
        assert (harvest.head, harvest.commits) == (head, 1)
        await insist(partial(world.forge.publish, REPO, branch, commit=harvest.head, expected=base))
        opened = await world.forge.open_pull_request(REPO, branch, base=MAIN, title="t", body="b")
        assert opened.number == number + 1
        await world.workspaces.discard(run)
    git(world.bare, "fsck", "--strict")


async def prepare(world: GitWorld, branch: Branch) -> CommitId:
    """The branch with the item's folder."""
    return await world.forge.prepare_branch(
        REPO, branch, base=MAIN, files={f"{FOLDER}/00.md": branch}, message="m"
    )


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """Calls again while the world is out of order, as the outbox does.

    A git of the one that was killed may live on for a moment and hold a lock.
    """
    async with asyncio.timeout(60):
        while True:
            try:
                return await call()
            except Unavailable:
                await asyncio.sleep(0.01)


async def test_a_clone_that_was_not_finished_is_made_anew(world: GitWorld) -> None:
    """Whatever of it is there."""
    base = await world.forge.prepare_branch(
        REPO, BRANCH, base=MAIN, files={f"{FOLDER}/00.md": "x\n"}, message="m"
    )
    clone = await world.workspaces.prepare(RUN, REPO, BRANCH, base)
    (clone.parent / "made").unlink()
    (clone / "README.md").write_text("half")
    (clone / ".git" / "index.lock").touch()
    await world.workspaces.prepare(RUN, REPO, BRANCH, base)
    assert (clone / "README.md").read_text() == "# Shop\n"
    assert not (clone / ".git" / "index.lock").exists()


async def test_a_draft_that_was_left_behind_is_no_obstacle(world: GitWorld) -> None:
    """Killed between the commit and the branch."""
    drafts = "refs/orchestrator/drafts"
    await prepare(world, BRANCH)
    assert git(world.bare, "for-each-ref", drafts) == ""
    aside = await world.person_commits(MAIN, {"b.txt": "1\n"})
    name = hashlib.sha256(f"refs/heads/{OTHER}".encode()).hexdigest()[:40]
    git(world.bare, "update-ref", f"{drafts}/{name}", aside)
    head = await prepare(world, OTHER)
    assert await world.inspector.head(REPO, OTHER) == head
    assert git(world.bare, "for-each-ref", drafts) == ""


@pytest.mark.parametrize("lock", [f"refs/heads/{BRANCH}.lock", "packed-refs.lock"])
async def test_a_lock_that_was_left_behind_holds_nobody_up(world: GitWorld, lock: str) -> None:
    """Git leaves it when it is killed, and nobody else ever takes it away."""
    base = await prepare(world, BRANCH)
    git(world.bare, "pack-refs", "--all")
    path = world.bare / lock
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    impatient = ("-c", "core.filesRefLockTimeout=0", "-c", "core.packedRefsTimeout=0")
    deed = (*impatient, "update-ref", "-d", f"refs/heads/{BRANCH}", base)
    with pytest.raises(Unavailable, match="File exists"):
        await world.git.run(world.bare, *deed)
    assert path.exists(), "somebody may be at work just now"
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    await insist(partial(world.git.run, world.bare, *deed))


async def test_what_a_killed_git_left_of_a_pack_is_swept_up(world: GitWorld) -> None:
    base = await prepare(world, BRANCH)
    objects = world.bare / "objects"
    left = [objects / "pack" / "tmp_pack_x", objects / "tmp_objdir-incoming-x" / "pack" / "y"]
    fresh = objects / "pack" / "tmp_pack_fresh"
    for path in (*left, fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half a pack")
    for path in (left[0], objects / "tmp_objdir-incoming-x"):
        os.utime(path, (1, 1))
    await world.workspaces.prepare(RUN, REPO, BRANCH, base)
    assert not any(path.exists() for path in left)
    assert fresh.exists()
