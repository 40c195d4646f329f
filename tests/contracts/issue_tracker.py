"""What every issue tracker keeps to, as far as a real Plane can be made to show it.

Subclasses give two fixtures: ``tracker``, and ``people``, who do to it from outside what people do.
A tracker that can be made to lose an answer passes ``LostAnswerContract`` as well; one that
remembers the keys of its moves passes ``RememberedMoveContract``.
"""

import asyncio
from datetime import timedelta
from typing import Protocol

import pytest

from domain.errors import Conflict, NotFound, Unavailable
from domain.identifiers import CommentId, ItemId, TaskKey
from domain.instructions import Approve, Remark, read_instruction
from domain.item import Item, Priority, Standing, TrackerState
from domain.prose import Block, BlockKind
from ports.issue_tracker import IssueTracker

NOBODY = ItemId("00000000-0000-4000-8000-000000000000")
NOTHING = CommentId("00000000-0000-4000-8000-000000000000")
LATER = timedelta(days=1)


class People(Protocol):
    """Those who use the tracker; each deed happens a moment after the one before."""

    async def create(self, title: str, description: str, priority: Priority) -> ItemId:
        """Make an item in Todo; the description is plain paragraphs, a blank line between them."""
        ...

    async def retitle(self, item: ItemId, title: str) -> None:
        """Give the item another title."""
        ...

    async def comment(self, item: ItemId, text: str, *, guest: bool = False) -> CommentId:
        """Comment as an approver, or as a guest; the text is plain paragraphs."""
        ...

    async def move(self, item: ItemId, state: TrackerState) -> None:
        """Move the item."""
        ...

    async def remove(self, item: ItemId) -> None:
        """Delete or archive the item."""
        ...


async def an_item(people: People, title: str = "Export rides as GPX") -> ItemId:
    """Make an item about which nothing matters but its title."""
    return await people.create(title, "First line.\n\nSecond line.", Priority.HIGH)


async def everything_since(tracker: IssueTracker, item: Item) -> list[str]:
    """Return the titles changed since that item was, that item included."""
    return [changed.title for changed in await tracker.changed_since(item.changed_at)]


class Settling:
    """A tracker may count a write of ours as a change once more, a moment after it."""

    settles = 0.0
    """How long that moment is, in seconds."""

    async def settled(self) -> None:
        """Return when what we wrote is written down for good."""
        await asyncio.sleep(self.settles)


class ItemContract:
    """Items as people made them."""

    async def test_an_item_is_read_as_it_was_made(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        assert item.title == "Export rides as GPX"
        assert item.description.said == "First line.\n\nSecond line."
        assert item.priority is Priority.HIGH
        assert item.state is TrackerState.TODO
        assert item.changed_at.utcoffset() == timedelta(0)

    async def test_two_items_have_different_ids_and_keys(
        self, tracker: IssueTracker, people: People
    ) -> None:
        one, other = [await tracker.item(await an_item(people)) for _ in range(2)]
        assert one.id != other.id
        assert one.key != other.key

    async def test_an_item_that_never_was_is_not_found(self, tracker: IssueTracker) -> None:
        with pytest.raises(NotFound):
            await tracker.item(NOBODY)

    async def test_a_removed_item_is_not_found(self, tracker: IssueTracker, people: People) -> None:
        item = await an_item(people)
        await people.remove(item)
        with pytest.raises(NotFound):
            await tracker.item(item)

    async def test_an_item_shows_what_people_changed(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        await people.retitle(item, "Export rides as KML")
        await people.move(item, TrackerState.CANCELLED)
        seen = await tracker.item(item)
        assert (seen.title, seen.state) == ("Export rides as KML", TrackerState.CANCELLED)

    @pytest.mark.parametrize("state", list(TrackerState))
    async def test_every_state_can_be_shown_and_read_back(
        self, tracker: IssueTracker, people: People, state: TrackerState
    ) -> None:
        item = await an_item(people)
        await tracker.move(item, state, key=f"to-{state}")
        assert (await tracker.item(item)).state is state


class FindContract:
    """Items by other names than their own, and whether they are still there."""

    async def test_an_item_is_found_by_its_key(self, tracker: IssueTracker, people: People) -> None:
        item = await tracker.item(await an_item(people))
        assert (await tracker.find(item.key)).id == item.id

    async def test_a_key_that_nobody_has_is_not_found(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        with pytest.raises(NotFound):
            await tracker.find(TaskKey(f"{item.key}99999"))

    async def test_what_was_removed_is_no_longer_there(
        self, tracker: IssueTracker, people: People
    ) -> None:
        kept, gone = await an_item(people), await an_item(people)
        await people.remove(gone)
        assert set(await tracker.still_there([kept, gone])) == {kept}

    async def test_keys_begin_with_what_the_project_says(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        prefixes = {await tracker.prefix(project) for project in tracker.projects()}
        assert item.key.rpartition("-")[0] in prefixes

    async def test_each_project_is_read_by_itself(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        found = [
            await tracker.changed_since(item.changed_at, project) for project in tracker.projects()
        ]
        assert item.id in {each.id for items in found for each in items}


class ChangeContract(Settling):
    """What changed while nobody was listening."""

    async def test_changed_items_are_listed_with_the_oldest_change_first(
        self, tracker: IssueTracker, people: People
    ) -> None:
        first, second = await an_item(people, "One item"), await an_item(people, "Another item")
        start = await tracker.item(first)
        await people.retitle(second, "Second, changed first")
        await people.retitle(first, "First, changed last")
        assert (await everything_since(tracker, start))[-2:] == [
            "Second, changed first",
            "First, changed last",
        ]

    async def test_a_change_at_that_very_moment_is_listed(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        assert item.id in {each.id for each in await tracker.changed_since(item.changed_at)}

    async def test_what_changed_before_is_not_listed(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        assert await tracker.changed_since(item.changed_at + LATER) == []

    async def test_a_comment_is_a_change_of_its_item(
        self, tracker: IssueTracker, people: People
    ) -> None:
        quiet, talked_about = await an_item(people, "Quiet item"), await an_item(people)
        start = await tracker.item(talked_about)
        await people.retitle(quiet, "Changed in between")
        await people.comment(talked_about, "What about this?")
        assert (await everything_since(tracker, start))[-2:] == ["Changed in between", start.title]

    async def test_what_we_write_ourselves_is_listed_as_well(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item, other = await an_item(people), await an_item(people, "Made after it")
        start = await tracker.item(other)
        await tracker.post_comment(item, "Started.", key="started")
        await self.settled()
        assert "Export rides as GPX" in await everything_since(tracker, start)

    async def test_a_removed_item_is_not_listed(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        await people.remove(item.id)
        assert item.id not in {each.id for each in await tracker.changed_since(item.changed_at)}


class CommentContract:
    """What people say."""

    async def test_a_comment_is_read_with_its_author_and_time(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        said = await people.comment(item, "Yes.\n\nAnd :approved:")
        comment = await tracker.comment(item, said)
        assert comment.id == said
        assert comment.body.said == "Yes.\n\nAnd :approved:"
        assert comment.made_at.utcoffset() == timedelta(0)
        assert comment.made_at <= (await tracker.item(item)).changed_at
        assert read_instruction(comment.body) == Approve()

    async def test_a_member_approves_and_a_guest_does_not(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        member = await tracker.comment(item, await people.comment(item, "As a member"))
        guest = await tracker.comment(item, await people.comment(item, "As a guest", guest=True))
        assert (member.author.standing, member.author.approver) == (Standing.MEMBER, True)
        assert (guest.author.standing, guest.author.approver) == (Standing.GUEST, False)
        assert member.author.id != guest.author.id

    async def test_a_comment_that_never_was_is_not_found(
        self, tracker: IssueTracker, people: People
    ) -> None:
        with pytest.raises(NotFound):
            await tracker.comment(await an_item(people), NOTHING)

    async def test_a_comment_is_not_found_on_another_item(
        self, tracker: IssueTracker, people: People
    ) -> None:
        one, other = await an_item(people), await an_item(people)
        said = await people.comment(one, "Here, not there")
        with pytest.raises(NotFound):
            await tracker.comment(other, said)

    async def test_comments_go_with_their_item(self, tracker: IssueTracker, people: People) -> None:
        item = await an_item(people)
        said = await people.comment(item, "Soon gone")
        made_at = (await tracker.comment(item, said)).made_at
        await people.remove(item)
        with pytest.raises(NotFound):
            await tracker.comment(item, said)
        with pytest.raises(NotFound):
            await tracker.comments_since(item, made_at)

    async def test_comments_are_listed_oldest_first_from_that_very_moment_on(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        said = [await people.comment(item, text) for text in ("before", "from here", "after")]
        since = (await tracker.comment(item, said[1])).made_at
        listed = await tracker.comments_since(item, since)
        assert [comment.id for comment in listed] == said[1:]
        assert [comment.body.said for comment in listed] == ["from here", "after"]

    async def test_no_comment_is_newer_than_tomorrow(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        made = await tracker.comment(item, await people.comment(item, "today"))
        assert await tracker.comments_since(item, made.made_at + LATER) == []


class WriteContract(Settling):
    """What we write, and write only once."""

    async def test_our_comment_is_the_bots_and_says_what_we_wrote(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        await tracker.post_comment(item.id, "Done.\n\nSee *you* & <me>.", key="done")
        (comment,) = await tracker.comments_since(item.id, item.changed_at)
        assert comment.author.id == await tracker.bot()
        assert comment.author.standing is Standing.BOT
        assert not comment.author.approver
        assert comment.body.blocks[0] == Block(kind=BlockKind.SAID, text="Done.")
        assert "& <me>." in comment.body.said

    async def test_html_that_we_post_is_shown_and_not_interpreted(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        await tracker.post_comment(item.id, "See <script>alert(1)</script> there", key="html")
        (comment,) = await tracker.comments_since(item.id, item.changed_at)
        assert comment.body.said == "See <script>alert(1)</script> there"

    async def test_code_and_quotations_that_we_post_are_not_said(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        text = "Before\n\n> :rejected: he said\n\n```\n:approved:\n```\n\nAfter"
        await tracker.post_comment(item.id, text, key="quoted")
        (comment,) = await tracker.comments_since(item.id, item.changed_at)
        assert [block.kind for block in comment.body.blocks] == [
            BlockKind.SAID,
            BlockKind.QUOTED,
            BlockKind.CODE,
            BlockKind.SAID,
        ]
        assert isinstance(read_instruction(comment.body), Remark)

    async def test_a_comment_posted_twice_under_one_key_is_there_once(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await tracker.item(await an_item(people))
        for key in ("first", "first", "second"):
            await tracker.post_comment(item.id, "The same words", key=key)
        assert len(await tracker.comments_since(item.id, item.changed_at)) == 2

    async def test_a_move_to_where_the_item_is_writes_nothing(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        await tracker.move(item, TrackerState.BLOCKED, key="block")
        await self.settled()
        before = await tracker.item(item)
        await tracker.move(item, TrackerState.BLOCKED, key="block again")
        await self.settled()
        assert await tracker.item(item) == before

    async def test_a_move_that_a_person_made_meanwhile_stands(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        await tracker.move(item, TrackerState.IN_PROGRESS, key="start", over=TrackerState.TODO)
        await people.move(item, TrackerState.CANCELLED)
        with pytest.raises(Conflict):
            await tracker.move(
                item, TrackerState.IN_REVIEW, key="review", over=TrackerState.IN_PROGRESS
            )
        assert (await tracker.item(item)).state is TrackerState.CANCELLED

    async def test_a_move_to_where_a_person_put_it_already_is_done(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        await people.move(item, TrackerState.DONE)
        await tracker.move(item, TrackerState.DONE, key="done", over=TrackerState.IN_PROGRESS)
        assert (await tracker.item(item)).state is TrackerState.DONE

    async def test_the_bot_is_always_the_same(self, tracker: IssueTracker) -> None:
        assert await tracker.bot() == await tracker.bot()

    async def test_writing_to_what_is_not_there_is_not_found(
        self, tracker: IssueTracker, people: People
    ) -> None:
        gone = await an_item(people)
        await people.remove(gone)
        for item in (NOBODY, gone):
            with pytest.raises(NotFound):
                await tracker.move(item, TrackerState.DONE, key=f"move {item}")
            with pytest.raises(NotFound):
                await tracker.post_comment(item, "Hello?", key=f"post {item}")

    async def test_a_tracker_that_works_answers(self, tracker: IssueTracker) -> None:
        await tracker.ping()


class IssueTrackerContract(
    ItemContract, FindContract, ChangeContract, CommentContract, WriteContract
):
    """The whole of it."""


class RememberedMoveContract:
    """A tracker that knows the keys of its moves does none of them again."""

    async def test_a_move_repeated_does_not_undo_what_a_person_did_since(
        self, tracker: IssueTracker, people: People
    ) -> None:
        item = await an_item(people)
        await tracker.move(item, TrackerState.IN_PROGRESS, key="start")
        await people.move(item, TrackerState.CANCELLED)
        await tracker.move(item, TrackerState.IN_PROGRESS, key="start")
        assert (await tracker.item(item)).state is TrackerState.CANCELLED


class AnswerLoser(Protocol):
    """Makes the tracker's next write happen and then fail."""

    def lose_answer(self) -> None:
        """Lose the next answer."""
        ...


class LostAnswerContract:
    """A write that happened and was answered by an error. Fixture ``answers``: an AnswerLoser."""

    async def test_a_comment_whose_answer_was_lost_is_not_posted_again(
        self, tracker: IssueTracker, people: People, answers: AnswerLoser
    ) -> None:
        item = await tracker.item(await an_item(people))
        answers.lose_answer()
        with pytest.raises(Unavailable):
            await tracker.post_comment(item.id, "Once", key="once")
        await tracker.post_comment(item.id, "Once", key="once")
        assert len(await tracker.comments_since(item.id, item.changed_at)) == 1

    async def test_a_move_whose_answer_was_lost_can_be_repeated(
        self, tracker: IssueTracker, people: People, answers: AnswerLoser
    ) -> None:
        item = await an_item(people)
        answers.lose_answer()
        with pytest.raises(Unavailable):
            await tracker.move(item, TrackerState.IN_REVIEW, key="review")
        await tracker.move(item, TrackerState.IN_REVIEW, key="review")
        assert (await tracker.item(item)).state is TrackerState.IN_REVIEW
