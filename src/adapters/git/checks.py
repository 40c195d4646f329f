"""Runs the configured command on the heads of open pull requests, and writes down what came of it.

A check runs what agents wrote, as our user: it gets a clone of its own, few variables and a time
limit, but no sandbox.
"""

import asyncio
import logging
import os
import selectors
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from adapters.disk.removal import remove_tree
from adapters.git.clone import make_clone
from adapters.git.command import Git
from adapters.git.process import Leash, kill
from adapters.git.records import ForgeRecords
from adapters.git.repositories import GitRepositories
from domain.errors import Failure, TimedOut
from domain.evidence import Checks
from domain.identifiers import Branch, CommitId, Repo

PASSED_ON = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"})
"""What a check gets of our environment."""

T = TypeVar("T")

_LOG_LIMIT = 10 * 1024 * 1024
_LOOK = 0.05
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Wanted:
    repo: Repo
    branch: Branch
    commit: CommitId


class CheckRunner:
    """Looks for pending checks and runs them, one after another."""

    def __init__(
        self,
        git: Git,
        repositories: GitRepositories,
        records: ForgeRecords,
        data: Path,
        *,
        command: Sequence[str],
        environment: Mapping[str, str],
        time_limit: timedelta,
        interval: timedelta,
    ) -> None:
        """Run this command; look every ``interval`` for heads that were pushed past us."""
        self._git = git
        self._repositories = repositories
        self._records = records
        self._root = data.absolute() / "checks"
        self._command = list(command)
        self._environment = {k: v for k, v in environment.items() if k in PASSED_ON}
        self._time_limit = time_limit
        self._interval = interval.total_seconds()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Run pending checks until told to stop; one that is cut short stays pending."""
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self._work())
            await stop.wait()
            work.cancel()

    async def _work(self) -> None:
        await self._remove(self._root)
        while True:
            self._wake.clear()
            try:
                for wanted in await self._pending():
                    await self._check(wanted)
            except Failure as problem:
                _log.warning("checks stay pending: %s", problem)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._wake.wait()

    async def _pending(self) -> Sequence[_Wanted]:
        """Return the heads of open pull requests that are unchecked, also those a person pushed."""
        pending: list[_Wanted] = []
        for repo in self._repositories.all():
            opened = await self._in_thread(partial(self._records.pull_requests, repo))
            branches = [record.branch for record in opened]
            heads = await self._repositories.heads(repo, *branches) if branches else []
            wanted = [_Wanted(repo, b, h) for b, h in zip(branches, heads, strict=True) if h]
            pending += await self._in_thread(partial(self._unchecked, wanted))
        return pending

    def _unchecked(self, wanted: Sequence[_Wanted]) -> Sequence[_Wanted]:
        ask = self._records.ask_for_checks
        return [each for each in wanted if ask(each.repo, each.commit) is Checks.PENDING]

    async def _check(self, wanted: _Wanted) -> None:
        folder = await self._in_thread(self._make_folder)
        try:
            await make_clone(
                self._git,
                self._repositories,
                wanted.repo,
                folder / "repo",
                branch=wanted.branch,
                base=wanted.commit,
                author="Checks",
                time_limit=self._time_limit,
            )
            checks, detail = await self._outcome(wanted, folder)
            _log.info("checks of %s %s: %s", wanted.repo, wanted.commit[:12], detail)
            await self._in_thread(
                lambda: self._records.set_checks(wanted.repo, wanted.commit, checks, detail=detail)
            )
        finally:
            await self._remove(folder)

    def _make_folder(self) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self._root))

    async def _remove(self, folder: Path) -> None:
        """What a check left behind may be whatever an agent has thought of."""
        try:
            await self._in_thread(partial(remove_tree, folder))
        except Failure as problem:
            _log.warning("what a check left behind stays: %s", problem)

    async def _in_thread(self, job: Callable[[], T]) -> T:
        return await self._git.in_thread(lambda _: job(), what="checks")

    async def _outcome(self, wanted: _Wanted, folder: Path) -> tuple[Checks, str]:
        def job(leash: Leash) -> int:
            return self._execute(leash, wanted, folder)

        try:
            code = await self._git.in_thread(job, what="checks", time_limit=self._time_limit)
        except TimedOut:
            return Checks.FAILED, f"took longer than {self._time_limit}"
        except OSError as error:
            return Checks.FAILED, f"{self._command[0]} cannot be started: {error}"
        return (Checks.FAILED if code else Checks.PASSED), f"exit code {code}"

    def _execute(self, leash: Leash, wanted: _Wanted, folder: Path) -> int:
        home = folder / "home"
        home.mkdir()
        environment = {
            **self._environment,
            "HOME": str(home),
            "TMPDIR": str(home),
            "CI": "true",
            "CHECK_BRANCH": wanted.branch,
            "CHECK_COMMIT": wanted.commit,
        }
        with self._records.log(wanted.repo, wanted.commit).open("wb") as log:
            process = leash.start(
                self._command, environment, stderr=subprocess.STDOUT, cwd=folder / "repo"
            )
            if process.stdout is None:
                raise AssertionError("started without a pipe")
            fd, room = process.stdout.fileno(), _LOG_LIMIT
            with selectors.DefaultSelector() as selector:
                selector.register(fd, selectors.EVENT_READ)
                # Until it has ended, not until the pipe is closed: a server that it left running
                # in the background holds the pipe, too.
                while process.poll() is None:
                    if selector.select(_LOOK):
                        room -= log.write(os.read(fd, 65_536)[:room])
                kill(process)
                while data := os.read(fd, 65_536):
                    room -= log.write(data[:room])
        return process.wait()
