"""The real service as a process of its own, with Plane as its tracker."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from tests.integration.cli.started import until
from tests.integration.plane.controls import Json
from tests.integration.plane_mock.people import SLUG, key_of
from tests.integration.plane_mock.seed import PROJECT_ID
from tests.integration.plane_mock.settings import MockSettings

ROOT = Path(__file__).parents[3]
SCRIPT = Path(sys.executable).with_name("orchestrator")
ADMIN = "only-for-tests"
_PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """What a scenario sets; the rest is as it is by default."""

    keys: Sequence[str] = (key_of("b"),)
    webhooks: bool = True
    poll: float = 60
    settle: float = 0.2
    rate_limit: int = 60
    timeout: float = 5
    slots: int = 4
    plan: str = ""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that serves."""

    port: int
    client: httpx.Client
    log: Path

    def task(self, key: str) -> Json | None:
        """Return a task, None as long as there is none."""
        answer = self.client.get(f"/api/tasks/{key}")
        if answer.status_code == 404:
            return None
        assert answer.is_success, answer.text
        return dict(answer.json())

    def tasks(self) -> list[Json]:
        """Return all tasks."""
        answer = self.client.get("/api/tasks")
        assert answer.is_success, answer.text
        found = answer.json()
        return list(found["tasks"] if isinstance(found, dict) else found)

    def dead_letters(self) -> list[Json]:
        """Return what was given up."""
        answer = self.client.get("/api/dead-letters")
        assert answer.is_success, answer.text
        found = answer.json()
        return list(found["dead_letters"] if isinstance(found, dict) else found)


@contextmanager
def serving(folder: Path, plane: str, port: int, knobs: Knobs) -> Generator[Service]:
    """Have the service inside the block, working in that folder with the Plane at that address."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "orchestrator.toml"
    if not config.exists():
        _repository(folder / "original")
    config.write_text(_configuration(folder, plane, port, knobs), "utf-8")
    log = folder / "service.log"
    with log.open("a") as out:
        process = subprocess.Popen(
            [str(SCRIPT), "--config", str(config), "serve"],
            cwd=folder,
            env=_environment(folder, knobs),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {ADMIN}"},
                timeout=30,
            ) as client:
                service = Service(port=port, client=client, log=log)

                def serves() -> bool:
                    assert process.poll() is None, log.read_text()
                    return "serving on" in log.read_text()

                until(serves, log.read_text, _PATIENCE)
                yield service
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def _configuration(folder: Path, plane: str, port: int, knobs: Knobs) -> str:
    return f"""
locale = "en"
reconcile_every = 0.5
data = "{folder}/var"

[server]
port = {port}

[database]
url = "sqlite:///{folder}/var/orchestrator.db"

[tracker]
kind = "plane"
url = "{plane}/api/v1"
workspace = "{SLUG}"
poll = {knobs.poll}
settle = {knobs.settle}
rate_limit = {knobs.rate_limit}
timeout = {knobs.timeout}

[agents]
slots = {knobs.slots}
environment = {{ REHEARSAL = "{knobs.plan}" }}

[[projects]]
tracker_project = "{PROJECT_ID}"
repo = "sample"
source = "{folder}/original"
"""


def _environment(folder: Path, knobs: Knobs) -> Mapping[str, str]:
    secrets = {"PLANE_API_KEY": ",".join(knobs.keys), "ORCHESTRATOR_ADMIN_TOKEN": ADMIN}
    if knobs.webhooks:
        secrets["PLANE_WEBHOOK_SECRET"] = MockSettings().webhook_secret
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT / "src"),
        "LANG": "C.UTF-8",
        **secrets,
    }


def _repository(folder: Path) -> None:
    """Make a repository to work on."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Hanna", "-c", "user.email=hanna@example.test")
        command = ["git", "-C", str(folder), *who, *arguments]
        subprocess.run(command, check=True, capture_output=True)

    folder.mkdir()
    (folder / "README.md").write_text("# Sample\n", "utf-8")
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message=Begin")


def told(found: object) -> str:
    """Return something for a failed test to show."""
    return msgspec.json.format(msgspec.json.encode(found)).decode()
