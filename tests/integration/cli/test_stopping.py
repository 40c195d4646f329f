"""Ctrl-C and SIGTERM: the service ends soon and well, and its agents live on."""

import os
import signal
import socket
import subprocess
import time

import httpx
import psutil
import pytest

from tests.integration.cli.started import PATIENCE, SCRIPT, Started, Terminal, until

pytestmark = pytest.mark.slow

SOON = 10.0
"""Seconds; so long `docker stop` waits before it kills."""
STORY = "Whoever comes back is greeted by name. Everybody else sees what is there today."
ENDING = (signal.SIGINT, signal.SIGTERM)


def make_item(port: int, title: str = "Greet users by name") -> None:
    """As the board's page does."""
    item = {"title": title, "description": STORY}
    url = f"http://127.0.0.1:{port}/api/items"
    httpx.post(url, json=item, timeout=PATIENCE).raise_for_status()


def end(server: Started, number: signal.Signals, code: int = 0, complaint: str = "") -> None:
    """Send the signal; it must end soon and well."""
    begun = time.monotonic()
    server.send(number)
    assert server.wait() == code, server
    assert time.monotonic() - begun < SOON
    assert [complaint] * bool(complaint) == [
        line.partition(": ")[2] for line in server.stderr.splitlines()
    ]


def agents(terminal: Terminal) -> list[psutil.Process]:
    """The agents of this terminal's services that are alive."""
    mark = str(terminal.folder / "var" / "runs")
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("ORCHESTRATOR_BRIEF", "").startswith(mark):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize("number", ENDING)
def test_a_service_with_nothing_to_do(
    terminal: Terminal, number: signal.Signals, cold: bool
) -> None:
    end(terminal.serve(cold=cold), number)


@pytest.mark.parametrize("number", ENDING)
def test_agents_live_on_and_are_adopted(
    terminal: Terminal, port: int, number: signal.Signals
) -> None:
    terminal.configure('[agents]\nenvironment = { REHEARSAL = "analyst=slow:4" }')
    server = terminal.serve()
    make_item(port)
    until(lambda: agents(terminal), lambda: f"an agent is wanted of {server}")
    before = {process.pid for process in agents(terminal)}
    end(server, number)
    assert before <= {process.pid for process in agents(terminal)}
    terminal.serve()
    task = terminal.reaches("in-review")
    assert [(run["id"], run["outcome"], run["exit_code"]) for run in task["runs"]] == [
        ("DEMO-1-1", "exited", 0)
    ]
    until(lambda: not agents(terminal), "the agent to be gone")


@pytest.mark.parametrize("number", ENDING)
def test_requests_that_never_end_hold_nobody_up(
    terminal: Terminal, port: int, number: signal.Signals
) -> None:
    server = terminal.serve()
    with (
        socket.create_connection(("127.0.0.1", port)) as idle,
        httpx.Client(timeout=PATIENCE) as client,
    ):
        client.get(f"http://127.0.0.1:{port}/health").raise_for_status()
        idle.sendall(b"POST /api/items HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                     b" application/json\r\nContent-Length: 100\r\n\r\n{")  # fmt: skip
        end(
            server, number, complaint="Cancel 1 running task(s), timeout graceful shutdown exceeded"
        )


@pytest.mark.parametrize("number", ENDING)
def test_workers_without_a_web_server(terminal: Terminal, number: signal.Signals) -> None:
    worker = terminal.start("work")
    worker.says("working")
    end(worker, number)


def test_a_service_without_a_command_is_serve(terminal: Terminal, port: int) -> None:
    server = terminal.start(cold=True)
    server.says(f"serving on http://localhost:{port}")
    assert httpx.get(f"http://127.0.0.1:{port}/health", timeout=PATIENCE).json()["status"] == "ok"
    end(server, signal.SIGTERM)


@pytest.mark.parametrize("number", ENDING)
def test_a_demo_with_nobody_there_has_not_done_what_it_was_to_do(
    terminal: Terminal, number: signal.Signals
) -> None:
    demo = terminal.serve("demo", "--unattended", "--rehearse", "analyst=slow:2")
    demo.says("launched an agent")
    end(demo, number, code=130)


@pytest.mark.parametrize("number", ENDING)
def test_a_demo_that_a_person_has_seen_enough_of(
    terminal: Terminal, number: signal.Signals
) -> None:
    demo = terminal.serve("demo")
    demo.says("waits for your answer")
    end(demo, number)


@pytest.mark.parametrize("argv", [("pipeline",), ("demo", "--unattended")])
def test_what_nobody_reads_is_no_trouble(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """As in `orchestrator pipeline | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [SCRIPT, *argv],
        stdout=writer,
        stderr=subprocess.PIPE,
        env=terminal.environment,
        cwd=terminal.folder,
        check=False,
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, b"")
