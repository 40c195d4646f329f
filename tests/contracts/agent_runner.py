"""What every AgentRunner must do, whatever its agents are made of."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from domain.errors import Invalid, NotAllowed, NotFound
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from ports.agent_runner import AgentRunner, AgentSpec, Observation

LONG = timedelta(hours=1)
SHORT = timedelta(milliseconds=300)
PATIENCE = 60
"""Seconds for what has to happen, on whatever machine: none passes where all goes well."""
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)

SECRET = "sk-live-0123456789abcdef"
"""What every theatre has its runner mask."""

ONE = RunId("ET-1-1")
TWO = RunId("ET-2-1")


class Theatre(Protocol):
    """A runner, and a hold on its agents. An agent prints nothing and runs until told otherwise."""

    workspace: Path

    @property
    def runner(self) -> AgentRunner:
        """The runner in question."""
        ...

    def command(self, run: RunId) -> Sequence[str]:
        """What starts such an agent."""
        ...

    def missing_command(self) -> Sequence[str]:
        """What cannot be started."""
        ...

    def say(self, run: RunId, text: str) -> None:
        """Makes the agent print."""
        ...

    def finish(self, run: RunId, exit_code: int) -> None:
        """Makes the agent exit."""
        ...

    def starts(self, run: RunId) -> int:
        """How often an agent was started under that name."""
        ...

    async def restarted(self) -> AgentRunner:
        """A new runner after the death of ours; from now on it is ``runner``."""
        ...


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for it, but not for ever."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 # it is another process we wait for
            await asyncio.sleep(0.005)


def spec_for(
    theatre: Theatre, run: RunId, *, time: timedelta = LONG, idle: timedelta = LONG
) -> AgentSpec:
    """What starts an agent that runs until told otherwise."""
    return AgentSpec(
        command=theatre.command(run),
        workspace=theatre.workspace,
        brief="# ET-1: do it\n",
        environment={},
        time_limit=time,
        idle_limit=idle,
    )


async def started(
    theatre: Theatre, run: RunId, *, time: timedelta = LONG, idle: timedelta = LONG
) -> None:
    """Starts it, and waits until it has begun."""
    await theatre.runner.ensure(run, spec_for(theatre, run, time=time, idle=idle))

    async def begun() -> bool:
        return theatre.starts(run) > 0

    await until(begun)


async def ended(theatre: Theatre, run: RunId) -> Observation:
    """How it stands once it is gone."""

    async def gone() -> bool:
        return (await theatre.runner.observe(run)).liveness is Liveness.GONE

    await until(gone)
    return await theatre.runner.observe(run)


class AgentRunnerContract:
    """Subclass it and provide the fixture ``theatre``."""

    async def test_a_run_runs_until_it_exits_with_its_own_code(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        running = await theatre.runner.observe(ONE)
        assert running.liveness is Liveness.RUNNING
        assert running.outcome is None
        assert running.started_at is not None
        theatre.finish(ONE, 7)
        end = await ended(theatre, ONE)
        assert (end.outcome, end.exit_code) == (Outcome.EXITED, 7)
        assert end.started_at == running.started_at
        assert end.ended_at is not None
        assert end.ended_at >= running.started_at

    async def test_ensured_twice_it_is_started_once(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        assert theatre.starts(ONE) == 1

    async def test_ensured_by_many_at_once_it_is_started_once(self, theatre: Theatre) -> None:
        spec = spec_for(theatre, ONE)
        await asyncio.gather(*(theatre.runner.ensure(ONE, spec) for _ in range(8)))
        await started(theatre, ONE)
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        assert theatre.starts(ONE) == 1

    async def test_ensured_after_its_end_it_is_not_started_again(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        theatre.finish(ONE, 3)
        await ended(theatre, ONE)
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
        assert (await theatre.runner.observe(ONE)).exit_code == 3
        assert theatre.starts(ONE) == 1

    async def test_what_was_never_started_is_gone_and_lost(self, theatre: Theatre) -> None:
        seen = await theatre.runner.observe(ONE)
        assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.LOST)
        assert seen.exit_code is None

    async def test_looking_at_a_run_does_not_keep_it_from_being_started(
        self, theatre: Theatre
    ) -> None:
        await theatre.runner.observe(ONE)
        await started(theatre, ONE)
        assert (await theatre.runner.observe(ONE)).liveness is Liveness.RUNNING

    async def test_looking_at_a_run_while_it_is_started_does_it_no_harm(
        self, theatre: Theatre
    ) -> None:
        for number in range(1, 11):
            run = RunId(f"ET-{number}-1")
            looks = [theatre.runner.observe(run) for _ in range(5)]
            starting = theatre.runner.ensure(run, spec_for(theatre, run))
            await asyncio.gather(*looks[:2], starting, *looks[2:])
            await started(theatre, run)
            assert (await theatre.runner.observe(run)).liveness is Liveness.RUNNING

    async def test_a_command_that_is_not_there_is_a_run_that_did_not_start(
        self, theatre: Theatre
    ) -> None:
        spec = spec_for(theatre, ONE)
        missing = AgentSpec(
            command=theatre.missing_command(),
            workspace=spec.workspace,
            brief=spec.brief,
            environment={},
            time_limit=LONG,
            idle_limit=LONG,
        )
        await theatre.runner.ensure(ONE, missing)
        seen = await ended(theatre, ONE)
        assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.NOT_STARTED)
        assert seen.exit_code is None
        assert seen.detail
        await theatre.runner.ensure(ONE, spec)
        assert theatre.starts(ONE) == 0

    async def test_a_stopped_run_is_gone_when_stop_returns(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        await theatre.runner.stop(ONE)
        seen = await theatre.runner.observe(ONE)
        assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.STOPPED)
        assert seen.exit_code is None
        assert ONE not in await theatre.runner.live()

    async def test_stopped_before_it_was_started_it_never_starts(self, theatre: Theatre) -> None:
        await theatre.runner.stop(ONE)
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
        assert (await theatre.runner.observe(ONE)).outcome is Outcome.STOPPED
        assert theatre.starts(ONE) == 0

    async def test_stopped_twice_it_is_as_stopped_once(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        await asyncio.gather(theatre.runner.stop(ONE), theatre.runner.stop(ONE))
        await theatre.runner.stop(ONE)
        assert (await theatre.runner.observe(ONE)).outcome is Outcome.STOPPED

    async def test_stopping_what_has_ended_does_not_change_how(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        await theatre.runner.stop(ONE)
        seen = await theatre.runner.observe(ONE)
        assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0)

    async def test_ends_tell_which_run_ended(self, theatre: Theatre) -> None:
        ends = theatre.runner.ends()
        await started(theatre, ONE)
        await started(theatre, TWO)
        theatre.finish(TWO, 0)
        async with asyncio.timeout(PATIENCE):
            assert await anext(ends) == TWO
        assert (await theatre.runner.observe(TWO)).liveness is Liveness.GONE
        await theatre.runner.stop(ONE)
        async with asyncio.timeout(PATIENCE):
            assert await anext(ends) == ONE

    async def test_a_run_that_takes_too_long_is_timed_out(self, theatre: Theatre) -> None:
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE, time=SHORT))
        seen = await ended(theatre, ONE)
        assert (seen.outcome, seen.exit_code) == (Outcome.TIMED_OUT, None)

    async def test_a_run_that_prints_nothing_for_too_long_is_stalled(
        self, theatre: Theatre
    ) -> None:
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE, idle=SHORT))
        seen = await ended(theatre, ONE)
        assert (seen.outcome, seen.exit_code) == (Outcome.STALLED, None)

    async def test_a_run_that_prints_is_not_stalled(self, theatre: Theatre) -> None:
        await started(theatre, ONE, idle=10 * SHORT, time=LONG)
        loop = asyncio.get_running_loop()
        until_then = loop.time() + 12 * SHORT.total_seconds()
        while loop.time() < until_then:
            theatre.say(ONE, "still here\n")
            await asyncio.sleep(0.05)
        assert (await theatre.runner.observe(ONE)).liveness is Liveness.RUNNING

    async def test_the_log_is_read_on_from_where_it_was_left(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        theatre.say(ONE, "раз\n")
        chunk = await self._read(theatre, 0, "раз\n")
        assert chunk == len("раз\n".encode())
        theatre.say(ONE, "два\n")
        following = await self._read(theatre, chunk, "два\n")
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        last = await theatre.runner.logs(ONE, following)
        assert (last.text, last.next, last.ended) == ("", following, True)

    async def _read(self, theatre: Theatre, cursor: int, wanted: str) -> int:
        """Reads until the wanted text is complete; returns where it ended."""
        text = ""
        async with asyncio.timeout(PATIENCE):
            while text != wanted:
                chunk = await theatre.runner.logs(ONE, cursor)
                assert not chunk.ended
                text += chunk.text
                assert wanted.startswith(text)
                cursor = chunk.next
                await asyncio.sleep(0.001)
        return cursor

    async def test_a_secret_is_masked_in_its_place_wherever_reading_begins(
        self, theatre: Theatre
    ) -> None:
        await started(theatre, ONE)
        theatre.say(ONE, f"my key is {SECRET}, ж\n")
        shown = f"my key is {'*' * len(SECRET)}, ж\n"
        size = await self._read(theatre, 0, shown)
        assert size == len(f"my key is {SECRET}, ж\n".encode())
        for cursor in range(len(f"my key is {SECRET}")):
            assert (await theatre.runner.logs(ONE, cursor)).text == shown[cursor:]
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        await theatre.runner.forget(ONE)
        assert (await theatre.runner.logs(ONE, 15)).text == shown[15:]

    async def test_there_is_no_log_of_what_never_was(self, theatre: Theatre) -> None:
        with pytest.raises(NotFound):
            await theatre.runner.logs(ONE)

    async def test_live_lists_what_is_alive_and_nothing_else(self, theatre: Theatre) -> None:
        assert await theatre.runner.live() == []
        await started(theatre, ONE)
        await started(theatre, TWO)
        assert await theatre.runner.live() == [ONE, TWO]
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        assert await theatre.runner.live() == [TWO]

    async def test_a_forgotten_run_is_lost_but_its_log_is_kept(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        theatre.say(ONE, "last words\n")
        await self._read(theatre, 0, "last words\n")
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        await theatre.runner.forget(ONE)
        await theatre.runner.forget(ONE)
        assert (await theatre.runner.observe(ONE)).outcome is Outcome.LOST
        assert (await theatre.runner.logs(ONE)).text == "last words\n"

    async def test_a_forgotten_run_is_not_started_again(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        await theatre.runner.forget(ONE)
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
        await theatre.runner.stop(ONE)
        assert (await theatre.runner.observe(ONE)).outcome is Outcome.LOST
        assert theatre.starts(ONE) == 1

    async def test_what_was_forgotten_before_some_time_is_gone_with_its_log(
        self, theatre: Theatre
    ) -> None:
        await started(theatre, ONE)
        await started(theatre, TWO)
        theatre.say(ONE, "last words\n")
        await self._read(theatre, 0, "last words\n")
        theatre.finish(ONE, 0)
        await ended(theatre, ONE)
        await theatre.runner.drop_logs(before=LATER)
        assert (await theatre.runner.logs(ONE)).text == "last words\n"
        await theatre.runner.forget(ONE)
        await theatre.runner.drop_logs(before=LONG_AGO)
        assert (await theatre.runner.logs(ONE)).text == "last words\n"
        await theatre.runner.drop_logs(before=LATER)
        await theatre.runner.drop_logs(before=LATER)
        with pytest.raises(NotFound):
            await theatre.runner.logs(ONE)
        assert (await theatre.runner.observe(ONE)).outcome is Outcome.LOST
        assert (await theatre.runner.observe(TWO)).liveness is Liveness.RUNNING

    async def test_where_no_run_ever_was_there_are_no_logs_to_drop(self, theatre: Theatre) -> None:
        await theatre.runner.drop_logs(before=LATER)

    async def test_a_live_run_cannot_be_forgotten(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        with pytest.raises(NotAllowed):
            await theatre.runner.forget(ONE)
        assert (await theatre.runner.observe(ONE)).liveness is Liveness.RUNNING

    async def test_after_a_restart_of_ours_everything_goes_on(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        await started(theatre, TWO)
        runner = await theatre.restarted()
        ends = runner.ends()
        assert await runner.live() == [ONE, TWO]
        await runner.ensure(ONE, spec_for(theatre, ONE))
        assert (await runner.observe(ONE)).liveness is Liveness.RUNNING
        theatre.finish(ONE, 5)
        async with asyncio.timeout(PATIENCE):
            assert await anext(ends) == ONE
        assert (await runner.observe(ONE)).exit_code == 5
        await runner.stop(TWO)
        assert (await runner.observe(TWO)).outcome is Outcome.STOPPED
        assert theatre.starts(ONE) == 1

    async def test_closed_twice_it_leaves_its_agents_alive(self, theatre: Theatre) -> None:
        await started(theatre, ONE)
        await theatre.runner.close()
        await theatre.runner.close()
        assert await (await theatre.restarted()).live() == [ONE]

    async def test_limits_hold_after_a_restart_of_ours(self, theatre: Theatre) -> None:
        await theatre.runner.ensure(ONE, spec_for(theatre, ONE, time=SHORT))
        await theatre.runner.ensure(TWO, spec_for(theatre, TWO, idle=SHORT))
        await theatre.restarted()
        assert (await ended(theatre, ONE)).outcome is Outcome.TIMED_OUT
        assert (await ended(theatre, TWO)).outcome is Outcome.STALLED

    @pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "-rf", ".hidden", "a\n", "x" * 200])
    async def test_a_name_that_could_lead_elsewhere_is_refused(
        self, theatre: Theatre, name: str
    ) -> None:
        run = RunId(name)
        with pytest.raises(Invalid):
            await theatre.runner.ensure(run, spec_for(theatre, ONE))
        with pytest.raises(Invalid):
            await theatre.runner.observe(run)
        with pytest.raises(Invalid):
            await theatre.runner.stop(run)
        with pytest.raises(Invalid):
            await theatre.runner.logs(run)

    @pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
    async def test_a_home_has_no_files_outside_of_it(self, theatre: Theatre, name: str) -> None:
        spec = replace(spec_for(theatre, ONE), home={name: "text"})
        with pytest.raises(Invalid, match="home"):
            await theatre.runner.ensure(ONE, spec)
        assert theatre.starts(ONE) == 0

    async def test_agents_can_be_started_here(self, theatre: Theatre) -> None:
        await theatre.runner.ping()
