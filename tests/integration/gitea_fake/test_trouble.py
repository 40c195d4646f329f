"""The server fails on command, as whole or in parts, and comes back as it was."""

import time

import httpx
import pytest

from tests.integration.gitea_fake.asking import Asking
from tests.integration.gitea_fake.conftest import SHOP
from tests.integration.gitea_fake.gitea import Gitea
from tests.integration.gitea_fake.people import Person
from tests.integration.gitea_fake.trouble import Failure


def test_an_outage_is_all_there_is_until_it_ends(gitea: Gitea, ask: Asking) -> None:
    gitea.trouble.outage = Failure(status=502)
    answer = ask.shop("GET", "")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert gitea.browser.get(f"/{SHOP}.git/info/refs").status_code == 502
    gitea.trouble.outage = None
    assert ask.shop("GET", "").status_code == 200


def test_a_stopped_server_refuses_and_comes_back_on_the_same_port(
    gitea: Gitea, alice: Person, ask: Asking
) -> None:
    head = alice.push(SHOP, "x", {"a.txt": "a\n"})
    gitea.stop()
    with pytest.raises(httpx.ConnectError):
        ask.shop("GET", "")
    gitea.start()
    assert ask.shop("GET", "/branches/x").json()["commit"]["id"] == head


def test_a_lost_answer_leaves_the_deed_done(gitea: Gitea, ask: Asking) -> None:
    gitea.trouble.lose_next_answer(where="POST /api/v1/repos/team/shop/branches")
    assert ask.shop("GET", "").status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        ask.shop("POST", "/branches", {"new_branch_name": "x"})
    assert ask.shop("GET", "/branches/x").status_code == 200
    assert ask.shop("POST", "/branches", {"new_branch_name": "x"}).status_code == 409


def test_a_failure_comes_as_often_as_was_asked_for(gitea: Gitea, ask: Asking) -> None:
    gitea.trouble.slow_down(7, where="GET", count=2)
    answers = [ask.shop("GET", "") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"


def test_a_slow_server_is_slow(gitea: Gitea, ask: Asking) -> None:
    gitea.trouble.latency = 0.1
    begun = time.monotonic()
    assert ask.shop("GET", "").status_code == 200
    assert time.monotonic() - begun >= 0.1


def test_a_fault_of_the_fake_fails_the_test(gitea: Gitea, ask: Asking) -> None:
    gitea.forge.accounts.clear()
    gitea.forge.repositories[1].git.path.rename(gitea.forge.folder / "elsewhere")
    assert ask.shop("GET", "").status_code == 500
    with pytest.raises(ExceptionGroup, match="the fake Gitea is at fault"):
        gitea.forge.close_down()
    gitea.forge.faults.clear()
