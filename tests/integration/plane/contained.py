"""The mock in its container, from an image that is built here."""

import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.integration.cli.started import free_port
from tests.integration.plane_mock.settings import PREFIX, MockSettings

ROOT = Path(__file__).parents[3]
IMAGE = "orchestrator-test-plane-mock"
_PATIENCE = 60.0


def build(base_image: str) -> str:
    """Build the image, and return its name."""
    dockerfile = Path("tests/integration/plane_mock/Dockerfile")
    command = ["docker", "build", "--quiet", "--tag", IMAGE, "--file", str(dockerfile)]
    built = subprocess.run(
        [*command, "--build-arg", f"BASE_IMAGE={base_image}", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return IMAGE


@contextmanager
def contained(image: str, settings: MockSettings) -> Generator[str]:
    """Have the mock at the address that this gives, and remove its container in the end.

    It shares the machine's network, so that it reaches a service that only this machine can reach.
    """
    testcontainers_config.ryuk_disabled = True  # it would have to be pulled; we clear up ourselves
    port = free_port()
    container = (
        DockerContainer(image)
        .with_kwargs(network_mode="host")
        .with_envs(**_environment(settings), PLANE_MOCK_HOST="127.0.0.1", PLANE_MOCK_PORT=str(port))
    )
    with container:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + _PATIENCE
        while not _answers(url):
            assert time.monotonic() < deadline, container.get_logs()
            time.sleep(0.05)
        yield url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/instances/").is_success
    except httpx.TransportError:
        return False


def _environment(settings: MockSettings) -> dict[str, str]:
    """Return what differs from the defaults, as the program reads it."""
    given, usual = msgspec.to_builtins(settings), msgspec.to_builtins(MockSettings())
    return {
        PREFIX + name.upper(): str(value)
        for name, value in given.items()
        if value != usual[name] and name not in {"host", "port"}
    }
