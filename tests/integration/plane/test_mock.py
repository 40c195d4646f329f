"""What the mock does beyond the recordings: budgets, faults on command, seeds, its page."""

import asyncio
import time
from collections.abc import Generator

import httpx
import pytest

from tests.integration.plane.recordings import recordings
from tests.integration.plane.served import served
from tests.integration.plane_mock.people import SLUG, key_of
from tests.integration.plane_mock.seed import PROJECT_ID
from tests.integration.plane_mock.settings import MockSettings, Seed, settings_from

P = f"/api/v1/workspaces/{SLUG}/projects/{PROJECT_ID}/"
HASTE = MockSettings(worker_lag=0, thinking=0, rate_limit=10_000)


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with served(HASTE) as url:
        yield url


@pytest.fixture
def bot(url: str) -> Generator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"X-API-Key": key_of("b")}, timeout=10) as client:
        client.delete("/mock/faults")
        yield client
        client.delete("/mock/faults")


def test_a_budget_slides_and_is_a_tokens_own() -> None:
    settings = MockSettings(worker_lag=0, rate_limit=5, rate_window=0.5)
    with served(settings) as url, httpx.Client(base_url=url) as client:

        def ask(letter: str) -> httpx.Response:
            return client.get("/api/v1/users/me/", headers={"X-API-Key": key_of(letter)})

        left = [ask("b").headers["X-RateLimit-Remaining"] for _ in range(5)]
        assert left == ["4", "3", "2", "1", "0"]
        refused = ask("b")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "1"
        assert "X-RateLimit-Remaining" not in refused.headers
        assert [ask(letter).status_code for letter in ("1", "a", "d")] == [200] * 3
        deadline = time.monotonic() + 5
        while ask("b").status_code == 429:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_what_is_not_permitted_does_not_count(bot: httpx.Client) -> None:
    left = int(bot.get(f"{P}states/").headers["X-RateLimit-Remaining"])
    for path in (P.replace(SLUG, "nope"), "/api/v1/nowhere/"):
        assert bot.get(path).is_error
    assert int(bot.get(f"{P}states/").headers["X-RateLimit-Remaining"]) == left - 1


def test_a_rejection_is_ordered_and_counted_down(bot: httpx.Client) -> None:
    bot.patch("/mock/faults", json={"reject": 2, "retry_after": 7})
    answers = [bot.get("/api/v1/users/me/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"


def test_a_write_that_fails_has_happened(bot: httpx.Client) -> None:
    bot.patch("/mock/faults", json={"fail_writes": 1})
    body = {"name": "there", "external_source": "test", "external_id": "failed"}
    assert bot.post(f"{P}work-items/", json=body).status_code == 500
    assert bot.post(f"{P}work-items/", json=body).status_code == 409


def test_a_write_whose_answer_is_lost_has_happened(bot: httpx.Client) -> None:
    bot.patch("/mock/faults", json={"lose_answers": 1})
    body = {"name": "there", "external_source": "test", "external_id": "lost"}
    with pytest.raises(httpx.RemoteProtocolError):
        bot.post(f"{P}work-items/", json=body)
    assert bot.post(f"{P}work-items/", json=body).status_code == 409


@pytest.mark.parametrize("kind", ["bad-gateway", "cut", "silence"])
def test_an_outage_ends_by_itself(bot: httpx.Client, kind: str) -> None:
    began = time.monotonic()
    bot.patch("/mock/faults", json={"outage": 0.4, "outage_as": kind})

    def out() -> bool:
        try:
            return bot.get("/api/v1/users/me/").status_code == 502
        except httpx.RemoteProtocolError:
            return True

    assert out()
    while out():
        assert time.monotonic() < began + 5
        time.sleep(0.01)
    assert time.monotonic() - began >= 0.4


def test_latency_is_ordered(bot: httpx.Client) -> None:
    bot.patch("/mock/faults", json={"latency": 0.2})
    began = time.monotonic()
    bot.get("/api/v1/users/me/")
    assert time.monotonic() - began >= 0.2


def test_a_fault_that_does_not_exist_is_refused(bot: httpx.Client) -> None:
    answer = bot.patch("/mock/faults", json={"lost": 2})
    assert answer.status_code == 400
    assert "lost" in answer.text


def test_requests_are_counted_by_token_and_route(bot: httpx.Client) -> None:
    bot.delete("/mock/requests")
    made = bot.post(f"{P}issues/", json={"name": "counted"}).json()["id"]
    for _ in range(2):
        bot.get(f"{P}work-items/{made}/")
    bot.get(f"{P}work-items/")
    counted = bot.get("/mock/requests").json()
    assert counted["total"] == 4
    route = "workspaces/{slug}/projects/{project}/work-items/{item}/"
    expected = {"token": "ag-bot…bbbb", "method": "GET", "route": route, "status": 200, "count": 2}
    assert expected in counted["summary"]


def test_before_1_1_items_are_called_issues() -> None:
    headers = {"X-API-Key": key_of("b")}
    with (
        served(MockSettings(version="1.0.0")) as url,
        httpx.Client(base_url=url, headers=headers) as client,
    ):
        older = client.get(f"{P}work-items/")
        assert (older.status_code, older.json()) == (404, {"error": "Page not found."})
        assert client.get(f"{P}issues/").status_code == 200
        about = client.get("/api/instances/").json()
        assert about["instance"]["current_version"] == "1.0.0"


@pytest.mark.parametrize(
    ("seed", "names"),
    [
        (Seed.DEFAULT_STATES, ["Backlog", "Todo", "In Progress", "Done", "Cancelled"]),
        (Seed.NO_STATES, []),
    ],
)
def test_a_project_may_lack_states(seed: Seed, names: list[str]) -> None:
    headers = {"X-API-Key": key_of("b")}
    with (
        served(MockSettings(seed=seed)) as url,
        httpx.Client(base_url=url, headers=headers) as client,
    ):
        page = client.get(f"{P}states/").json()
        assert [state["name"] for state in page["results"]] == names


def test_the_recorded_states_have_their_recorded_ids(bot: httpx.Client) -> None:
    recorded = next(each for each in recordings() if each.number == "023").response["body"]
    own = bot.get(f"{P}states/").json()
    for one, other in zip(recorded["results"], own["results"], strict=True):
        for name in ("id", "name", "group", "color", "sequence", "default", "slug"):
            assert one[name] == other[name]


def test_two_writers_of_one_item_undo_each_other() -> None:
    async def race(url: str) -> bool:
        async with httpx.AsyncClient(base_url=url, headers={"X-API-Key": key_of("b")}) as client:
            path = f"{P}work-items/"
            made = (await client.post(path, json={"name": "old"})).json()["id"]
            await asyncio.gather(
                client.patch(f"{path}{made}/", json={"name": "new"}),
                client.patch(f"{path}{made}/", json={"priority": "high"}),
            )
            item = (await client.get(f"{path}{made}/")).json()
            return (item["name"], item["priority"]) == ("new", "high")

    with served(MockSettings(thinking=0.2)) as url:
        assert not asyncio.run(race(url))


@pytest.mark.parametrize("number", [f"{n:02}" for n in range(1, 11) if n != 9])
def test_a_webhook_is_made_or_refused_as_it_was(number: str) -> None:
    recording = next(each for each in recordings("ui") if each.number == number)
    allowed = {"07": ("", "127.0.0.0/8"), "08": ("127.0.0.1,localhost", "")}
    allowed["10"] = allowed["08"]
    hosts, networks = allowed.get(number, ("", ""))
    settings = MockSettings(webhook_allowed_hosts=hosts, webhook_allowed_ips=networks)
    with served(settings) as url:

        def make() -> httpx.Response:
            return httpx.post(f"{url}/mock/people/hanna/webhooks", json=recording.request["json"])

        answer = make() if number != "10" else [make(), make()][-1]
        assert answer.status_code == recording.response["status"]
        if answer.is_error:
            assert answer.json() == recording.response["body"]
        else:
            assert answer.json().keys() == recording.response["body"].keys()


def test_only_an_admin_makes_webhooks(url: str) -> None:
    answer = httpx.post(f"{url}/mock/people/ag-bot/webhooks", json={"url": "https://example.org/x"})
    assert answer.status_code == 403


def test_its_page_shows_the_board_and_runs_nothing(url: str) -> None:
    people = f"{url}/mock/people/hanna/items"
    made = httpx.post(people, json={"name": "<b>Bold</b>", "state": "Needs Input"}).json()
    said = "<p>Look</p><script>alert(1)</script>"
    httpx.post(f"{people}/{made['id']}/comments", json={"comment_html": said})
    page = httpx.get(url).text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "Needs Input" in page
    assert "<p>Look</p>" in page
    assert "<script" not in page


def test_a_setting_that_does_not_exist_is_refused() -> None:
    assert settings_from({"PLANE_MOCK_RATE_LIMIT": "7"}).rate_limit == 7
    with pytest.raises(ValueError, match="PLANE_MOCK_RATE_LIMITS"):
        settings_from({"PLANE_MOCK_RATE_LIMITS": "7"})
