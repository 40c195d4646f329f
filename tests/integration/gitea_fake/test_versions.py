"""What changed between the versions that the adapter has to live with."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.gitea_fake.asking import Asking
from tests.integration.gitea_fake.conftest import SHOP
from tests.integration.gitea_fake.flavour import (
    FORGEJO_15,
    GITEA_1_20,
    GITEA_1_22,
    GITEA_1_24,
    GITEA_1_27,
    Flavour,
)
from tests.integration.gitea_fake.gitea import running
from tests.integration.gitea_fake.people import Person

GITEA_1_25 = Flavour("1.25.4")
ALL = (GITEA_1_20, GITEA_1_22, GITEA_1_24, GITEA_1_25, GITEA_1_27, FORGEJO_15)


@contextmanager
def standing(folder: Path, flavour: Flavour) -> Generator[tuple[Person, Asking]]:
    """A server of that version, with a branch and an open pull request."""
    with running(folder, flavour) as gitea:
        gitea.repository("team", "shop", {"a.txt": "a\n"})
        alice = gitea.person("alice", "admin")
        alice.push(SHOP, "x", {"b.txt": "b\n"})
        alice.open_pull(SHOP, "x")
        yield alice, Asking(gitea)
        assert gitea.violations == []


@pytest.mark.parametrize("flavour", ALL, ids=lambda flavour: flavour.version)
def test_each_version_answers_in_its_own_way(tmp_path: Path, flavour: Flavour) -> None:
    with standing(tmp_path, flavour) as (alice, ask):
        assert ask("GET", "/version").json() == {"version": flavour.version}

        missing = ask.shop("GET", "/pulls/77").json()
        assert ("errors" in missing) == (flavour.release < (1, 27))
        old = flavour.release < (1, 25)
        assert missing["message"] == ("The target couldn't be found." if old else "not found")

        # A base that nothing goes to: a version that knows the filter finds nothing.
        filtered = ask.shop("GET", "/pulls?base_branch=other").json()
        knows = flavour.release >= (1, 24) and not flavour.forgejo
        assert len(filtered) == (0 if knows else 1)

        between = ask.shop("GET", "/pulls/main/x").status_code
        assert between == (200 if flavour.release >= (1, 22) else 404)

        empty = ask.shop("GET", "/commits/x/status").json()
        assert empty["statuses"] is None
        assert empty["state"] == ("pending" if flavour.release >= (1, 26) else "")
        assert bool(empty["sha"]) == (flavour.release >= (1, 25))

        shown = alice.pull(SHOP, 1)
        assert (shown["assignees"] is None) == (flavour.release < (1, 26))

        created = ask.shop("PUT", "/contents/n.txt", {"content": "bg==", "branch": "x"})
        assert created.status_code == (201 if flavour.release >= (1, 26) else 422)


def test_an_old_version_reads_a_merges_fields_in_the_old_spelling_alone(tmp_path: Path) -> None:
    for flavour in (GITEA_1_24, GITEA_1_27):
        with standing(tmp_path / flavour.version, flavour) as (alice, ask):
            alice.pull(SHOP, 1)
            body = {"do": "squash", "merge_title_field": "Mine"}
            assert ask.shop("POST", "/pulls/1/merge", body).status_code == 200
            head = alice.head(SHOP, "main")
            message = ask.shop("GET", f"/git/commits/{head}").json()["commit"]["message"]
            assert message == ("Mine\n" if flavour is GITEA_1_27 else "By hand (#1)\n")


def test_a_renamed_repository_sends_on_as_that_version_does(tmp_path: Path) -> None:
    for flavour, status in ((GITEA_1_22, 307), (GITEA_1_27, 301)):
        with standing(tmp_path / flavour.version, flavour) as (alice, ask):
            alice.rename(SHOP, "market")
            assert ask.shop("GET", "").status_code == status


def test_an_empty_forgejo_repository_has_no_pull_requests_to_list(tmp_path: Path) -> None:
    for flavour, status in ((FORGEJO_15, 404), (GITEA_1_27, 200)):
        with running(tmp_path / flavour.version, flavour) as gitea:
            gitea.repository("team", "new")
            assert Asking(gitea)("GET", "/repos/team/new/pulls").status_code == status
