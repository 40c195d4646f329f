"""Nothing of a run survives its end, however it tries; and nothing else dies with it."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta

import psutil
import pytest

from adapters.process.run_folder import RunFolder
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from ports.agent_runner import AgentSpec
from tests.contracts.agent_excess import stopped
from tests.contracts.agent_runner import ONE, PATIENCE, SHORT, TWO, ended, spec_for, started, until
from tests.integration.process.theatre import ProcessTheatre, alive, make_runner

DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
"""


async def run_agent(
    theatre: ProcessTheatre, script: str, run: RunId = ONE, time_limit: float = 3600
) -> None:
    """Starts a shell script that has ``wait`` for a file to say that it has begun."""
    spec = AgentSpec(
        command=["sh", "-c", script, "agent", *_python(DAEMON, f"mark-{run}")],
        workspace=theatre.workspace,
        brief="",
        environment={},
        time_limit=timedelta(seconds=time_limit),
        idle_limit=timedelta(hours=1),
    )
    await theatre.runner.ensure(run, spec)


def _python(program: str, mark: str) -> Sequence[str]:
    return [sys.executable, "-c", program, mark]


async def until_begun(theatre: ProcessTheatre) -> None:
    """Waits for the file ``begun`` in the workspace."""

    async def begun() -> bool:
        return (theatre.workspace / "begun").exists()

    await until(begun)


async def test_a_daemon_that_left_session_and_parent_dies_when_the_run_is_stopped(
    theatre: ProcessTheatre,
) -> None:
    await run_agent(theatre, '"$@" & wait; echo >begun; sleep 600')
    await until_begun(theatre)
    marked = alive(f"mark-{ONE}")
    (daemon,) = [pid for pid in marked if psutil.Process(pid).cmdline()[0] == sys.executable]
    assert os.getsid(daemon) != RunFolder(theatre.data.resolve() / "runs", ONE).pid()
    await theatre.runner.stop(ONE)
    assert alive(f"mark-{ONE}") == []


async def test_a_daemon_is_gone_soon_after_the_run_is_seen_to_have_ended_by_itself(
    theatre: ProcessTheatre,
) -> None:
    await run_agent(theatre, '"$@"; exit 4')
    seen = await ended(theatre, ONE)
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 4)

    async def gone() -> bool:
        return alive(f"mark-{ONE}") == []

    await until(gone)


async def test_children_left_in_the_group_die_with_the_agent(theatre: ProcessTheatre) -> None:
    await run_agent(theatre, "for n in $(seq 50); do sleep 60.1234 & done; exit 0")
    await ended(theatre, ONE)

    async def gone() -> bool:  # they have been signalled, but the kernel may be busy elsewhere
        return alive("60.1234") == []

    await until(gone)


async def test_fifty_children_that_ignore_sigterm_are_killed(theatre: ProcessTheatre) -> None:
    await run_agent(
        theatre, "trap '' TERM; for n in $(seq 50); do sleep 60.4321 & done; echo >begun; wait"
    )
    await until_begun(theatre)
    await stopped(theatre, ONE)
    assert alive("60.4321") == []
    assert (await theatre.runner.observe(ONE)).outcome is Outcome.STOPPED


async def test_an_agent_is_asked_to_end_before_it_is_killed(theatre: ProcessTheatre) -> None:
    await run_agent(
        theatre, "trap 'echo good bye; exit' TERM; echo >begun; while :; do sleep 0.01; done"
    )
    await until_begun(theatre)
    await theatre.runner.stop(ONE)
    assert (await theatre.runner.logs(ONE)).text.endswith("good bye\n")


async def test_a_run_whose_supervisor_was_killed_is_lost_and_its_agent_dies(
    theatre: ProcessTheatre,
) -> None:
    await started(theatre, ONE)
    ends = theatre.runner.ends()
    supervisor = RunFolder(theatre.data.resolve() / "runs", ONE).pid()
    assert supervisor
    os.kill(supervisor, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        assert await anext(ends) == ONE
    seen = await theatre.runner.observe(ONE)
    assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.LOST)
    assert seen.detail
    assert await theatre.runner.live() == []


async def test_an_end_begun_by_one_who_died_is_carried_on_by_the_next(
    theatre: ProcessTheatre,
) -> None:
    await started(theatre, ONE)
    # As if ours had died between writing the outcome down and the kill.
    RunFolder(theatre.data.resolve() / "runs", ONE).settle(Outcome.TIMED_OUT)
    await theatre.restarted()
    await theatre.runner.ping()
    ends = theatre.runner.ends()
    async with asyncio.timeout(PATIENCE):
        assert await anext(ends) == ONE
    assert (await theatre.runner.observe(ONE)).outcome is Outcome.TIMED_OUT


def is_zombie(process: psutil.Process) -> bool:
    """Whether it has ended and nobody has asked how."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def test_no_zombies_are_left(theatre: ProcessTheatre) -> None:
    before = {child.pid for child in psutil.Process().children()}
    for number in range(10):
        run = RunId(f"ET-1-{number}")
        await run_agent(theatre, "exit 0", run)
        await ended(theatre, run)

    async def reaped() -> bool:
        now = {child.pid for child in psutil.Process().children() if is_zombie(child)}
        return not now - before

    await until(reaped)


async def test_runs_of_the_same_name_elsewhere_are_left_alone(theatre: ProcessTheatre) -> None:
    workspace = theatre.workspace / "other"
    workspace.mkdir()
    other = ProcessTheatre(theatre.data / "other", workspace)
    try:
        await started(other, ONE)
        await started(theatre, ONE)
        assert await theatre.runner.live() == [ONE]
        await theatre.runner.stop(ONE)
        assert (await other.runner.observe(ONE)).liveness is Liveness.RUNNING
    finally:
        await other.runner.stop(ONE)
        await other.runner.close()


async def test_a_runner_adopts_what_another_one_started_meanwhile(theatre: ProcessTheatre) -> None:
    first = theatre.runner
    await first.live()
    second = ProcessTheatre(theatre.data, theatre.workspace)
    await started(second, TWO)
    await second.runner.close()
    assert (await first.observe(TWO)).liveness is Liveness.RUNNING
    ends = first.ends()
    second.finish(TWO, 2)
    async with asyncio.timeout(PATIENCE):
        assert await anext(ends) == TWO
    assert (await first.observe(TWO)).exit_code == 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_the_exit_code_of_a_killed_agent_names_the_signal(
    theatre: ProcessTheatre, number: signal.Signals
) -> None:
    await run_agent(theatre, f"ulimit -c 0; kill -{number.value} $$")
    seen = await ended(theatre, ONE)
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 128 + number)


async def test_an_end_is_told_by_the_kernel_and_not_found_by_looking(
    theatre: ProcessTheatre,
) -> None:
    await theatre.runner.close()
    theatre.runner = make_runner(theatre.data, tick=timedelta(hours=1))
    ends = theatre.runner.ends()
    await started(theatre, ONE)
    theatre.finish(ONE, 0)
    async with asyncio.timeout(PATIENCE):
        assert await anext(ends) == ONE


@pytest.mark.parametrize("error", [OSError(38, "not implemented"), PermissionError(1, "no")])
async def test_where_there_are_no_pid_descriptors_ends_are_told_and_runs_stopped_all_the_same(
    theatre: ProcessTheatre, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(pid: int) -> int:
        raise error

    monkeypatch.setattr(os, "pidfd_open", refuse)
    ends = theatre.runner.ends()
    await started(theatre, ONE)
    theatre.finish(ONE, 6)
    async with asyncio.timeout(PATIENCE):
        assert await anext(ends) == ONE
    assert (await theatre.runner.observe(ONE)).exit_code == 6
    await run_agent(theatre, '"$@" & wait; echo >begun; sleep 600', TWO)
    await until_begun(theatre)
    await theatre.runner.stop(TWO)
    assert alive(f"mark-{TWO}") == []


@pytest.mark.parametrize("file", ["outcome", "exit", "supervisor"])
async def test_an_agent_that_writes_into_its_own_records_keeps_no_other_from_its_limits(
    theatre: ProcessTheatre, file: str
) -> None:
    await started(theatre, ONE)
    record = theatre.data / "runs" / ONE / file
    record.write_text('{"time": []}\n' if file == "supervisor" else "nonsense\n")
    await theatre.restarted()
    await theatre.runner.observe(ONE)
    await theatre.runner.ensure(TWO, spec_for(theatre, TWO, time=SHORT))
    ends = theatre.runner.ends()
    seen: set[RunId] = set()
    async with asyncio.timeout(PATIENCE):
        while TWO not in seen:
            seen.add(await anext(ends))
    assert (await theatre.runner.observe(TWO)).outcome is Outcome.TIMED_OUT
    await theatre.runner.stop(ONE)
    assert (await theatre.runner.observe(ONE)).liveness is Liveness.GONE
