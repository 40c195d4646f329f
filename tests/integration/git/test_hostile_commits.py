"""Commits made by an agent that wants out: nothing is believed that we have not computed."""

import asyncio
import os
import zlib
from hashlib import sha1
from pathlib import Path

import pytest

from adapters.git.harvest import Transfer
from domain.errors import NotFound
from domain.identifiers import CommitId
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.scene import Scene
from tests.integration.git.world import git


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


async def test_a_bad_commit_before_many_megabytes_is_refused_at_once(scene: Scene) -> None:
    """Whoever reads the pack has died of it while whoever writes it has most of it still to say."""
    good = await scene.world.agent_commits(RUN, {"large.bin": os.urandom(8_000_000)})
    raw = git(scene.clone, "cat-file", "commit", good).replace("author ", "author <", 1)
    bad = hash_object(scene.clone, b"commit", raw.encode())
    git(scene.clone, "update-ref", f"refs/heads/{BRANCH}", bad)
    async with asyncio.timeout(60):
        await scene.is_refused("fsck")


@pytest.mark.parametrize(
    "name",
    [
        *(".git", ".GIT", "git~1", ".git ", ".git.", ".gi\u200ct", ".git::$INDEX_ALLOCATION"),
        *("..", ".", "a/b", ""),
    ],
)
async def test_a_tree_that_would_write_into_a_git_folder_is_refused(
    scene: Scene, name: str
) -> None:
    """Whoever checks it out, on whatever system, would run its hooks; or it leads elsewhere."""
    blob = git(scene.clone, "rev-parse", "HEAD:README.md")
    inner = hash_object(scene.clone, b"tree", b"100755 post-checkout\0" + bytes.fromhex(blob))
    outer = hash_object(scene.clone, b"tree", b"40000 %s\0" % name.encode() + bytes.fromhex(inner))
    evil = git(scene.clone, "commit-tree", outer, "-p", scene.base, "-m", "evil")
    git(scene.clone, "update-ref", f"refs/heads/{BRANCH}", evil)
    await scene.is_refused()


async def test_two_entries_of_one_name_are_refused(scene: Scene) -> None:
    """One would be judged, and the other read."""
    blob = git(scene.clone, "rev-parse", "HEAD:README.md")
    entry = b"100644 12-review.md\0" + bytes.fromhex(blob)
    tree = hash_object(scene.clone, b"tree", entry + entry)
    evil = git(scene.clone, "commit-tree", tree, "-p", scene.base, "-m", "evil")
    git(scene.clone, "update-ref", f"refs/heads/{BRANCH}", evil)
    await scene.is_refused()


async def test_a_submodules_settings_that_are_a_command_are_refused(scene: Scene) -> None:
    """Whoever clones with submodules would run it."""
    evil = '[submodule "x"]\n\tpath = x\n\turl = -u./trap\n'
    await scene.world.agent_commits(RUN, {".gitmodules": evil})
    await scene.is_refused()


def hash_object(clone: Path, kind: bytes, content: bytes) -> str:
    """An object, written past git's own checks."""
    data = b"%s %d\0%s" % (kind, len(content), content)
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


async def test_a_few_bytes_that_stand_for_many_are_not_unpacked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delta that copies the same megabytes over and over would take all memory there is."""
    monkeypatch.delattr(Transfer, "_judge")  # which looks at what was unpacked, too late
    head = inflating_pack(scene.clone, scene.base, copies=8)
    git(scene.clone, "update-ref", f"refs/heads/{BRANCH}", head)
    await scene.is_refused("more than the allowed 4 MB")


def inflating_pack(clone: Path, base: CommitId, *, copies: int) -> str:
    """A commit with a file of that many times 16 MB, in a pack of some kilobytes."""
    once = bytes(0xFFFFFF)
    size = copies * len(once)
    content = sha1(b"blob %d\0" % size)  # noqa: S324  # git's own
    for _ in range(copies):
        content.update(once)
    tree = b"100644 zeros\0" + content.digest()
    name = sha1(b"tree %d\0%s" % (len(tree), tree)).hexdigest()  # noqa: S324  # git's own
    who = "Agent <a@example.org> 1700000000 +0000"
    text = f"tree {name}\nparent {base}\nauthor {who}\ncommitter {who}\n\nx\n".encode()
    first = entry(3, len(once)) + zlib.compress(once)
    delta = number(len(once)) + number(size) + copies * b"\xf0\xff\xff\xff"  # copy all of it
    base_name = sha1(b"blob %d\0%s" % (len(once), once)).digest()  # noqa: S324  # git's own
    second = entry(7, len(delta)) + base_name + zlib.compress(delta)
    others = entry(2, len(tree)) + zlib.compress(tree) + entry(1, len(text)) + zlib.compress(text)
    pack = b"PACK" + (2).to_bytes(4) + (4).to_bytes(4) + first + second + others
    file = clone / ".git" / "objects" / "pack" / "pack-x.pack"
    file.write_bytes(pack + sha1(pack).digest())  # noqa: S324  # git's own
    git(clone, "index-pack", str(file))
    return sha1(b"commit %d\0%s" % (len(text), text)).hexdigest()  # noqa: S324  # git's own


def number(value: int) -> bytes:
    """As git writes one: seven bits a byte, the lowest first."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + number(rest) if rest else bytes([low])


def entry(kind: int, size: int) -> bytes:
    """The beginning of an object in a pack."""
    low, rest = kind << 4 | size & 15, size >> 4
    return bytes([low | 0x80]) + number(rest) if rest else bytes([low])


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
