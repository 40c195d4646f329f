"""The server is killed a hundred times; nothing is lost, and nothing is done twice."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from tests.integration.cli.started import Zygote, free_port, until
from tests.integration.crash.evidence import NOTICE, Evidence, diary, survivors
from tests.integration.crash.lives import KILLED, Lives, Person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROADS = "analyst=questions,artifacts;architect=slow:0.6;tester=fail,pass"
RUNS = 10
STORY = "Whoever comes back is greeted by name. Everybody else sees what is there today."
OURS, THEIRS = "bot", "you"


@pytest.fixture(scope="module")
def zygote() -> Generator[Zygote, None, None]:
    zygote = Zygote.start()
    yield zygote
    zygote.close()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def seed(record_property: Callable[[str, object], None]) -> int:
    """Another one each time; to repeat a failure: CRASH_SEED=… pytest …"""
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(2**32))
    record_property("seed", seed)
    print(f"CRASH_SEED={seed}")  # noqa: T201 # shown where the test fails
    return seed


@pytest.fixture
def usual(tmp_path: Path, zygote: Zygote, port: int, seed: int) -> Generator[Lives, None, None]:
    """One that nobody kills: what is to happen."""
    lives = Lives.begin(tmp_path / "usual", zygote, port, ROADS, seed)
    lives.without_kill(*errand(1), stdin=STORY)
    yield lives
    lives.terminal.close()


@pytest.fixture
def lives(tmp_path: Path, zygote: Zygote, port: int, seed: int) -> Generator[Lives, None, None]:
    lives = Lives.begin(tmp_path / "lives", zygote, port, ROADS, seed)
    yield lives
    lives.terminal.close()


def test_a_demo_that_is_killed_again_and_again_ends_as_if_it_had_not_been(
    usual: Lives, lives: Lives
) -> None:
    items = 0
    while lives.kills < 60:
        items += 1
        while lives.one(*errand(items), stdin=STORY) == KILLED:
            pass
    check(lives, usual, items)


def test_a_server_with_many_items_that_is_killed_again_and_again_loses_none(
    usual: Lives, lives: Lives, port: int
) -> None:
    items = 0
    while lives.kills < 50:
        titles = [f"Greet users, part {items + number}" for number in range(1, 7)]
        take_through(lives, port, titles)
        items += len(titles)
    check(lives, usual, items)


def errand(number: int) -> Sequence[str]:
    title = f"Greet users, part {number}"
    return "demo", "--unattended", "--title", title, "--description-file", "-"


def take_through(lives: Lives, port: int, titles: Sequence[str]) -> None:
    """Make all the items at once, and kill the server until all are done."""
    person = Person(port, [(title, STORY) for title in titles])
    person.start()
    try:
        while not (person.done.is_set() or person.fault):
            lives.one("serve")
        assert person.fault is None
        server = lives.terminal.start("serve")
        server.says("serving on")
        server.send(signal.SIGTERM)
        assert server.wait() == 0, server
    finally:
        person.leave()


def check(lives: Lives, usual: Lives, items: int) -> None:
    """Nothing is lost, nothing is there twice, nothing is left running or undone."""
    found, expected = Evidence(lives.data), Evidence(usual.data)
    keys = found.keys()
    assert len(keys) == items
    assert set(found.states().values()) == {"done"}
    assert found.stages() == dict.fromkeys(keys, ("done", "done"))
    for key in keys:
        for who in (OURS, THEIRS):
            assert found.comments(key, who) == expected.comments("DEMO-1", who), key
        assert found.runs(key) == expected.runs("DEMO-1"), key
        assert Counter(found.history(key)) == Counter(expected.history("DEMO-1")), key
        assert found.notices(key) == expected.notices("DEMO-1"), key
    assert found.dead_letters() == []
    assert found.left_to_do() == []
    check_agents(lives, items)
    check_terminal(lives)
    until(lambda: not survivors(lives.terminal.folder), "nothing to be left running")


def check_agents(lives: Lives, items: int) -> None:
    """Each run was started once and came to its end, and no two of an item met."""
    shifts = diary(lives.terminal.folder / "diary")
    told = Counter((shift.what, shift.run) for shift in shifts)
    assert {count for (_, _), count in told.items()} == {1}
    assert Counter(what for what, _ in told) == {"started": items * RUNS, "ended": items * RUNS}
    by_item: dict[str, list[str]] = {}
    for shift in sorted(shifts, key=lambda shift: shift.at):
        by_item.setdefault(shift.key, []).append(shift.what)
    for order in by_item.values():
        assert order == ["started", "ended"] * RUNS


def check_terminal(lives: Lives) -> None:
    """Nobody complained, and a notice was repeated only where its life ended right after it."""
    printed: Counter[str] = Counter()
    cut_short: Counter[str] = Counter()
    for life in lives.terminal.started:
        assert life.stderr == "", life
        lines = [f"{key} {text}" for key, text in NOTICE.findall(life.stdout)]
        printed.update(lines)
        assert len(set(lines)) == len(lines), life
        if life.process.poll() == KILLED:
            cut_short.update(lines)
    twice = {line: count - 1 for line, count in printed.items() if count > 1}
    print(f"{lives.kills} kills {lives.moments}, {sum(twice.values())} notices twice")  # noqa: T201
    assert all(cut_short[line] >= extra for line, extra in twice.items())
