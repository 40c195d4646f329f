"""The main job on real input: an item recorded from a real Plane, through this very repository."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests/fixtures/plane/rest/028-work-item-create-full.json"


@pytest.mark.slow
def test_a_recorded_item_goes_through_a_clone_of_this_repository(tmp_path: Path) -> None:
    item = json.loads(RECORDED.read_text())["response"]["body"]
    description = tmp_path / "item.html"
    description.write_text(item["description_html"])
    own = tmp_path / "own"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(own)], check=True)
    before = _state(own)
    command = [
        *(str(Path(sys.executable).parent / "orchestrator"), "demo", "--unattended"),
        *("--repo", str(own), "--title", item["name"], "--description-file", str(description)),
    ]
    ended = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "ORCHESTRATOR_SERVER__PORT": "0"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "DEMO-1 is done" in ended.stdout
    assert _state(own) == before, "the original is not touched"
    kept = tmp_path / "var/repositories/own.git"
    files = _git(kept, "ls-tree", "-r", "--name-only", "orchestrator/DEMO-1-add-gpx-export")
    assert "docs/work-items/DEMO-1/13-test-report.md" in files.splitlines()


def _state(repository: Path) -> str:
    return _git(repository, "for-each-ref") + _git(repository, "status", "--porcelain")


def _git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=True
    ).stdout
