"""Agents that are real processes, and do what a test tells them through a pipe."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from adapters.process.agent_runner import ProcessRunner
from adapters.process.census import Census
from domain.identifiers import RunId
from domain.masking import Mask
from ports.agent_runner import AgentSpec
from tests.contracts.agent_excess import LOG_LIMIT
from tests.contracts.agent_runner import SECRET

AGENT = """
mkfifo "orders.$1"
exec <>"orders.$1"
echo $$ >>"starts.$1"
while read -r verb rest; do
  case $verb in
    say) printf '%s\\n' "$rest" ;;
    exit) exit "$rest" ;;
  esac
done
"""


class RealTime:
    """A clock."""

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)


def make_runner(
    data: Path,
    environment: dict[str, str] | None = None,
    *,
    names: Sequence[str] = (),
    log_limit: int = LOG_LIMIT,
    watches: bool = True,
    tick: timedelta = timedelta(seconds=0.02),
) -> ProcessRunner:
    """A runner in a hurry."""
    return ProcessRunner(
        data,
        RealTime(),
        {"PATH": os.environ["PATH"]} if environment is None else environment,
        names=names,
        grace=timedelta(seconds=0.3),
        log_limit=log_limit,
        tick=tick,
        mask=Mask([SECRET]),
        watches=watches,
    )


class ProcessTheatre:
    """A ProcessRunner and its agents."""

    def __init__(self, data: Path, workspace: Path) -> None:
        self.data = data
        self.workspace = workspace
        self.runner = make_runner(data)

    def command(self, run: RunId) -> Sequence[str]:
        return ["sh", "-c", AGENT, "agent", run]

    def missing_command(self) -> Sequence[str]:
        return ["no-such-command"]

    def say(self, run: RunId, text: str) -> None:
        self._order(run, f"say {text}")

    def finish(self, run: RunId, exit_code: int) -> None:
        self._order(run, f"exit {exit_code}\n")

    def starts(self, run: RunId) -> int:
        file = self.workspace / f"starts.{run}"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def spec(self, *command: str) -> AgentSpec:
        return AgentSpec(
            command=command,
            workspace=self.workspace,
            brief="# the brief\n",
            environment={},
            time_limit=timedelta(minutes=5),
            idle_limit=timedelta(minutes=5),
        )

    def alive(self) -> list[int]:
        taken = Census(self.data.resolve() / "runs").take()
        return [pid for pids in taken.values() for pid in pids]

    def kept(self, run: RunId) -> int:
        kept = 0
        for file in (self.data / "runs" / run).iterdir():
            with suppress(FileNotFoundError):  # its name was for the moment
                kept += file.stat().st_blocks * 512
        return kept

    async def restarted(self) -> ProcessRunner:
        await self.runner.close()
        self.runner = make_runner(self.data)
        return self.runner

    def _order(self, run: RunId, line: str) -> None:
        # The agent holds the pipe open for both ways, or what is written would be lost here.
        with (self.workspace / f"orders.{run}").open("w", encoding="utf-8") as pipe:
            pipe.write(line)


def alive(mark: str) -> list[int]:
    """The pids of processes, zombies left out, with that word in their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if mark in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
