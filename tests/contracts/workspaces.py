"""What all Workspaces must do, whatever agents do in them."""

import asyncio
from typing import Protocol

import pytest

from domain.errors import Conflict, Invalid, NotFound, Rejected
from domain.identifiers import Branch, CommitId, RunId
from ports.workspaces import Workspaces
from tests.contracts.code_forge import (
    BRANCH,
    FOLDER,
    MAIN,
    NOWHERE,
    OTHER,
    Files,
    ForgeWorld,
)

RUN = RunId("ET-1-1")
NEXT = RunId("ET-1-2")
MAX_COMMITS = 5


class WorkspacesWorld(ForgeWorld, Protocol):
    """Workspaces beside a forge, and agents at work in them. MAX_COMMITS is their limit."""

    workspaces: Workspaces

    async def agent_commits(
        self, run: RunId, files: Files, *, branch: Branch | None = None
    ) -> CommitId:
        """The agent commits where it is, or on another branch, where it then stays."""
        ...

    async def agent_rewrites(self, run: RunId) -> CommitId:
        """The agent replaces its branch by one commit without a past."""
        ...

    async def agent_removes_its_branch(self, run: RunId) -> None:
        """The agent removes its branch."""
        ...


class WorkspacesContract:
    """Subclass it and provide the fixture ``world``."""

    async def test_what_a_role_may_not_change_is_refused_whole(
        self, world: WorkspacesWorld
    ) -> None:
        """An analyst writes the item's documents and no source; what it took back counts not."""
        base = await self.ready(world)
        good = await world.agent_commits(RUN, {f"{FOLDER}/01-brd.md": "x\n"})
        within = [f"{FOLDER}/"]
        harvest = await world.workspaces.harvest(RUN, world.repo, BRANCH, base, within=within)
        assert harvest.head == good
        await world.agent_commits(RUN, {f"{FOLDER}0/b.md": "x\n"})
        with pytest.raises(Rejected, match=f"{FOLDER}0/b.md"):
            await world.workspaces.harvest(RUN, world.repo, BRANCH, base, within=within)
        both = [*within, f"{FOLDER}0/"]
        assert (
            await world.workspaces.harvest(RUN, world.repo, BRANCH, base, within=both)
        ).commits == 2

    async def ready(
        self, world: WorkspacesWorld, run: RunId = RUN, branch: Branch = BRANCH
    ) -> CommitId:
        """A run's workspace; its base is returned."""
        base = await world.forge.prepare_branch(
            world.repo, branch, base=MAIN, files={f"{FOLDER}/00.md": "x\n"}, message="open"
        )
        await world.workspaces.prepare(run, world.repo, branch, base)
        return base

    async def test_what_an_agent_commits_is_harvested_and_can_be_published(
        self, world: WorkspacesWorld
    ) -> None:
        """Nothing is on the branch before."""
        base = await self.ready(world)
        await world.agent_commits(RUN, {f"{FOLDER}/01.md": "1\n"})
        head = await world.agent_commits(RUN, {f"{FOLDER}/02.md": "2\n"})
        harvest = await world.workspaces.harvest(RUN, world.repo, BRANCH, base)
        assert (harvest.base, harvest.head, harvest.commits) == (base, head, 2)
        assert await world.inspector.head(world.repo, BRANCH) == base
        await world.forge.publish(world.repo, BRANCH, commit=head, expected=base)
        seen = await world.inspector.evidence(
            world.repo, base=base, head=head, folder=FOLDER, files=["01.md"]
        )
        assert seen.touched == {"01.md", "02.md"}
        assert seen.texts == {"01.md": "1\n"}

    async def test_what_is_not_harvested_is_not_there(self, world: WorkspacesWorld) -> None:
        """A workspace shares nothing with us."""
        base = await self.ready(world)
        head = await world.agent_commits(RUN, {f"{FOLDER}/01.md": "1\n"})
        with pytest.raises(NotFound):
            await world.forge.publish(world.repo, BRANCH, commit=head, expected=base)

    async def test_a_harvest_can_be_repeated(self, world: WorkspacesWorld) -> None:
        """Also after it was published."""
        base = await self.ready(world)
        head = await world.agent_commits(RUN, {"a.txt": "1\n"})
        first = await world.workspaces.harvest(RUN, world.repo, BRANCH, base)
        assert await world.workspaces.harvest(RUN, world.repo, BRANCH, base) == first
        await world.forge.publish(world.repo, BRANCH, commit=head, expected=base)
        assert await world.workspaces.harvest(RUN, world.repo, BRANCH, base) == first

    async def test_harvested_commits_outlive_the_workspace(self, world: WorkspacesWorld) -> None:
        """They are ours from then on."""
        base = await self.ready(world)
        head = await world.agent_commits(RUN, {"a.txt": "1\n"})
        await world.workspaces.harvest(RUN, world.repo, BRANCH, base)
        await world.workspaces.discard(RUN)
        again = await world.workspaces.harvest(RUN, world.repo, BRANCH, base)
        assert (again.head, again.commits) == (head, 1)
        await world.forge.publish(world.repo, BRANCH, commit=head, expected=base)
        assert await world.inspector.head(world.repo, BRANCH) == head

    async def test_it_tells_which_workspaces_are_still_there(self, world: WorkspacesWorld) -> None:
        """So that what a crash left behind can be removed."""
        assert list(await world.workspaces.kept()) == []
        await self.ready(world)
        assert list(await world.workspaces.kept()) == [RUN]
        await world.workspaces.discard(RUN)
        assert list(await world.workspaces.kept()) == []

    async def test_no_commit_is_a_harvest_of_nothing(self, world: WorkspacesWorld) -> None:
        """And so is no workspace."""
        base = await self.ready(world)
        for run in (RUN, RunId("ET-9-9")):
            harvest = await world.workspaces.harvest(run, world.repo, BRANCH, base)
            assert (harvest.base, harvest.head, harvest.commits) == (base, base, 0)

    async def test_only_the_runs_own_branch_counts(self, world: WorkspacesWorld) -> None:
        """What an agent did elsewhere is not asked for."""
        base = await self.ready(world)
        await world.agent_commits(RUN, {"a.txt": "1\n"}, branch=Branch("my-own"))
        assert (await world.workspaces.harvest(RUN, world.repo, BRANCH, base)).head == base

    async def test_a_removed_branch_is_a_harvest_of_nothing(self, world: WorkspacesWorld) -> None:
        """The agent threw its work away."""
        base = await self.ready(world)
        await world.agent_commits(RUN, {"a.txt": "1\n"})
        await world.agent_removes_its_branch(RUN)
        assert (await world.workspaces.harvest(RUN, world.repo, BRANCH, base)).head == base

    async def test_rewritten_history_is_refused(self, world: WorkspacesWorld) -> None:
        """With a reason that is no conflict with another person's work."""
        base = await self.ready(world)
        head = await world.agent_rewrites(RUN)
        with pytest.raises(Rejected, match="rewritten") as refusal:
            await world.workspaces.harvest(RUN, world.repo, BRANCH, base)
        assert not isinstance(refusal.value, Conflict)
        with pytest.raises(NotFound):
            await world.forge.publish(world.repo, BRANCH, commit=head, expected=base)

    async def test_too_many_commits_are_refused(self, world: WorkspacesWorld) -> None:
        """Up to the limit they are not."""
        base = await self.ready(world)
        for number in range(MAX_COMMITS):
            await world.agent_commits(RUN, {"a.txt": f"{number}\n"})
        assert (
            await world.workspaces.harvest(RUN, world.repo, BRANCH, base)
        ).commits == MAX_COMMITS
        await world.agent_commits(RUN, {"a.txt": "one more\n"})
        with pytest.raises(Rejected, match="commits"):
            await world.workspaces.harvest(RUN, world.repo, BRANCH, base)

    async def test_a_person_may_push_while_the_agent_works(self, world: WorkspacesWorld) -> None:
        """The harvest is not touched by it; publishing says so."""
        base = await self.ready(world)
        head = await world.agent_commits(RUN, {"a.txt": "agent\n"})
        theirs = await world.person_commits(BRANCH, {"a.txt": "person\n"})
        assert (await world.workspaces.harvest(RUN, world.repo, BRANCH, base)).head == head
        with pytest.raises(Conflict):
            await world.forge.publish(world.repo, BRANCH, commit=head, expected=base)
        assert await world.inspector.head(world.repo, BRANCH) == theirs

    async def test_two_runs_do_not_see_each_other(self, world: WorkspacesWorld) -> None:
        """Each has its clone, prepared and harvested at once."""
        one, two = await asyncio.gather(self.ready(world), self.ready(world, NEXT, OTHER))
        head_one = await world.agent_commits(RUN, {"a.txt": "1\n"})
        head_two = await world.agent_commits(NEXT, {"a.txt": "2\n"})
        first, second = await asyncio.gather(
            world.workspaces.harvest(RUN, world.repo, BRANCH, one),
            world.workspaces.harvest(NEXT, world.repo, OTHER, two),
        )
        assert (first.head, second.head) == (head_one, head_two)

    async def test_preparing_again_keeps_what_the_agent_did(self, world: WorkspacesWorld) -> None:
        """The start that is carried out a second time finds the agent at work."""
        base = await self.ready(world)
        head = await world.agent_commits(RUN, {"a.txt": "1\n"})
        await world.workspaces.prepare(RUN, world.repo, BRANCH, base)
        assert (await world.workspaces.harvest(RUN, world.repo, BRANCH, base)).head == head

    async def test_preparing_at_another_commit_makes_the_clone_anew(
        self, world: WorkspacesWorld
    ) -> None:
        """A person pushed before the agent could start."""
        await self.ready(world)
        base = await world.person_commits(BRANCH, {"b.txt": "1\n"})
        await world.workspaces.prepare(RUN, world.repo, BRANCH, base)
        head = await world.agent_commits(RUN, {"a.txt": "1\n"})
        harvest = await world.workspaces.harvest(RUN, world.repo, BRANCH, base)
        assert (harvest.head, harvest.commits) == (head, 1)

    async def test_discarding_twice_is_discarding_once(self, world: WorkspacesWorld) -> None:
        """And nothing is left to harvest."""
        base = await self.ready(world)
        await world.agent_commits(RUN, {"a.txt": "1\n"})
        await world.workspaces.discard(RUN)
        await world.workspaces.discard(RUN)
        assert (await world.workspaces.harvest(RUN, world.repo, BRANCH, base)).head == base

    async def test_no_workspace_at_a_commit_that_nobody_has(self, world: WorkspacesWorld) -> None:
        """NotFound, and the next one at a real commit is made."""
        with pytest.raises(NotFound):
            await world.workspaces.prepare(RUN, world.repo, BRANCH, NOWHERE)
        await self.ready(world)

    async def test_a_runs_name_cannot_leave_the_folder(self, world: WorkspacesWorld) -> None:
        """Whatever is asked."""
        base = await world.inspector.head(world.repo, MAIN)
        for name in ("../ET-1-1", "", "/", "a/b"):
            with pytest.raises(Invalid):
                await world.workspaces.prepare(RunId(name), world.repo, BRANCH, base)
            with pytest.raises(Invalid):
                await world.workspaces.harvest(RunId(name), world.repo, BRANCH, base)
            with pytest.raises(Invalid):
                await world.workspaces.discard(RunId(name))
