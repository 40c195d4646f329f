"""A whole service whose agents print what real ones printed: what it makes of each of them."""

from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from application.book_keeping import BookKeeping
from application.watch_spending import WatchSpending
from domain.identifiers import TaskKey
from domain.money import DOLLAR, Limits, Prices, money
from entrypoints.settings import AgentSettings
from ports.store import Transaction
from tests.integration.agents.recordings import FOLDER
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.reality import brief_of, data_of, processes_of
from tests.integration.scenarios.world import World

STUB = FOLDER.parents[1] / "integration" / "agents" / "stub.sh"


class Open(Protocol):
    """Starts a service whose agents do these deeds."""

    async def __call__(
        self, deeds: dict[str, str] | None = None, limits: Limits | None = None
    ) -> World: ...


@pytest.fixture
def open_world(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """What money is spent is looked at all the time."""
    monkeypatch.setattr(WatchSpending, "EVERY", timedelta(seconds=0.05))

    async def start(deeds: dict[str, str] | None = None, limits: Limits | None = None) -> World:
        folder = tmp_path / "deeds"
        folder.mkdir()
        for name, deed in (deeds or {}).items():
            (folder / name).write_text(deed)
        command = ("sh", str(STUB), str(folder), str(FOLDER))
        return await begin(
            processes=True,
            reconcile_every=0.1,
            agents=AgentSettings(runtime="claude-code", command=command),
            books=BookKeeping(Prices(), limits or Limits()),
        )

    return start


async def spent(world: World, key: str) -> float:
    """What the item has cost, in dollars."""

    def read(tx: Transaction) -> float:
        task = tx.tasks.keyed(TaskKey(key))
        assert task is not None
        return tx.spending.of_item(task.item).cost.amount / DOLLAR

    return await world.container.store().transact(read)


async def test_claude_code_takes_an_item_through_analysis_and_its_cost_is_booked(
    open_world: Open,
) -> None:
    world = await open_world()
    key = await world.item()
    task = await world.until(key, status="in-review")
    run = task["runs"][0]["id"]
    assert await spent(world, key) == pytest.approx(0.01101)
    called = (data_of(world) / "runs" / run / "brief.md.arguments").read_text()
    assert "--output-format stream-json --verbose" in called
    assert "--max-budget-usd 5.00" in called
    assert "Выясни, что на самом деле нужно" in brief_of(world, run)
    assert (data_of(world) / "runs" / run / "home").is_dir()


async def test_a_refused_tool_blocks_the_item_although_the_agent_says_success(
    open_world: Open,
) -> None:
    world = await open_world({"analyst.1": "claude-perm"})
    key = await world.item()
    task = await world.until(key, status="blocked")
    assert (task["runs"][0]["outcome"], task["runs"][0]["exit_code"]) == ("refused", 0)
    assert any("🚫" in text and "Write" in text for text in await world.comments(key))
    assert await world.roles(key) == ["analyst"]


async def test_a_model_that_is_away_is_waited_for(open_world: Open) -> None:
    world = await open_world({"analyst.1": "claude-529", "analyst.2": "claude-429"})
    key = await world.item()
    await world.until(key, status="waiting", runs=1)
    assert await world.state(key) == "in-progress"
    world.clock.advance(timedelta(seconds=61))
    await world.until(key, status="waiting", runs=2)
    world.clock.advance(timedelta(seconds=121))
    task = await world.until(key, status="in-review", runs=3)
    assert [run["outcome"] for run in task["runs"]] == ["model-unavailable"] * 2 + ["exited"]
    assert sum("⏳" in text for text in await world.comments(key)) == 1
    assert not any("⚠️" in notice for notice in world.notices(key))


async def test_a_key_that_is_refused_is_told_to_a_person(open_world: Open) -> None:
    world = await open_world({"analyst.1": "claude-401-retry1"})
    key = await world.item()
    task = await world.until(key, status="blocked")
    assert task["runs"][0]["outcome"] == "not-authenticated"
    assert any("🔑" in notice for notice in world.notices(key))


async def test_an_agent_that_exits_with_0_and_no_last_word_has_crashed(open_world: Open) -> None:
    world = await open_world({"analyst.1": "claude-sigterm"})
    key = await world.item()
    task = await world.until(key, status="in-review", runs=2)
    assert (task["runs"][0]["outcome"], task["runs"][0]["exit_code"]) == ("crashed", 0)


async def test_a_run_over_its_limit_is_stopped_while_it_runs_and_goes_on_with_more(
    open_world: Open,
) -> None:
    world = await open_world({"analyst.1": "spend:210000"}, Limits(run=money(5)))
    key = await world.item()
    task = await world.until(key, status="blocked")
    run = task["runs"][0]
    assert run["outcome"] == "out-of-budget"
    assert not processes_of(world, run["id"])
    comments = await world.comments(key)
    assert any("💸" in text and "$5.25 / $5.00" in text for text in comments)
    assert task["head"] != run["base"], "what was paid for is kept"
    await world.comment(key, "/budget 20", by="colleague")
    await world.until(key, status="blocked", says="🚫")
    await world.comment(key, "/budget 20")
    task = await world.until(key, status="in-review", runs=2)
    assert await spent(world, key) == pytest.approx(5.25 + 0.01101)


async def test_on_a_day_that_has_cost_enough_nothing_more_is_started(open_world: Open) -> None:
    world = await open_world(limits=Limits(day=money(0.01)))
    first = await world.item()
    await world.until(first, status="in-review")
    second = await world.item("Вторая задача дня")
    task = await world.until(second, status="blocked")
    assert task["runs"][0]["outcome"] == "out-of-budget"
    assert not (data_of(world) / "workspaces" / task["runs"][0]["id"]).exists()
    await world.comment(second, "/budget 1")
    await world.until(second, status="in-review", runs=2)


@pytest.mark.parametrize(
    ("deed", "stage", "status"),
    [
        ("work", "development", "blocked"),
        ("verdict:PASS", "done", "done"),
        ("verdict:FAIL", "development", "blocked"),
    ],
)
async def test_a_model_that_deploys_is_judged_by_its_report(
    open_world: Open, deed: str, stage: str, status: str
) -> None:
    world = await open_world({"deployer.1": deed})
    key = await world.reviewed_item()
    await world.until(key, status=status, stage=stage)
