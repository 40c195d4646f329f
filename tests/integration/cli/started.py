"""`orchestrator` commands as processes: started, watched, signalled, waited for."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import sample
from typing import Any, Protocol

ROOT = Path(__file__).parents[3]
SCRIPT = Path(sys.executable).with_name("orchestrator")
PATIENCE = 60.0
"""How long anything may take before a test gives up, in seconds: machines are busy at times."""
_LOOK = 0.005
_numbers = count(1)
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_OWN = range(10_000 + _WORKER, 32_768, _WORKERS)
_PORTS = iter(sample(_OWN, len(_OWN)))


class Process(Protocol):
    """A process, whoever its parent is."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        ...


def until(condition: Callable[[], object], what: object, within: float = PATIENCE) -> None:
    """Wait for the condition; fail if it does not come true in time, and say what was awaited."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            told = what() if callable(what) else what
            raise AssertionError(f"waited {within:g} s in vain; {told}")
        time.sleep(_LOOK)


def free_port() -> int:
    """A port that nobody listens at, and that is given to nobody else while nobody does.

    Connections get theirs from 32768 on, and other processes of this test run look elsewhere.
    """
    for number in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", number)):
            return number
    raise AssertionError("no port is left")


@dataclass(kw_only=True)
class Started:
    """A command that was started."""

    argv: tuple[str, ...]
    process: Process
    out: Path
    err: Path

    @property
    def stdout(self) -> str:
        """What it has printed so far."""
        return self.out.read_text("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """What it has complained of so far."""
        return self.err.read_text("utf-8", "replace")

    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def wait(self, within: float = PATIENCE) -> int:
        """Its exit code; fails if it does not end in time."""
        until(lambda: not self.running(), self, within)
        code = self.process.poll()
        assert code is not None
        return code

    def says(self, text: str, within: float = PATIENCE) -> None:
        """Wait until it has printed the text; fail if it ends without."""

        def said() -> bool:
            alive = self.running()
            if text in self.stdout:
                return True
            assert alive, f"{self} ended without saying {text!r}"
            return False

        until(said, self, within)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.running():
            os.kill(self.process.pid, number)

    def kill(self) -> int:
        """Kill it as the kernel would, and return its exit code."""
        self.send(signal.SIGKILL)
        return self.wait()

    def refusal(self) -> str:
        """The one line with which it refused; fails if it did anything else."""
        code, lines = self.wait(), self.stderr.splitlines()
        assert code == 1, self
        assert len(lines) == 1, self
        assert lines[0].startswith("orchestrator: "), self
        return lines[0].removeprefix("orchestrator: ")

    def __str__(self) -> str:
        """What is needed to understand a failure."""
        said = f"stdout: {self.stdout[-2000:]}\nstderr: {self.stderr[-4000:]}"
        return f"orchestrator {' '.join(self.argv)} (exit {self.process.poll()})\n{said}"


@dataclass
class Zygote:
    """The process that commands are forked from."""

    process: "subprocess.Popen[str]"
    codes: dict[int, int] = field(default_factory=dict)

    @classmethod
    def start(cls) -> "Zygote":
        """Start it; it is ready when it answers."""
        program = Path(__file__).with_name("zygote.py")
        return cls(
            subprocess.Popen(
                [sys.executable, "-W", "error", str(program)],
                env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )

    def ask(self, order: Mapping[str, Any]) -> dict[str, int]:
        """Have it do something."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the zygote has ended with {self.process.wait()}"
        answer: dict[str, int] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@dataclass
class Forked:
    """A child of the zygote."""

    zygote: Zygote
    pid: int
    code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        if self.code is None:
            self.code = self.zygote.ask({"poll": self.pid}).get("code")
        return self.code


@dataclass
class Terminal:
    """A folder in which commands are started; its environment holds nothing of the machine's."""

    folder: Path
    zygote: Zygote
    environment: dict[str, str] = field(default_factory=dict)
    started: list[Started] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep what commands print beside the folder they work in."""
        self.printed = self.folder.with_name(f"{self.folder.name}-printed")
        for folder in (self.folder, self.printed):
            folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONWARNINGS": "error",
            "LANG": "C.UTF-8",
            **self.environment,
        }

    def start(
        self,
        *argv: str,
        cold: bool = False,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
    ) -> Started:
        """Start a command: forked, or by the console script itself, which takes its time."""
        name = f"{next(_numbers):04}"
        given, out, err = (self.printed / f"{name}.{end}" for end in ("in", "out", "err"))
        given.write_text(stdin, "utf-8")
        out.touch()
        err.touch()
        variables = {**self.environment, **(environment or {})}
        order = {
            "argv": argv,
            "cwd": str(self.folder),
            "env": variables,
            "stdin": str(given),
            "out": str(out),
            "err": str(err),
            "user": user,
        }
        process = self._cold(order) if cold else self._warm(order)
        self.started.append(Started(argv=argv, process=process, out=out, err=err))
        return self.started[-1]

    def run(
        self,
        *argv: str,
        cold: bool = False,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> Started:
        """Start a command and wait for its end."""
        started = self.start(*argv, cold=cold, stdin=stdin, environment=environment)
        started.wait()
        return started

    def configure(self, text: str) -> None:
        """Write the configuration file."""
        (self.folder / "orchestrator.toml").write_text(text, "utf-8")

    def serve(self, *argv: str, cold: bool = False) -> Started:
        """A server that is ready."""
        server = self.start(*(argv or ("serve",)), cold=cold)
        server.says("serving on")
        return server

    def json(self, *argv: str) -> Any:
        """What a command prints as JSON."""
        answer = self.run(*argv, "--json")
        assert answer.process.poll() == 0, answer
        return json.loads(answer.stdout)

    def task(self, key: str = "DEMO-1") -> dict[str, Any]:
        """A task as the command line shows it; empty while there is none."""
        answer = self.run("task", key, "--json")
        task: dict[str, Any] = json.loads(answer.stdout) if answer.process.poll() == 0 else {}
        return task

    def reaches(self, status: str, key: str = "DEMO-1") -> dict[str, Any]:
        """Wait until the task has that status, and return it."""
        task: dict[str, Any] = {}

        def there() -> bool:
            nonlocal task
            task = self.task(key)
            return bool(task.get("status") == status)

        until(there, lambda: f"{status} is wanted of {task}")
        return task

    def close(self) -> None:
        """Kill what still runs."""
        for started in self.started:
            if started.running():
                started.kill()

    def _cold(self, order: Mapping[str, Any]) -> Process:
        with (
            Path(order["stdin"]).open() as stdin,
            Path(order["out"]).open("w") as stdout,
            Path(order["err"]).open("w") as stderr,
        ):
            return subprocess.Popen(
                [str(SCRIPT), *order["argv"]],
                cwd=order["cwd"],
                env=order["env"],
                user=order["user"],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    def _warm(self, order: Mapping[str, Any]) -> Process:
        return Forked(self.zygote, self.zygote.ask(order)["pid"])
