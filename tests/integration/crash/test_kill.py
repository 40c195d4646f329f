"""The server is killed a hundred times; nothing is lost, and nothing is done twice."""

import os
import random
import socket
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path

import psutil
import pytest

from tests.integration.cli.started import Zygote, until
from tests.integration.crash.evidence import Evidence, alike, diary, notices
from tests.integration.crash.lives import KILLED, Lives, Person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROADS = "analyst=questions,artifacts;tester=fail,pass"
STORY = "Whoever comes back is greeted by name. Everybody else sees what is there today."


@pytest.fixture(scope="module")
def zygote() -> Generator[Zygote, None, None]:
    zygote = Zygote.start()
    yield zygote
    zygote.close()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Another one each time; to repeat a failure: CRASH_SEED=… pytest …"""
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(2**32))
    request.node.user_properties.append(("seed", seed))
    print(f"CRASH_SEED={seed}")  # noqa: T201 # shown where the test fails
    return seed


def test_a_demo_that_is_killed_again_and_again(
    tmp_path: Path, zygote: Zygote, port: int, seed: int
) -> None:
    usual = Lives.begin(tmp_path / "usual", zygote, port, ROADS, seed)
    usual.without_kill(*errand(1), stdin=STORY)
    lives = Lives.begin(tmp_path / "lives", zygote, port, ROADS, seed)
    items = 0
    while lives.kills < 60:
        items += 1
        while lives.one(*errand(items), stdin=STORY) == KILLED:
            pass
    check(lives, usual, items)


def test_a_server_with_several_items_that_is_killed_again_and_again(
    tmp_path: Path, zygote: Zygote, port: int, seed: int
) -> None:
    titles = [f"Greet users, part {number}" for number in range(1, 7)]
    usual = Lives.begin(tmp_path / "usual", zygote, port, ROADS, seed)
    serve(usual, port, titles[:1], kill=False)
    lives = Lives.begin(tmp_path / "lives", zygote, port, ROADS, seed)
    made = 0
    while lives.kills < 50:
        serve(lives, port, [f"{title}{made}" for title in titles], kill=True)
        made += len(titles)
    check(lives, usual, made)


def errand(number: int) -> Sequence[str]:
    title = f"Greet users, part {number}"
    return "demo", "--unattended", "--title", title, "--description-file", "-"


def serve(lives: Lives, port: int, titles: Sequence[str], *, kill: bool) -> None:
    person = Person(port, [(title, STORY) for title in titles])
    person.start()
    try:
        while kill and not person.done.is_set():
            lives.one("serve")
        server = lives.terminal.start("serve")
        server.says("serving on")
        until(lambda: person.done.is_set() or person.fault, server)
        assert person.fault is None, person.fault
        server.send(15)
        assert server.wait() == 0, server
    finally:
        person.leave()
        lives.terminal.close()


def check(lives: Lives, usual: Lives, items: int) -> None:
    found, expected = Evidence(lives.data), Evidence(usual.data)
    print(lives.kills, lives.moments, items)
    doubles = Counter()
    for key in found.keys():
        a=notices(lives.printed,key); b=notices(usual.printed,"DEMO-1")
        doubles.update(Counter(a)-Counter(b))
        if Counter(b)-Counter(a): print("LOST", key, Counter(b)-Counter(a))
    print('doubles', doubles)
    assert len(found.keys()) == items
    assert set(found.states().values()) == {"done"}
    assert set(found.stages().values()) == {("done", "done")}
    for key in found.keys():
        for who in ("bot", "you"):
            assert found.comments(key, who) == expected.comments("DEMO-1", who), key
        assert found.runs(key) == expected.runs("DEMO-1"), key
        assert Counter(found.history(key)) == Counter(expected.history("DEMO-1")), key
    assert found.dead_letters() == []
    assert found.left_to_do() == []
    shifts = diary(lives.terminal.folder / "diary")
    print(Counter(s.what for s in shifts))
