"""Task 12: a service of real processes is started, asked, steered by the command line, ended."""

from pathlib import Path

from entrypoints.pipeline_settings import Artifacts, PipelineSettings, StageSettings
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.opening import world as opened
from tests.integration.scenarios.reality import (
    bare,
    brief_of,
    git,
    orchestrator,
    processes_of,
    push,
)

ALL_STAGES = ["analyst", "architect", "developer", "reviewer", "tester", "deployer"]
TINY = PipelineSettings(
    stages=[
        StageSettings(
            name="analysis",
            role="analyst",
            gate=Artifacts(files=["01-brd.md"]),
            idle_limit_minutes=0.3 / 60,
        )
    ]
)


async def test_real_agents_take_an_item_all_the_way_while_the_service_answers(
    begin: Begin,
) -> None:
    world = await begin(processes=True, plan="analyst=questions,artifacts;tester=fail,pass")
    assert (await world.get("/health"))["status"] == "ok"
    assert await world.get("/ready") == {"status": "ready", "out": {}}
    key = await world.item()
    await world.until(key, status="needs-input")
    await world.comment(key, "Всем вошедшим.")
    await world.until(key, status="in-review")
    await world.comment(key, ":approved:")
    task = await world.until(key, status="done")
    roles = ["developer", "reviewer", "tester"]
    assert await world.roles(key) == [
        *("analyst", "analyst", "architect", *roles, *roles, "deployer")
    ]
    assert world.states(key) == [
        *("in-progress", "needs-input", "in-progress", "in-review", "in-progress", "done")
    ]
    head = git(bare(world), "rev-parse", task["branch"])
    assert head == task["head"]
    files = git(bare(world), "ls-tree", "--name-only", f"{head}:docs/work-items/{key}").split()
    assert {"00-work-item.md", "01-brd.md", "12-review.md", "14-deploy-report.md"} <= set(files)
    assert (await world.get("/health"))["status"] == "ok"


async def test_the_command_line_sets_an_item_to_needs_input_and_back(begin: Begin) -> None:
    world = await begin(processes=True, plan="analyst=hang,artifacts")
    key = await world.item()
    await world.until(key, status="working", runs=1)
    await orchestrator(world, "item", key, "state", "needs-input")
    task = await world.until(key, status="needs-input", says="задача удержана в needs-input")
    assert await world.state(key) == "needs-input"
    assert processes_of(world, task["runs"][0]["id"]) == []
    await orchestrator(world, "item", key, "state", "in-progress")
    await world.until(key, status="in-review", runs=2)


async def test_the_command_line_answers_and_approves(begin: Begin) -> None:
    world = await begin(processes=True, plan="analyst=questions,artifacts;architect=hang")
    key = await world.item()
    await world.until(key, status="needs-input")
    await orchestrator(world, "comment", key, "Всем вошедшим.")
    task = await world.until(key, status="in-review")
    assert "Всем вошедшим." in brief_of(world, task["runs"][1]["id"])
    await orchestrator(world, "comment", key, ":approved:")
    task = await world.until(key, status="working", stage="architecture")
    await world.post(f"/api/tasks/{key}/cancel")
    await world.until(key, status="cancelled")
    assert processes_of(world, task["run"]["id"]) == []


async def test_cancelling_ends_the_agents_process(begin: Begin) -> None:
    world = await begin(processes=True, plan="analyst=hang")
    key = await world.item()
    run = (await world.until(key, status="working", runs=1))["run"]["id"]
    await world.holds(key, lambda: bool(processes_of(world, run)))
    await world.move(key, "cancelled")
    task = await world.until(key, status="cancelled", says="отменено")
    assert processes_of(world, run) == []
    assert task["runs"][0]["outcome"] == "stopped"


async def test_an_agent_that_says_nothing_for_too_long_is_ended(begin: Begin) -> None:
    world = await begin(processes=True, plan="analyst=hang", pipeline=TINY)
    key = await world.item()
    task = await world.until(key, status="blocked")
    (run,) = task["runs"]
    assert run["outcome"] == "stalled"
    assert processes_of(world, run["id"]) == []
    assert "stalled" in (await world.comments(key))[-1]


async def test_the_whole_of_a_very_long_answer_is_in_the_brief_file(begin: Begin) -> None:
    world = await begin(processes=True, plan="analyst=questions,artifacts")
    key = await world.item()
    await world.until(key, status="needs-input")
    lines = [f"Строка {number}: так и должно быть, и никак иначе." for number in range(2050)]
    answer = "\n\n".join(lines)
    assert len(answer) > 95_000
    await world.comment(key, answer)
    task = await world.until(key, status="in-review")
    brief = brief_of(world, task["runs"][1]["id"])
    assert [line for line in lines if line not in brief] == []


async def test_what_a_person_pushes_during_the_review_is_to_be_approved_as_well(
    begin: Begin, tmp_path: Path
) -> None:
    world = await begin(processes=True, plan="architect=hang")
    key = await world.item()
    task = await world.until(key, status="in-review")
    pushed = push(world, tmp_path, task["branch"], {"greeter.py": "print('by hand')\n"})
    await world.comment(key, ":approved:")
    again = await world.until(key, status="in-review", says="одобрите снова")
    assert again["approving"] == pushed != task["approving"]
    await world.comment(key, ":approved:")
    on = await world.until(key, status="working", stage="architecture")
    assert on["run"]["base"] == pushed


async def test_rewritten_history_and_forgotten_commits_go_nowhere(begin: Begin) -> None:
    world = await begin(processes=True, plan="analyst=no-commit,rewrite-history")
    key = await world.item()
    task = await world.until(key, status="blocked")
    before = git(bare(world), "rev-parse", task["branch"])
    await world.move(key, "in-progress")
    await world.until(key, status="blocked", says="не приняты")
    assert git(bare(world), "rev-parse", task["branch"]) == before


async def test_checks_that_fail_are_told_and_start_the_developer_again(begin: Begin) -> None:
    check = ("sh", "-c", "test $(grep -c ': developer,' rehearsal/*.md) -ge 2")
    world = await begin(processes=True, plan="reviewer=hang", checks=check)
    key = await world.reviewed_item()
    await world.until(key, status="working", stage="review")
    assert (await world.roles(key)).count("developer") == 2
    assert any("Проверки pull request не прошли" in text for text in await world.comments(key))


async def test_an_agent_outlives_a_restart_of_the_service_and_is_not_started_twice(
    data: Path, blank: Path
) -> None:
    plan = "analyst=slow:1;architect=hang"
    async with opened(data, blank, processes=True, plan=plan) as before:
        key = await before.item()
        run = (await before.until(key, status="working", runs=1))["run"]["id"]
        await before.holds(key, lambda: bool(processes_of(before, run)))
    async with opened(data, blank, processes=True, plan=plan) as after:
        await after.until(key, status="in-review")
        await after.comment(key, ":approved:")
        task = await after.until(key, status="working", stage="architecture")
        assert await after.roles(key) == ["analyst", "architect"]
        assert task["runs"][0]["exit_code"] == 0
        await after.move(key, "cancelled")
        await after.until(key, status="cancelled")
