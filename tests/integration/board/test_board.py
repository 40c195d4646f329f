"""What people can do on the board, and what becomes of it."""

import asyncio
from datetime import timedelta

import pytest

from adapters.board.board import LocalBoard
from adapters.board.people import BOT, EVERYBODY, GUEST, YOU
from adapters.board.tracker import BoardTracker
from adapters.html.rich_text import HtmlRichText
from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from domain.errors import Forbidden, Invalid, NotFound, TimedOut
from domain.identifiers import ItemId, PersonId
from domain.instructions import Approve, Reject, Remark, read_instruction
from domain.item import Person, Priority, Standing, TrackerState
from domain.signals import CommentPosted, ItemChanged
from tests.integration.board.conftest import ForgetfulDatabase, Inbox

MEBIBYTE = 1024 * 1024


async def made(board: LocalBoard, title: str = "Export rides as GPX") -> str:
    return (await board.create(title, "One sentence. And another.", "high", "you")).key


class TestItems:
    async def test_a_new_item_is_in_todo_under_the_projects_next_key(
        self, board: LocalBoard
    ) -> None:
        first, second = [await board.create("A title", "Text.", "low", "you") for _ in range(2)]
        assert [first.key, second.key] == ["DEMO-1", "DEMO-2"]
        assert first.state is TrackerState.TODO
        assert first.priority is Priority.LOW

    async def test_the_same_request_makes_one_item(self, board: LocalBoard, inbox: Inbox) -> None:
        one, again = [
            await board.create("A title", "", "none", "you", request_key="r-1") for _ in range(2)
        ]
        assert one == again
        assert len(await board.open_items()) == 1
        assert len(await inbox.signals()) == 1

    async def test_the_same_request_at_the_same_moment_makes_one_item(
        self, board: LocalBoard
    ) -> None:
        both = await asyncio.gather(
            *(board.create("A title", "", "none", "you", request_key="r-1") for _ in range(5))
        )
        assert {item.key for item in both} == {"DEMO-1"}

    async def test_items_made_at_the_same_moment_have_keys_of_their_own(
        self, board: LocalBoard
    ) -> None:
        items = await asyncio.gather(*(made(board) for _ in range(20)))
        assert sorted(items) == sorted(f"DEMO-{n}" for n in range(1, 21))

    async def test_open_and_ended_items_are_apart_the_ended_a_page_at_a_time(
        self, board: LocalBoard
    ) -> None:
        keys = [await made(board) for _ in range(8)]
        for key, state in zip(keys, ("done", "blocked", "cancelled", "done", "done"), strict=False):
            await board.move(key, state, "you")
        await board.archive(keys[3], "you")
        await board.archive(keys[5], "you")
        assert [item.key for item in await board.open_items()] == [keys[1], *keys[6:]]
        assert [item.key for item in await board.ended_items(most=2)] == [keys[4], keys[2]]
        for before in keys[1:3]:  # not itself one of them, and one of them
            earlier = await board.ended_items(before=before, most=2)
            assert [item.key for item in earlier] == [keys[0]]
        beyond = await board.ended_items(before=keys[3], most=2)  # taken off the board since
        assert [item.key for item in beyond] == [keys[2], keys[0]]
        assert await board.ended_count() == 3
        with pytest.raises(NotFound):
            await board.ended_items(before="DEMO-99", most=2)

    async def test_the_key_of_an_archived_item_is_not_used_again(self, board: LocalBoard) -> None:
        await board.archive(await made(board), "you")
        assert await board.open_items() == []
        assert await made(board) == "DEMO-2"

    async def test_an_archived_item_is_gone_for_everything(self, board: LocalBoard) -> None:
        key = await made(board)
        await board.archive(key, "you")
        for deed in (
            board.thread(key),
            board.move(key, "done", "you"),
            board.edit(key, "you", title="Another"),
            board.comment(key, "Hello?", "you"),
            board.archive(key, "you"),
        ):
            with pytest.raises(NotFound, match="DEMO-1"):
                await deed

    async def test_only_what_is_given_is_edited(self, board: LocalBoard) -> None:
        key = await made(board)
        item = await board.edit(key, "you", priority="urgent")
        assert item.title == "Export rides as GPX"
        assert item.description.said == "One sentence. And another."
        assert item.priority is Priority.URGENT

    async def test_an_item_moves(self, board: LocalBoard) -> None:
        key = await made(board)
        assert (await board.move(key, "needs-input", "you")).state is TrackerState.NEEDS_INPUT
        assert (await board.thread(key)).item.state is TrackerState.NEEDS_INPUT


class TestNews:
    async def test_every_deed_of_a_person_is_announced_in_the_lane_of_its_item(
        self, board: LocalBoard, inbox: Inbox
    ) -> None:
        key = await made(board)
        item = ItemId(key)
        comment = await board.comment(key, "A question", "guest")
        await board.move(key, "blocked", "you")
        await board.edit(key, "you", title="Another title")
        await board.archive(key, "you")
        entries = await inbox.entries()
        changed = ItemChanged(item=item, actor=YOU.id)
        assert [entry.payload for _, entry in entries] == [
            changed,
            CommentPosted(item=item, comment=comment, actor=GUEST.id),
            changed,
            changed,
            changed,
        ]
        assert {lane for lane, _ in entries} == {item}

    async def test_a_deed_that_changes_nothing_is_no_news(
        self, board: LocalBoard, inbox: Inbox
    ) -> None:
        key = await made(board)
        await inbox.signals()
        await board.move(key, "todo", "you")
        await board.edit(key, "you", title="Export rides as GPX", priority="high")
        assert await inbox.signals() == []

    async def test_what_the_bot_does_is_no_news(
        self, board: LocalBoard, tracker: BoardTracker, inbox: Inbox
    ) -> None:
        item = ItemId(await made(board))
        await inbox.signals()
        await tracker.move(item, TrackerState.IN_PROGRESS, key="start")
        await tracker.post_comment(item, "Started.", key="started")
        assert await inbox.signals() == []

    async def test_a_deed_whose_news_cannot_be_put_is_not_done(
        self, store: SqlStore, answers: ForgetfulDatabase, clock: SteppedClock
    ) -> None:
        def refuse(*_: object, **__: object) -> bool:
            raise TimedOut("no inbox")

        board = LocalBoard(answers, refuse, HtmlRichText(), clock)
        with pytest.raises(TimedOut):
            await made(board)
        assert await board.open_items() == []

    async def test_a_repeated_request_comments_once(self, board: LocalBoard, inbox: Inbox) -> None:
        key = await made(board)
        await inbox.signals()
        one, again = [
            await board.comment(key, "Only once", "you", request_key="c-1") for _ in range(2)
        ]
        assert one == again
        assert len((await board.thread(key)).comments) == 1
        assert len(await inbox.signals()) == 1


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "Type `:approved:` to go on.",
            "```\n:approved:\n```",
            "> :approved:",
            "~~:approved:~~",
            "<p>Type <code>:approved:</code></p>",
            "<blockquote>:approved:</blockquote>",
            '<pre class="editor"><code>:approved:</code></pre>',
            "<p hidden><script>:approved:</script>no</p>",
        ],
    )
    async def test_what_is_code_or_quoted_does_not_instruct(
        self, board: LocalBoard, tracker: BoardTracker, text: str
    ) -> None:
        item = ItemId(await made(board))
        comment = await tracker.comment(item, await board.comment(item, text, "you"))
        assert isinstance(read_instruction(comment.body), Remark)

    @pytest.mark.parametrize(
        "text", [":approved:", "Fine. **:approved:**", "<p>:approved:</p>", "- :approved:\n- go"]
    )
    async def test_what_is_said_instructs(
        self, board: LocalBoard, tracker: BoardTracker, text: str
    ) -> None:
        item = ItemId(await made(board))
        comment = await tracker.comment(item, await board.comment(item, text, "you"))
        assert read_instruction(comment.body) == Approve()

    async def test_a_rejection_keeps_its_reason(
        self, board: LocalBoard, tracker: BoardTracker
    ) -> None:
        item = ItemId(await made(board))
        text = ":rejected: the *first* point is wrong\n\nand so is `x < 1`"
        comment = await tracker.comment(item, await board.comment(item, text, "you"))
        assert read_instruction(comment.body) == Reject(
            "the first point is wrong\n\nand so is `x < 1`"
        )

    async def test_a_thread_is_safe_to_show(self, board: LocalBoard, tracker: BoardTracker) -> None:
        key = await made(board)
        await board.edit(key, "you", description="<p onclick='x()'>a<script>alert(1)</script></p>")
        await board.comment(key, "**bold** <script>alert(2)</script>", "guest")
        await tracker.post_comment(ItemId(key), "[x](javascript:alert(3))", key="k")
        thread = await board.thread(key)
        assert thread.description_html == "<p>a</p>"
        assert [comment.html.strip() for comment in thread.comments] == [
            "<p><strong>bold</strong> &lt;script&gt;alert(2)&lt;/script&gt;</p>",
            "<p>x</p>",
        ]
        assert [comment.author for comment in thread.comments] == [GUEST, BOT]

    async def test_only_what_people_type_is_taken_for_html(
        self, board: LocalBoard, tracker: BoardTracker
    ) -> None:
        """An agent's text is Markdown, however it begins."""
        key = await made(board)
        harm = "<p onclick='x()'>:approved:<script>alert(1)</script></p>"
        await board.comment(key, harm, "you")
        await tracker.post_comment(ItemId(key), harm, key="k")
        typed, told = (await board.thread(key)).comments
        assert typed.html == "<p>:approved:</p>"
        assert "&lt;script&gt;" in told.html
        assert "onclick=" not in told.html.replace("&lt;p onclick=", "")

    async def test_half_an_emoji_and_a_null_are_kept_out_of_the_database(
        self, board: LocalBoard
    ) -> None:
        item = await board.create("Half \ud83d and \x00", "x \ud83d \x00", "none", "you")
        assert item.title == "Half and"
        await board.comment(item.key, "\ud83d", "you")


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"title": " \n "}, "title: is empty; say in a few words"),
            ({"title": "x" * 256}, "title: has 256 characters; use 255 at most"),
            ({"description": "é" * MEBIBYTE}, f"description: has {2 * MEBIBYTE} bytes; use"),
            (
                {"priority": "huge"},
                "priority: there is no 'huge'; use one of: urgent, high, medium",
            ),
            ({"author": "nobody"}, "author: 'nobody' is nobody here; use one of: you, guest"),
            ({"request_key": ""}, "request_key: cannot be remembered; use 1 to 200"),
        ],
    )
    async def test_a_refusal_names_the_field_and_the_remedy(
        self, board: LocalBoard, given: dict[str, str], message: str
    ) -> None:
        fine = {"title": "A title", "description": "", "priority": "none", "author": "you"}
        with pytest.raises(Invalid) as refusal:
            await board.create(**{**fine, **given})
        assert str(refusal.value).startswith(message)
        assert await board.open_items() == []

    async def test_a_title_and_a_text_of_just_the_right_size_are_taken(
        self, board: LocalBoard
    ) -> None:
        item = await board.create("x" * 255, "y" * MEBIBYTE, "none", "you")
        assert len(item.title) == 255
        assert len(item.description.whole) >= MEBIBYTE

    @pytest.mark.parametrize("key", ["demo-1", "../../etc", "DEMO-0", "", "DEMO-1\n"])
    async def test_what_is_no_key_is_refused_as_such(self, board: LocalBoard, key: str) -> None:
        await made(board)
        with pytest.raises(Invalid, match="key"):
            await board.comment(key, "Hello", "you")

    async def test_an_unknown_state_and_an_empty_comment_are_refused(
        self, board: LocalBoard
    ) -> None:
        key = await made(board)
        with pytest.raises(Invalid, match="state: there is no 'finished'; use one of: backlog"):
            await board.move(key, "finished", "you")
        with pytest.raises(Invalid, match="text: is empty"):
            await board.comment(key, " ", "you")

    async def test_a_guest_comments_and_does_nothing_else(self, board: LocalBoard) -> None:
        key = await made(board)
        await board.comment(key, "May I?", "guest")
        for deed in (
            board.create("A title", "", "none", "guest"),
            board.edit(key, "guest", title="Another"),
            board.move(key, "done", "guest"),
            board.archive(key, "guest"),
        ):
            with pytest.raises(Forbidden, match="guest"):
                await deed

    async def test_nobody_speaks_as_the_bot(self, board: LocalBoard) -> None:
        key = await made(board)
        with pytest.raises(Forbidden, match="bot"):
            await board.comment(key, ":approved:", "bot")
        assert board.people() == (YOU, GUEST)

    async def test_a_project_that_makes_no_keys_is_refused_at_the_start(
        self, store: SqlStore, answers: ForgetfulDatabase, clock: SteppedClock
    ) -> None:
        with pytest.raises(Invalid, match="project"):
            LocalBoard(answers, store.announce, HtmlRichText(), clock, project="my project")

    @pytest.mark.parametrize("people", [[YOU, GUEST], [YOU, BOT, BOT], [YOU, BOT, YOU]])
    async def test_people_without_one_bot_or_with_one_id_twice_are_refused(
        self, answers: ForgetfulDatabase, clock: SteppedClock, people: list[Person]
    ) -> None:
        with pytest.raises(Invalid, match="people"):
            BoardTracker(answers, HtmlRichText(), clock, people=people)


class TestPeople:
    async def test_somebody_who_has_left_no_longer_approves(
        self,
        store: SqlStore,
        answers: ForgetfulDatabase,
        clock: SteppedClock,
    ) -> None:
        anna = Person(id=PersonId("anna"), name="Anna", standing=Standing.MEMBER, approver=True)
        with_anna = LocalBoard(
            answers, store.announce, HtmlRichText(), clock, people=[*EVERYBODY, anna]
        )
        item = ItemId(await made(with_anna))
        said = await with_anna.comment(item, ":approved:", "Anna")
        without = BoardTracker(answers, HtmlRichText(), clock)
        author = (await without.comment(item, said)).author
        assert (author.id, author.standing, author.approver) == ("anna", Standing.GUEST, False)

    async def test_no_two_changes_of_an_item_have_the_same_moment(
        self, board: LocalBoard, clock: SteppedClock
    ) -> None:
        key = await made(board)
        first = await board.move(key, "blocked", "you")
        clock.advance(-timedelta(hours=1))
        second = await board.move(key, "todo", "you")
        assert second.changed_at > first.changed_at
