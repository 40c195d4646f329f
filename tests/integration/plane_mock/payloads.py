"""What a webhook carries: the row as it is when the worker runs, not as it was at the change."""

from typing import Any

from tests.integration.plane_mock.changes import Change
from tests.integration.plane_mock.html import stripped
from tests.integration.plane_mock.people import WORKSPACE_ID
from tests.integration.plane_mock.rendering import dumped, state_lite
from tests.integration.plane_mock.rows import Row, words
from tests.integration.plane_mock.tables import Plane

_ITEM = words(
    "created_at updated_at deleted_at point name description_json description_html"
    " description_stripped description_binary priority start_date target_date sequence_id"
    " sort_order completed_at archived_at is_draft external_source external_id created_by"
    " updated_by project workspace parent estimate_point type"
)


def payload(
    plane: Plane, webhook: str, change: Change, field: tuple[str | None, Any, Any]
) -> Row | None:
    """Return the body of a delivery, None where the row is gone by now."""
    data = _data(plane, change)
    if data is None:
        return None
    name, old, new = field
    return {
        "event": change.event,
        "action": change.action,
        "webhook_id": webhook,
        "workspace_id": WORKSPACE_ID,
        "data": dumped(data),
        "activity": {
            "field": name,
            "new_value": dumped(new),
            "old_value": dumped(old),
            "actor": change.actor.lite(),
            "old_identifier": None,
            "new_identifier": None,
        },
    }


def full_item(plane: Plane, item: Row) -> Row:
    """Return an item as webhooks and the intake show it."""
    labels = sorted((plane.labels[i] for i in item["labels"]), key=lambda each: each["created_at"])
    added = {"description_json": {}, "description_stripped": stripped(item["description_html"])}
    values = item | added
    return {
        "id": item["id"],
        "labels": [{name: each[name] for name in ("id", "name", "color")} for each in labels],
        "assignees": [user.lite() for user in plane.users if user.id in item["assignees"]],
        "state": state_lite(plane.states.get(item["state"])),
        "description": {},
    } | {name: values[name] for name in _ITEM}


def _data(plane: Plane, change: Change) -> Row | None:
    if change.action == "deleted":
        return {"id": change.row}
    tables = {
        "issue": plane.items,
        "issue_comment": plane.comments,
        "project": plane.projects,
        "cycle": plane.cycles,
        "module": plane.modules,
    }
    row = tables[change.event].get(change.row)
    if row is None or row["deleted_at"] is not None:
        return None
    if change.event == "issue":
        return full_item(plane, row)
    if change.event == "project":
        return {"id": row["id"], "cover_image_url": None} | row
    return dict(row)
