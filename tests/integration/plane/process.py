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


@dataclass(kw_only=True)
class Service:
    """A service, in a folder of its own; it can be killed and started again."""

    folder: Path
    knobs: Knobs
    client: httpx.Client
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> str:
        """What it has printed, in all its lives."""
        return (self.folder / "service.log").read_text()

    def start(self) -> None:
        """Start it, and return when it serves."""
        with (self.folder / "service.log").open("w") as out:
            process = self._process = subprocess.Popen(
                [str(SCRIPT), "--config", str(self.folder / "orchestrator.toml"), "serve"],
                cwd=self.folder,
                env=_environment(self.folder, self.knobs),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        def serves() -> bool:
            assert process.poll() is None, self.log
            return "serving on" in self.log

        until(serves, lambda: self.log, _PATIENCE)

    def kill(self) -> None:
        """Kill it as the kernel would."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Tell it to end, and see that it does."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def task(self, key: str) -> Json | None:
        """Return a task, None as long as there is none."""
        answer = self.client.get(f"/api/tasks/{key}")
        if answer.status_code == 404:
            return None
        assert answer.is_success, answer.text
        return dict(answer.json())

    def tasks(self) -> list[Json]:
        """Return all tasks."""
        return self._listed("tasks")

    def dead_letters(self) -> list[Json]:
        """Return what was given up."""
        return self._listed("dead-letters")

    def _listed(self, what: str) -> list[Json]:
        answer = self.client.get(f"/api/{what}")
        assert answer.is_success, answer.text
        found = answer.json()
        assert isinstance(found, list), found
        return found


@contextmanager
def serving(folder: Path, plane: str, port: int, knobs: Knobs) -> Generator[Service]:
    """Have the service inside the block, working in that folder with the Plane at that address."""
    _repository(folder / "original")
    config = _configuration(folder, plane, port, knobs)
    (folder / "orchestrator.toml").write_text(config, "utf-8")
    headers = {"Authorization": f"Bearer {ADMIN}"}
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, headers=headers, timeout=30) as client:
        service = Service(folder=folder, knobs=knobs, client=client)
        service.start()
        try:
            yield service
        finally:
            service.stop()


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
