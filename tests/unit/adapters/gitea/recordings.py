"""What Gitea and Forgejo have sent."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import SHARED

CONSTRUCTED = Path(__file__).parents[3] / "fixtures" / "gitea"
RECORDED = SHARED / "recordings" / "gitea"


def load(file: Path) -> dict[str, Any]:
    """Return a recording."""
    return dict(json.loads(file.read_text("utf-8")))


def constructed(name: str) -> dict[str, Any]:
    """Return one of those that are ours."""
    return load(CONSTRUCTED / f"constructed-{name}.json")


def webhook(name: str) -> tuple[dict[str, str], bytes]:
    """Return headers, lower-case as they reach a reader, and raw body of a delivery of ours."""
    recording = constructed(f"webhook-{name}")
    headers = {key.lower(): value for key, value in recording["headers"].items()}
    return headers, recording["raw_body"].encode()


def names(folder: Path, pattern: str) -> list[str]:
    """Return the files' names in order; none where the folder is not there."""
    return sorted(file.name for file in folder.glob(pattern))
