"""An engine that is slow, lies or loses its tongue, and containers that others lay hands on."""

import asyncio
import socket
import struct
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.docker.follower import Gap
from adapters.docker.images import Pull
from domain.errors import ToolFailed
from domain.events import Liveness, Outcome
from tests.contracts.agent_excess import printed
from tests.contracts.agent_runner import ONE, SHORT, TWO, ended, spec_for, started, until
from tests.integration.docker.gate import Gate
from tests.integration.docker.theatre import DockerTheatre, docker

pytestmark = pytest.mark.docker


async def test_one_container_that_vanished_unheard_keeps_no_other_from_its_limits(
    stage: DockerTheatre, gate: Gate
) -> None:
    await started(stage, ONE, idle=SHORT * 10)
    gate.answers["GET /events"] = None
    gate.cut()
    docker("rm", "--force", stage.container(ONE))
    await stage.runner.ensure(TWO, spec_for(stage, TWO, time=SHORT * 15))

    async def gone() -> bool:
        return str(stage.container(TWO)) not in docker("ps", "--format", "{{.Names}}")

    await until(gone)
    assert (await stage.runner.observe(TWO)).outcome is Outcome.TIMED_OUT


async def test_the_end_of_a_container_that_vanished_unheard_is_found_by_looking(
    stage: DockerTheatre, gate: Gate
) -> None:
    await started(stage, ONE)
    ends = stage.runner.ends()
    gate.answers["GET /events"] = None
    gate.cut()
    docker("rm", "--force", stage.container(ONE))
    del gate.answers["GET /events"]
    gate.cut()
    assert await anext(ends) == ONE
    assert (await stage.runner.observe(ONE)).outcome is Outcome.LOST


async def test_a_container_that_was_made_for_a_run_that_must_not_start_is_removed(
    stage: DockerTheatre, gate: Gate
) -> None:
    gate.answers[f"POST /containers/{stage.container(ONE)}/start"] = (500, b"{}")
    with pytest.raises(ToolFailed):
        await stage.runner.ensure(ONE, spec_for(stage, ONE))
    await stage.runner.close()
    assert len(stage.left()) == 1
    (stage.data / "runs" / ONE / "outcome").write_text(f"{Outcome.STOPPED}\n")  # and we died
    stage.runner = stage.make_runner()
    assert await stage.runner.live() == []

    async def removed() -> bool:
        return stage.left() == []

    await until(removed)
    assert (await stage.runner.observe(ONE)).outcome is Outcome.STOPPED


async def test_a_container_whose_output_is_refused_since_it_is_being_removed_has_ended(
    stage: DockerTheatre, gate: Gate
) -> None:
    await started(stage, ONE)
    await started(stage, TWO)
    gate.answers[f"GET /containers/{stage.container(ONE)}/logs"] = (409, b'{"message": "dead"}')
    found = docker("inspect", "--format", "{{.Id}}", stage.container(ONE))
    gate.answers[f"GET /containers/{found}/logs"] = (409, b'{"message": "dead"}')
    gate.cut()
    stage.say(TWO, "still followed\n")

    async def copied() -> bool:
        return "still followed" in (await stage.runner.logs(TWO)).text

    await until(copied)
    stage.finish(ONE, 3)
    assert (await ended(stage, ONE)).exit_code == 3
    assert (await stage.runner.observe(TWO)).liveness is Liveness.RUNNING
    assert (await stage.runner.logs(ONE)).ended


LOGS = "GET /containers/[^/]*/logs"


def complaining(*lines: str) -> tuple[int, bytes]:
    """The engine's answer when it can read some lines of its own copy, and then no further."""
    told = [f"2026-01-01T00:00:0{n}Z {line}\n" for n, line in enumerate(lines)]
    frames = [(1, text) for text in told] + [(3, "Error grabbing logs: unexpected EOF\n")]
    data = b"".join(struct.pack(">BxxxI", n, len(text)) + text.encode() for n, text in frames)
    return 200, data


async def test_an_engine_that_stumbles_over_its_own_copy_of_the_output_is_asked_again(
    stage: DockerTheatre, gate: Gate
) -> None:
    await started(stage, ONE)
    stage.say(ONE, "first\n")
    await until(lambda: _copied(stage, "first"))
    gate.answers[LOGS] = complaining()
    gate.cut()
    stage.say(ONE, "second\n")

    async def stumbled() -> bool:
        return bool(gate.told)

    await until(stumbled)
    gate.answers.clear()
    await until(lambda: _copied(stage, "second"))
    stage.finish(ONE, 3)
    assert (await ended(stage, ONE)).exit_code == 3
    assert await printed(stage, ONE) == "first\nsecond\n"


async def test_output_that_the_engine_cannot_read_is_left_out_and_keeps_no_run_from_ending(
    stage: DockerTheatre, gate: Gate
) -> None:
    gate.answers[LOGS] = complaining("first")
    await stage.runner.ensure(ONE, spec_for(stage, ONE, time=SHORT))
    assert (await ended(stage, ONE)).outcome is Outcome.TIMED_OUT
    assert await printed(stage, ONE) == f"first\n{Gap.UNREADABLE.value.decode()}"


async def _copied(stage: DockerTheatre, text: str) -> bool:
    return text in (await stage.runner.logs(ONE)).text


async def test_an_engine_that_answers_nonsense_to_a_pull_is_asked_again(
    stage: DockerTheatre, gate: Gate
) -> None:
    await stage.runner.close()
    stage.runner = stage.make_runner(pull=Pull.MISSING)
    gate.answers["POST /images/create"] = (200, b"<html>try later</html>")
    with pytest.raises(ToolFailed, match="try later"):
        await stage.runner.ensure(ONE, stage.spec("true", image="no-such-image:7"))


async def test_a_call_that_a_filter_does_not_let_through_is_named(
    stage: DockerTheatre, gate: Gate
) -> None:
    gate.answers["POST /containers/create"] = (403, b"<html>Forbidden</html>")
    seen = await stage.play(ONE, "true")
    assert seen.outcome is Outcome.NOT_STARTED
    assert "POST /containers/create is not let through" in seen.detail


@pytest.mark.parametrize(
    "slow",
    [
        "GET /images/.*",
        "POST /containers/create",
        "POST /containers/.*/start",
    ],
)
async def test_a_start_that_takes_too_long_is_a_run_that_did_not_start(
    stage: DockerTheatre, gate: Gate, slow: str
) -> None:
    await stage.runner.close()
    stage.runner = stage.make_runner(pull=Pull.MISSING, start_limit=timedelta(seconds=0.6))
    ends = stage.runner.ends()
    image = "no-such-image:7" if "images" in slow else stage.image
    spec = replace(spec_for(stage, ONE), image=image)
    gate.answers[slow] = None
    await stage.runner.ensure(ONE, spec)
    seen = await stage.runner.observe(ONE)
    assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.NOT_STARTED)
    assert "agents.docker.start_limit_minutes" in seen.detail
    assert image in seen.detail
    assert await anext(ends) == ONE
    gate.answers.clear()
    await stage.runner.ensure(ONE, spec)
    assert stage.starts(ONE) == 0
    assert stage.left() == []


async def test_a_registry_that_never_answers_is_not_waited_for_longer_than_a_start_may_take(
    theatre: DockerTheatre,
) -> None:
    await theatre.runner.close()
    theatre.runner = theatre.make_runner(pull=Pull.MISSING, start_limit=timedelta(seconds=0.6))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        image = f"127.0.0.1:{silent.getsockname()[1]}/agents"
        await theatre.runner.ensure(ONE, theatre.spec("true", image=image))
    seen = await theatre.runner.observe(ONE)
    assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.NOT_STARTED)
    assert f"pull {image} beforehand" in seen.detail


async def test_an_engine_that_is_away_is_waited_for_however_long_a_start_may_take(
    stage: DockerTheatre, gate: Gate
) -> None:
    await stage.runner.close()
    stage.runner = stage.make_runner(start_limit=timedelta(seconds=0.5))
    gate.answers[".*"] = (503, b"{}")
    loop = asyncio.get_running_loop()
    until_then = loop.time() + 1
    while loop.time() < until_then:
        with pytest.raises(ToolFailed):
            await stage.runner.ensure(ONE, spec_for(stage, ONE))
    gate.answers.clear()
    await stage.restarted()  # with time enough for any machine
    await started(stage, ONE)
    assert (await stage.runner.observe(ONE)).liveness is Liveness.RUNNING


async def test_an_engine_that_says_started_and_did_not_is_asked_again(
    stage: DockerTheatre, gate: Gate
) -> None:
    gate.answers["POST /containers/.*/start"] = (204, b"")
    with pytest.raises(ToolFailed, match="did not"):
        await stage.runner.ensure(ONE, spec_for(stage, ONE))
    gate.answers.clear()
    await started(stage, ONE)
    assert stage.starts(ONE) == 1


async def test_an_agent_whose_claim_was_lost_with_the_power_does_not_begin_again(
    stage: DockerTheatre,
) -> None:
    await started(stage, ONE)
    await stage.runner.close()
    docker("kill", stage.container(ONE))
    (stage.data / "runs" / ONE / "claim").unlink()
    stage.runner = stage.make_runner()
    await stage.runner.ensure(ONE, spec_for(stage, ONE))
    assert stage.container(ONE) not in docker("ps", "--format", "{{.Names}}")
    assert (await ended(stage, ONE)).exit_code == 137
    assert stage.starts(ONE) == 1
