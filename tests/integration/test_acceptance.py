"""The user's own acceptance: compose starts it, it answers, and an item is moved by command line.

What README.md tells to type is what is typed here.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import pytest

from tests.integration.cli.started import ROOT, free_port, until
from tests.integration.cli.test_readme import STEER, UP
from tests.integration.plane_mock.people import SLUG, key_of
from tests.integration.plane_mock.seed import PROJECT_ID, STATE_IDS

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(600)]

NEEDED = (
    *("Dockerfile", "docker-compose.yml", ".dockerignore", "requirements.txt", "pyproject.toml"),
    *("LICENSE", "src", "docker", "tests/integration/plane_mock"),
)


@dataclass
class Compose:
    """A checkout with containers of its own, whichever client of compose there is."""

    folder: Path
    client: Sequence[str]
    environment: dict[str, str]

    def run(self, line: str) -> str:
        """What a command prints; fails if it does not end well."""
        ended = subprocess.run(
            ["sh", "-e", "-c", self._here(line)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert ended.returncode == 0, f"{line}\n{ended.stdout[-6000:]}\n{ended.stderr[-4000:]}"
        return ended.stdout

    def _here(self, line: str) -> str:
        """The line for this client and these ports; a program has no terminal to offer."""
        line = line.replace("docker compose exec ", "docker compose exec -T ")
        line = line.replace("docker compose", " ".join(self.client))
        for name, usual in (("PORT", "8500"), ("PLANE_PORT", "8091")):
            line = line.replace(f"localhost:{usual}", f"localhost:{self.environment[name]}")
        return line

    def answers(self) -> bool:
        """Whether the service says that it serves."""
        try:
            answer = httpx.get(f"http://localhost:{self.environment['PORT']}/health", timeout=30)
        except httpx.TransportError:
            return False
        return answer.is_success

    def states(self) -> set[str]:
        """The names of the project's states, as Plane's API tells them."""
        return set(self._names())

    def state(self, key: str) -> str:
        """The item's state, as Plane's API tells it; it may be asked 60 times a minute."""
        names = {ident: name for name, ident in self._names().items()}
        return names[self._plane(f"work-items/{key}/")["state"]]

    def moves(self, key: str) -> list[str]:
        """The states that the item was moved to, the first one first, however often it is asked."""
        made = _asked(f"http://localhost:{self.environment['PLANE_PORT']}/mock/items")
        told = [each["activities"] for each in made if each["key"] == key]
        return [each["new_value"] for one in told for each in one if each["field"] == "state"]

    def _names(self) -> dict[str, str]:
        states = self._plane(f"projects/{PROJECT_ID}/states/")["results"]
        return {state["name"]: state["id"] for state in states}

    def _plane(self, path: str) -> Any:
        address = f"http://localhost:{self.environment['PLANE_PORT']}/api/v1/workspaces/{SLUG}"
        return _asked(f"{address}/{path}", key=key_of("a"))


def _asked(url: str, key: str = "") -> Any:
    answer = httpx.get(url, headers={"X-Api-Key": key}, timeout=30)
    assert answer.is_success, answer.text
    return answer.json()


@pytest.fixture
def compose(tmp_path: Path, base_image: str) -> Generator[Compose]:
    """A checkout, and nothing of it left in the engine afterwards."""
    folder = tmp_path / "checkout"
    for name in NEEDED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, target)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "BASE_IMAGE": base_image,
        "COMPOSE_PROJECT_NAME": f"acceptance-{token_hex(4)}",
        "PORT": str(free_port()),
        "PLANE_PORT": str(free_port()),
        **{name: value for name, value in os.environ.items() if name.startswith("DOCKER_")},
    }
    compose = Compose(folder, client(), environment)
    try:
        yield compose
    finally:
        if (folder / ".env").exists():
            compose.run("docker compose down --volumes --rmi local --timeout 5 --remove-orphans")


def client() -> Sequence[str]:
    """The plugin where there is one, else the program that came before it."""
    plugin = subprocess.run(["docker", "compose", "version"], check=False, capture_output=True)
    if plugin.returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    pytest.skip("needs docker compose, or docker-compose 1.29")


def test_compose_starts_it_and_an_item_is_moved_to_needs_input_and_back(compose: Compose) -> None:
    copy, up, health, init = UP.splitlines()
    compose.run(copy)
    compose.run(up)
    until(compose.answers, lambda: compose.run("docker compose logs --no-color orchestrator"))
    assert '"status":"ok"' in compose.run(health)

    assert not {"Needs Input", "In Review", "Blocked"} & compose.states()
    compose.run(init)
    assert compose.states() >= set(STATE_IDS)

    make, tasks, needs_input, in_progress, down = STEER.splitlines()
    compose.run(make)
    taken_there_and_back(compose, "ET-1", tasks, needs_input, in_progress)
    compose.run(make)
    taken_there_and_back(
        compose,
        "ET-2",
        tasks,
        "docker compose exec orchestrator orchestrator item ET-2 state needs-input",
        "docker compose exec orchestrator orchestrator item ET-2 state in-progress",
    )

    identity = compose.run("docker compose exec orchestrator id --user").strip()
    assert identity not in {"", "0"}, "it runs as nobody in particular"
    compose.run(down)
    assert compose.run("docker compose ps -q") == ""


def taken_there_and_back(
    compose: Compose, key: str, tasks: str, needs_input: str, in_progress: str
) -> None:
    """Have the item taken up, move it as the user does, and see it move in Plane."""
    until(lambda: f"{key} " in compose.run(tasks), f"{key} is not taken up")
    until(lambda: "In Progress" in compose.moves(key), f"{key} does not start")
    compose.run(needs_input)
    until(lambda: "Needs Input" in compose.moves(key), lambda: f"{key}: {compose.moves(key)}")
    assert compose.state(key) == "Needs Input"
    compose.run(in_progress)

    def back() -> bool:
        moves = compose.moves(key)
        return "In Progress" in moves[moves.index("Needs Input") :]

    until(back, lambda: f"{key}: {compose.moves(key)}")


def test_its_port_is_published_where_the_user_looks_for_it() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert re.search(r'"\$\{PORT:-8500\}:8500"', text)
