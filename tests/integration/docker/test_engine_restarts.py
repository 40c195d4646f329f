"""The engine ends under a running agent; we wait for it, and go on with what is left."""

import signal
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from domain.errors import Unavailable
from domain.events import Liveness, Outcome
from tests.contracts.agent_runner import ONE, TWO, ended, spec_for, started, until
from tests.integration.docker.own_engine import IMAGE, OwnEngine, own_engine
from tests.integration.docker.theatre import DockerTheatre

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.fixture(params=[("--live-restore",), ()], ids=["live-restore", "plain"])
def engine(request: pytest.FixtureRequest) -> Generator[OwnEngine, None, None]:
    """An engine of our own."""
    with own_engine(*request.param) as own:
        yield own


@pytest.fixture
async def stage(tmp_path: Path, engine: OwnEngine) -> AsyncGenerator[DockerTheatre, None]:
    """A runner on it."""
    theatre = DockerTheatre(tmp_path, IMAGE, host=engine.host)
    yield theatre
    await theatre.clear()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_runs_are_adopted_when_the_engine_returns(
    stage: DockerTheatre, engine: OwnEngine, number: signal.Signals, request: pytest.FixtureRequest
) -> None:
    lives = "live-restore" in request.node.callspec.id
    ends = stage.runner.ends()
    await started(stage, ONE)
    stage.say(ONE, "before\n")

    async def printed() -> bool:
        return bool((await stage.runner.logs(ONE)).text)

    await until(printed)
    engine.end(number)
    with pytest.raises(Unavailable):
        await stage.runner.observe(ONE)
    with pytest.raises(Unavailable):
        await stage.runner.ensure(TWO, spec_for(stage, TWO))
    with pytest.raises(Unavailable):
        await stage.runner.ping()
    if lives:
        stage.say(ONE, "meanwhile\n")
    engine.start()
    if lives:
        seen = await stage.runner.observe(ONE)
        assert seen.liveness is Liveness.RUNNING
        stage.finish(ONE, 7)
    assert await anext(ends) == ONE
    end = await ended(stage, ONE)
    assert end.outcome is Outcome.EXITED
    assert (end.exit_code == 7) is lives
    assert end.exit_code != 0
    await stage.runner.ensure(ONE, spec_for(stage, ONE))
    assert stage.starts(ONE) == 1
    text = await stage.printed(ONE)
    assert text == ("before\nmeanwhile\n" if lives else "before\n")
    await started(stage, TWO)
    await stage.runner.stop(TWO)


async def test_we_and_the_engine_die_together_and_the_limits_still_hold(
    stage: DockerTheatre, engine: OwnEngine
) -> None:
    await started(stage, ONE)
    engine.end(signal.SIGKILL)
    runner = await stage.restarted()
    with pytest.raises(Unavailable):
        await runner.observe(ONE)
    engine.start()

    async def known() -> bool:
        try:
            await runner.live()
        except Unavailable:
            return False
        return True

    await until(known)
    await runner.stop(ONE)
    assert (await runner.observe(ONE)).liveness is Liveness.GONE
    assert stage.alive() == []
