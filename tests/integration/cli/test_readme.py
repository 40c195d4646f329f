"""Every command of README.md does what README.md says."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.cli.started import ROOT, until
from tests.integration.cli.test_demo import AGENT, STORY, git

pytestmark = pytest.mark.slow

BLOCKS = re.findall(
    r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)
RUN = "make run\n"
ANSWER = """\
.venv/bin/orchestrator comment DEMO-1 "Use the profile's first name."
.venv/bin/orchestrator comment DEMO-1 ":approved:"
"""
UNATTENDED = "make run ARGS=--unattended\n"
OWN = """\
.venv/bin/orchestrator demo --repo PATH --title "…" --description-file item.md \\
    --agent 'claude -p --permission-mode acceptEdits'
"""
TEST = "make test\n"
UP, STEER = (block for block in BLOCKS if "docker compose" in block)
"""Run by tests/integration/test_acceptance.py."""


class Shell:
    """A shell in a checkout of ours, where everything is set up already."""

    def __init__(self, folder: Path, port: int) -> None:
        """Make the checkout: what make looks at, with sources and environment that are ours."""
        self.folder = folder
        self.output = folder / "printed.txt"
        folder.mkdir()
        for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
            shutil.copy2(ROOT / name, folder)
        for name in ("src", "tests"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(sys.prefix)
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ORCHESTRATOR_SERVER__PORT": str(port),
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, block: str) -> "subprocess.Popen[bytes]":
        """Start a block of commands; what was set up is not set up again."""
        clients = (".venv-clients/stamp", ".venv-clients/node/stamp")
        ready = (".venv/run.stamp", ".venv/dev.stamp", *clients)
        block = block.replace("make ", f"make {' '.join(f'-o {stamp}' for stamp in ready)} ")
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                ["sh", "-e", "-c", block],
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def run(self, block: str) -> str:
        """Run a block to its end, which must be a good one; return all that was printed."""
        assert self.start(block).wait() == 0, self.printed
        return self.printed

    @property
    def printed(self) -> str:
        """What all commands printed."""
        return self.output.read_text("utf-8")

    def says(self, text: str) -> None:
        """Wait until that has been printed."""
        until(lambda: text in self.printed, lambda: f"{text} is wanted of {self.printed}")

    def close(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def shell(tmp_path: Path, port: int) -> Generator[Shell, None, None]:
    shell = Shell(tmp_path / "checkout", port)
    yield shell
    shell.close()


def test_no_command_of_the_readme_is_left_out() -> None:
    assert BLOCKS == [RUN, ANSWER, UNATTENDED, OWN, UP, STEER, TEST]


def test_try_it(shell: Shell) -> None:
    answer, approve = ANSWER.splitlines()
    running = shell.start(RUN)
    shell.says("DEMO-1 waits for your answer")
    shell.run(answer)
    shell.says("DEMO-1 waits for your approval")
    shell.run(approve)
    shell.says("DEMO-1 is done.")
    assert running.poll() is None
    os.killpg(running.pid, signal.SIGINT)
    running.wait()
    assert "Traceback" not in shell.printed
    assert "Error" not in shell.printed


def test_see_all_of_it_without_deciding_anything(shell: Shell) -> None:
    assert "DEMO-1 is done." in shell.run(UNATTENDED)


def test_use_it(shell: Shell, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    git(theirs, "init", "-q", "-b", "main")
    git(theirs, "commit", "-q", "--allow-empty", "-m", "Begin")
    (shell.folder / "item.md").write_text(STORY, "utf-8")
    block = OWN.replace("PATH", str(theirs)).replace("…", "Do some work")
    block = block.replace("claude -p --permission-mode acceptEdits", AGENT)
    shell.start(block)
    shell.says("DEMO-1 waits for your approval")
    shell.run(ANSWER.splitlines()[1])
    shell.says("DEMO-1 is done.")


def test_work_on_it(shell: Shell) -> None:
    """Of all tests, those of one file: this one is among them."""
    block = TEST.strip() + ' ARGS="-q -p no:cacheprovider tests/unit/domain/test_identifiers.py"'
    assert " passed" in shell.run(block)
