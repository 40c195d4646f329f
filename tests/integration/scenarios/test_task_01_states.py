"""Task 1: the stages are seen as states in the tracker."""

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin

STAGES = ["analyst", "architect", "developer", "reviewer", "tester", "deployer"]


@pytest.mark.parametrize("locale", Locale)
async def test_an_item_that_goes_well_is_seen_in_each_state_it_is_in(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(locale=locale)
    key = await world.item()
    await world.until(key, status="in-review")
    assert world.states(key) == ["in-progress", "in-review"]
    await world.comment(key, ":approved:")
    task = await world.until(key, status="done")
    assert task["stage"] == "done"
    assert task["turn"] is None
    assert world.states(key) == ["in-progress", "in-review", "in-progress", "done"]
    assert await world.state(key) == "done"
    assert await world.roles(key) == STAGES
    assert [run["attempt"] for run in task["runs"]] == [1] * 6
    assert [run["exit_code"] for run in task["runs"]] == [0] * 6


async def test_an_open_question_is_seen_as_needs_input(begin: Begin) -> None:
    world = await begin(plan="analyst=questions")
    key = await world.item()
    task = await world.until(key, status="needs-input")
    assert await world.state(key) == task["shown"] == "needs-input"
    assert task["turn"]["actor"] == "person"


async def test_an_agent_at_work_is_seen_as_in_progress(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    task = await world.until(key, status="working", runs=1)
    assert await world.state(key) == "in-progress"
    assert task["turn"]["actor"] == "agent"
    assert task["run"]["role"] == "analyst"


async def test_a_person_who_is_needed_is_seen_as_blocked_and_told(begin: Begin) -> None:
    world = await begin(plan="analyst=nothing")
    key = await world.item()
    await world.until(key, status="blocked")
    assert await world.state(key) == "blocked"
    assert len(world.notices(key)) == 1


async def test_every_open_task_names_who_acts_next_and_until_when(begin: Begin) -> None:
    world = await begin(plan="architect=hang")
    keys = [await world.item(f"Задача номер {number}") for number in range(3)]
    for key in keys:
        await world.until(key, status="in-review")
    await world.comment(keys[1], ":approved:")
    await world.until(keys[1], status="working")
    await world.move(keys[2], "cancelled")
    await world.until(keys[2], status="cancelled")
    turns = {task["key"]: task["turn"] for task in await world.get("/api/tasks")}
    assert [turns[key] and turns[key]["actor"] for key in keys] == ["person", "agent", None]
    assert all(turn["until"] > turn["since"] for turn in turns.values() if turn)
