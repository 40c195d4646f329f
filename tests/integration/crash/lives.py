"""A server that is killed and started again, and the person who goes on using it."""

import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.integration.cli.started import ROOT, Started, Terminal, Zygote
from tests.integration.crash.evidence import NOTICE

KILLED = -9
COLD_EVERY = 10
"""Each so many lives one is begun by the console script, and killed while it imports, too."""
MOMENTS = {"start": 0.4, "first steps": 0.06, "work": 1.2, "work on": 1.2, "notice": 9.0}
"""When to kill, and within how many seconds: from the start, or from the first word on. "notice":
as soon as one was printed, the moment at which it may come twice."""
COLD_START = 2.0


def config(folder: Path, port: int, roads: str) -> str:
    """The configuration of a server whose agents keep a diary."""
    agent = [sys.executable, "-I", "-S", str(Path(__file__).with_name("recorder.py"))]
    command = [*agent, str(ROOT / "src"), str(folder / "diary"), "{role}"]
    return f"""
locale = "en"
reconcile_every = 1
[server]
port = {port}
[agents]
command = {command!r}
environment = {{ REHEARSAL = "{roads}" }}
"""


@dataclass
class Lives:
    """One life of a server after the other, on one data folder."""

    terminal: Terminal
    chance: random.Random
    kills: int = 0
    moments: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: Path, zygote: Zygote, port: int, roads: str, seed: int) -> "Lives":
        """Nothing has lived yet."""
        terminal = Terminal(folder, zygote)
        (folder / "orchestrator.toml").write_text(config(folder, port, roads), "utf-8")
        return cls(terminal, random.Random(seed))

    @property
    def data(self) -> Path:
        """Where the server keeps everything."""
        return self.terminal.folder / "var"

    def one(self, *argv: str, stdin: str = "") -> int:
        """Begin a life and end it at some moment, if it does not end before; its exit code."""
        cold = len(self.terminal.started) % COLD_EVERY == COLD_EVERY - 1
        started = self.terminal.start(*argv, stdin=stdin, cold=cold)
        moment = self.chance.choice(tuple(MOMENTS))
        if moment != "start":
            started.says("serving on")
        within = COLD_START if cold and moment == "start" else MOMENTS[moment]
        deadline = time.monotonic() + self.chance.uniform(0, within)
        while started.running() and time.monotonic() < deadline:
            if moment == "notice" and NOTICE.search(started.stdout):
                break
            time.sleep(0.0005)
        code = started.kill()
        if code == KILLED:
            self.kills += 1
            self.moments[moment] = self.moments.get(moment, 0) + 1
        assert code in {KILLED, 0}, started
        return code

    def without_kill(self, *argv: str, stdin: str = "") -> Started:
        """A life that ends by itself, and well."""
        started = self.terminal.run(*argv, stdin=stdin)
        assert started.process.poll() == 0, started
        return started


class Person(threading.Thread):
    """Makes items, answers, approves; tries again what a dying server left unanswered."""

    def __init__(self, port: int, items: Sequence[tuple[str, str]]) -> None:
        """Want these items, each a title and a description."""
        super().__init__(daemon=True)
        self._wanted = list(items)
        self._url = f"http://127.0.0.1:{port}/api"
        self._enough = threading.Event()
        self.done = threading.Event()
        self.fault: str | None = None

    def run(self) -> None:
        """Look and act until everything is done."""
        with httpx.Client(timeout=5) as client:
            while not (self.done.is_set() or self._enough.is_set() or self.fault):
                try:
                    self._look(client)
                except httpx.TransportError:  # the server is being killed or started
                    self._enough.wait(0.01)

    def leave(self) -> None:
        """Stop, whatever has been done."""
        self._enough.set()
        self.join()

    def _look(self, client: httpx.Client) -> None:
        for title, description in list(self._wanted):
            item = {"title": title, "description": description, "priority": "medium"}
            self._post(client, "items", item, key=title.replace(" ", "-"))
            self._wanted.remove((title, description))
        tasks = client.get(f"{self._url}/tasks").raise_for_status().json()
        for task in tasks:
            text = {"needs-input": "your answer", "in-review": ":approved:"}.get(task["status"])
            if text:
                comment = {"text": text, "author": "you"}
                name = f"{task['key']}:{task['turn']['since']}"
                self._post(client, f"items/{task['key']}/comments", comment, key=name)
        if tasks and all(task["status"] == "done" for task in tasks):
            self.done.set()
        self._enough.wait(0.02)

    def _post(self, client: httpx.Client, path: str, body: dict[str, str], *, key: str) -> None:
        answer = client.post(f"{self._url}/{path}", json=body, headers={"Idempotency-Key": key})
        if answer.status_code != 201:
            self.fault = f"{path}: {answer.status_code} {answer.text}"
