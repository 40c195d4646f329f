"""Workspaces made by an agent that wants out: nothing of theirs is run, read or believed."""

import os
import shutil
import zlib
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest

from domain.errors import NotFound, Rejected
from domain.identifiers import CommitId, Repo
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.world import GitWorld, git


class Scene:
    """A prepared workspace, and a trap that must not go off."""

    def __init__(self, world: GitWorld, base: CommitId) -> None:
        self.world = world
        self.base = base
        self.clone = world.clone(RUN)
        self.git_dir = self.clone / ".git"
        self.sprung = world.data / "sprung"
        self.trap = world.data / "trap"
        self.trap.write_text(f"#!/bin/sh\necho $0 $@ >> {self.sprung}\n")
        self.trap.chmod(0o755)

    async def harvest(self) -> CommitId:
        """What we take from it."""
        harvest = await self.world.workspaces.harvest(RUN, REPO, BRANCH, self.base)
        return harvest.head

    async def is_refused(self, match: str | None = None) -> None:
        """Nothing is taken, with a reason; no ref and no object is left behind."""
        before = self.inventory()
        with pytest.raises(Rejected, match=match):
            await self.harvest()
        assert self.inventory() == before

    def inventory(self) -> tuple[str, frozenset[str]]:
        """Our refs, and all of our object files."""
        files = {str(path) for path in (self.world.bare / "objects").rglob("*")}
        return git(self.world.bare, "for-each-ref"), frozenset(files)


@pytest.fixture
async def scene(world: GitWorld) -> Scene:
    """The agent has just been given its workspace."""
    base = await world.forge.prepare_branch(
        REPO, BRANCH, base=MAIN, files={f"{FOLDER}/00.md": "x\n"}, message="open"
    )
    await world.workspaces.prepare(RUN, REPO, BRANCH, base)
    return Scene(world, base)


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


async def test_packed_branches_are_found(scene: Scene) -> None:
    """An agent may well tidy up."""
    head = await scene.world.agent_commits(RUN, {"a.txt": "1\n"})
    git(scene.clone, "gc", "--quiet")
    git(scene.clone, "pack-refs", "--all")
    assert not (scene.git_dir / "refs" / "heads" / BRANCH).exists()
    assert await scene.harvest() == head


async def test_a_branch_that_names_no_commit_is_refused(scene: Scene) -> None:
    """Nothing of that name, or a file's content."""
    ref = scene.git_dir / "refs" / "heads" / BRANCH
    ref.write_text("1" * 40 + "\n")
    await scene.is_refused()
    ref.write_text(git(scene.clone, "rev-parse", "origin/main:README.md") + "\n")
    await scene.is_refused()


async def test_an_object_that_is_not_what_its_name_says_is_refused(scene: Scene) -> None:
    """Loose objects are believed by name in some places; here each name is computed anew."""
    head = await scene.world.agent_commits(RUN, {"a.txt": "good\n"})
    blob = git(scene.clone, "rev-parse", f"{head}:a.txt")
    path = scene.git_dir / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 4\0evil"))
    await scene.is_refused()


async def test_a_commit_in_the_guise_of_another_is_refused(scene: Scene) -> None:
    """The agent gives a commit that we have from elsewhere a parent that it does not have."""
    aside = await scene.world.person_commits(MAIN, {"aside.txt": "1\n"})
    tree = git(scene.clone, "rev-parse", f"{scene.base}^{{tree}}")
    person = "Person <person@example.org> 1700000000 +0000"
    forged = f"tree {tree}\nparent {scene.base}\nauthor {person}\ncommitter {person}\n\nx\n"
    folder = scene.git_dir / "objects" / aside[:2]
    folder.mkdir(exist_ok=True)
    (folder / aside[2:]).write_bytes(zlib.compress(f"commit {len(forged)}\0{forged}".encode()))
    (scene.git_dir / "refs" / "heads" / BRANCH).write_text(f"{aside}\n")
    await scene.is_refused()


async def test_a_commit_whose_files_are_missing_is_refused(scene: Scene) -> None:
    """It would break every later clone."""
    head = await scene.world.agent_commits(RUN, {"a.txt": "gone\n"})
    blob = git(scene.clone, "rev-parse", f"{head}:a.txt")
    (scene.git_dir / "objects" / blob[:2] / blob[2:]).unlink()
    await scene.is_refused()


async def test_a_tree_that_would_write_into_a_git_folder_is_refused(scene: Scene) -> None:
    """Whoever checks it out would run its hooks."""
    blob = git(scene.clone, "rev-parse", "HEAD:README.md")
    inner = hash_tree(scene.clone, b"100755 post-checkout\0" + bytes.fromhex(blob))
    outer = hash_tree(scene.clone, b"40000 .git\0" + bytes.fromhex(inner))
    evil = git(scene.clone, "commit-tree", outer, "-p", scene.base, "-m", "evil")
    git(scene.clone, "update-ref", f"refs/heads/{BRANCH}", evil)
    await scene.is_refused()


def hash_tree(clone: Path, content: bytes) -> str:
    """A tree, written past git's own checks."""
    data = b"tree %d\0%s" % (len(content), content)
    name = sha1(data).hexdigest()  # noqa: S324  # git's own
    folder = clone / ".git" / "objects" / name[:2]
    folder.mkdir(exist_ok=True)
    (folder / name[2:]).write_bytes(zlib.compress(data))
    return name


async def test_a_commit_of_a_parent_that_has_none_is_refused(scene: Scene) -> None:
    """A cut-off history, as in a shallow clone that the agent has made of its own."""
    head = await scene.world.agent_rewrites(RUN)
    (scene.git_dir / "shallow").write_text(f"{head}\n")
    await scene.is_refused("rewritten")


async def test_replaced_and_grafted_history_does_not_hide_the_real_one(scene: Scene) -> None:
    """What git shows the agent is not what it hands over."""
    rewritten = await scene.world.agent_rewrites(RUN)
    honest = git(
        scene.clone, "commit-tree", f"{rewritten}^{{tree}}", "-p", scene.base, "-m", "honest"
    )
    git(scene.clone, "replace", rewritten, honest)
    (scene.git_dir / "info").mkdir(exist_ok=True)
    (scene.git_dir / "info" / "grafts").write_text(f"{rewritten} {scene.base}\n")
    await scene.is_refused("rewritten")


async def test_a_branch_set_back_before_its_beginning_is_refused(scene: Scene) -> None:
    """Nothing new is in it, and something old is missing."""
    git(scene.clone, "reset", "--hard", "--quiet", "HEAD~1")
    await scene.is_refused("rewritten")


async def test_too_many_files_are_refused(scene: Scene) -> None:
    """Though each of them is small."""
    limit = scene.world.limits.files
    await scene.world.agent_commits(RUN, {f"{n}.txt": f"{n}\n" for n in range(limit + 1)})
    await scene.is_refused("files")


async def test_too_large_a_file_is_refused(scene: Scene) -> None:
    """One that does not shrink, and one that shrinks to next to nothing."""
    size = scene.world.limits.size + 1
    await scene.world.agent_commits(RUN, {"random.bin": os.urandom(size)})
    await scene.is_refused("more than the allowed 4 MB")
    git(scene.clone, "reset", "--hard", "--quiet", scene.base)
    await scene.world.agent_commits(RUN, {"zeros.bin": bytes(10 * size)})
    await scene.is_refused("more than the allowed 4 MB")


async def test_what_main_brought_is_not_held_against_the_agent(scene: Scene) -> None:
    """A merge of main may be large, and every bit of it is ours already."""
    world = scene.world
    for number in range(world.limits.commits + 1):
        await world.person_commits(MAIN, {f"{number}.txt": f"{number}\n"})
    git(scene.clone, "fetch", "--quiet", str(world.bare), MAIN)
    git(scene.clone, "-c", "user.name=a", "merge", "--quiet", "--no-edit", "FETCH_HEAD")
    harvest = await world.workspaces.harvest(RUN, REPO, BRANCH, scene.base)
    assert harvest.commits == world.limits.commits + 2
    await world.forge.publish(REPO, BRANCH, commit=harvest.head, expected=scene.base)


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


async def test_a_refused_commit_is_nowhere(scene: Scene) -> None:
    """It can be neither read nor published."""
    await scene.world.agent_rewrites(RUN)
    head = CommitId(git(scene.clone, "rev-parse", BRANCH))
    await scene.is_refused()
    with pytest.raises(NotFound):
        await scene.world.inspector.evidence(
            REPO, base=scene.base, head=head, folder=FOLDER, files=[]
        )
    git(scene.world.bare, "fsck", "--strict")
