"""The programs of this machine."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from adapters.process.agent_runner import PASSED_ON
from domain.errors import NotFound, ToolFailed


class LocalPrograms:
    """Those that agents find here, asked with the environment that agents get."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        names: Collection[str] = (),
        patience: timedelta = timedelta(seconds=20),
    ) -> None:
        """Hand on what ``environment`` holds under the names that ``ProcessRunner`` allows."""
        allowed = PASSED_ON.union(names)
        self._environment = {k: v for k, v in environment.items() if k in allowed}
        self._patience = patience.total_seconds()

    async def find(self, program: str, *, image: str = "") -> None:
        """Return if there is such a program."""
        if shutil.which(program, path=self._environment.get("PATH", os.defpath)) is None:
            raise NotFound(f"{program} is not there; install it")

    async def ask(self, command: Sequence[str], *, image: str = "") -> str:
        """Return what it prints."""
        asked = " ".join(command[-2:])
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=self._environment
            )
        except OSError as error:
            raise NotFound(
                f"{command[0]} cannot be started: {error.strerror}; install it"
            ) from error
        try:
            async with asyncio.timeout(self._patience):
                output, _ = await process.communicate()
        except TimeoutError:
            raise ToolFailed(f"{asked} takes longer than {self._patience:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        said = output.decode("utf-8", "replace").strip()
        code = process.returncode
        if code in (126, 127):
            raise NotFound(f"{said.rpartition(chr(10))[2][:200]}; install it")
        if code:
            raise ToolFailed(f"{asked} says {said[-100:]!r}, exit code {code}")
        return said
