"""The item's history: what `activities` shows of a change."""

from collections.abc import Iterator
from typing import Any

from tests.integration.plane_mock.changes import REST_NAMES, Change, differences
from tests.integration.plane_mock.rows import Row, activity_row
from tests.integration.plane_mock.tables import Plane

_PLAIN = {
    "name": ("name", "updated the name to"),
    "priority": ("priority", "updated the priority to"),
    "description_html": ("description", "updated the description to"),
    "start_date": ("start_date", "updated the start date to "),
    "target_date": ("target_date", "updated the target date to"),
}
_DEEDS = {
    ("issue", "created"): (None, "created the issue"),
    ("issue", "deleted"): ("issue", "deleted the issue"),
    ("issue_comment", "created"): ("comment", "created a comment"),
    ("issue_comment", "updated"): ("comment", "updated a comment"),
    ("issue_comment", "deleted"): ("comment", "deleted the comment"),
    ("link", "created"): ("link", "created a link"),
    ("link", "updated"): ("link", "updated a link"),
    ("link", "deleted"): ("link", "deleted the link"),
}
Side = tuple[Any, str | None]
"""What a field was or became: its value, and the id behind it."""

HIDDEN = frozenset({"comment", "vote", "reaction", "draft"})
"""Fields whose entries `activities` leaves out."""


def log(plane: Plane, change: Change) -> None:
    """Write the change into the history of its item, which counts as a change of the item."""
    item = plane.items.get(change.item or "")
    if item is None:
        return
    for columns in _entries(plane, change):
        at = plane.now()
        plane.activities.append(
            activity_row(at, change.actor.id, project=item["project"], issue=item["id"], **columns)
        )
    if item["deleted_at"] is None:
        item["updated_at"] = plane.now()


def _entries(plane: Plane, change: Change) -> Iterator[Row]:
    deed = _DEEDS.get((change.event, change.action))
    if change.event == "relation":
        other = plane.items[change.requested["other"]]
        kind = change.requested["relation_type"]
        yield _entry(kind, f"added {kind} relation", ("", other["id"]), (plane.key(other), None))
    elif deed:
        field, comment = deed
        url = change.requested.get("url") if change.event == "link" else None
        link = change.row if (change.event, change.action) == ("link", "updated") else None
        entry = _entry(field, comment, (url, link), ("" if url else None, link))
        yield entry | {"verb": change.action}
    elif change.event == "issue":
        for name, old, new in differences(change):
            yield from _field(plane, REST_NAMES.get(name, name), old, new)


def _field(plane: Plane, name: str, old: Any, new: Any) -> Iterator[Row]:
    match name:
        case "state":
            was, became = ((_state(plane, each), each) for each in (old, new))
            yield _entry("state", "updated the state to", was, became)
        case "labels" | "assignees":
            word = name.removesuffix("s")
            for each in sorted(set(new) - set(old)):
                named = (_name(plane, name, each), each)
                yield _entry(name, f"added {word} ", ("", None), named)
            for each in sorted(set(old) - set(new)):
                named = (_name(plane, name, each), each)
                yield _entry(name, f"removed {word} ", named, ("", None))
        case "parent":
            was, became = ((_key(plane, each), each) for each in (old, new))
            yield _entry("parent", "updated the parent issue to", was, became)
        case _ if name in _PLAIN:
            field, comment = _PLAIN[name]
            yield _entry(field, comment, (old or "", None), (new or "", None))


def _state(plane: Plane, ident: str | None) -> str | None:
    state = plane.states.get(ident or "")
    return state["name"] if state else None


def _key(plane: Plane, ident: str | None) -> str:
    item = plane.items.get(ident or "")
    return plane.key(item) if item else ""


def _name(plane: Plane, name: str, ident: str) -> str:
    if name == "labels":
        return str(plane.labels[ident]["name"]) if ident in plane.labels else ident
    user = plane.user(ident)
    return user.display_name if user else ident


def _entry(field: str | None, comment: str, old: Side, new: Side) -> Row:
    return {
        "verb": "updated",
        "field": field,
        "comment": comment,
        "old_value": old[0],
        "new_value": new[0],
        "old_identifier": old[1],
        "new_identifier": new[1],
    }
