"""How repositories come into being under the data directory."""

from pathlib import Path

import pytest

from domain.errors import Invalid, NotFound
from domain.identifiers import Branch, Repo
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.world import GitWorld, commit, git

MINE = Repo("mine")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A person's own repository, with two branches and a tag."""
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=trunk")
    commit(folder, {"a.txt": "1\n"})
    git(folder, "tag", "v1")
    git(folder, "branch", "topic")
    commit(folder, {"a.txt": "2\n"})
    return folder


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file, with what would change if it were touched."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


async def test_an_adopted_repository_has_the_branches_and_tags_of_its_source(
    world: GitWorld, source: Path
) -> None:
    """And a default branch, but no way back."""
    before = everything(source)
    path = await world.repositories.adopt(source, MINE)
    assert git(path, "for-each-ref") == git(source, "for-each-ref")
    assert (path / "HEAD").read_text() == "ref: refs/heads/trunk\n"
    assert git(path, "remote") == ""
    assert str(source) not in (path / "config").read_text()
    assert everything(source) == before


async def test_adopting_twice_is_adopting_once(world: GitWorld, source: Path) -> None:
    """What has happened since is kept."""
    await world.repositories.adopt(source, MINE)
    head = await world.forge.prepare_branch(
        MINE, BRANCH, base=Branch("trunk"), files={"b": "b"}, message="m"
    )
    await world.repositories.adopt(source, MINE)
    assert await world.inspector.head(MINE, BRANCH) == head


async def test_an_empty_repository_is_refused_and_leaves_nothing(
    world: GitWorld, tmp_path: Path
) -> None:
    """There is no commit to begin from."""
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    with pytest.raises(Invalid, match="no commit"):
        await world.repositories.adopt(empty, MINE)
    with pytest.raises(NotFound):
        world.repositories.existing(MINE)
    assert not list(world.bare.parent.parent.glob(".mine*"))


async def test_nothing_can_be_adopted_from_nowhere(world: GitWorld, tmp_path: Path) -> None:
    """Neither from a folder that is none, nor from one that holds no repository."""
    (tmp_path / "plain").mkdir()
    for source in (tmp_path / "nowhere", tmp_path / "plain"):
        with pytest.raises(NotFound):
            await world.repositories.adopt(source, MINE)


async def test_a_linked_work_tree_can_be_adopted(
    world: GitWorld, source: Path, tmp_path: Path
) -> None:
    """Its .git is a file."""
    git(source, "worktree", "add", "--quiet", str(tmp_path / "linked"), "topic")
    path = await world.repositories.adopt(tmp_path / "linked", MINE)
    assert git(path, "for-each-ref") == git(source, "for-each-ref")


async def test_work_on_a_shallow_repository_goes_all_the_way(
    world: GitWorld, source: Path, tmp_path: Path
) -> None:
    """Its first commit names a parent that nobody has."""
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{source}", str(shallow))
    await world.repositories.adopt(shallow, MINE)
    base = await world.forge.prepare_branch(
        MINE, BRANCH, base=Branch("trunk"), files={f"{FOLDER}/00.md": "x"}, message="m"
    )
    await world.workspaces.prepare(RUN, MINE, BRANCH, base)
    head = await world.agent_commits(RUN, {f"{FOLDER}/01.md": "y\n"})
    harvest = await world.workspaces.harvest(RUN, MINE, BRANCH, base)
    await world.forge.publish(MINE, BRANCH, commit=head, expected=base)
    seen = await world.inspector.evidence(
        MINE, base=base, head=harvest.head, folder=FOLDER, files=["01.md"]
    )
    assert (seen.commits, dict(seen.texts)) == (1, {"01.md": "y\n"})


async def test_work_on_a_sha256_repository_goes_all_the_way(
    world: GitWorld, tmp_path: Path
) -> None:
    """Its ids are longer."""
    source = tmp_path / "long"
    source.mkdir()
    git(source, "init", "--quiet", "--initial-branch=main", "--object-format=sha256")
    commit(source, {"a.txt": "1\n"})
    await world.repositories.adopt(source, MINE)
    base = await world.forge.prepare_branch(
        MINE, BRANCH, base=MAIN, files={f"{FOLDER}/00.md": "x"}, message="m"
    )
    await world.workspaces.prepare(RUN, MINE, BRANCH, base)
    await world.agent_commits(RUN, {f"{FOLDER}/01.md": "y\n"})
    harvest = await world.workspaces.harvest(RUN, MINE, BRANCH, base)
    seen = await world.inspector.evidence(
        MINE, base=base, head=harvest.head, folder=FOLDER, files=["01.md"]
    )
    assert (seen.commits, dict(seen.texts)) == (1, {"01.md": "y\n"})


async def test_a_created_repository_has_one_commit(world: GitWorld) -> None:
    """And is not made again."""
    path = await world.repositories.create(MINE, {"a.txt": "1\n"})
    head = await world.inspector.head(MINE, MAIN)
    assert await world.repositories.create(MINE, {"a.txt": "2\n"}) == path
    assert await world.inspector.head(MINE, MAIN) == head
    assert git(path, "rev-list", "--count", "main") == "1"
    git(path, "fsck", "--strict")


async def test_a_path_that_leaves_the_repository_is_refused(world: GitWorld) -> None:
    """Also one that would be git's own."""
    for path in ("../a", "/a", "a//b", ".git/hooks/post-checkout", "a/.GIT/config", ""):
        with pytest.raises(Invalid):
            await world.repositories.create(MINE, {path: "x"})
    with pytest.raises(NotFound):
        world.repositories.existing(MINE)


async def test_a_name_cannot_leave_the_data_directory(world: GitWorld) -> None:
    """Whatever it is made of."""
    for name in ("../x", "a/../b", "/a", "a/b/c", "", "a/", ".hidden", "-x", "a.git", "a\nb"):
        with pytest.raises(Invalid):
            world.repositories.path(Repo(name))
        with pytest.raises(NotFound):
            world.repositories.existing(Repo(name))


async def test_all_repositories_are_listed_by_name(world: GitWorld) -> None:
    """With and without an owner."""
    await world.repositories.create(MINE, {"a.txt": "1\n"})
    assert world.repositories.all() == [MINE, REPO]


async def test_many_small_packs_are_merged_and_nothing_is_lost(world: GitWorld) -> None:
    """Each run leaves one behind, and each new clone copies them all."""
    branches = [Branch(f"orchestrator/ET-{number}") for number in range(30)]
    for branch in branches:
        await world.forge.prepare_branch(
            REPO, branch, base=MAIN, files={f"{branch}.md": branch}, message=branch
        )
    heads = await world.repositories.heads(REPO, *branches)
    packs = world.bare / "objects" / "pack"
    assert len(list(packs.glob("*.pack"))) > 20
    base = heads[0]
    assert base is not None
    await world.workspaces.prepare(RUN, REPO, branches[0], base)
    assert len(list(packs.glob("*.pack"))) < 10
    assert await world.repositories.heads(REPO, *branches) == heads
    git(world.bare, "fsck", "--strict")
