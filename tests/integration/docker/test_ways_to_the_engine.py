"""The engine of another machine: by TCP with TLS, and through SSH."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import asyncssh
import psutil
import pytest

from adapters.docker.engine import Engine
from domain.errors import Invalid, ToolFailed, Unavailable
from domain.events import Outcome
from tests.contracts.agent_runner import ONE, TWO, started, until
from tests.integration.docker.own_engine import IMAGE, OwnEngine, own_engine
from tests.integration.docker.theatre import DockerTheatre

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def engine() -> Generator[OwnEngine, None, None]:
    """An engine of our own that listens to those who have a certificate."""
    with own_engine(certified=True) as own:
        yield own


class Gateway(asyncssh.SSHServer):
    """Lets one user through to sockets of this machine."""

    def begin_auth(self, username: str) -> bool:
        return True

    def unix_connection_requested(self, dest_path: str) -> bool:
        return True


@pytest.fixture
async def gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[asyncssh.SSHAcceptor, None]:
    """A machine that takes SSH, and an ``ssh`` that is set up for it."""
    keys = {name: asyncssh.generate_private_key("ssh-ed25519") for name in ("host", "user")}
    keys["user"].write_private_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o600)
    keys["user"].write_public_key(tmp_path / "authorized")
    server = await asyncssh.create_server(
        Gateway,
        "127.0.0.1",
        0,
        server_host_keys=[keys["host"]],
        authorized_client_keys=str(tmp_path / "authorized"),
    )
    known = keys["host"].export_public_key().decode()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{server.get_port()} {known}")
    config = tmp_path / "config"
    config.write_text(f"IdentityFile {tmp_path}/key\nUserKnownHostsFile {tmp_path}/known\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    ssh = programs / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {config} "$@"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    yield server
    server.close()
    await server.wait_closed()


async def expect_agents(theatre: DockerTheatre) -> None:
    """Runs one to its end, and stops another."""
    try:
        seen = await theatre.play(ONE, "sh", "-c", "echo here; exit 3")
        assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 3)
        assert await theatre.printed(ONE) == "here\n"
        await started(theatre, TWO)
        await theatre.restarted()
        await theatre.runner.stop(TWO)
        assert (await theatre.runner.observe(TWO)).outcome is Outcome.STOPPED
    finally:
        await theatre.clear()


async def test_agents_run_on_an_engine_behind_tls(tmp_path: Path, engine: OwnEngine) -> None:
    await expect_agents(
        DockerTheatre(
            tmp_path,
            IMAGE,
            host=f"tcp://127.0.0.1:{engine.port}",
            certificates=engine.certificates,
            command_host=engine.host,
        )
    )


async def test_without_a_certificate_the_engine_is_out_of_reach(engine: OwnEngine) -> None:
    way = Engine(f"tcp://127.0.0.1:{engine.port}")
    with pytest.raises(ToolFailed, match="HTTPS"):
        await way.ping()
    await way.close()


def test_certificates_that_are_not_there_are_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"agents\.docker\.certificates"):
        Engine("tcp://127.0.0.1:2376", certificates=tmp_path)


@pytest.mark.parametrize("host", ["engine", "http://engine", "tcp://engine", "ssh://"])
def test_an_address_that_is_none_is_told_with_what_would_be_one(host: str) -> None:
    with pytest.raises(Invalid, match=r"agents\.docker\.host.*unix:///path"):
        Engine(host)


async def test_agents_run_on_an_engine_behind_ssh(
    tmp_path: Path, engine: OwnEngine, gateway: asyncssh.SSHAcceptor
) -> None:
    folder = tmp_path / "theatre"
    folder.mkdir()
    await expect_agents(
        DockerTheatre(
            folder,
            IMAGE,
            host=f"ssh://tester@127.0.0.1:{gateway.get_port()}{engine.socket}",
            command_host=engine.host,
        )
    )


async def test_a_machine_that_refuses_ssh_is_told_in_its_words(
    gateway: asyncssh.SSHAcceptor, tmp_path: Path
) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "key")
    way = Engine(f"ssh://tester@127.0.0.1:{gateway.get_port()}")
    with pytest.raises(Unavailable, match=r"ssh: .*Permission denied"):
        await way.ping()
    await way.close()


WAY = """
import asyncio, sys
from adapters.docker.tunnel import Tunnel
async def main():
    await Tunnel(sys.argv[1]).opened()
    print("open", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_the_way_through_ssh_ends_when_we_are_killed(
    gateway: asyncssh.SSHAcceptor, tmp_path: Path
) -> None:
    there = f"ssh://tester@127.0.0.1:{gateway.get_port()}{tmp_path}/engine.sock"
    ours = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WAY, there),
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[3] / "src"), "PATH": os.environ["PATH"]},
    )
    assert ours.stdout
    assert await ours.stdout.readline() == b"open\n"

    def ways() -> int:
        """The processes that lead there."""
        lines = [each.info["cmdline"] or [] for each in psutil.process_iter(["cmdline"])]
        return sum(
            "ssh" in line[0] and f"{tmp_path}/engine.sock" in str(line) for line in lines if line
        )

    assert ways() == 1
    ours.kill()
    await ours.wait()

    async def ended() -> bool:
        return ways() == 0

    await until(ended)
