"""Mirrors, pushes and the token: what git says when people do what people do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from domain.errors import Conflict, Forbidden, NotAllowed, NotFound, ToolFailed, Unavailable
from domain.identifiers import Branch, CommitId
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, OTHER
from tests.contracts.workspaces import RUN
from tests.integration.git.world import commit, git
from tests.integration.gitea.conftest import EVERY_VERSION
from tests.integration.gitea.world import RENAMED, REPO, GiteaWorld


async def delivers(world: GiteaWorld, head: CommitId, branch: Branch = BRANCH) -> CommitId:
    """An agent works on the branch; its commits are harvested."""
    await world.workspaces.prepare(RUN, REPO, branch, head)
    await world.agent_commits(RUN, {"src/a.py": "1\n"})
    return (await world.workspaces.harvest(RUN, REPO, branch, head)).head


# ── what an agent made ───────────────────────────────────────────────────────────────────────────


async def test_what_an_agent_commits_reaches_the_forge(world: GiteaWorld, head: CommitId) -> None:
    made = await delivers(world, head)
    await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    assert world.alice.head(REPO, BRANCH) == made


async def test_a_push_whose_answer_was_lost_is_done(world: GiteaWorld, head: CommitId) -> None:
    made = await delivers(world, head)
    world.gitea.trouble.lose_next_answer(where="git-receive-pack")
    world.gitea.trouble.lose_next_answer(where=f"POST /{REPO}.git/git-receive-pack")
    with pytest.raises(Unavailable):
        await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    world.gitea.trouble._next.clear()
    await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    assert world.alice.head(REPO, BRANCH) == made


async def test_a_force_push_by_a_person_is_never_overwritten(
    world: GiteaWorld, head: CommitId
) -> None:
    made = await delivers(world, head)
    theirs = world.alice.force_push(REPO, BRANCH, {"theirs.txt": "x\n"})
    with pytest.raises(Conflict):
        await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    assert world.alice.head(REPO, BRANCH) == theirs
    assert await world.inspector.head(REPO, BRANCH) == theirs
    await world.workspaces.prepare(RUN, REPO, BRANCH, theirs)
    assert (world.clone(RUN) / "theirs.txt").exists()


async def test_a_branch_that_is_gone_is_not_made_again(world: GiteaWorld, head: CommitId) -> None:
    made = await delivers(world, head)
    world.alice.delete_branch(REPO, BRANCH)
    with pytest.raises(NotFound):
        await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    with pytest.raises(NotFound):
        await world.inspector.branch_state(REPO, BRANCH)


async def test_a_branch_in_whose_place_there_are_others_now(
    world: GiteaWorld, head: CommitId
) -> None:
    """``a`` is a file in git, and a folder once there is ``a/b``."""
    world.alice.push(REPO, "topic", {"a.txt": "x\n"})
    await world.inspector.head(REPO, Branch("topic"))
    world.alice.delete_branch(REPO, "topic")
    inside = world.alice.push(REPO, "topic/inside", {"b.txt": "x\n"})
    assert await world.inspector.head(REPO, Branch("topic/inside")) == inside


async def test_a_mirror_that_was_lost_is_made_again(world: GiteaWorld, head: CommitId) -> None:
    """Another machine, or an emptied disk; the run goes on from where it was to begin."""
    anew = GiteaWorld(world.gitea, world.data.with_name("elsewhere"))
    seen = await anew.inspector.evidence(REPO, base=head, head=head, folder=FOLDER, files=["00.md"])
    assert seen.texts == {"00.md": "x\n"}
    await anew.workspaces.prepare(RUN, REPO, BRANCH, head)
    assert (anew.clone(RUN) / FOLDER / "00.md").exists()
    await anew.close()


async def test_only_branches_in_play_are_fetched(world: GiteaWorld, head: CommitId) -> None:
    world.alice.push(REPO, "large", {"large.bin": b"\0" * 100_000})
    await world.inspector.branch_state(REPO, BRANCH, base=MAIN)
    assert set(git(world.bare, "for-each-ref", "--format=%(refname)", "refs/heads").split()) == {
        f"refs/heads/{BRANCH}",
        "refs/heads/main",
    }


# ── the token ────────────────────────────────────────────────────────────────────────────────────


async def test_the_token_is_in_no_file_of_ours(world: GiteaWorld, head: CommitId) -> None:
    made = await delivers(world, head)
    await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    token = world.gitea.token.encode()
    for path in world.data.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert token not in path.read_bytes(), path


async def test_the_token_is_among_no_arguments(
    world: GiteaWorld, head: CommitId, tmp_path: Path
) -> None:
    """Everybody on the machine can read those."""
    said = tmp_path / "arguments"
    fake = tmp_path / "git"
    real = subprocess.run(["which", "git"], capture_output=True, check=True, text=True).stdout
    fake.write_text(f'#!/bin/sh\necho "$@" >> {said}\nexec {real.strip()} "$@"\n')
    fake.chmod(0o755)
    world.git._executable = str(fake)
    await world.inspector.head(REPO, BRANCH)
    made = await delivers(world, head)
    await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    arguments = said.read_text()
    assert "push" in arguments
    assert world.gitea.token not in arguments
    assert "Authorization" not in arguments
    assert os.environ.get("GIT_CONFIG_COUNT") is None


@pytest.mark.parametrize("scopes", [("read:repository", "read:user"), ("read:user",)])
async def test_a_token_that_lost_its_scope_is_told_as_that(
    world: GiteaWorld, head: CommitId, scopes: tuple[str, ...]
) -> None:
    made = await delivers(world, head)
    world.gitea.let_bot(*scopes)
    with pytest.raises(Forbidden, match="scope") as told:
        await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    assert world.gitea.token not in str(told.value)
    world.gitea.let_bot()
    await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)


async def test_a_token_that_is_gone_is_told_as_that(world: GiteaWorld, head: CommitId) -> None:
    world.gitea.revoke_bot()
    with pytest.raises(Forbidden, match="token"):
        await world.inspector.head(REPO, BRANCH)
    with pytest.raises(Forbidden, match="GITEA_TOKEN"):
        await world.gitea_forge.checks(REPO, head)


# ── the repository ───────────────────────────────────────────────────────────────────────────────


@EVERY_VERSION
async def test_a_renamed_repository_is_followed(world: GiteaWorld, head: CommitId) -> None:
    """By reading and by writing, by REST and by git."""
    made = await delivers(world, head)
    world.alice.rename(REPO, RENAMED.rpartition("/")[2])
    await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    assert await world.inspector.head(REPO, BRANCH) == made
    opened = await world.gitea_forge.open_pull_request(REPO, BRANCH, base=MAIN, title="t", body="b")
    assert (await world.inspector.branch_state(REPO, BRANCH)).pull_request == opened
    await world.gitea_forge.merge(REPO, opened.number, commit=made)
    assert world.alice.pull(RENAMED, opened.number)["merged"]


async def test_an_empty_repository_says_what_to_do(world: GiteaWorld) -> None:
    bare = world.gitea.forge.repository("team", "shop").git.path
    git(bare, "update-ref", "-d", "refs/heads/main")
    with pytest.raises(NotFound, match="first commit"):
        await world.gitea_forge.prepare_branch(
            REPO, BRANCH, base=MAIN, files={"a": "b"}, message="m"
        )


async def test_an_empty_repository_may_yet_be_one_of_longer_ids(
    world: GiteaWorld, tmp_path: Path
) -> None:
    """A mirror that was made too early would be of the other kind, and of no use for ever."""
    bare = world.gitea.forge.repository("team", "shop").git.path
    shutil.rmtree(bare)
    bare.mkdir()
    git(bare, "init", "--quiet", "--bare", "--initial-branch=main", "--object-format=sha256")
    files = {f"{FOLDER}/00.md": "x\n"}
    for _ in range(2):
        with pytest.raises(NotFound, match="first commit"):
            await world.forge.prepare_branch(REPO, BRANCH, base=MAIN, files=files, message="m")
    with pytest.raises(NotFound):
        await world.inspector.branch_state(REPO, BRANCH, base=MAIN)
    person = tmp_path / "person"
    git(tmp_path, "init", "--quiet", "--object-format=sha256", str(person))
    first = commit(person, {"a.txt": "1\n"})
    git(person, "push", "--quiet", str(bare), "HEAD:main")
    assert await world.inspector.head(REPO, MAIN) == first
    await world.workspaces.prepare(RUN, REPO, MAIN, first)
    assert (world.clone(RUN) / "a.txt").exists()


async def test_a_protected_branch_says_so(world: GiteaWorld, head: CommitId) -> None:
    made = await delivers(world, head)
    world.alice.protect(REPO, "orchestrator/*")
    with pytest.raises(NotAllowed, match="protect"):
        await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    with pytest.raises(NotAllowed, match="protect"):
        await world.gitea_forge.prepare_branch(
            REPO, OTHER, base=MAIN, files={"a.txt": "b\n"}, message="m"
        )
    assert world.alice.head(REPO, BRANCH) == head


async def test_an_archived_repository_says_so(world: GiteaWorld, head: CommitId) -> None:
    made = await delivers(world, head)
    world.alice.archive(REPO)
    with pytest.raises(Forbidden, match="archived"):
        await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)


async def test_a_forge_that_is_down_is_asked_again_later(world: GiteaWorld, head: CommitId) -> None:
    made = await delivers(world, head)
    world.gitea.stop()
    with pytest.raises(Unavailable):
        await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)
    with pytest.raises(Unavailable):
        await world.gitea_forge.checks(REPO, head)
    world.gitea.start()
    await world.gitea_forge.publish(REPO, BRANCH, commit=made, expected=head)


async def test_a_proxys_page_in_place_of_an_answer_is_no_answer(
    world: GiteaWorld, head: CommitId
) -> None:
    world.gitea.trouble.fail_next()
    with pytest.raises(ToolFailed):
        await world.gitea_forge.checks(REPO, head)
