"""The runner's hints that runs have ended."""

from collections.abc import AsyncIterator, Sequence

from application.watch_runs import WatchRuns
from domain.errors import ToolFailed
from domain.identifiers import RunId
from domain.task import Status
from tests.unit.application.bench import Bench


async def hear(bench: Bench, runs: Sequence[RunId]) -> None:
    """Let the runner hint at the end of these runs."""

    async def ends() -> AsyncIterator[RunId]:
        for run in runs:
            yield run

    bench.runner.ends = ends  # type: ignore[method-assign]
    await WatchRuns(bench.store, bench.clock, bench.runner)()


async def test_a_hint_that_comes_too_early_does_not_use_up_the_end(bench: Bench) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    await hear(bench, [run])
    await bench.settle()
    assert await bench.status(item) is Status.WORKING
    bench.pass_time(0.01)
    bench.runner.finish(run)
    await hear(bench, [run, run])
    assert (await bench.waiting())[0] == 1
    await bench.settle()
    assert await bench.status(item) is Status.BLOCKED


async def test_a_hint_at_a_run_of_nobody_is_dropped(bench: Bench) -> None:
    await hear(bench, [RunId("DEMO-99-1")])
    assert await bench.waiting() == (0, 0)


async def test_a_runner_that_cannot_be_asked_now_is_asked_again_later(bench: Bench) -> None:
    item = await bench.item()
    run = bench.live_run(await bench.task(item.id))
    bench.runner.finish(run)
    bench.runner.fail_next(ToolFailed("it does not answer"))
    await hear(bench, [run])
    await bench.settle()
    assert await bench.status(item) is Status.WORKING
    bench.pass_time(0.01)
    await bench.settle()
    assert await bench.status(item) is Status.BLOCKED
