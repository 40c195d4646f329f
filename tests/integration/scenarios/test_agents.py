"""Agents that crash, hang or get lost."""

from datetime import timedelta
from functools import partial

import pytest

from domain.identifiers import Role, RunId
from entrypoints.pipeline_settings import Artifacts, PipelineSettings, StageSettings
from tests.integration.scenarios.conftest import Begin

STRANGER = RunId("DEMO-99-1")
IMPATIENT = PipelineSettings(
    stages=[
        StageSettings(
            name="analysis",
            role="analyst",
            gate=Artifacts(files=["01-brd.md"]),
            time_limit_minutes=10,
            idle_limit_minutes=1,
        )
    ]
)


async def test_a_crashed_run_is_repeated_once_and_people_are_told_in_the_item(
    begin: Begin,
) -> None:
    world = await begin(plan="analyst=crash,artifacts")
    key = await world.item()
    await world.until(key, status="in-review")
    assert await world.roles(key) == ["analyst", "analyst"]
    said = await world.comments(key)
    assert any(
        "🔄 Запуск DEMO-1-1 (Analyst) не удался: exit code 13. Повторяю один раз." in text
        for text in said
    )
    assert "exit code 13" in await world.brief(key)
    assert not any("⚠️" in notice for notice in world.notices(key))


async def test_a_run_that_crashes_twice_waits_for_a_person(begin: Begin) -> None:
    world = await begin(plan="analyst=crash")
    key = await world.item()
    await world.until(key, status="blocked")
    assert await world.roles(key) == ["analyst", "analyst"]
    assert "⚠️ Запуск DEMO-1-2 (Analyst) не удался: exit code 13." in (await world.comments(key))[-1]
    assert len(world.notices(key)) == 1


async def test_each_crash_after_a_success_is_repeated_again(begin: Begin) -> None:
    world = await begin(plan="analyst=crash,artifacts;architect=crash,artifacts;developer=hang")
    key = await world.reviewed_item()
    await world.until(key, status="working", stage="development")
    assert await world.roles(key) == ["analyst"] * 2 + ["architect"] * 2 + ["developer"]


async def test_what_a_crashed_run_had_committed_is_kept_for_the_next(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    run = (await world.until(key, status="working", runs=1))["run"]["id"]
    file = f"docs/work-items/{key}/01-brd.md"
    commit = world.hands.workspaces.commit(run, {file: "Половина.\n"})
    world.hands.plan = "analyst=artifacts"
    world.hands.finish(run, 137)
    task = await world.until(key, status="in-review")
    assert task["runs"][1]["base"] == commit


async def test_complete_work_of_a_run_that_then_crashed_does_not_open_the_gate(
    begin: Begin,
) -> None:
    world = await begin(plan="tester=hang")
    key = await world.reviewed_item()
    run = (await world.until(key, status="working", stage="testing"))["run"]["id"]
    report = f"docs/work-items/{key}/13-test-report.md"
    world.hands.workspaces.commit(run, {report: "---\nverdict: PASS\n---\nХорошо.\n"})
    world.hands.finish(run, 1)
    await world.until(key, status="working", stage="testing", noted="repeats the run")
    assert (await world.roles(key)).count("tester") == 2


async def test_a_lost_run_is_repeated(begin: Begin) -> None:
    world = await begin(plan="analyst=hang,artifacts")
    key = await world.item()
    task = await world.until(key, status="working", runs=1)
    world.hands.lose(task["run"]["id"])
    await world.until(key, status="in-review", runs=2)


@pytest.mark.parametrize(("silent", "problem"), [(True, "stalled"), (False, "timed-out")])
async def test_a_run_beyond_its_limits_is_ended_and_not_repeated(
    begin: Begin, silent: bool, problem: str
) -> None:
    world = await begin(plan="analyst=hang", pipeline=IMPATIENT, reconcile_every=0.05)
    key = await world.item()
    run = (await world.until(key, status="working", runs=1))["run"]["id"]
    if silent:
        world.clock.advance(timedelta(seconds=61))
    else:
        for _ in range(10):
            world.clock.advance(timedelta(seconds=55))
            world.hands.say(run, "still at it\n")
        world.clock.advance(timedelta(seconds=55))
    task = await world.until(key, status="blocked")
    assert task["runs"][0]["outcome"] == problem
    assert await world.roles(key) == ["analyst"]
    assert problem in (await world.comments(key))[-1]


async def test_an_agent_that_cannot_be_started_is_told_with_its_command(begin: Begin) -> None:
    world = await begin()
    world.hands.missing.add(world.container.agents().of(Role("analyst")).command[0])
    key = await world.item()
    task = await world.until(key, status="blocked")
    assert task["runs"][0]["outcome"] == "not-started"
    assert "not found" in (await world.comments(key))[-1]
    assert len(world.notices(key)) == 1


async def test_an_end_that_nobody_told_is_found(begin: Begin) -> None:
    world = await begin(plan="analyst=hang", reconcile_every=0.05)
    key = await world.item()
    run = (await world.until(key, status="working", runs=1))["run"]["id"]
    world.hands.hints = False
    world.hands.act(run, "artifacts")
    await world.until(key, status="in-review")
    assert await world.roles(key) == ["analyst"]


async def test_an_agent_that_nobody_knows_is_stopped(begin: Begin) -> None:
    world = await begin(plan="analyst=hang", reconcile_every=0.05)
    key = await world.item()
    run = (await world.until(key, status="working", runs=1))["run"]["id"]
    spec = world.hands.specs[run]
    await world.hands.ensure(STRANGER, spec)
    await world.holds(key, lambda: world.hands.place.runs[STRANGER].seen.outcome is not None)
    assert await world.hands.live() == [run]


async def test_no_more_agents_work_at_once_than_there_are_slots(begin: Begin) -> None:
    world = await begin(plan="analyst=hang", slots=2)
    keys = [await world.item(f"Задача номер {number}") for number in range(4)]
    for key in keys:
        await world.until(key, status="working", runs=1, quiet=False)

    def started(count: int) -> bool:
        return len(world.hands.started) >= count

    await world.holds(keys[0], partial(started, 2))
    for done in range(1, 5):
        run = world.hands.started[done - 1]
        assert len(await world.hands.live()) <= 2
        world.hands.act(run, "artifacts")
        await world.holds(keys[0], partial(started, min(4, done + 2)))
    for key in keys:
        await world.until(key, status="in-review")


async def test_a_dozen_items_at_once_do_not_get_in_each_others_way(begin: Begin) -> None:
    world = await begin(plan="analyst=questions,artifacts;tester=fail,pass", slots=3)
    keys = [await world.item(f"Задача номер {number}") for number in range(12)]
    for says, status in (("Всем.", "needs-input"), (":approved:", "in-review")):
        for key in keys:
            await world.until(key, status=status, quiet=False)
            await world.comment(key, says)
    for key in keys:
        task = await world.until(key, status="done", quiet=False)
        assert len(task["runs"]) == 10
    await world.until(keys[0])
    assert len(world.hands.started) == len(set(world.hands.started)) == 120
    assert len({(await world.task(key))["pull_request"]["number"] for key in keys}) == 12
    for key in keys:
        assert len([text for text in await world.comments(key) if "Stage: " in text]) == 9
