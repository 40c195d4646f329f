"""What a write has changed, as Plane's worker is told of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.integration.plane_mock.people import User
from tests.integration.plane_mock.rendering import dumped
from tests.integration.plane_mock.rows import Row

WEB_APP_NAMES = {
    "state": "state_id",
    "labels": "label_ids",
    "assignees": "assignee_ids",
    "parent": "parent_id",
    "project": "project_id",
}
"""The web app calls some columns by other names, and the activity of a webhook repeats them."""
REST_NAMES = {there: here for here, there in WEB_APP_NAMES.items()}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One write."""

    event: str
    """The webhook's event; the history alone hears of `link`, `relation` and the like."""
    action: str
    row: str
    """The id of what was written."""
    item: str | None
    """The item whose history it belongs to."""
    actor: User
    before: Row = field(default_factory=dict)
    """The row as it was, in the names that the request uses."""
    requested: Row = field(default_factory=dict)
    """The body, as it came: also what Plane has ignored of it."""
    by_web_app: bool = False


def before(row: Row, *, by_web_app: bool) -> Row:
    """Return a row as it is now, to be compared with what was requested."""
    names = WEB_APP_NAMES if by_web_app else {}
    return {names.get(name, name): dumped(value) for name, value in row.items()}


def differences(change: Change) -> Iterator[tuple[str, Any, Any]]:
    """Return each field that was requested to be something else, with both values."""
    for name, wanted in change.requested.items():
        if name in change.before and change.before[name] != wanted:
            yield name, change.before[name], wanted
