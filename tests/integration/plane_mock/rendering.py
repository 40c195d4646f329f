"""How rows become answers: times in somebody's timezone, ids expanded, fields selected."""

from collections.abc import Collection
from datetime import UTC, datetime, tzinfo
from typing import Any

from tests.integration.plane_mock.rows import Row, words
from tests.integration.plane_mock.tables import Plane

_PROJECT_LITE = words("id identifier name cover_image icon_prop emoji description cover_image_url")


def dumped(value: Any, zone: tzinfo = UTC) -> Any:
    """Return the value with its times as text: `Z` for UTC, else with the offset."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: dumped(each, zone) for key, each in value.items()}
    if isinstance(value, list):
        return [dumped(each, zone) for each in value]
    return value


def shown(row: Row, plane: Plane, fields: Collection[str], expand: Collection[str]) -> Row:
    """Return the row with the ids that are to be expanded as objects, and only those fields."""
    answer = dict(row)
    for name in expand:
        if name in answer:
            answer[name] = _expanded(name, answer[name], plane)
    return {name: answer[name] for name in answer if not fields or name in fields}


def state_lite(state: Row | None) -> Row | None:
    """Return a state as it stands in an item."""
    return {name: state[name] for name in ("id", "name", "color", "group")} if state else None


def users_lite(plane: Plane, idents: Collection[str]) -> list[Row]:
    """Return users as others see them, the youngest account first."""
    return [user.lite() for user in reversed(plane.users) if user.id in idents]


def _expanded(name: str, value: Any, plane: Plane) -> Any:
    match name:
        case "state":
            return state_lite(plane.states.get(value))
        case "project":
            project = plane.projects[value] | {"cover_image_url": None}
            return {column: project[column] for column in _PROJECT_LITE}
        case "labels":
            labels = [plane.labels[each] for each in value]
            return sorted(labels, key=lambda label: label["created_at"], reverse=True)
        case "assignees":
            return users_lite(plane, value)
        case "created_by" | "updated_by" | "actor":
            user = plane.user(value)
            return user.lite() if user else {}
        case "parent":
            parent = plane.items.get(value)
            return {c: parent[c] for c in ("id", "sequence_id", "project")} if parent else {}
        case _:
            return value
