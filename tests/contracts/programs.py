"""What all who ask programs must do, wherever those are."""

import asyncio

import pytest

from domain.errors import NotFound, ToolFailed
from ports.agent_runtime import Programs


class ProgramsContract:
    """Subclass it and provide ``programs``, and ``hasty``: the same with half a second's time."""

    async def test_a_command_is_answered_with_what_it_prints(self, programs: Programs) -> None:
        assert await programs.ask(["sh", "-c", "echo one; echo two >&2"]) in {
            "one\ntwo",
            "two\none",
        }

    async def test_a_program_that_is_there_is_found(self, programs: Programs) -> None:
        await programs.find("sh")

    async def test_a_program_that_is_not_there_is_named(self, programs: Programs) -> None:
        with pytest.raises(NotFound, match="no-such-program"):
            await programs.find("no-such-program")
        with pytest.raises(NotFound, match="no-such-program"):
            await programs.ask(["no-such-program", "--version"])

    async def test_a_command_that_lacks_something_is_told_in_its_words(
        self, programs: Programs
    ) -> None:
        with pytest.raises(NotFound, match="needs Python"):
            await programs.ask(["sh", "-c", "echo it needs Python; exit 127"])

    async def test_one_that_fails_is_told_with_its_exit_code(self, programs: Programs) -> None:
        with pytest.raises(ToolFailed, match=r"broken.*exit code 3"):
            await programs.ask(["sh", "-c", "echo broken; exit 3"])

    async def test_one_that_does_not_end_is_not_waited_for(self, hasty: Programs) -> None:
        with pytest.raises(ToolFailed, match=r"sleep 100 takes longer than 0\.5 s"):
            await hasty.ask(["sleep", "100"])

    async def test_whoever_it_has_started_is_not_waited_for_either(self, hasty: Programs) -> None:
        async with asyncio.timeout(60):
            with pytest.raises(ToolFailed, match=r"takes longer than 0\.5 s"):
                await hasty.ask(["sh", "-c", "sleep 100 & wait"])

    async def test_it_gets_nothing_to_read_and_no_secret_of_ours(
        self, programs: Programs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PLANE_API_KEY", "hidden-from-programs")
        assert "hidden" not in await programs.ask(["sh", "-c", "cat; env; echo"])
