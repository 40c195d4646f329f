"""What an agent that means harm cannot do."""

import json
import socket
from collections.abc import Generator
from typing import Any

import psutil
import pytest

from adapters.disk.removal import remove_tree
from adapters.docker.network import PlainNetwork
from domain.events import Outcome
from tests.contracts.agent_runner import ONE
from tests.integration.docker.outside import KEY
from tests.integration.docker.theatre import USER, DockerTheatre, docker

pytestmark = pytest.mark.docker

NAMES = ["model.test", "evil.test", "example.org", "example.com"]
FORBIDDEN = ["/etc/x", "/usr/bin/x", "/x", "/proc/sysrq-trigger", "/run/orchestrator/brief.md"]


@pytest.fixture
def hosts() -> Generator[list[tuple[str, int]], None, None]:
    """Where somebody could be reached: this machine by all its addresses, and the world."""
    with socket.create_server(("", 0)) as listening:
        port = listening.getsockname()[1]
        own = [
            address.address
            for addresses in psutil.net_if_addrs().values()
            for address in addresses
            if address.family is socket.AF_INET and not address.address.startswith("127.")
        ]
        assert own
        yield [(host, port) for host in own] + [
            ("1.1.1.1", 443),
            ("8.8.8.8", 53),
            ("169.254.169.254", 80),
        ]


async def surveyed(theatre: DockerTheatre, hosts: list[tuple[str, int]]) -> dict[str, Any]:
    """What an agent finds that looks round."""
    arguments = [json.dumps(each) for each in (hosts, NAMES, FORBIDDEN)]
    seen = await theatre.perform(ONE, "survey.py", *arguments)
    printed = await theatre.printed(ONE)
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0), printed
    found: dict[str, Any] = json.loads(printed.splitlines()[0])
    return found


async def test_nothing_can_be_reached_but_the_proxy_and_no_key_be_seen(
    confined: DockerTheatre, hosts: list[tuple[str, int]]
) -> None:
    found = await surveyed(confined, hosts)
    assert found["reached"] == []
    assert found["known"] == []
    for place in ("visible", "files", "mounts"):
        assert KEY not in found[place], place
    assert "MODEL_API_KEY=held-by-the-egress-proxy" in found["visible"]


async def test_who_looks_round_would_find_a_way_out_if_there_were_one(
    theatre: DockerTheatre, hosts: list[tuple[str, int]]
) -> None:
    theatre.network = lambda *_: PlainNetwork("bridge")
    await theatre.restarted()
    found = await surveyed(theatre, hosts)
    assert {f"{host}:{port}" for host, port in hosts[:-3]} & set(found["reached"])


async def test_the_machine_cannot_be_seen_nor_changed(
    theatre: DockerTheatre, hosts: list[tuple[str, int]]
) -> None:
    found = await surveyed(theatre, hosts)
    assert found["reached"] == []
    status = dict(line.split(":\t", 1) for line in found["status"].splitlines() if ":\t" in line)
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Uid"].split() == [str(USER[0])] * 4
    assert found["sockets"] == []
    assert found["written"] == []
    assert [deed for deed in ("mounted", "root", "unshared") if found[deed]] == []
    # Of this machine's files, the run's own alone; the rest is the engine's.
    ours = [line for line in found["mounts"].splitlines() if str(theatre.data.parent) in line]
    assert {line.split()[4] for line in ours} == {
        "/workspace",
        "/run/orchestrator/brief.md",
        "/run/orchestrator/home",
    }
    assert "docker.sock" not in found["mounts"]
    assert not {"sda", "vda", "kmsg", "mem", "kvm", "fuse"} & set(found["devices"])


async def test_a_fork_bomb_ends_with_its_container(theatre: DockerTheatre) -> None:
    bomb = "import os, time\nwhile True:\n try: os.fork()\n except OSError: time.sleep(60)"
    await theatre.runner.ensure(ONE, theatre.spec("python3", "-c", bomb))

    def inside() -> int:
        listed = docker("top", theatre.container(ONE), "-eo", "pid").splitlines()
        return len(listed) - 1

    while inside() < 60:
        assert inside() <= 64
    assert len(theatre.alive()) > 40
    await theatre.runner.stop(ONE)
    assert theatre.alive() == []
    assert (await theatre.runner.observe(ONE)).outcome is Outcome.STOPPED


async def test_who_wants_more_memory_than_allowed_is_killed_and_told_why(
    theatre: DockerTheatre,
) -> None:
    seen = await theatre.play(ONE, "python3", "-c", "b'x' * (512 * 1024 * 1024)")
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 137)
    assert "agents.docker.memory_mb" in seen.detail


async def test_a_file_that_fills_the_disk_stops_at_the_limit(theatre: DockerTheatre) -> None:
    seen = await theatre.play(ONE, "sh", "-c", "exec yes > filler")
    assert (theatre.workspace / "filler").stat().st_size <= 64 * 1024 * 1024
    assert (seen.outcome, seen.exit_code) == (Outcome.DISK_LIMIT, None)
    assert "64 MB" in seen.detail


async def test_many_files_that_fill_the_disk_end_the_run_and_it_says_why(
    theatre: DockerTheatre,
) -> None:
    filler = "n=0; while :; do n=$((n+1)); head -c 8000000 /dev/zero > filler.$n; sleep 0.02; done"
    seen = await theatre.play(ONE, "sh", "-c", filler)
    assert (seen.outcome, seen.exit_code) == (Outcome.DISK_LIMIT, None)
    assert "64 MB" in seen.detail


async def test_folders_too_deep_to_be_measured_end_the_run(theatre: DockerTheatre) -> None:
    deep = (
        "import os, time\n"
        "for _ in range(3000): os.mkdir('d' * 9); os.chdir('d' * 9)\n"
        "time.sleep(1000)\n"
    )
    try:
        assert (await theatre.play(ONE, "python3", "-c", deep)).outcome is Outcome.DISK_LIMIT
    finally:
        remove_tree(theatre.workspace)


async def test_memory_that_is_used_as_a_disk_is_limited_too(theatre: DockerTheatre) -> None:
    filler = "for where in /tmp ~ /dev/shm; do yes > $where/x; stat --format %s $where/x; done"
    await theatre.play(ONE, "sh", "-c", filler)
    sizes = [int(line) for line in (await theatre.printed(ONE)).splitlines() if line.isdigit()]
    assert len(sizes) == 3
    assert max(sizes) <= 16 * 1024 * 1024


async def test_a_child_that_fled_into_a_session_of_its_own_dies_with_the_run(
    theatre: DockerTheatre,
) -> None:
    flee = "env -i setsid sleep 1000 & env -i setsid sleep 1000 & echo gone"
    seen = await theatre.play(ONE, "sh", "-c", flee)
    assert seen.outcome is Outcome.EXITED
    assert theatre.alive() == []


async def test_a_link_out_of_the_workspace_leads_into_the_container_only(
    theatre: DockerTheatre,
) -> None:
    secret = theatre.data.parent / "secret"
    secret.write_text("ours")
    (theatre.workspace / "link").symlink_to(secret)
    seen = await theatre.play(ONE, "cat", "link")
    assert seen.exit_code == 1
    assert "ours" not in await theatre.printed(ONE)


async def test_what_is_not_ours_is_not_adopted(theatre: DockerTheatre) -> None:
    docker("create", "--name", theatre.container(ONE), theatre.image, "true")
    try:
        seen = await theatre.play(ONE, "true")
        assert seen.outcome is Outcome.NOT_STARTED
        assert "not ours" in seen.detail
    finally:
        docker("rm", "--force", theatre.container(ONE))
