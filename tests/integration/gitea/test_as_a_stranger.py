"""The contracts against a server that only the environment names: the fake, in its own process."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.integration.gitea.server import address

ROOT = Path(__file__).parents[3]
FEW = "TestGiteaForge and (it_answers or what_is_merged)"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(address() is not None, reason="this is what is being done"),
]


@pytest.fixture
def served() -> Generator[dict[str, str]]:
    """The environment of whoever has found out about that server."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": paths, "REQUIRE_ALL": ""}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.gitea_fake"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().rstrip("\n").partition("=") for _ in range(3)]
        yield {**environment, **{name: value for name, _, value in told}}
        process.terminate()


def test_a_stranger_runs_the_contract_and_nothing_is_left_behind(served: dict[str, str]) -> None:
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", FEW]
    done = subprocess.run(
        [*run, "tests/integration/gitea/test_contract.py"],
        env=served,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    answer = httpx.get(
        f"{served['GITEA_TEST_URL']}/api/v1/user/repos",
        headers={"Authorization": f"token {served['GITEA_TEST_PERSON_TOKEN']}"},
    )
    assert answer.json() == []
