"""What every CodeForge must do, wherever its repositories lie."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pytest

from domain.errors import Conflict, Invalid, NotFound
from domain.evidence import PullRequest
from domain.identifiers import Branch, CommitId, Repo
from ports.code_forge import CodeForge
from ports.repo_inspector import RepoInspector

REPO = Repo("team/shop")
MAIN = Branch("main")
BRANCH = Branch("orchestrator/ET-1-pay-by-card")
OTHER = Branch("orchestrator/ET-2-refund")
FOLDER = "docs/work-items/ET-1"
NOWHERE = CommitId("0123456789abcdef0123456789abcdef01234567")


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, as the content of a file."""

    target: str


Files = Mapping[str, str | bytes | Link | None]
"""What a commit changes; None removes the file."""


class ForgeWorld(Protocol):
    """A forge with one repository, whose main branch holds a README.md."""

    repo: Repo
    forge: CodeForge
    inspector: RepoInspector

    async def person_commits(self, branch: Branch, files: Files) -> CommitId:
        """A person commits and pushes; a new branch begins at main."""
        ...

    async def person_removes(self, branch: Branch) -> None:
        """A person removes the branch."""
        ...

    async def restarted(self) -> CodeForge:
        """Another forge on the same repositories, as after a restart of ours."""
        ...


class CodeForgeContract:
    """Subclass it and provide the fixture ``world``."""

    async def prepare(
        self, world: ForgeWorld, branch: Branch = BRANCH, files: Mapping[str, str] | None = None
    ) -> CommitId:
        """The branch with the item's folder."""
        return await world.forge.prepare_branch(
            world.repo,
            branch,
            base=MAIN,
            files=files or {f"{FOLDER}/00-work-item.md": "# Pay by card\n"},
            message="ET-1: open the work item's folder",
        )

    # ── prepare_branch ───────────────────────────────────────────────────────────────────────────

    async def test_a_prepared_branch_is_one_commit_ahead_of_its_base(
        self, world: ForgeWorld
    ) -> None:
        """With just the given files in it."""
        base = await world.inspector.head(world.repo, MAIN)
        head = await self.prepare(world)
        assert head == await world.inspector.head(world.repo, BRANCH)
        seen = await world.inspector.evidence(
            world.repo, base=base, head=head, folder=FOLDER, files=["00-work-item.md"]
        )
        assert (seen.commits, seen.touched) == (1, frozenset({"00-work-item.md"}))
        assert seen.texts == {"00-work-item.md": "# Pay by card\n"}

    async def test_preparing_leaves_the_base_alone(self, world: ForgeWorld) -> None:
        """Main is moved by people only."""
        base = await world.inspector.head(world.repo, MAIN)
        await self.prepare(world)
        assert await world.inspector.head(world.repo, MAIN) == base

    async def test_preparing_a_branch_twice_makes_one(self, world: ForgeWorld) -> None:
        """Also when main has moved in between."""
        head = await self.prepare(world)
        await world.person_commits(MAIN, {"b.txt": "more\n"})
        assert await self.prepare(world) == head

    async def test_a_branch_that_a_person_made_is_left_as_it_is(self, world: ForgeWorld) -> None:
        """Even though our files are not on it."""
        head = await world.person_commits(BRANCH, {"b.txt": "mine\n"})
        assert await self.prepare(world) == head
        assert await world.inspector.head(world.repo, BRANCH) == head

    async def test_any_text_and_any_path_can_be_prepared(self, world: ForgeWorld) -> None:
        """Quotes, newlines, other alphabets, nothing at all."""
        files = {
            f"{FOLDER}/a b.md": "",
            f'{FOLDER}/"quoted"\\.md': "no newline at the end",
            f"{FOLDER}/пожелания.md": "Оплата картой 💳\ndata 3\ndone\n",
        }
        head = await self.prepare(world, files=files)
        names = [path.removeprefix(f"{FOLDER}/") for path in files]
        seen = await world.inspector.evidence(
            world.repo, base=head, head=head, folder=FOLDER, files=names
        )
        assert seen.texts == dict(zip(names, files.values(), strict=True))

    async def test_no_branch_grows_from_a_base_that_is_not_there(self, world: ForgeWorld) -> None:
        """NotFound, and nothing is made."""
        with pytest.raises(NotFound):
            await world.forge.prepare_branch(
                world.repo, BRANCH, base=Branch("nowhere"), files={"a": "b"}, message="m"
            )
        with pytest.raises(NotFound):
            await world.inspector.head(world.repo, BRANCH)

    async def test_what_git_would_not_call_a_branch_is_refused(self, world: ForgeWorld) -> None:
        """Before anything is asked of git: some of these would be options or revisions."""
        for name in ("--force", "a..b", "a b", ""):
            with pytest.raises(Invalid):
                await self.prepare(world, Branch(name))

    async def test_two_branches_can_be_prepared_at_once(self, world: ForgeWorld) -> None:
        """Neither waits for the other's lane."""
        one, two = await asyncio.gather(self.prepare(world), self.prepare(world, OTHER))
        assert one == await world.inspector.head(world.repo, BRANCH)
        assert two == await world.inspector.head(world.repo, OTHER)

    # ── publish ──────────────────────────────────────────────────────────────────────────────────

    async def ahead(self, world: ForgeWorld) -> tuple[CommitId, CommitId]:
        """The branch's head, and a commit after it that only another branch has."""
        expected = await self.prepare(world)
        other = await world.person_commits(MAIN, {"unrelated.txt": "1\n"})
        assert other != expected
        later = await world.person_commits(BRANCH, {"later.txt": "1\n"})
        return expected, later

    async def test_publishing_what_is_published_does_nothing(self, world: ForgeWorld) -> None:
        """The order that is carried out a second time."""
        expected, later = await self.ahead(world)
        await world.forge.publish(world.repo, BRANCH, commit=later, expected=expected)
        assert await world.inspector.head(world.repo, BRANCH) == later

    async def test_a_commit_that_does_not_descend_is_not_published(self, world: ForgeWorld) -> None:
        """History is never rewritten."""
        head = await self.prepare(world)
        aside = await world.person_commits(MAIN, {"b.txt": "aside\n"})
        with pytest.raises(Conflict):
            await world.forge.publish(world.repo, BRANCH, commit=aside, expected=head)
        assert await world.inspector.head(world.repo, BRANCH) == head

    async def test_a_branch_that_a_person_moved_is_a_conflict(self, world: ForgeWorld) -> None:
        """Their commit stays where it is."""
        expected, later = await self.ahead(world)
        theirs = await world.person_commits(BRANCH, {"theirs.txt": "1\n"})
        with pytest.raises(Conflict):
            await world.forge.publish(world.repo, BRANCH, commit=later, expected=expected)
        assert await world.inspector.head(world.repo, BRANCH) == theirs

    async def test_nothing_is_published_to_a_branch_that_is_gone(self, world: ForgeWorld) -> None:
        """A person removed it: that is for people to mend."""
        expected, later = await self.ahead(world)
        await world.person_removes(BRANCH)
        with pytest.raises(NotFound):
            await world.forge.publish(world.repo, BRANCH, commit=later, expected=expected)

    async def test_a_commit_that_nobody_has_is_not_found(self, world: ForgeWorld) -> None:
        """Whether it is the new one or the old."""
        head = await self.prepare(world)
        for commit, expected in ((NOWHERE, head), (head, NOWHERE)):
            with pytest.raises(NotFound):
                await world.forge.publish(world.repo, BRANCH, commit=commit, expected=expected)

    # ── pull requests ────────────────────────────────────────────────────────────────────────────

    async def test_a_branch_has_one_open_pull_request(self, world: ForgeWorld) -> None:
        """However often it is asked for, also after a restart."""
        await self.prepare(world)
        first = await self.open(world)
        assert await self.open(world) == first
        assert await self.open(world, forge=await world.restarted()) == first

    async def test_each_branch_has_its_own_pull_request(self, world: ForgeWorld) -> None:
        """The first of all open ones is the wrong one."""
        await self.prepare(world)
        await self.prepare(world, OTHER)
        one, two = await asyncio.gather(self.open(world), self.open(world, OTHER))
        assert one.number != two.number
        assert (await world.inspector.branch_state(world.repo, BRANCH)).pull_request == one
        assert (await world.inspector.branch_state(world.repo, OTHER)).pull_request == two

    async def test_no_pull_request_without_its_branches(self, world: ForgeWorld) -> None:
        """Neither the one nor the other may be missing."""
        with pytest.raises(NotFound):
            await self.open(world)
        await self.prepare(world)
        with pytest.raises(NotFound):
            await world.forge.open_pull_request(
                world.repo, BRANCH, base=Branch("nowhere"), title="t", body="b"
            )
        assert (await world.inspector.branch_state(world.repo, BRANCH)).pull_request is None

    # ── merge ────────────────────────────────────────────────────────────────────────────────────

    async def proposed(self, world: ForgeWorld) -> tuple[PullRequest, CommitId]:
        """A pull request, and its head."""
        head = await self.prepare(world)
        return await self.open(world), head

    async def test_what_is_merged_is_in_the_base_branch(self, world: ForgeWorld) -> None:
        """And stays merged, however often it is asked for."""
        opened, head = await self.proposed(world)
        await world.forge.merge(world.repo, opened.number, commit=head)
        base = await world.inspector.head(world.repo, MAIN)
        seen = await world.inspector.evidence(
            world.repo, base=base, head=base, folder=FOLDER, files=["00-work-item.md"]
        )
        assert seen.texts == {"00-work-item.md": "# Pay by card\n"}
        await world.forge.merge(world.repo, opened.number, commit=head)
        assert await world.inspector.head(world.repo, MAIN) == base
        state = await world.inspector.branch_state(world.repo, BRANCH)
        assert state.pull_request is None

    async def test_what_a_person_pushed_meanwhile_is_not_merged(self, world: ForgeWorld) -> None:
        """Nobody has judged it."""
        opened, head = await self.proposed(world)
        base = await world.inspector.head(world.repo, MAIN)
        await world.person_commits(BRANCH, {"unjudged.txt": "1\n"})
        with pytest.raises(Conflict):
            await world.forge.merge(world.repo, opened.number, commit=head)
        assert await world.inspector.head(world.repo, MAIN) == base

    async def open(
        self, world: ForgeWorld, branch: Branch = BRANCH, *, forge: CodeForge | None = None
    ) -> PullRequest:
        """Its pull request."""
        return await (forge or world.forge).open_pull_request(
            world.repo, branch, base=MAIN, title="ET-1: pay by card", body="Оплата картой"
        )

    # ── all ──────────────────────────────────────────────────────────────────────────────────────

    async def test_a_repository_that_is_not_there_is_not_found(self, world: ForgeWorld) -> None:
        """Whatever is asked of it."""
        nowhere = Repo("team/nowhere")
        with pytest.raises(NotFound):
            await world.forge.prepare_branch(nowhere, BRANCH, base=MAIN, files={}, message="m")
        with pytest.raises(NotFound):
            await world.forge.publish(nowhere, BRANCH, commit=NOWHERE, expected=NOWHERE)
        with pytest.raises(NotFound):
            await world.forge.open_pull_request(nowhere, BRANCH, base=MAIN, title="t", body="b")

    async def test_it_answers(self, world: ForgeWorld) -> None:
        """Or the doctor says so."""
        await world.forge.ping()
