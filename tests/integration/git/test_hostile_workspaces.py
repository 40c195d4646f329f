"""Workspaces made by an agent that wants out: nothing of theirs is run, followed or shared."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from domain.errors import Rejected
from domain.identifiers import CommitId, Repo
from tests.contracts.code_forge import BRANCH, MAIN, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.scene import Scene
from tests.integration.git.world import git

SETTINGS = [
    "uploadpack.packObjectsHook",
    "core.fsmonitor",
    "core.sshCommand",
    "core.gitProxy",
    "core.pager",
    "core.editor",
    "core.askPass",
    "core.alternateRefsCommand",
    "credential.helper",
    "diff.external",
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "gpg.program",
    "remote.origin.uploadpack",
    "merge.evil.driver",
    "trailer.evil.command",
    "alias.pack-objects",
]


async def test_no_setting_of_the_workspace_is_read(scene: Scene) -> None:
    """Some of these run a command in every git that opens the repository."""
    head = await scene.world.agent_commits(
        RUN, {"a.txt": "1\n", ".gitattributes": "* filter=evil\n"}
    )
    for key in SETTINGS:
        git(scene.clone, "config", key, str(scene.trap))
    included = scene.clone / "more.config"
    included.write_text(f"[uploadpack]\n\tpackObjectsHook = {scene.trap}\n")
    git(scene.clone, "config", "include.path", str(included))
    hooks = scene.git_dir / "hooks"
    hooks.mkdir()
    for name in ("pre-receive", "post-checkout", "reference-transaction", "pre-auto-gc"):
        shutil.copy(scene.trap, hooks / name)
    git(scene.clone, "config", "core.hooksPath", str(hooks))
    assert await scene.harvest() == head
    assert not scene.sprung.exists()
    with suppress(subprocess.CalledProcessError):  # this one does read them
        git(scene.clone, "status")
    assert scene.sprung.exists(), "the trap itself works"


async def test_a_workspace_whose_settings_are_garbage_is_harvested(scene: Scene) -> None:
    """For nobody reads them."""
    head = await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    (scene.git_dir / "config").write_text("[core\n\0")
    (scene.git_dir / "HEAD").unlink()
    (scene.git_dir / "index").write_bytes(b"garbage")
    assert await scene.harvest() == head


async def test_objects_borrowed_from_another_repository_are_refused(scene: Scene) -> None:
    """A commit that names another project's tree would bring its files along."""
    secret = await secret_elsewhere(scene)
    alternates = scene.git_dir / "objects" / "info" / "alternates"
    alternates.write_text(f"{scene.world.repositories.path(Repo('secret'))}/objects\n")
    tree = git(scene.clone, "rev-parse", f"{secret}^{{tree}}")
    stolen = git(scene.clone, "commit-tree", tree, "-p", scene.base, "-m", "theirs")
    git(scene.clone, "update-ref", f"refs/heads/{BRANCH}", stolen)
    await scene.is_refused("borrows")


async def secret_elsewhere(scene: Scene) -> CommitId:
    """Another repository of ours."""
    secret = Repo("secret")
    await scene.world.repositories.create(secret, {"key.txt": "secret\n"})
    return await scene.world.inspector.head(secret, MAIN)


async def test_objects_linked_from_another_repository_are_refused(scene: Scene) -> None:
    """The same by symbolic links, of one file or of the folder."""
    await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    link = scene.git_dir / "objects" / "ff"
    shutil.rmtree(link, ignore_errors=True)
    link.symlink_to(scene.world.bare / "objects")
    await scene.is_refused("not a regular file")
    link.unlink()
    moved = scene.world.data / "moved"
    (scene.git_dir / "objects").rename(moved)
    (scene.git_dir / "objects").symlink_to(moved)
    await scene.is_refused("objects")


def a_file(git_dir: Path, target: Path) -> None:
    """As a linked work tree has it."""
    git_dir.write_text(f"gitdir: {target}\n")


def a_link(git_dir: Path, target: Path) -> None:
    """A plain symbolic link."""
    git_dir.symlink_to(target)


@pytest.mark.parametrize("make", [a_file, a_link])
async def test_a_repository_that_lies_elsewhere_is_refused(
    scene: Scene, make: Callable[[Path, Path], None]
) -> None:
    """It could be any that we can read."""
    await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    elsewhere = scene.world.data / "elsewhere"
    scene.git_dir.rename(elsewhere)
    make(scene.git_dir, elsewhere)
    await scene.is_refused(r"\.git")


async def test_a_work_tree_that_lies_elsewhere_is_refused(scene: Scene) -> None:
    """Its parent folder may be the agent's, too."""
    await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    elsewhere = scene.world.data / "elsewhere"
    scene.clone.rename(elsewhere)
    scene.clone.symlink_to(elsewhere)
    await scene.is_refused("repo")


async def test_a_branch_that_is_a_link_is_refused(scene: Scene) -> None:
    """Links to files, to other branches, and what blocks its reader."""
    await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    ref = scene.git_dir / "refs" / "heads" / BRANCH
    ref.unlink()
    ref.symlink_to("/etc/passwd")
    await scene.is_refused("symbolic link")
    ref.unlink()
    ref.write_text("ref: refs/heads/other\n")
    await scene.is_refused("no commit id")
    ref.unlink()
    os.mkfifo(ref)
    await scene.is_refused("not a regular file")
    ref.unlink()
    ref.write_text("--upload-pack=evil\n")
    await scene.is_refused("no commit id")


async def test_an_agent_cannot_reach_our_objects_through_its_own(scene: Scene) -> None:
    """No file of the clone is the same file as one of ours, and nothing points back at us."""
    ours = {path.stat().st_ino for path in (scene.world.bare / "objects").rglob("*")}
    theirs = {path.stat().st_ino for path in (scene.git_dir / "objects").rglob("*")}
    assert not ours & theirs
    assert not (scene.git_dir / "objects" / "info" / "alternates").exists()
    assert git(scene.clone, "remote") == ""
    assert str(scene.world.data / "repositories") not in (scene.git_dir / "config").read_text()


async def test_the_agent_has_a_name_and_something_to_compare_with(scene: Scene) -> None:
    """Whatever the machine's own settings say."""
    head = git(scene.clone, "commit", "--allow-empty", "--message", "x", "--quiet")
    assert head == ""
    assert git(scene.clone, "config", "user.name") == f"Agent of {RUN}"
    main = await scene.world.inspector.head(REPO, MAIN)
    assert git(scene.clone, "rev-parse", "origin/main") == main


async def test_a_branch_named_like_anothers_folder_is_a_harvest_of_nothing(scene: Scene) -> None:
    """The agent has removed `a/b` and made `a/b/c`."""
    git(scene.clone, "checkout", "--quiet", "--detach")
    git(scene.clone, "branch", "-D", "--quiet", BRANCH)
    git(scene.clone, "branch", f"{BRANCH}/more")
    assert await scene.harvest() == scene.base


async def test_a_workspace_without_rights_is_removed_all_the_same(scene: Scene) -> None:
    """Nobody likes a folder that cannot be removed."""
    locked = scene.clone / "locked" / "deeper"
    locked.mkdir(parents=True)
    (locked / "file").write_text("x")
    locked.chmod(0)
    locked.parent.chmod(0o500)
    await scene.world.workspaces.discard(RUN)
    assert not scene.clone.parent.exists()


async def test_links_out_of_a_workspace_are_removed_but_not_followed(scene: Scene) -> None:
    """Only the link goes."""
    kept = scene.world.data / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    (scene.clone / "out").symlink_to(kept)
    await scene.world.workspaces.discard(RUN)
    assert (kept / "file").exists()


def deep(folder: Path, levels: int = 1200) -> None:
    """Folders in folders, further down than a path can say."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("a", dir_fd=here)
        below = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


async def test_a_workspace_thousands_of_folders_deep_is_removed(scene: Scene) -> None:
    deep(scene.clone)
    await scene.world.workspaces.discard(RUN)
    assert not scene.clone.parent.exists()


async def test_objects_thousands_of_folders_deep_are_refused(scene: Scene) -> None:
    await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    deep(scene.git_dir / "objects")
    try:
        with pytest.raises(Rejected, match="deep"):
            await scene.harvest()
    finally:  # pytest could not
        await scene.world.workspaces.discard(RUN)


@pytest.mark.parametrize(
    "place", [".", "objects/pack/pack-x.pack", "objects/info/alternates", "packed-refs"]
)
async def test_nobody_waits_for_a_pipe_that_nobody_writes_to(scene: Scene, place: str) -> None:
    """In place of an object, of a list of refs, or of the whole repository."""
    await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    git(scene.clone, "pack-refs", "--all")
    pipe = scene.git_dir / place
    if place == ".":
        shutil.rmtree(scene.git_dir)
        pipe = scene.git_dir
    else:
        pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    async with asyncio.timeout(60):
        await scene.is_refused()


async def test_a_device_in_place_of_a_ref_is_not_read(scene: Scene) -> None:
    """It would never end."""
    ref = scene.git_dir / "refs" / "heads" / BRANCH
    ref.unlink()
    ref.symlink_to("/dev/zero")
    await scene.is_refused("symbolic link")


async def test_a_million_refs_cost_nobody_anything(scene: Scene) -> None:
    """Only the one that we ask for is looked at; where it is among too many, that is said."""
    head = await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    line = f"{head} refs/heads/{'x' * 30}/"
    with (scene.git_dir / "packed-refs").open("w") as packed:
        packed.writelines(f"{line}{number}\n" for number in range(1_000_000))
    assert await scene.harvest() == head
    (scene.git_dir / "refs" / "heads" / BRANCH).unlink()
    await scene.is_refused("packed-refs .* larger")


@pytest.mark.parametrize("name", ["a\nb", "-x", "..", "@{1}", "\udc80", "x.lock", "HEAD", "main"])
async def test_odd_names_of_other_branches_are_nobodys_business(scene: Scene, name: str) -> None:
    head = await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    for ref in (scene.git_dir / "refs" / "heads" / f"{name}-odd", scene.git_dir / "HEAD"):
        ref.write_text(f"ref: refs/heads/{name}\n", errors="surrogateescape")
    assert await scene.harvest() == head
    assert f"{name}-odd" not in git(scene.world.bare, "for-each-ref", "--format=%(refname)")


async def test_a_line_slipped_into_packed_refs_names_no_other_branch(scene: Scene) -> None:
    """What follows our branch's name is not our branch."""
    head = await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    (scene.git_dir / "refs" / "heads" / BRANCH).unlink()
    packed = f"{'1' * 40} refs/heads/{BRANCH}/x\n^{head}\n{'2' * 40} x refs/heads/{BRANCH}\n"
    (scene.git_dir / "packed-refs").write_text(packed)
    assert await scene.harvest() == scene.base
