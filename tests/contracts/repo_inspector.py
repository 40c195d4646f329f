"""What every RepoInspector must show."""

from typing import Protocol

import pytest

from domain.errors import NotFound
from domain.evidence import TEXT_LIMIT, Checks, Evidence
from domain.identifiers import Branch, CommitId, Repo
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, NOWHERE, ForgeWorld, Link

REPORT = "12-review.md"


class InspectorWorld(ForgeWorld, Protocol):
    """A forge whose people can also merge, and whose checks a test can end."""

    async def person_merges(self, branch: Branch, other: CommitId) -> CommitId:
        """A person merges the commit into the branch."""
        ...

    async def checks_end(self, commit: CommitId, checks: Checks) -> None:
        """The commit's checks end like this."""
        ...


class RepoInspectorContract:
    """Subclass it and provide the fixture ``world``."""

    async def evidence(
        self,
        world: InspectorWorld,
        base: CommitId,
        head: CommitId,
        *files: str,
        folder: str = FOLDER,
    ) -> Evidence:
        """What is to be seen of the work item's folder."""
        return await world.inspector.evidence(
            world.repo, base=base, head=head, folder=folder, files=files or (REPORT,)
        )

    # ── what commits touched ─────────────────────────────────────────────────────────────────────

    async def test_an_old_file_is_there_but_not_touched(self, world: InspectorWorld) -> None:
        """A verdict left over from an earlier run decides nothing again."""
        base = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "Verdict: APPROVED\n"})
        head = await world.person_commits(BRANCH, {"src/a.py": "1\n"})
        seen = await self.evidence(world, base, head)
        assert seen.texts == {REPORT: "Verdict: APPROVED\n"}
        assert seen.touched == frozenset()
        assert (seen.commits, seen.base, seen.head) == (1, base, head)

    async def test_what_was_changed_and_changed_back_was_touched(
        self, world: InspectorWorld
    ) -> None:
        """It is the commits that count, not the difference between the two ends."""
        base = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "Verdict: PASS\n"})
        await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "draft\n"})
        head = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "Verdict: PASS\n"})
        seen = await self.evidence(world, base, head)
        assert (seen.commits, seen.touched) == (2, frozenset({REPORT}))

    async def test_a_removed_file_was_not_touched(self, world: InspectorWorld) -> None:
        """There is nothing to read."""
        base = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "old\n"})
        head = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": None})
        seen = await self.evidence(world, base, head)
        assert (seen.commits, seen.touched, seen.texts) == (1, frozenset(), {})

    async def test_no_commit_no_evidence(self, world: InspectorWorld) -> None:
        """The files are there all the same."""
        head = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "text\n"})
        seen = await self.evidence(world, head, head)
        assert (seen.commits, seen.touched, seen.texts) == (0, frozenset(), {REPORT: "text\n"})

    async def test_other_folders_are_none_of_its_business(self, world: InspectorWorld) -> None:
        """Not even those whose names begin alike."""
        base = await world.inspector.head(world.repo, MAIN)
        head = await world.person_commits(
            BRANCH, {f"{FOLDER}0/{REPORT}": "ET-10\n", f"other/{FOLDER}/{REPORT}": "no\n"}
        )
        seen = await self.evidence(world, base, head)
        assert (seen.commits, seen.touched, seen.texts) == (1, frozenset(), {})

    async def test_what_a_merge_brings_along_is_told_by_the_commits_it_brings(
        self, world: InspectorWorld
    ) -> None:
        """They lie in the range, too."""
        base = await world.person_commits(BRANCH, {"a.txt": "1\n"})
        other = await world.person_commits(MAIN, {f"{FOLDER}/{REPORT}": "from main\n"})
        head = await world.person_merges(BRANCH, other)
        seen = await self.evidence(world, base, head)
        assert (seen.commits, seen.touched) == (2, frozenset({REPORT}))

    async def test_a_merge_makes_no_old_file_fresh(self, world: InspectorWorld) -> None:
        """Not even one that has the run's beginning as its second parent."""
        base = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "Verdict: APPROVED\n"})
        head = await world.person_merges(MAIN, base)
        seen = await self.evidence(world, base, head)
        assert seen.texts == {REPORT: "Verdict: APPROVED\n"}
        assert seen.touched == frozenset()

    async def test_a_base_that_is_no_ancestor_is_answered_for_what_is_reachable(
        self, world: InspectorWorld
    ) -> None:
        """Main has gone its own way."""
        head = await world.person_commits(BRANCH, {f"{FOLDER}/{REPORT}": "text\n"})
        base = await world.person_commits(MAIN, {"b.txt": "1\n"})
        seen = await self.evidence(world, base, head)
        assert (seen.commits, seen.touched) == (1, frozenset({REPORT}))

    async def test_names_hold_newlines_and_other_alphabets(self, world: InspectorWorld) -> None:
        """Nothing is cut at them or taken for another name."""
        names = {"a\nb.md", "пожелания.md", ' "quoted" .md', "\n\n", "-c"}
        base = await world.inspector.head(world.repo, MAIN)
        head = await world.person_commits(BRANCH, {f"{FOLDER}/{name}": "x\n" for name in names})
        seen = await self.evidence(world, base, head, *names)
        assert seen.touched == names
        assert seen.texts == dict.fromkeys(names, "x\n")

    # ── what the files hold ──────────────────────────────────────────────────────────────────────

    async def test_only_regular_files_with_text_are_read(self, world: InspectorWorld) -> None:
        """A link would show what it points at, which is not what the agent wrote."""
        head = await world.person_commits(
            BRANCH,
            {
                f"{FOLDER}/text.md": "text\n",
                f"{FOLDER}/link.md": Link("text.md"),
                f"{FOLDER}/outside.md": Link("/etc/passwd"),
                f"{FOLDER}/binary.md": b"\x89PNG\0\1\2",
                f"{FOLDER}/folder.md/inside.md": "text\n",
            },
        )
        names = ("text.md", "link.md", "outside.md", "binary.md", "folder.md", "missing.md")
        seen = await self.evidence(world, head, head, *names)
        assert seen.texts == {"text.md": "text\n"}

    async def test_what_is_no_utf8_is_read_as_well_as_can_be(self, world: InspectorWorld) -> None:
        """A mark of byte order goes, a stray byte is replaced."""
        head = await world.person_commits(
            BRANCH,
            {f"{FOLDER}/a.md": b"caf\xe9\n", f"{FOLDER}/b.md": b"\xef\xbb\xbf---\nverdict: PASS\n"},
        )
        seen = await self.evidence(world, head, head, "a.md", "b.md")
        assert seen.texts == {"a.md": "caf\ufffd\n", "b.md": "---\nverdict: PASS\n"}

    async def test_a_long_file_is_cut(self, world: InspectorWorld) -> None:
        """After characters, not after bytes; the next file is read all the same."""
        long = "ж" * (TEXT_LIMIT + 10) + "x" * 5_000_000
        head = await world.person_commits(
            BRANCH, {f"{FOLDER}/a.md": long, f"{FOLDER}/b.md": "short\n"}
        )
        seen = await self.evidence(world, head, head, "a.md", "b.md")
        assert seen.texts == {"a.md": "ж" * TEXT_LIMIT, "b.md": "short\n"}

    async def test_a_name_cannot_leave_the_folder(self, world: InspectorWorld) -> None:
        """It is a name, not a path."""
        head = await world.person_commits(BRANCH, {f"{FOLDER}/a.md": "x\n"})
        seen = await self.evidence(world, head, head, "../a.md", "../../../README.md", "..")
        assert seen.texts == {}

    async def test_a_folder_that_is_not_there_holds_nothing(self, world: InspectorWorld) -> None:
        """Nor does one that is a file."""
        head = await world.person_commits(BRANCH, {"a.txt": "1\n"})
        for folder in ("docs/nowhere", "README.md"):
            seen = await self.evidence(world, head, head, folder=folder)
            assert (seen.texts, seen.touched) == ({}, frozenset())

    # ── branches ─────────────────────────────────────────────────────────────────────────────────

    async def test_the_head_is_the_forges_own(self, world: InspectorWorld) -> None:
        """It moves when a person pushes."""
        for content in ("1\n", "2\n"):
            head = await world.person_commits(BRANCH, {"a.txt": content})
            assert await world.inspector.head(world.repo, BRANCH) == head
            assert (await world.inspector.branch_state(world.repo, BRANCH)).head == head

    async def test_the_checks_are_those_of_the_head(self, world: InspectorWorld) -> None:
        """A commit on top begins anew."""
        first = await world.person_commits(BRANCH, {"a.txt": "1\n"})
        await world.checks_end(first, Checks.FAILED)
        assert (await world.inspector.branch_state(world.repo, BRANCH)).checks is Checks.FAILED
        second = await world.person_commits(BRANCH, {"a.txt": "2\n"})
        assert (await world.inspector.branch_state(world.repo, BRANCH)).checks is not Checks.FAILED
        await world.checks_end(second, Checks.PASSED)
        assert (await world.inspector.branch_state(world.repo, BRANCH)).checks is Checks.PASSED

    async def test_a_branch_without_a_pull_request_shows_none(self, world: InspectorWorld) -> None:
        """It is not an error."""
        await world.person_commits(BRANCH, {"a.txt": "1\n"})
        assert (await world.inspector.branch_state(world.repo, BRANCH)).pull_request is None

    async def test_each_open_pull_request_has_a_mark_that_moves_with_its_branch(
        self, world: InspectorWorld
    ) -> None:
        """One look tells which of them have changed."""
        await world.person_commits(BRANCH, {"a.txt": "1\n"})
        assert dict(await world.inspector.open_pull_requests(world.repo)) == {}
        await world.forge.open_pull_request(world.repo, BRANCH, base=MAIN, title="t", body="b")
        before = await world.inspector.open_pull_requests(world.repo)
        assert dict(await world.inspector.open_pull_requests(world.repo)) == dict(before)
        await world.person_commits(BRANCH, {"a.txt": "2\n"})
        after = await world.inspector.open_pull_requests(world.repo)
        assert set(before) == set(after) == {BRANCH}
        assert before[BRANCH] != after[BRANCH]

    async def test_what_is_not_there_is_not_found(self, world: InspectorWorld) -> None:
        """Repository, branch, commit at either end, and what could never be one."""
        head = await world.inspector.head(world.repo, MAIN)
        for repo, branch in (
            (Repo("team/nowhere"), MAIN),
            (world.repo, Branch("nowhere")),
            (world.repo, Branch("--all")),
            (Repo("../outside"), MAIN),
        ):
            with pytest.raises(NotFound):
                await world.inspector.head(repo, branch)
            with pytest.raises(NotFound):
                await world.inspector.branch_state(repo, branch)
        for bad in (NOWHERE, CommitId("main"), CommitId("--all"), CommitId("")):
            with pytest.raises(NotFound):
                await self.evidence(world, bad, head)
            with pytest.raises(NotFound):
                await self.evidence(world, head, bad)
