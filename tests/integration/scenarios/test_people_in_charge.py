"""A person moves an item: pause, resume, cancel, finish, hold."""

from datetime import timedelta
from functools import partial

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin


@pytest.mark.parametrize("state", ["todo", "backlog"])
async def test_an_item_put_back_is_paused_and_goes_on_where_it_stopped(
    begin: Begin, state: str
) -> None:
    world = await begin(plan="architect=hang,artifacts;developer=hang")
    key = await world.reviewed_item()
    run = (await world.until(key, status="working", stage="architecture"))["run"]["id"]
    await world.move(key, state)
    task = await world.until(key, status="paused", says="⏸️ you: пауза.")
    assert task["runs"][-1]["outcome"] == "stopped"
    assert await world.hands.live() == []
    assert await world.state(key) == state
    await world.move(key, "in-progress")
    await world.until(key, status="working", stage="development")
    assert "▶️ you: работа продолжена на стадии architecture (launching architect)." in (
        await world.comments(key)
    )
    assert run not in await world.hands.live()


async def test_a_pause_and_a_resume_at_once_leave_one_agent_alive(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    await world.until(key, status="working", runs=1)
    await world.move(key, "todo")
    await world.move(key, "in-progress")
    await world.until(key, status="working")
    assert len(await world.hands.live()) == 1


@pytest.mark.parametrize("way", ["board", "api"])
async def test_a_cancelled_item_ends_with_its_agent(begin: Begin, way: str) -> None:
    world = await begin(plan="architect=hang")
    key = await world.reviewed_item()
    await world.until(key, status="working", stage="architecture")
    if way == "board":
        await world.move(key, "cancelled")
    else:
        await world.post(f"/api/tasks/{key}/cancel")
    task = await world.until(key, status="cancelled", says="отменено")
    assert task["turn"] is None
    assert await world.hands.live() == []
    assert await world.state(key) == "cancelled"
    await world.comment(key, ":approved:")
    await world.until(key, status="cancelled", says="Эта задача завершена (cancelled)")


async def test_a_cancelled_item_can_be_taken_up_again(begin: Begin) -> None:
    world = await begin(plan="analyst=hang,artifacts")
    key = await world.item()
    await world.until(key, status="working", runs=1)
    await world.move(key, "cancelled")
    await world.until(key, status="cancelled")
    await world.move(key, "in-progress")
    await world.until(key, status="in-review", runs=2)


async def test_an_archived_item_ends_with_its_agent(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    await world.until(key, status="working", runs=1)
    await world.archive(key)
    await world.until(key, status="cancelled")
    assert await world.hands.live() == []


async def test_an_item_that_a_person_finished_is_done(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    await world.until(key, status="working", runs=1)
    await world.move(key, "done")
    await world.until(key, status="done", says="✅ you: завершено на стадии analysis.")
    assert await world.hands.live() == []


async def test_an_item_through_all_stages_cannot_be_reopened(begin: Begin) -> None:
    world = await begin()
    key = await world.reviewed_item()
    await world.until(key, status="done")
    await world.move(key, "in-progress")
    await world.until(key, status="done", says="Для новой работы создайте новую задачу.")
    assert await world.state(key) == "done"


@pytest.mark.parametrize("state", ["needs-input", "in-review", "blocked"])
async def test_an_item_that_a_person_holds_waits_until_he_lets_it_go(
    begin: Begin, state: str
) -> None:
    world = await begin(plan="architect=hang")
    key = await world.reviewed_item()
    await world.until(key, status="working", stage="architecture")
    await world.move(key, state)
    await world.until(key, status=state, says=f"задача удержана в {state}")
    assert await world.hands.live() == []
    assert await world.state(key) == state
    await world.move(key, "in-progress")
    await world.until(key, status="working", stage="architecture", runs=3)


async def test_a_retry_by_the_api_takes_a_blocked_item_up_again(begin: Begin) -> None:
    world = await begin(plan="analyst=nothing,artifacts")
    key = await world.item()
    await world.until(key, status="blocked")
    await world.post(f"/api/tasks/{key}/retry")
    await world.until(key, status="in-review")


async def test_the_same_request_twice_is_one_request(begin: Begin) -> None:
    world = await begin(plan="analyst=nothing")
    key = await world.item()
    await world.until(key, status="blocked")
    for _ in range(2):
        answer = await world.client.post(
            f"/api/tasks/{key}/retry", headers={"Idempotency-Key": "once"}
        )
        assert answer.status_code == 202
    await world.until(key, status="blocked", runs=2)
    assert await world.roles(key) == ["analyst", "analyst"]


@pytest.mark.parametrize(
    ("locale", "says"),
    [(Locale.RU, "ждёт вас на стадии analysis"), (Locale.EN, "has been waiting for you in")],
)
async def test_a_person_who_is_waited_for_is_reminded_ever_more_rarely(
    begin: Begin, locale: Locale, says: str
) -> None:
    world = await begin(plan="analyst=questions", locale=locale)
    key = await world.item()
    await world.until(key, status="needs-input")

    def reminded(count: int) -> bool:
        told = [text for text in world.notices(key) if text.startswith("⏰") and says in text]
        return len(told) == count

    for count, hours in enumerate((24, 48, 96), start=1):
        world.clock.advance(timedelta(hours=hours, minutes=1))
        await world.holds(key, partial(reminded, count))
        world.clock.advance(timedelta(hours=hours))  # not yet: the next wait is twice as long
    task = await world.until(key, status="needs-input")
    assert reminded(3)
    assert task["turn"]["actor"] == "person"
