"""What a run leaves counts for the work that it belongs to."""

import pytest

from domain.pipeline import DEVELOPMENT
from domain.task import Status
from tests.unit.application.bench import REPO, Bench


async def ends(bench: Bench, item_id: str, code: int, *names: str) -> None:
    """The live agent commits these files and exits with that code."""
    run = bench.live_run(await bench.task(item_id))  # type: ignore[arg-type]  # as the tracker has it
    if names:
        bench.workspaces.commit(run, dict.fromkeys(names, "Text.\n"))
    bench.runner.finish(run, code)
    await bench.container.watch_runs().tell(run)
    await bench.settle()


@pytest.mark.parametrize(
    ("left", "stage", "status"),
    [(["work.txt"], "review", Status.WORKING), ([], DEVELOPMENT, Status.BLOCKED)],
)
async def test_the_run_that_repeats_one_that_broke_off_may_find_the_change_made(
    bench: Bench, left: list[str], stage: str, status: Status
) -> None:
    item = await bench.reviewed_item()
    bench.tracker.add_comment(item.id, ":approved:")
    await bench.reconcile()
    await bench.settle()
    await bench.delivers(item, "05-architecture.md")
    assert (await bench.task(item.id)).stage == DEVELOPMENT
    await ends(bench, item.id, 1, *left)
    task = await bench.task(item.id)
    assert (task.status, task.crashes) == (Status.WORKING, 1)
    await ends(bench, item.id, 0)
    task = await bench.task(item.id)
    assert (task.stage, task.status) == (stage, status)
    assert bool(bench.forge.repository(REPO).pull_requests) == bool(left)
