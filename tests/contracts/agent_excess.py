"""What every AgentRunner with real agents must do with those that overdo it."""

import asyncio
import os
from dataclasses import replace
from typing import Protocol

import psutil
import pytest

from domain.errors import NotFound, Unavailable
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from ports.agent_runner import AgentSpec, Observation
from tests.contracts.agent_runner import ONE, PATIENCE, Theatre, ended, until

LOG_LIMIT = 1_000_000
FLOOD = 1 << 30
MEMORY = 150_000_000
"""What a flood may add to our own memory: some copies of what is read at once."""


class Stage(Theatre, Protocol):
    """A theatre whose agents are programs."""

    def spec(self, *command: str) -> AgentSpec:
        """What starts that command."""
        ...

    def alive(self) -> list[int]:
        """The pids of all that agents started, wherever it fled."""
        ...

    def kept(self, run: RunId) -> int:
        """The bytes of disk that are kept of a run."""
        ...


async def play(stage: Stage, run: RunId, *command: str) -> Observation:
    """Runs a command to its end."""
    await stage.runner.ensure(run, stage.spec(*command))
    async with asyncio.timeout(280):
        while (await stage.runner.observe(run)).liveness is not Liveness.GONE:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return await ended(stage, run)


async def printed(stage: Stage, run: RunId) -> str:
    """All that is kept of a run's output."""
    text, cursor, over = "", 0, False
    async with asyncio.timeout(PATIENCE):
        while not over:
            try:
                chunk = await stage.runner.logs(run, cursor)
            except Unavailable:  # an engine under load has not given all of it yet
                continue
            text, cursor, over = text + chunk.text, chunk.next, chunk.ended
    return text


async def stopped(stage: Stage, run: RunId) -> None:
    """Has the run ended for good. What a busy machine cannot end in time is told as Unavailable."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await stage.runner.stop(run)
            except Unavailable:
                continue


class ExcessContract:
    """Subclass it and provide the fixture ``theatre``; its logs are limited to LOG_LIMIT."""

    @pytest.mark.slow
    @pytest.mark.timeout(300)
    async def test_of_a_flood_of_output_the_beginning_and_the_end_are_kept(
        self, theatre: Stage
    ) -> None:
        before = psutil.Process().memory_info().rss
        go = "until test -e go; do sleep 0.05; done"
        line = "it says nothing at all, and is printed again and again; " * 20
        flood = f"echo first; {go}; yes '{line}' | head -c {FLOOD}; echo; echo last"
        await theatre.runner.ensure(ONE, theatre.spec("sh", "-c", flood))

        async def begun() -> bool:
            return "first" in (await theatre.runner.logs(ONE)).text

        await until(begun)
        (theatre.workspace / "go").touch()
        seen = await play(theatre, ONE, "sh", "-c", flood)
        assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0)

        async def trimmed() -> bool:
            return theatre.kept(ONE) < 2 * LOG_LIMIT

        await until(trimmed)
        text = await printed(theatre, ONE)
        assert text.startswith(f"first\n{line}\n")
        assert text.endswith("\nlast\n")
        assert text.count("\nlast\n") == 1
        assert len(text) < 2 * LOG_LIMIT
        assert psutil.Process().memory_info().rss - before < MEMORY

    async def test_a_flood_does_not_keep_a_run_from_being_stopped(self, theatre: Stage) -> None:
        await theatre.runner.ensure(ONE, theatre.spec("sh", "-c", "yes & yes & yes"))

        async def flowing() -> bool:
            try:
                return bool((await theatre.runner.logs(ONE)).text)
            except NotFound:
                return False

        await until(flowing)
        await stopped(theatre, ONE)
        assert theatre.alive() == []
        assert (await theatre.runner.observe(ONE)).outcome is Outcome.STOPPED

    async def test_one_that_ignores_being_told_to_end_is_killed_within_ten_seconds(
        self, theatre: Stage
    ) -> None:
        deaf = "trap '' TERM INT HUP; echo deaf; while :; do sleep 1; done"
        await theatre.runner.ensure(ONE, theatre.spec("sh", "-c", deaf))

        async def begun() -> bool:
            return "deaf" in (await theatre.runner.logs(ONE)).text

        await until(begun)
        await stopped(theatre, ONE)
        assert theatre.alive() == []

    async def test_what_fled_into_a_session_of_its_own_dies_with_the_run(
        self, theatre: Stage
    ) -> None:
        flee = "setsid sleep 1000 & (setsid sh -c 'sleep 1000 & sleep 1000' &) ; echo gone"
        seen = await play(theatre, ONE, "sh", "-c", flee)
        assert seen.outcome is Outcome.EXITED

        async def none() -> bool:
            return theatre.alive() == []

        await until(none)

    async def test_a_killed_agent_exits_with_the_number_of_the_signal(self, theatre: Stage) -> None:
        seen = await play(theatre, ONE, "sh", "-c", "kill -KILL $$")
        assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 137)

    async def test_the_brief_is_on_standard_input_and_in_a_file(self, theatre: Stage) -> None:
        await play(
            theatre, ONE, "sh", "-c", 'cat; cat "$ORCHESTRATOR_BRIEF"; echo $ORCHESTRATOR_RUN'
        )
        brief = theatre.spec("true").brief
        assert await printed(theatre, ONE) == f"{brief}{brief}{ONE}\n"

    async def test_nothing_of_our_environment_reaches_an_agent(self, theatre: Stage) -> None:
        os.environ["A_SECRET_OF_OURS"] = "hidden-from-agents"
        try:
            await play(theatre, ONE, "env")
        finally:
            del os.environ["A_SECRET_OF_OURS"]
        assert "hidden-from-agents" not in await printed(theatre, ONE)

    async def test_a_workspace_that_is_not_there_is_a_run_that_did_not_start(
        self, theatre: Stage
    ) -> None:
        spec = theatre.spec("true")
        lost = AgentSpec(
            command=spec.command,
            workspace=spec.workspace / "nowhere",
            brief=spec.brief,
            environment={},
            time_limit=spec.time_limit,
            idle_limit=spec.idle_limit,
        )
        await theatre.runner.ensure(ONE, lost)
        seen = await ended(theatre, ONE)
        assert seen.outcome is Outcome.NOT_STARTED
        assert "nowhere" in seen.detail

    async def test_a_home_that_nobody_may_enter_and_that_is_endless_goes_with_its_run(
        self, theatre: Stage
    ) -> None:
        deep = (
            "import os, sys\nos.chdir(sys.argv[1])\n"
            "for _ in range(1500): os.mkdir('d'); os.chdir('d')\n"
            "os.chdir(sys.argv[1]); os.mkdir('shut'); open('shut/x', 'w'); os.chmod('shut', 0)\n"
        )
        spec = replace(theatre.spec("python3", "-c", deep, "{home}"), home={"a/b": "c"})
        await theatre.runner.ensure(ONE, spec)
        seen = await ended(theatre, ONE)
        assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0)
        (home,) = theatre.workspace.parent.glob(f"*/runs/{ONE}/home")
        await theatre.runner.forget(ONE)
        assert not home.exists()
