"""Who goes to work where more agents are wanted than may be at work at once."""

from functools import partial

from domain.identifiers import RunId, TaskKey, run_id
from entrypoints.agent_settings import RoleSettings
from entrypoints.settings import AgentSettings, ProjectSettings
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.world import REPO, World

HANG = "analyst=hang;architect=hang"


async def waits(world: World, *keys: str) -> None:
    """Wait until all of these wait for a slot."""
    for key in keys:
        await world.until(key, status="working", runs=1, quiet=False)
        while (await world.task(key))["waiting_since"] is None:
            await world.client.get("/health")


async def ends(world: World, at: int) -> str:
    """Let the agent end that was started as the n-th; return whose item is started next."""
    before = len(world.hands.started)
    world.hands.act(world.hands.started[at], "artifacts")
    await world.holds("DEMO-1", partial(_started, world, before + 1))
    return world.hands.started[before].rpartition("-")[0]


def _started(world: World, count: int) -> bool:
    return len(world.hands.started) >= count


async def test_the_most_pressing_item_goes_first_then_the_one_that_waited_longest(
    begin: Begin,
) -> None:
    world = await begin(plan=HANG, slots=1)
    first = await world.item()
    await world.holds(first, partial(_started, world, 1))
    keys = []
    for priority in ("low", "none", "low", "high"):
        keys.append(await world.item(priority=priority))
        await waits(world, keys[-1])
    old_low, none, low, high = keys
    await world.edit(none, priority="urgent", author="you")
    await world.until(none, noted="priority", quiet=False)
    assert [await ends(world, at) for at in range(4)] == [none, high, old_low, low]
    assert (await world.task(low))["waiting_since"] is None


async def test_a_roles_limit_holds_nobody_else_up(begin: Begin) -> None:
    limited = {"analyst": RoleSettings(slots=1)}
    agents = AgentSettings(environment={"REHEARSAL": HANG}, slots=2, roles=limited)
    world = await begin(plan=HANG, agents=agents)
    first = await world.item()
    await world.holds(first, partial(_started, world, 1))
    second = await world.item(priority="urgent")
    third = await world.item()
    await waits(world, second, third)
    assert await ends(world, 0) == second
    await world.until(first, status="in-review", quiet=False)
    await world.comment(first, ":approved:")
    await world.until(first, status="working", stage="architecture", quiet=False)
    await world.holds(first, partial(_started, world, 3))
    assert world.hands.started[2].startswith(f"{first}-")
    assert (await world.task(third))["waiting_since"] is not None


async def test_a_task_that_is_given_up_while_it_waits_leaves_the_queue(begin: Begin) -> None:
    world = await begin(plan=HANG, slots=1)
    first = await world.item()
    await world.holds(first, partial(_started, world, 1))
    given_up = await world.item(priority="urgent")
    await waits(world, given_up)
    last = await world.item()
    await waits(world, last)
    await world.move(given_up, "cancelled")
    await world.until(given_up, status="cancelled", quiet=False)
    assert await ends(world, 0) == last


async def test_two_projects_take_turns(begin: Begin) -> None:
    world = await begin(plan=HANG, slots=2, projects=_projects())
    first, second = [await world.item(priority="urgent") for _ in range(2)]
    await world.holds(first, partial(_started, world, 2))
    third = await world.item(priority="urgent")
    world.container.local_board()._project = "WEB"
    others = [await world.item(priority="low") for _ in range(2)]
    await waits(world, third, *others)
    assert await ends(world, world.hands.started.index(_run(first))) == others[0]
    assert await ends(world, world.hands.started.index(_run(second))) == third
    assert await ends(world, world.hands.started.index(_run(others[0]))) == others[1]


async def test_a_projects_limit_holds_the_other_project_up_in_nothing(begin: Begin) -> None:
    world = await begin(plan=HANG, slots=3, projects=_projects(slots=1))
    first = await world.item()
    await world.holds(first, partial(_started, world, 1))
    second = await world.item(priority="urgent")
    await waits(world, second)
    world.container.local_board()._project = "WEB"
    other = await world.item(priority="low")
    await world.holds(other, partial(_started, world, 2))
    assert world.hands.started == [_run(first), _run(other)]
    assert await ends(world, 0) == second


def _projects(slots: int | None = None) -> tuple[ProjectSettings, ...]:
    return (
        ProjectSettings(tracker_project="DEMO", repo=REPO, slots=slots),
        ProjectSettings(tracker_project="WEB", repo=REPO),
    )


def _run(key: str) -> RunId:
    return run_id(TaskKey(key), 1)
