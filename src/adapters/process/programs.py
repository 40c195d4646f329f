"""The programs of this machine."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO

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
        # To a file: a pipe ends only when everybody has let go of it whom the program started.
        with TemporaryFile() as output:
            process = await self._start(command, output)
            try:
                async with asyncio.timeout(self._patience):
                    await process.wait()
            except TimeoutError:
                raise ToolFailed(f"{asked} takes longer than {self._patience:g} s") from None
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError, PermissionError):  # macOS: of a zombie
                        os.killpg(process.pid, signal.SIGKILL)
                    await process.wait()
            output.seek(0)
            said = output.read().decode("utf-8", "replace").strip()
        code = process.returncode
        if code in (126, 127):
            raise NotFound(f"{said.rpartition(chr(10))[2][:200]}; install it")
        if code:
            raise ToolFailed(f"{asked} says {said[-100:]!r}, exit code {code}")
        return said

    async def _start(self, command: Sequence[str], output: IO[bytes]) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise NotFound(
                f"{command[0]} cannot be started: {error.strerror}; install it"
            ) from error
