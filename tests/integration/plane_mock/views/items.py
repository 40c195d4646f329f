"""Work items: `/work-items/`, and `/issues/`, which is the same under its old name."""

from datetime import datetime
from typing import Any

from tests.integration.plane_mock import html
from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.changes import REST_NAMES, before
from tests.integration.plane_mock.people import ADMIN
from tests.integration.plane_mock.refusals import Refused, broken, double, missing
from tests.integration.plane_mock.rows import Row, words
from tests.integration.plane_mock.tables import STATE_GROUPS, alive, same_external
from tests.integration.plane_mock.views import checks

_DOUBLE = "Issue with the same external id and external source already exists"
_WRITABLE = frozenset(
    words(
        "name description_html priority start_date target_date sequence_id sort_order completed_at"
        " archived_at deleted_at is_draft point external_source external_id created_by parent state"
        " estimate_point type assignees labels"
    )
)
"""What a PATCH may change: far more than one would think."""
_READ_ONLY_AT_FIRST = frozenset({"created_by", "sequence_id", "deleted_at", "completed_at"})


async def list_items(call: Call) -> Answer:
    """Answer a page; or one object, where an external id is asked for."""
    source, ident = call.query.get("external_source"), call.query.get("external_id")
    if source and ident:
        return call.one(_by_external_id(call, source, ident))
    found = sorted(
        call.plane.visible_items(call.project), key=lambda i: i["created_at"], reverse=True
    )
    return call.many(_ordered(call, found, call.query.get("order_by", "-created_at")))


async def create(call: Call) -> Answer:
    """Make an item; its answer shows neither the author nor the times that are stored."""
    body = call.data()
    columns = _columns(call, body, required=["name"])
    for there in same_external(call.plane.items, call.project, body):
        raise double(_DOUBLE, there["id"])
    await call.think()
    kept = {name: value for name, value in columns.items() if name not in _READ_ONLY_AT_FIRST}
    item = call.plane.add_item(call.user, call.project, call.plane.now(), **kept)
    answer = call.one(item, 201)
    item["created_at"] = _moment(body.get("created_at")) or call.plane.now()
    author = body.get("created_by")
    item["created_by"] = author if call.plane.user(author) else call.user.id
    _complete(call, item)
    await call.tell("issue", "created", item, item=item["id"])
    return answer


async def get(call: Call) -> Answer:
    """Answer one item."""
    return call.one(call.item())


async def patch(call: Call) -> Answer:
    """Change an item: all columns are written as they were read, so the last writer wins."""
    item = call.plane.item_at_all(call.project, call.parts["item"])
    if item is None:
        raise missing()
    body = call.data()
    was = before(item, by_web_app=call.by_web_app)
    columns = _columns(call, body, required=[])
    given = {"external_source": item["external_source"]} | body
    for there in same_external(call.plane.items, call.project, given):
        if there is not item and "external_id" in body:
            raise double(_DOUBLE, item["id"])
    read = dict(item) | columns
    await call.think()
    read |= {"updated_at": call.plane.now(), "updated_by": call.user.id}
    apart = {name for name in ("assignees", "labels") if name not in columns}
    item.update({name: value for name, value in read.items() if name not in apart})
    if "state" in columns:
        _complete(call, item)
    answer = call.one(item)
    await call.tell("issue", "updated", item, item=item["id"], was=was, body=body)
    return answer


async def delete(call: Call) -> Answer:
    """Mark an item as deleted, and by and by its comments; nobody is told by webhook."""
    item = call.plane.item_at_all(call.project, call.parts["item"])
    if item is None:
        raise missing()
    admin = call.plane.role(call.user, call.project) == ADMIN
    if not admin and item["created_by"] != call.user.id:
        raise Refused(403, {"error": "Only admin or creator can delete the work item"})
    await call.think()
    item["deleted_at"] = call.plane.now()
    for comment in call.plane.comments_of(call.project, item["id"]):
        comment["deleted_at"] = item["deleted_at"]
    await call.tell("issue", "deleted", item, item=item["id"])
    return Answer(status=204)


async def by_key(call: Call) -> Answer:
    """Answer the item that people call by that key, such as ET-2."""
    project = call.plane.project_identified(call.parts["identifier"])
    number = call.parts["number"]
    if project is None or not number.isdecimal():
        raise broken()
    for item in call.plane.visible_items(project["id"]):
        if item["sequence_id"] == int(number):
            return call.one(item)
    raise missing()


async def search(call: Call) -> Answer:
    """Answer those items whose name, number or key holds what is searched for."""
    wanted, plane = call.query.get("search", "").lower(), call.plane
    project = call.query.get("project_id")
    everywhere = call.query.get("workspace_search") == "true" or not project
    found = []
    for item in alive(plane.items):
        home = plane.projects[item["project"]]
        mine = plane.role(call.user, home["id"]) and (everywhere or home["id"] == project)
        visible = plane.visible_item(home["id"], item["id"]) is not None
        if wanted and mine and visible and wanted in f"{item['name']} {plane.key(item)}".lower():
            found.append(
                {
                    "name": item["name"],
                    "id": item["id"],
                    "sequence_id": item["sequence_id"],
                    "project__identifier": home["identifier"],
                    "project_id": home["id"],
                    "workspace__slug": call.parts["slug"],
                }
            )
    return Answer(status=200, body={"issues": found[: int(call.query.get("limit", "10"))]})


def _by_external_id(call: Call, source: str, ident: str) -> Row:
    """Return the item, archived or not; two of them are more than Plane can bear."""
    wanted = {"external_source": source, "external_id": ident}
    found = same_external(call.plane.items, call.project, wanted)
    if not found:
        raise missing()
    if len(found) > 1:
        raise broken()
    return found[0]


def _ordered(call: Call, found: list[Row], by: str) -> list[Row]:
    name, states = by.removeprefix("-"), call.plane.states

    def place(item: Row) -> Any:
        match name:
            case "priority":
                return checks.PRIORITIES.index(item["priority"])
            case "state__group":
                return STATE_GROUPS.index(states[item["state"]]["group"])
            case "state__name":
                return states[item["state"]]["name"]
            case _:
                return (item[name] is None, item[name])

    if found and not name.startswith("state__") and name not in found[0]:
        raise broken()
    return sorted(found, key=place, reverse=by.startswith("-"))


def _columns(call: Call, body: Row, required: list[str]) -> Row:
    """Return what the body says about the columns that it may write."""
    plane = call.plane
    if call.by_web_app:
        body = {REST_NAMES.get(name, name): value for name, value in body.items()}
    checks.refuse_invalid(
        body,
        required,
        name=checks.text(),
        state=checks.reference(plane.states),
        priority=checks.choice(*checks.PRIORITIES),
        parent=checks.reference(plane.items),
        assignees=checks.ids,
        labels=checks.ids,
        start_date=checks.day,
        target_date=checks.day,
    )
    checks.refuse_reversed(body)
    columns = {name: value for name, value in body.items() if name in _WRITABLE}
    if columns.get("description_html") is not None:
        clean = html.sanitised if call.by_web_app else html.description
        columns["description_html"] = clean(columns["description_html"])
    if "assignees" in columns:
        columns["assignees"] = plane.assignable(call.project, columns["assignees"])
    if "labels" in columns:
        columns["labels"] = plane.labels_in(call.project, columns["labels"])
    if columns.get("state", "") is None:
        del columns["state"]
    for name in ("completed_at", "deleted_at"):
        if name in columns:
            columns[name] = _moment(columns[name])
    return columns


def _complete(call: Call, item: Row) -> None:
    """Set or clear when the item was completed, as its state's group has it."""
    completed = call.plane.states[item["state"]]["group"] == "completed"
    item["completed_at"] = (item["completed_at"] or call.plane.now()) if completed else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
