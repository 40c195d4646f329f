"""The board in a browser: what it shows, what its forms do, and that nobody's text becomes code."""

import re
from datetime import timedelta

import pytest

from domain.identifiers import StageName
from domain.item import TrackerState
from domain.messages import Locale
from domain.task import Status
from tests.unit.entrypoints.http.front import ATTACK, Behind, Client, proof_of


async def submit(client: Client, page: str, action: str, **form: str) -> str:
    """Send a form of the page; return where it leads."""
    proof = await proof_of(client, page)
    answer = await client.post(action, data={"proof": proof, **form})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def an_item(behind: Behind, title: str = "Show the length", text: str = "One. Two.") -> str:
    """Have an item on the board that the pipeline has taken up."""
    item = await behind.board.create(title, text, "none", "ann")
    behind.add_task(item.key, title=title)
    return item.key


async def test_the_board_shows_what_waits_for_people_first_and_since_when() -> None:
    behind = Behind()
    first, second = await an_item(behind, "First"), await an_item(behind, "Second")
    await behind.board.move(second, "needs-input", "ann")
    async with behind.client() as client:
        page = (await client.get("/")).text
    assert page.index("Needs Input") < page.index("Second") < page.index("Todo")
    assert page.index("Todo") < page.index("First")
    assert f'href="/items/{first}"' in page
    assert "a person" in page
    assert "for 3 h" in page


@pytest.mark.parametrize(
    ("locale", "words"),
    [(Locale.EN, "waiting for a slot since"), (Locale.RU, "ждёт свободного места с")],
)
async def test_who_waits_for_a_slot_is_seen_on_every_page(locale: Locale, words: str) -> None:
    behind = Behind()
    key = await an_item(behind)
    behind.add_waiting_run(behind.store.tasks_[0])
    async with behind.client(locale=locale) as client:
        pages = [(await client.get(path)).text for path in ("/", f"/items/{key}", f"/runs/{key}-1")]
    for page in pages:
        moment = '<time datetime="2026-11-22T11:30:00+00:00">2026-11-22 11:30 UTC</time>'
        assert f"{words} {moment}" in page


async def test_the_board_reloads_until_told_to_be_still() -> None:
    async with Behind().client() as client:
        assert 'http-equiv="refresh"' in (await client.get("/")).text
        assert 'http-equiv="refresh"' not in (await client.get("/?still=1")).text


async def test_an_item_is_made_once_however_often_its_form_is_sent() -> None:
    behind = Behind()
    async with behind.client() as client:
        form = {"title": "Show", "description": "One. Two.", "priority": "low", "author": "ann"}
        for _ in range(2):
            where = await submit(client, "/items/new", "/items", request="r1", **form)
            assert where == "/items/ET-1"
            assert (await client.get(where)).status_code == 200
    assert len(behind.board.items_) == 1


async def test_an_item_page_tells_everything() -> None:
    behind = Behind()
    key = await an_item(behind)
    task = behind.store.tasks_[0]
    await behind.add_run(task, "hello\n")
    behind.add_history(task, "was created")
    await behind.board.comment(key, "How far?", "ann")
    async with behind.client() as client:
        page = (await client.get(f"/items/{key}")).text
    for told in (
        "Show the length",
        "One. Two.",
        "How far?",
        "Ann",
        "was created",
        "because",
        f'href="/runs/{key}-1"',
        "still running",
        "exited",
        "exit code 0",
        'aria-current="step">analysis',
        "http://git.example.org/pulls/3",
        "Answer them in a comment",
        '<time datetime="2026-11-22T12:00:00+00:00">',
    ):
        assert told in page, told
    assert page.count('<option value="ann"') == page.count('<option value="guest"') == 3
    assert '<option value="bot"' not in page


async def test_a_followed_item_reloads_and_has_no_form_to_lose() -> None:
    behind = Behind()
    key = await an_item(behind)
    async with behind.client() as client:
        page = (await client.get(f"/items/{key}?follow=1")).text
    assert 'http-equiv="refresh"' in page
    assert "<textarea" not in page


async def test_people_comment_mend_and_move() -> None:
    behind = Behind()
    key = await an_item(behind)
    page = f"/items/{key}"
    async with behind.client() as client:
        where = await submit(client, page, f"{page}/comments", text="12 km", author="ann")
        assert where == f"{page}#comment-1"
        mended = {"title": "Show it", "description": "Three. Four.", "priority": "urgent"}
        assert await submit(client, page, f"{page}/edit", author="ann", **mended) == page
        assert await submit(client, page, f"{page}/state", author="ann", state="done") == page
    item = behind.board.items_[key]
    assert (item.title, item.description.whole) == ("Show it", "Three. Four.")
    assert (item.priority, item.state) == ("urgent", TrackerState.DONE)
    assert "12 km" in behind.board.said[key][0].html


@pytest.mark.parametrize(
    ("verdict", "text", "said"),
    [
        ("", "Why?", "Why?"),
        ("approved", "", ":approved:"),
        ("approved", "Good.", ":approved: Good."),
        ("rejected", "Too long.", ":rejected: Too long."),
    ],
)
async def test_a_verdict_is_a_comment_like_any_other(verdict: str, text: str, said: str) -> None:
    behind = Behind()
    key = await an_item(behind)
    behind.store.tasks_[0] = behind.add_task(key, status=Status.IN_REVIEW)
    page = f"/items/{key}"
    async with behind.client() as client:
        assert 'value="approved"' in (await client.get(page)).text
        form = {"text": text, "verdict": verdict, "author": "ann"}
        await submit(client, page, f"{page}/comments", **form)
    assert behind.board.said[key][0].html == f"<p>{said}</p>"


async def test_what_the_board_refuses_is_told_on_a_page() -> None:
    behind = Behind()
    key = await an_item(behind)
    async with behind.client() as client:
        proof = await proof_of(client, f"/items/{key}")
        answer = await client.post(
            f"/items/{key}/comments",
            data={"proof": proof, "text": " ", "author": "ann"},
            headers={"Accept": "text/html"},
        )
    assert answer.status_code == 400
    assert "text: is empty; write something" in answer.text
    assert "Going back" in answer.text


async def test_nothing_that_people_or_agents_wrote_becomes_code() -> None:
    behind = Behind()
    key = await an_item(behind, ATTACK, ATTACK)
    task = behind.store.tasks_[0]
    run = await behind.add_run(task, ATTACK)
    behind.add_history(task, ATTACK)
    behind.add_dead_letter(ATTACK)
    await behind.board.comment(key, ATTACK, "ann")
    async with behind.client() as client:
        for page in ("/", f"/items/{key}", f"/runs/{run}", "/given-up", f"/items/{key}?follow=1"):
            text = (await client.get(page)).text
            assert "<script" not in text, page
            assert "&lt;script" in text, page


async def test_an_item_of_another_tracker_is_escaped_too() -> None:
    behind = Behind()
    behind.add_task(title=ATTACK, description=ATTACK)
    async with behind.client(board=None) as client:
        for page in ("/", "/items/ET-7"):
            text = (await client.get(page)).text
            assert "<script" not in text
            assert "&lt;script" in text


async def test_a_link_that_would_run_something_is_no_link() -> None:
    behind = Behind()
    behind.add_task(branch_url="javascript:alert(1)")
    async with behind.client(board=None, item_url=lambda _: "javascript:alert(1)") as client:
        assert "javascript:" not in (await client.get("/items/ET-7")).text


async def test_with_another_tracker_the_board_only_shows_and_links() -> None:
    behind = Behind()
    behind.add_task()
    async with behind.client(board=None, item_url=lambda key: f"http://plane/{key}") as client:
        board = (await client.get("/")).text
        page = (await client.get("/items/ET-7")).text
        assert (await client.get("/items/new")).status_code == 404
        assert (await client.get("/items/ET-8")).status_code == 404
    assert 'href="/items/ET-7"' in board
    assert "<form" not in board + page
    assert 'href="http://plane/ET-7"' in page


async def test_an_item_that_nobody_has_taken_up_yet_is_shown() -> None:
    behind = Behind()
    await behind.board.create("Show it", "One. Two.", "none", "ann")
    async with behind.client() as client:
        assert "not taken it up yet" in (await client.get("/")).text
        assert "not taken it up yet" in (await client.get("/items/ET-1")).text


async def test_a_task_without_a_turn_is_shown_as_the_fault_that_it_is() -> None:
    behind = Behind()
    behind.add_task(turn=None)
    async with behind.client(board=None) as client:
        assert "a fault of ours" in (await client.get("/")).text


async def test_a_turn_that_lasts_too_long_is_overdue() -> None:
    behind = Behind()
    behind.add_task()
    behind.clock.advance(timedelta(hours=2))
    async with behind.client(board=None) as client:
        assert "overdue" in (await client.get("/")).text


async def with_ended(count: int, *, on_board: bool) -> Behind:
    """Have an item that waits for a person after so many that are done."""
    behind = Behind()
    for number in range(1, count + 1):
        if on_board:
            await behind.board.move(await an_item(behind), "done", "ann")
        else:
            done = {"status": Status.DONE, "shown": TrackerState.DONE}
            behind.add_task(f"ET-{number}", turn=None, **done)
    if on_board:
        await behind.board.move(await an_item(behind), "needs-input", "ann")
    else:
        behind.add_task(f"ET-{count + 1}")
    return behind


@pytest.mark.parametrize("on_board", [True, False])
async def test_of_what_has_ended_the_newest_are_listed_and_lead_to_all(*, on_board: bool) -> None:
    behind = await with_ended(130, on_board=on_board)
    async with behind.client(board=behind.board if on_board else None) as client:
        page = (await client.get("/")).text
        first = (await client.get("/ended")).text
        (rest,) = re.findall(r'<a href="(.*?)" rel="next">', first)
        second = (await client.get(rest)).text
    assert page.count("<li>") == 21
    assert page.index("ET-131<") < page.index("ET-130<") < page.index("ET-111<")
    assert "(130)" in page
    assert 'href="/ended"' in page
    listed = re.findall(r">(ET-\d+)<", first + second)
    assert listed == [f"ET-{number}" for number in range(130, 0, -1)]
    assert (first.count("<li>"), second.count("<li>")) == (100, 30)
    assert "rel=" not in second.partition("<main")[2]


async def test_few_that_have_ended_need_no_page_of_their_own() -> None:
    behind = await with_ended(20, on_board=True)
    async with behind.client() as client:
        page = (await client.get("/")).text
    assert page.count("<li>") == 21
    assert 'href="/ended"' not in page


@pytest.mark.parametrize("on_board", [True, False])
@pytest.mark.parametrize("before", ["ET-999", "nonsense", "%00", "x" * 5000])
async def test_a_page_of_the_ended_that_begins_nowhere_is_no_page(
    before: str, *, on_board: bool
) -> None:
    behind = await with_ended(3, on_board=on_board)
    async with behind.client(board=behind.board if on_board else None) as client:
        answer = await client.get(f"/ended?before={before}")
    assert answer.status_code in (400, 404)


async def test_what_was_given_up_is_announced_and_can_be_tried_again() -> None:
    behind = Behind()
    behind.add_dead_letter("Plane says no")
    async with behind.client() as client:
        assert "/given-up" in (await client.get("/")).text
        assert "Plane says no" in (await client.get("/given-up")).text
        assert await submit(client, "/given-up", "/given-up/41/replay") == "/given-up"
        assert "/given-up" not in (await client.get("/")).text
    assert behind.store.outbox.replayed == [41]


async def test_a_stage_of_an_older_pipeline_does_no_harm() -> None:
    behind = Behind()
    behind.add_task(stage=StageName("forgotten"))
    async with behind.client(board=None) as client:
        assert (await client.get("/items/ET-7")).status_code == 200


async def test_pages_speak_the_configured_language() -> None:
    behind = Behind()
    key = await an_item(behind)
    await behind.add_run(behind.store.tasks_[0])
    pages = ("/", "/items/new", f"/items/{key}", f"/runs/{key}-1", "/given-up", "/none")
    for locale, home, stays in (
        (Locale.EN, "Back to the board", "Needs Input"),
        (Locale.RU, "К доске", "Needs Input"),
    ):
        async with behind.client(locale=locale) as client:
            for page in pages:
                answer = await client.get(page, headers={"Accept": "text/html"})
                assert f'<html lang="{locale}">' in answer.text
                assert page == "/" or home in answer.text
            assert stays in (await client.get(f"/items/{key}")).text


async def test_pages_run_no_script_and_load_only_our_own_style() -> None:
    behind = Behind()
    async with behind.client() as client:
        answer = await client.get("/")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "style=" not in answer.text
        _, _, address = answer.text.partition('rel="stylesheet" href="')
        style = await client.get(address.partition('"')[0])
        icon = await client.get("/icon.svg")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
    assert icon.headers["content-type"].startswith("image/svg+xml")
