"""A terminal for each test, and the process that its commands are forked from."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.cli.started import Terminal, Zygote, free_port


@pytest.fixture(scope="session")
def zygote() -> Generator[Zygote, None, None]:
    """Commands are there in a hundredth of the time when they need not import anything."""
    zygote = Zygote.start()
    yield zygote
    zygote.close()


@pytest.fixture
def port() -> int:
    """A port of this test's own."""
    return free_port()


@pytest.fixture
def terminal(tmp_path: Path, zygote: Zygote, port: int) -> Generator[Terminal, None, None]:
    """A folder in which nothing is yet, and an environment that holds nothing of the machine's."""
    terminal = Terminal(
        tmp_path / "folder", zygote, environment={"ORCHESTRATOR_SERVER__PORT": str(port)}
    )
    yield terminal
    terminal.close()
