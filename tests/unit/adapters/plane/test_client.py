"""What Plane answers, as recorded, and what becomes of it."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from adapters.html.rich_text import HtmlRichText
from adapters.memory.clock import SteppedClock
from adapters.plane.budget import Budget, Urgency
from adapters.plane.client import PlaneClient
from adapters.plane.http import http_to
from adapters.plane.item_ids import item_id
from adapters.plane.people import People
from adapters.plane.sightings import Sightings
from adapters.plane.states import States
from adapters.plane.tracker import PlaneTracker
from domain.errors import (
    Failure,
    Invalid,
    NotFound,
    RateLimited,
    TimedOut,
    ToolFailed,
    Unavailable,
)
from domain.identifiers import CommentId
from domain.item import TrackerState
from tests.unit.adapters.plane.recorded import BOT, GINA, HANNA, PROJECT

REST = Path(__file__).parents[3] / "fixtures" / "plane" / "rest"
ITEM = "b6feabf8-7b1c-4de9-b0f5-149cb982a4fb"
OURS = item_id(PROJECT, ITEM)
Handler = Callable[[httpx.Request], httpx.Response]


def recorded(number: int) -> httpx.Response:
    """The answer of that recording."""
    (file,) = REST.glob(f"{number:03}-*.json")
    answer = json.loads(file.read_text("utf-8"))["response"]
    kept = ("retry-after", "x-ratelimit-remaining", "location", "date")
    headers = {n: v for n, v in answer["headers"].items() if n.lower() in kept}
    return httpx.Response(answer["status"], json=answer["body"], headers=headers)


def a_client(handle: Handler, *tokens: str) -> PlaneClient:
    clock = SteppedClock(datetime(2026, 11, 22, 7, 40, tzinfo=UTC))
    http = httpx.AsyncClient(
        base_url="http://plane.test/api/v1", transport=httpx.MockTransport(handle)
    )
    return PlaneClient(http, Budget(tokens or ("one",), clock), clock, workspace="ag_proj")


def a_tracker(handle: Handler, clock: SteppedClock | None = None) -> PlaneTracker:
    client = a_client(handle)
    clock = clock or SteppedClock(datetime(2026, 11, 22, 7, 40, tzinfo=UTC))
    return PlaneTracker(
        client,
        States(client, clock),
        People(client, clock),
        HtmlRichText(),
        clock,
        sightings=Sightings(clock),
        projects=[PROJECT],
    )


class Plane:
    """A Plane that answers by what was recorded; ``asked`` is what it was asked."""

    def __init__(self, **answers: httpx.Response) -> None:
        self.asked: list[str] = []
        self.answers = answers

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path.removeprefix('/api/v1/')}")
        if request.method in self.answers:
            return self.answers[request.method]
        last = path.rstrip("/").rsplit("/", 1)[-1]
        known = {
            "me": 1,
            "states": 23,
            "members": 11 if "projects" in path else 3,
            PROJECT: 134,
            ITEM: 43,
        }
        return recorded(known[last])


# ── errors ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (53, NotFound, "no such thing"),
        (142, NotFound, "no such thing"),
        (54, ToolFailed, "Page not found.; see tracker.url"),
        (50, ToolFailed, "500: Something went wrong"),
        (55, ToolFailed, "redirects us"),
        (89, Invalid, "state: Plane refuses it"),
        (131, ToolFailed, "see tracker.workspace"),
        (126, ToolFailed, "refuses our token: Authentication credentials"),
        (127, ToolFailed, "refuses our token: Given API token is not valid"),
        (162, RateLimited, "60 requests a minute"),
    ],
)
async def test_an_error_is_told_as_what_it_is(number: int, kind: type[Failure], words: str) -> None:
    client = a_client(lambda _: recorded(number))
    with pytest.raises(kind) as failure:
        await client.item(PROJECT, ITEM)
    assert type(failure.value) is kind
    assert words in str(failure.value)


async def test_a_429_says_how_long_to_wait_and_costs_no_second_try() -> None:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/me/"):
            return recorded(1)
        asked.append(request)
        return recorded(162)

    client = a_client(handle)
    for _ in range(2):
        with pytest.raises(RateLimited) as limited:
            await client.item(PROJECT, ITEM)
        assert limited.value.retry_after == timedelta(seconds=52)
    assert len(asked) == 1


async def test_another_token_takes_over_from_one_that_is_dead_or_used_up() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        answers = {"dead": 127, "spent": 162, "good": 1}
        return recorded(answers[request.headers["x-api-key"]])

    client = a_client(handle, "dead", "spent", "good")
    assert (await client.me()).id == BOT
    assert client.budget.take(Urgency.PEOPLE).secret == "good"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ReadTimeout("slow"), TimedOut),
        (httpx.ConnectError("refused"), ToolFailed),
        (httpx.RemoteProtocolError("cut"), ToolFailed),
    ],
)
async def test_no_answer_is_no_bug(error: httpx.HTTPError, kind: type[Failure]) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise error

    client = a_client(handle)
    with pytest.raises(kind):
        await client.me()
    with pytest.raises(Unavailable):
        await client.ping()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": 5}', b"[" * 100_000, b"\xff"])
async def test_nonsense_is_the_tools_failure(body: bytes) -> None:
    client = a_client(lambda _: httpx.Response(200, content=body))
    with pytest.raises(ToolFailed, match="cannot be read"):
        await client.me()


async def test_a_web_page_in_place_of_the_api_is_told_as_a_wrong_address() -> None:
    page = httpx.Response(200, html="<!doctype html><title>Plane</title>")
    with pytest.raises(ToolFailed, match=r"a web page answers.*see tracker\.url"):
        await a_client(lambda _: page).me()


async def test_the_token_is_in_no_message() -> None:
    for number in (50, 54, 89, 127, 131):
        client = a_client(lambda _, n=number: recorded(n), "plane_api_secret")  # type: ignore[misc]
        with pytest.raises(Failure) as failure:
            await client.me()
        assert "plane_api_secret" not in f"{failure.value!r}{failure.value.__cause__!r}"


async def test_a_ping_is_no_request_where_plane_has_just_answered() -> None:
    plane = Plane()
    client = a_client(plane)
    for _ in range(5):
        await client.ping()
    assert len(plane.asked) == 2, "the token's first word, and one ping"


async def test_each_address_ends_in_a_slash() -> None:
    plane = Plane()
    tracker = a_tracker(plane)
    await tracker.item(OURS)
    await tracker.bot()
    assert all(asked.endswith("/") for asked in plane.asked)


async def test_the_way_to_plane_follows_no_redirect() -> None:
    http = http_to("http://plane.test/api/v1", timeout=3)
    assert not http.follow_redirects
    await http.aclose()


# ── what comes of it ─────────────────────────────────────────────────────────────────────────────


async def test_an_item_is_known_by_project_and_id_and_called_by_its_key() -> None:
    item = await a_tracker(Plane()).item(OURS)
    assert item.id == OURS
    assert item.key == "ET-1"
    assert item.changed_at.tzinfo is UTC


async def test_times_of_any_offset_are_told_in_utc() -> None:
    body = recorded(167).json() | {"id": ITEM}
    plane = Plane()
    tracker = a_tracker(
        lambda request: (
            httpx.Response(200, json=body) if ITEM in request.url.path else plane(request)
        )
    )
    item = await tracker.item(OURS)
    assert item.changed_at.isoformat() == "2026-11-22T07:46:52.174215+00:00"


async def test_a_comment_that_is_there_already_is_posted() -> None:
    plane = Plane(POST=recorded(94))
    await a_tracker(plane).post_comment(OURS, "Done.", key="once")
    assert plane.asked[-1].startswith("POST")


async def test_a_move_names_one_field_only_and_no_read_where_the_state_is_known() -> None:
    sent: list[object] = []
    plane = Plane()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            sent.append(json.loads(request.content))
            plane.asked.append("PATCH")
            return httpx.Response(200, json=recorded(43).json())
        return plane(request)

    tracker = a_tracker(handle)
    await tracker.item(OURS)
    plane.asked.clear()
    await tracker.move(OURS, TrackerState.NEEDS_INPUT, key="k")
    assert sent == [{"state": "df27260e-567f-45ac-a309-eac980fbb159"}]
    assert plane.asked == ["PATCH"]


async def test_a_state_that_is_refused_is_looked_up_again() -> None:
    plane = Plane()
    refusals = [recorded(89)]

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH" and refusals:
            return refusals.pop()
        if request.method == "PATCH":
            return httpx.Response(200, json=recorded(43).json())
        return plane(request)

    tracker = a_tracker(handle)
    await tracker.move(OURS, TrackerState.IN_REVIEW, key="k")
    assert len([asked for asked in plane.asked if asked.endswith("/states/")]) == 2


async def test_many_who_want_to_know_the_same_at_once_ask_once() -> None:
    plane = Plane()
    tracker = a_tracker(plane)
    await asyncio.gather(*(tracker.item(OURS) for _ in range(10)))
    asked = [each for each in plane.asked if ITEM not in each]
    assert len(asked) == len(set(asked)) + 1, "only whose token it is, twice"


async def test_an_item_in_a_state_that_is_not_listed_hides_no_other() -> None:
    plane = Plane()
    rows = [recorded(43).json(), recorded(43).json() | {"id": BOT, "state": GINA}]

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/work-items/"):
            return httpx.Response(200, json={"results": rows})
        return plane(request)

    (item,) = await a_tracker(handle).changed_since(datetime(2026, 1, 1, tzinfo=UTC))
    assert item.id == OURS


async def test_approvers_are_mentioned_as_the_editor_does_it() -> None:
    sent: list[str] = []
    plane = Plane()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.append(json.loads(request.content)["comment_html"])
            return recorded(93)
        return plane(request)

    tracker = a_tracker(handle)
    await tracker.post_comment(OURS, "Please look.", key="k", mention=True)
    await tracker.post_comment(OURS, "Nothing to do.", key="l")
    mention = f'<mention-component entity_identifier="{HANNA}" entity_name="user_mention" id="'
    assert sent[0].count("<mention-component") == 1
    assert mention in sent[0]
    assert "mention" not in sent[1]
    assert HtmlRichText().read(sent[0]).said == f"Please look.\n\n@{HANNA}"


async def test_whoever_was_put_words_into_his_mouth_approves_nothing() -> None:
    edited = recorded(104).json() | {"issue": ITEM}
    plane = Plane()
    tracker = a_tracker(
        lambda request: (
            httpx.Response(200, json=edited) if "/comments/" in request.url.path else plane(request)
        )
    )
    comment = await tracker.comment(OURS, CommentId(edited["id"]))
    assert comment.author.id == HANNA
    assert not comment.author.approver


@pytest.mark.parametrize("named", ["hanna", "HANNA@example.test", HANNA])
async def test_approvers_can_be_named(named: str) -> None:
    client, clock = a_client(Plane()), SteppedClock(datetime(2026, 11, 22, tzinfo=UTC))
    people = People(client, clock, approvers=[named])
    assert [person.id for person in await people.approvers(PROJECT)] == [HANNA]


# ── a move that somebody's PATCH of another field undid ──────────────────────────────────────────

IN_REVIEW = "530936f6-a307-4dfc-8f11-04727080e29f"
BACKLOG = "5a983131-2220-4b73-8905-d17682b5406a"


class Undone(Plane):
    """A Plane that shows the item in Backlog whatever we write; its history is given.

    The last move comes first.
    """

    def __init__(self, *moves: tuple[str, str]) -> None:
        super().__init__()
        changed = recorded(43).json()["updated_at"]
        self.history = [
            {"created_at": changed, "actor": HANNA, "field": "name", "new_identifier": None},
            *(
                {"created_at": changed, "actor": who, "field": "state", "new_identifier": to}
                for who, to in moves
            ),
        ]
        self.written: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            self.written.append(json.loads(request.content)["state"])
            return httpx.Response(200, json=recorded(43).json() | {"state": self.written[-1]})
        if request.url.path.endswith("/activities/"):
            return httpx.Response(200, json={"results": self.history})
        return super().__call__(request)


async def test_a_move_that_an_edit_undid_is_made_again_and_is_no_persons() -> None:
    plane = Undone((BOT, IN_REVIEW))
    tracker = a_tracker(plane)
    await tracker.move(OURS, TrackerState.IN_REVIEW, key="k")
    assert (await tracker.item(OURS)).state is TrackerState.IN_REVIEW
    assert plane.written == [IN_REVIEW, IN_REVIEW]


async def test_a_move_that_a_person_took_back_is_his() -> None:
    plane = Undone((HANNA, BACKLOG), (BOT, IN_REVIEW))
    tracker = a_tracker(plane)
    await tracker.move(OURS, TrackerState.IN_REVIEW, key="k")
    for _ in range(2):
        assert (await tracker.item(OURS)).state is TrackerState.BACKLOG
    assert plane.written == [IN_REVIEW]


async def test_what_changed_just_now_is_asked_again_when_its_history_is_written() -> None:
    plane = Undone((BOT, IN_REVIEW))
    changed = datetime.fromisoformat(recorded(43).json()["updated_at"])
    clock = SteppedClock(changed + timedelta(seconds=1))
    tracker = a_tracker(plane, clock)
    await tracker.move(OURS, TrackerState.IN_REVIEW, key="k")
    with pytest.raises(RateLimited) as limited:
        await tracker.item(OURS)
    clock.advance(limited.value.retry_after)
    assert (await tracker.item(OURS)).state is TrackerState.IN_REVIEW


async def test_while_we_write_as_fast_as_we_may_it_is_still_seen_what_people_did() -> None:
    """Where a webhook was lost nothing else tells that somebody has cancelled an item."""
    plane = Plane()

    def busy(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/work-items/"):
            return recorded(61)
        answer = plane(request)
        answer.headers["X-RateLimit-Remaining"] = "9"
        return answer

    tracker = a_tracker(busy)
    assert len(await tracker.changed_since(datetime(2026, 1, 1, tzinfo=UTC))) == 6
    with pytest.raises(RateLimited):
        await tracker.still_there([OURS])


async def test_a_history_that_lags_behind_is_waited_for_but_not_for_ever() -> None:
    plane = Undone()
    clock = SteppedClock(datetime(2026, 11, 22, 7, 31, tzinfo=UTC))
    tracker = a_tracker(plane, clock)
    await tracker.move(OURS, TrackerState.IN_REVIEW, key="k")
    for _ in range(2):
        with pytest.raises(RateLimited):
            await tracker.item(OURS)
        clock.advance(timedelta(minutes=4))
    clock.advance(timedelta(minutes=4))
    assert (await tracker.item(OURS)).state is TrackerState.BACKLOG


async def test_a_history_that_cannot_be_read_keeps_nobody_from_being_heard() -> None:
    plane, asked = Undone(), []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/activities/"):
            asked.append(request)
            return recorded(50)
        if request.url.path.endswith("/work-items/"):
            return httpx.Response(200, json={"results": [recorded(43).json()]})
        return plane(request)

    clock = SteppedClock(datetime(2026, 11, 22, 7, 31, tzinfo=UTC))
    tracker = a_tracker(handle, clock)
    await tracker.move(OURS, TrackerState.IN_REVIEW, key="k", over=TrackerState.BACKLOG)
    clock.advance(timedelta(seconds=5))
    assert len(await tracker.changed_since(datetime(2026, 1, 1, tzinfo=UTC))) == 1
    assert len(asked) == 1


async def test_a_new_process_asks_one_by_one_until_plane_says_what_is_left() -> None:
    """Before a restart we may have used the token up: at full speed that is learnt too late."""
    left = iter([3, 2, 1, 0])

    def plane(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"id": BOT}, headers={"X-RateLimit-Remaining": f"{next(left)}"}
        )

    client = a_client(plane)
    answers = await asyncio.gather(*(client.me() for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(answer, RateLimited) for answer in answers) == 17
    assert next(left, None) is None


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        # Refused at once: all may have been used a moment ago.
        ([None, 59], [1, 1, 2]),
        # Refused later: one request, which is free after Plane's pause, tells what is left.
        ([1, None, 0, 59], [2, 3, 4]),
    ],
)
async def test_after_a_refusal_no_more_is_sent_than_is_free(
    left: list[int | None], asked: list[int]
) -> None:
    sent: list[int | None] = []

    def plane(_: httpx.Request) -> httpx.Response:
        sent.append(left[len(sent)])
        if sent[-1] is None:
            return httpx.Response(429, json={}, headers={"Retry-After": "5"})
        return httpx.Response(
            200, json={"id": BOT}, headers={"X-RateLimit-Remaining": f"{sent[-1]}"}
        )

    clock = SteppedClock(datetime(2026, 11, 22, 7, 40, tzinfo=UTC))
    http = httpx.AsyncClient(
        base_url="http://plane.test/api/v1", transport=httpx.MockTransport(plane)
    )
    client = PlaneClient(http, Budget(["one"], clock, reserve=0), clock, workspace="ag_proj")
    for pause, number in zip((0, 5, 57), asked, strict=True):
        clock.advance(timedelta(seconds=pause))
        people = 1 if number == asked[-1] else 20
        await asyncio.gather(*(client.me() for _ in range(people)), return_exceptions=True)
        assert len(sent) == number


@pytest.mark.parametrize(
    ("author", "trusted"), [(HANNA, True), (BOT, True), (GINA, False), (ITEM, False), (None, False)]
)
async def test_what_a_guest_made_is_told_apart(author: str | None, trusted: bool) -> None:
    made = {**recorded(43).json(), "created_by": author}
    plane = Plane()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=made) if ITEM in request.url.path else plane(request)

    assert (await a_tracker(answer).item(OURS)).by_member is trusted
