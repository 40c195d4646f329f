"""Agents in real containers, which do what a test tells them through a pipe."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

from adapters.docker.agent_runner import DockerRunner
from adapters.docker.blueprint import MB, Bounds
from adapters.docker.containers import Containers
from adapters.docker.engine import Engine
from adapters.docker.images import Pull
from adapters.docker.installation import LABEL, kept_id
from adapters.docker.network import Network, PlainNetwork
from domain.identifiers import RunId
from domain.masking import Mask
from ports.agent_runner import AgentSpec, Observation
from ports.clock import Clock
from tests.contracts.agent_excess import LOG_LIMIT, play, printed
from tests.contracts.agent_runner import SECRET

USER = (10001, 10001) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
SMALL = Bounds(memory=128 * MB, cpus=1.0, processes=64, disk=64 * MB, scratch=16 * MB, output=MB)

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


class DockerRefused(Exception):
    """Docker's own command failed."""


def docker(*words: str, host: str = "", given: bytes | None = None) -> str:
    """Runs Docker's own command; returns what it printed."""
    command = ["docker", *(["--host", host] if host else []), *words]
    done = subprocess.run(command, check=False, capture_output=True, input=given)
    if done.returncode:  # what it complains of would else be kept from who reads of the failure
        raise DockerRefused(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode().strip()


class DockerTheatre:
    """A DockerRunner and its agents."""

    def __init__(
        self,
        folder: Path,
        image: str,
        *,
        host: str = "",
        command_host: str = "",
        certificates: Path | None = None,
        network: Callable[[Engine, Containers, Path], Network] | None = None,
        bounds: Bounds = SMALL,
        log_limit: int = LOG_LIMIT,
    ) -> None:
        self.data = folder / "data"
        self.workspace = folder / "workspace"
        self.workspace.mkdir(exist_ok=True)
        self.image = image
        self.host = host
        self._command_host = command_host or host
        """Where Docker's own command finds the same engine."""
        self._certificates = certificates
        self.network = network
        self._bounds = bounds
        self._log_limit = log_limit
        self.clock: Clock = RealTime()
        self.id = kept_id(self.data / "installation", lambda: token_hex(16))
        self.runner = self.make_runner()

    def make_runner(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
        pull: Pull = Pull.NEVER,
        data_on_engine: Path | None = None,
        watches: bool = True,
        start_limit: timedelta = timedelta(minutes=15),
        grace: timedelta = timedelta(seconds=1),
    ) -> DockerRunner:
        """A runner in a hurry."""
        engine = Engine(self.host, certificates=self._certificates)
        containers = Containers(engine, lambda: self.id)
        return DockerRunner(
            engine,
            containers,
            self.network(engine, containers, self.data) if self.network else PlainNetwork("none"),
            self.data,
            self.clock,
            image=self.image,
            environment=environment or {},
            user=USER,
            names=names,
            bounds=self._bounds,
            pull_policy=pull,
            data_on_engine=data_on_engine,
            start_limit=start_limit,
            grace=grace,
            log_limit=self._log_limit,
            tick=timedelta(seconds=0.05),
            mask=Mask([SECRET]),
            watches=watches,
        )

    def container(self, run: RunId) -> str:
        """What the run's container is called."""
        return f"orchestrator-{self.id[:12]}-{run}"

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

    async def restarted(self) -> DockerRunner:
        await self.runner.close()
        self.runner = self.make_runner()
        return self.runner

    def left(self, label: str = "") -> list[str]:
        """The containers of this theatre that are there, dead or alive."""
        more = ("--filter", f"label={label}") if label else ()
        ours = ("--filter", f"label={LABEL}={self.id}")
        return docker("ps", "--all", "--quiet", *ours, *more, host=self._command_host).split()

    async def clear(self) -> None:
        """Leaves nothing behind."""
        await self.runner.close()
        while left := self.left():
            with suppress(DockerRefused):  # it is being removed already
                docker("rm", "--force", "--volumes", *left, host=self._command_host)
        ours = ("--quiet", "--filter", f"label={LABEL}={self.id}")
        if networks := docker("network", "ls", *ours, host=self._command_host).split():
            docker("network", "rm", *networks, host=self._command_host)

    def spec(
        self,
        *command: str,
        environment: Mapping[str, str] | None = None,
        image: str = "",
        brief: str = "# the brief\n",
    ) -> AgentSpec:
        """What starts that command."""
        return AgentSpec(
            command=command,
            workspace=self.workspace,
            brief=brief,
            environment=environment or {},
            time_limit=timedelta(minutes=5),
            idle_limit=timedelta(minutes=5),
            image=image,
        )

    async def play(self, run: RunId, *command: str) -> Observation:
        """Runs a command to its end."""
        return await play(self, run, *command)

    def alive(self) -> list[int]:
        """The processes, wherever they fled, that see the workspace mounted as agents do."""
        found = []
        for mounts in Path("/proc").glob("[0-9]*/mountinfo"):
            with suppress(OSError):  # it has ended
                if f"{self.workspace} /workspace " in mounts.read_text():
                    found.append(int(mounts.parent.name))
        return found

    def kept(self, run: RunId) -> int:
        """The bytes of disk that are kept of a run. Of its container nothing is left."""
        kept = 0
        for file in (self.data / "runs" / run).iterdir():
            with suppress(FileNotFoundError):  # its name was for the moment
                kept += file.stat().st_size
        return kept

    async def perform(self, run: RunId, script: str, *arguments: str) -> Observation:
        """Runs a script of ``agents/`` to its end."""
        shutil.copy(Path(__file__).with_name("agents") / script, self.workspace)
        return await self.play(run, "python3", script, *arguments)

    async def printed(self, run: RunId) -> str:
        """All of the run's log."""
        return await printed(self, run)

    def _order(self, run: RunId, line: str) -> None:
        # The agent holds the pipe open for both ways, or what is written would be lost here.
        with (self.workspace / f"orders.{run}").open("w", encoding="utf-8") as pipe:
            pipe.write(line)
