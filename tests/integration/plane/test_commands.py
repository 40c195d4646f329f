"""``doctor``, ``init`` and ``item KEY state NAME`` where the tracker is Plane."""

import gc
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrypoints.cli.main import main
from tests.integration.plane_mock.people import SLUG, key_of
from tests.integration.plane_mock.seed import PROJECT_ID
from tests.integration.plane_mock.settings import MockSettings, Seed


@dataclass(frozen=True)
class Shell:
    """Where commands are called, with a configuration for the mock."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code and what was printed."""
        config = str(self.folder / "orchestrator.toml")
        try:
            with pytest.raises(SystemExit) as ended:
                main(["--config", config, *arguments])
        finally:  # it takes this process for its own, and has it keep what is thrown away
            gc.enable()
            gc.unfreeze()
        told = self.capture.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    def doctor(self) -> dict[str, Any]:
        """Return the findings about Plane, by their subjects."""
        _, printed = self.run("doctor", "--json")
        listed: Sequence[dict[str, Any]] = json.loads(printed)
        return {one["subject"]: one for one in listed if one["tool"] in {"tracker", "webhooks"}}


@pytest.fixture
def config() -> str:
    """More of the configuration."""
    return ""


@pytest.fixture
def shell(
    tmp_path: Path,
    mock_url: str,
    config: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    monkeypatch.setenv("PLANE_API_KEY", key_of("b"))
    monkeypatch.delenv("PLANE_WEBHOOK_SECRET", raising=False)
    (tmp_path / "orchestrator.toml").write_text(
        f"""
        data = "{tmp_path}"
        [database]
        url = "sqlite:///{tmp_path}/orchestrator.db"
        [tracker]
        kind = "plane"
        url = "{mock_url}/api/v1"
        workspace = "{SLUG}"
        {config}
        [[projects]]
        tracker_project = "{PROJECT_ID}"
        repo = "sample"
        """
    )
    return Shell(tmp_path, capsys)


def person(url: str, who: str, **changes: object) -> None:
    httpx.patch(f"{url}/mock/people/{who}", json=changes).raise_for_status()


def state_of(url: str, key: str) -> str:
    items = httpx.get(f"{url}/mock/items").json()
    return str(next(item["state_name"] for item in items if item["key"] == key))


def make_item(url: str) -> str:
    body = {"name": "Export rides", "state": "Todo"}
    made = httpx.post(f"{url}/mock/people/hanna/items", json=body).raise_for_status().json()
    return f"ET-{made['sequence_id']}"


def test_a_plane_that_is_set_up_is_found_well(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shell.doctor()
    assert {name for name, one in found.items() if one["verdict"] != "ok"} == {"webhook address"}
    assert "PLANE_COMMUNITY" in found["version"]["text"]
    assert "ag-bot" in found["token"]["text"]
    assert "PLANE_WEBHOOK_SECRET" in found["webhook address"]["remedy"]
    monkeypatch.setenv("PLANE_WEBHOOK_SECRET", "plane_wh_x")
    found = shell.doctor()
    assert found["webhook"]["text"] == "none has come yet"
    assert "localhost" in found["webhook address"]["text"]
    assert all(one["remedy"] for one in found.values() if one["verdict"] != "ok")


def test_a_dead_token_is_told_apart_from_a_missing_permission(shell: Shell, mock_url: str) -> None:
    person(mock_url, "ag-bot", expire_keys=True)
    found = shell.doctor()
    assert "not valid" in found["token"]["text"]
    assert found["token"]["verdict"] == "failed"


def test_a_bot_that_is_a_guest_is_told_so(shell: Shell, mock_url: str) -> None:
    person(mock_url, "ag-bot", role=5)
    assert "too low" in shell.doctor()["role"]["text"]


def test_a_bot_that_is_a_guest_of_the_project_alone_is_told_so(shell: Shell, mock_url: str) -> None:
    person(mock_url, "ag-bot", project_role=5)
    found = shell.doctor()
    assert found["role"]["verdict"] == "ok"
    assert "too low" in found["project ET"]["text"]


def test_a_budget_that_is_used_up_is_nobodys_fault(shell: Shell, mock_url: str) -> None:
    """The service may have used it, with the same token."""
    httpx.patch(f"{mock_url}/mock/faults", json={"reject": 2}).raise_for_status()
    found = shell.doctor()
    assert found["token"]["verdict"] == "warning"
    assert "again in a minute" in found["token"]["remedy"]
    assert "failed" not in {one["verdict"] for one in found.values()}


def test_a_repository_that_is_not_there_is_found_before_the_start(shell: Shell) -> None:
    config = shell.folder / "orchestrator.toml"
    config.write_text(config.read_text("utf-8").replace('"sample"', '"enduro-trails"'), "utf-8")
    code, printed = shell.run("doctor")
    assert code == 1
    assert "enduro-trails.git\n         → set projects.source" in printed


def test_each_token_is_asked_whose_it_is(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANE_API_KEY", f"{key_of('b')}, {key_of('a')}")
    found = shell.doctor()
    assert "different people" in found["tokens"]["text"]
    assert "hanna" in found["token 2"]["text"]


def test_no_secret_is_printed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANE_WEBHOOK_SECRET", "plane_wh_very_secret")
    for verb in ("doctor", "init"):
        _, printed = shell.run(verb)
        assert key_of("b") not in printed
        assert "very_secret" not in printed


class TestStatesThatAreMissing:
    """Made by ``init``, and only they."""

    @pytest.fixture
    def mock_settings(self) -> MockSettings:
        return MockSettings(seed=Seed.DEFAULT_STATES, rate_limit=10_000)

    def test_they_are_told_and_made(self, shell: Shell) -> None:
        code, printed = shell.run("doctor")
        assert code == 1
        assert "there is no Needs Input" in printed
        code, printed = shell.run("init")
        assert code == 0
        assert printed.count("made ") == 3
        assert shell.doctor()["states of ET"]["text"] == "all eight are there"
        assert shell.run("init") == (0, "nothing was missing\n")

    @pytest.mark.parametrize("config", ['states = { "needs-input" = "In Progress" }'])
    def test_a_renamed_state_is_not_made(self, shell: Shell) -> None:
        _, printed = shell.run("init")
        assert "Needs Input" not in printed


class TestAnOldPlane:
    """Before 1.1 there was no /work-items/."""

    @pytest.fixture
    def mock_settings(self) -> MockSettings:
        return MockSettings(version="1.0.0", rate_limit=10_000)

    def test_items_are_reached_by_their_old_name(self, shell: Shell, mock_url: str) -> None:
        key = make_item(mock_url)
        code, printed = shell.run("item", key, "state", "needs-input")
        assert (code, printed) == (0, f"{key} is moved to needs-input\n")
        assert state_of(mock_url, key) == "Needs Input"
        assert "upgrade" in shell.doctor()["version"]["remedy"]


def test_an_item_is_moved_from_the_command_line_and_back(shell: Shell, mock_url: str) -> None:
    key = make_item(mock_url)
    for state, name in (("needs-input", "Needs Input"), ("in-progress", "In Progress")):
        assert shell.run("item", key, "state", state)[0] == 0
        assert state_of(mock_url, key) == name


def test_an_item_that_is_not_there_is_refused_in_one_line(shell: Shell) -> None:
    code, printed = shell.run("item", "ET-999", "state", "done")
    assert code == 1
    assert printed.startswith("orchestrator: ")
    assert printed.count("\n") == 1


def test_comments_are_written_in_plane(shell: Shell) -> None:
    code, printed = shell.run("comment", "ET-1", "Hello")
    assert code == 1
    assert f"/{SLUG}/browse/ET-1/" in printed


def test_the_demo_does_not_touch_plane(shell: Shell) -> None:
    code, printed = shell.run("demo", "--unattended")
    assert code == 1
    assert "tracker.kind" in printed
