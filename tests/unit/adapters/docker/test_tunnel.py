"""A way through SSH that cannot be made now can be made later."""

import tempfile
from pathlib import Path

import pytest

from adapters.docker import tunnel
from adapters.docker.engine import Engine
from domain.errors import ToolFailed, Unavailable


async def test_without_ssh_it_says_so_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    way = Engine("ssh://nobody@127.0.0.1")
    for _ in range(2):
        with pytest.raises(ToolFailed, match="ssh is not installed"):
            await way.ping()
    await way.close()


async def test_an_ssh_that_made_no_connection_in_time_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\nexec sleep 1000\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(tunnel, "_PATIENCE", 0.2)
    way = Engine("ssh://nobody@127.0.0.1")
    for _ in range(2):
        with pytest.raises(Unavailable, match="ssh made no connection"):
            await way.ping()
    await way.close()


async def test_a_place_where_its_socket_cannot_be_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "nowhere"))
    way = Engine("ssh://nobody@127.0.0.1")
    with pytest.raises(ToolFailed, match="ssh cannot be started"):
        await way.ping()
    await way.close()
