"""`orchestrator logs KEY --follow`, beside a service, of a run that is alive."""

import signal
from collections.abc import Generator
from datetime import datetime

import pytest

from tests.integration.cli.started import Started, Terminal, until
from tests.integration.cli.test_stopping import agents, make_item

pytestmark = pytest.mark.slow

AGENT = """\
[agents]
slots = 1
command = ["sh", "-c", '''
mkfifo "$ORCHESTRATOR_BRIEF.orders"
exec <>"$ORCHESTRATOR_BRIEF.orders"
while read -r verb rest; do
  case $verb in say) echo "$rest" ;; exit) exit "$rest" ;; esac
done
''']
"""
"""An agent that does as it is told, through a file beside its brief."""


class Agent:
    """The agent of one run."""

    def __init__(self, terminal: Terminal, run: str) -> None:
        """Wait until it is there."""
        self.orders = terminal.folder / "var" / "runs" / run / "brief.md.orders"
        until(self.orders.is_fifo, f"the agent of {run} is wanted")

    def does(self, order: str) -> None:
        """Tell it what to do."""
        with self.orders.open("w", encoding="utf-8") as pipe:
            pipe.write(f"{order}\n")


@pytest.fixture
def service(terminal: Terminal) -> Generator[Started]:
    """A service whose agents do as they are told, one at a time."""
    terminal.configure(AGENT)
    yield terminal.serve()
    terminal.close()
    for agent in agents(terminal):
        agent.kill()


def ended_well(follower: Started, printed: str, remark: str = "") -> None:
    """It must have ended with the run, after all of its output and at most one remark."""
    assert follower.wait() == 0, follower
    assert follower.stdout == printed
    assert follower.stderr == (f"orchestrator: {remark}\n" if remark else "")


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("cold", [False, True])
def test_lines_come_as_they_are_printed_and_the_command_ends_with_the_run(
    terminal: Terminal, port: int, cold: bool
) -> None:
    make_item(port)
    agent = Agent(terminal, "DEMO-1-1")
    agent.does("say one")
    follower = terminal.start("logs", "DEMO-1", "--follow", cold=cold)
    raw = terminal.start("logs", "DEMO-1-1", "-f", "--raw")
    follower.says("one\n")
    agent.does("say two")
    follower.says("two\n")
    assert follower.running()
    agent.does("exit 3")
    ended_well(follower, "one\ntwo\n")
    ended_well(raw, "one\ntwo\n")


@pytest.mark.usefixtures("service")
def test_the_next_run_is_another_log(terminal: Terminal, port: int) -> None:
    make_item(port)
    first = Agent(terminal, "DEMO-1-1")
    following = terminal.start("logs", "DEMO-1", "--follow")
    until(lambda: following.stderr, following)
    first.does("say first")
    first.does("exit 0")
    ended_well(following, "first\n", "DEMO-1-1 has printed nothing yet")
    terminal.reaches("blocked")
    assert terminal.run("retry", "DEMO-1").wait() == 0
    second = Agent(terminal, "DEMO-1-2")
    following = terminal.start("logs", "DEMO-1", "--follow")
    second.does("say second")
    following.says("second\n")
    second.does("exit 0")
    assert following.wait() == 0
    assert terminal.run("logs", "DEMO-1", "--run", "1").stdout == "first\n"


def test_a_service_that_restarts_is_not_noticed(
    terminal: Terminal, port: int, service: Started
) -> None:
    make_item(port)
    agent = Agent(terminal, "DEMO-1-1")
    agent.does("say before")
    follower = terminal.start("logs", "DEMO-1", "--follow")
    follower.says("before\n")
    service.kill()
    agent.does("say without")
    follower.says("without\n")
    terminal.serve()
    agent.does("say after")
    follower.says("after\n")
    agent.does("exit 0")
    ended_well(follower, "before\nwithout\nafter\n")


def test_a_run_that_ends_while_no_service_is_there_ends_the_log_as_well(
    terminal: Terminal, port: int, service: Started
) -> None:
    make_item(port)
    agent = Agent(terminal, "DEMO-1-1")
    follower = terminal.start("logs", "DEMO-1", "--follow")
    service.kill()
    agent.does("say alone")
    agent.does("exit 0")
    assert (follower.wait(), follower.stdout) == (0, "alone\n")


@pytest.mark.usefixtures("service")
def test_who_has_seen_enough_ends_the_command_and_nothing_else(
    terminal: Terminal, port: int
) -> None:
    make_item(port)
    agent = Agent(terminal, "DEMO-1-1")
    agent.does("say one")
    follower = terminal.start("logs", "DEMO-1", "--follow")
    follower.says("one\n")
    follower.send(signal.SIGINT)
    assert (follower.wait(), follower.stderr.strip()) == (130, "")
    assert agents(terminal)


@pytest.mark.usefixtures("service")
def test_a_run_that_waits_for_a_slot_says_so_everywhere_and_is_followed_from_its_start(
    terminal: Terminal, port: int
) -> None:
    make_item(port)
    first = Agent(terminal, "DEMO-1-1")
    make_item(port, title="Greet others, too")
    until(lambda: (terminal.task("DEMO-2") or {}).get("waiting_since"), "DEMO-2 to wait")
    since = datetime.fromisoformat(terminal.task("DEMO-2")["waiting_since"])
    words = f"waits for a slot since {since:%Y-%m-%d %H:%M} UTC"
    assert words.removeprefix("waits ") in terminal.run("task", "DEMO-2").stdout
    (line,) = [one for one in terminal.run("tasks").stdout.splitlines() if "DEMO-2" in one]
    assert f"a slot     {since:%Y-%m-%d %H:%M}" in line
    seen = terminal.run("logs", "DEMO-2")
    ended_well(seen, "", f"DEMO-2-1 {words}")
    follower = terminal.start("logs", "DEMO-2", "--follow")
    until(lambda: words in follower.stderr, follower)
    first.does("exit 0")
    second = Agent(terminal, "DEMO-2-1")
    second.does("say at last")
    follower.says("at last\n")
    second.does("exit 0")
    ended_well(follower, "at last\n", f"DEMO-2-1 {words}")
