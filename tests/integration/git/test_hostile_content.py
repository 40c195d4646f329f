"""What an agent commits is read and published, and leads nowhere."""

from domain.identifiers import CommitId
from tests.contracts.code_forge import BRANCH, FOLDER, REPO, Link
from tests.contracts.workspaces import RUN
from tests.integration.git.scene import Scene
from tests.integration.git.world import git


async def test_a_name_with_a_newline_is_a_name_like_any_other(scene: Scene) -> None:
    name = f"{FOLDER}/12-review.md\nverdict.md"
    head = await scene.world.agent_commits(RUN, {name: "x\n", 'quo"ted \t.txt': "y\n"})
    assert await scene.harvest() == head
    seen = await scene.world.inspector.evidence(
        REPO, base=scene.base, head=head, folder=FOLDER, files=["12-review.md"]
    )
    assert seen.texts == {}
    assert "12-review.md" not in seen.touched


async def test_a_link_out_of_the_tree_is_published_as_a_link_and_read_as_nothing(
    scene: Scene,
) -> None:
    files = {f"{FOLDER}/12-review.md": Link("/etc/passwd"), "out": Link("../../../..")}
    head = await scene.world.agent_commits(RUN, files)
    assert await scene.harvest() == head
    seen = await scene.world.inspector.evidence(
        REPO, base=scene.base, head=head, folder=FOLDER, files=["12-review.md"]
    )
    assert seen.texts == {}
    assert "120000" in git(scene.world.bare, "ls-tree", head, f"{FOLDER}/12-review.md")


async def test_a_submodule_is_not_fetched_by_anybody_of_ours(scene: Scene) -> None:
    modules = f'[submodule "evil"]\n\tpath = evil\n\turl = ext::sh -c "{scene.trap}" %S\n'
    (scene.clone / ".gitmodules").write_text(modules)
    git(scene.clone, "update-index", "--add", "--cacheinfo", f"160000,{scene.base},evil")
    git(scene.clone, "add", ".gitmodules")
    git(scene.clone, "commit", "--quiet", "--message", "with a submodule")
    head = CommitId(git(scene.clone, "rev-parse", "HEAD"))
    assert await scene.harvest() == head
    await scene.world.forge.publish(REPO, BRANCH, commit=head, expected=scene.base)
    await scene.world.workspaces.prepare(RUN, REPO, BRANCH, head)
    assert not scene.sprung.exists()
