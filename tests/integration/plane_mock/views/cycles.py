"""Cycles, modules and the intake, as far as they were recorded."""

from uuid import uuid4

from tests.integration.plane_mock import html
from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.changes import before
from tests.integration.plane_mock.payloads import full_item
from tests.integration.plane_mock.refusals import missing
from tests.integration.plane_mock.rows import Row, cycle_row, intake_row, module_row, words
from tests.integration.plane_mock.tables import alive
from tests.integration.plane_mock.views import checks

_ACCEPTED = 1
_MODULE_SHOWN = words(
    "name description start_date target_date status lead external_source external_id"
)


async def list_cycles(call: Call) -> Answer:
    """Answer a page of cycles."""
    return call.many(_mine(call, call.plane.cycles))


async def get_cycle(call: Call) -> Answer:
    """Answer one cycle."""
    return call.one(_found(call.plane.cycles, call.parts["cycle"]))


async def create_cycle(call: Call) -> Answer:
    """Make a cycle."""
    body = call.data()
    checks.refuse_invalid(body, ["name"], name=checks.text())
    dates = {
        name: f"{body[name]}T{time}Z"
        for name, time in (("start_date", "00:00:01"), ("end_date", "23:59:00"))
        if body.get(name)
    }
    made = cycle_row(
        call.plane.now(), call.user.id, project=call.project, name=body["name"], **dates
    )
    call.plane.cycles[made["id"]] = made
    await call.tell("cycle", "created", made)
    return call.one(made, 201)


async def patch_cycle(call: Call) -> Answer:
    """Change a cycle."""
    cycle = _found(call.plane.cycles, call.parts["cycle"])
    await _patched(call, "cycle", cycle, ("name", "description"))
    return call.one(cycle)


async def delete_cycle(call: Call) -> Answer:
    """Delete a cycle; nobody is told by webhook."""
    _found(call.plane.cycles, call.parts["cycle"])["deleted_at"] = call.plane.now()
    return Answer(status=204)


async def list_in_cycle(call: Call) -> Answer:
    """Answer a page of the items in a cycle."""
    return call.many(_items_in(call, "cycle"))


async def add_to_cycle(call: Call) -> Answer:
    """Put items into a cycle; nobody is told by webhook."""
    cycle = _found(call.plane.cycles, call.parts["cycle"])
    return call.plain(
        [_bond(call, each, None, cycle=cycle["id"]) for each in call.data()["issues"]]
    )


async def list_modules(call: Call) -> Answer:
    """Answer a page of modules."""
    return call.many(_mine(call, call.plane.modules))


async def get_module(call: Call) -> Answer:
    """Answer one module."""
    return call.one(_found(call.plane.modules, call.parts["module"]))


async def delete_module(call: Call) -> Answer:
    """Delete a module; nobody is told by webhook."""
    _found(call.plane.modules, call.parts["module"])["deleted_at"] = call.plane.now()
    return Answer(status=204)


async def list_in_module(call: Call) -> Answer:
    """Answer a page of the items in a module."""
    return call.many(_items_in(call, "module"))


async def create_module(call: Call) -> Answer:
    """Make a module."""
    body = call.data()
    checks.refuse_invalid(body, ["name"], name=checks.text())
    made = module_row(call.plane.now(), call.user.id, project=call.project, name=body["name"])
    call.plane.modules[made["id"]] = made
    await call.tell("module", "created", made)
    return call.one(made, 201)


async def patch_module(call: Call) -> Answer:
    """Change a module; the answer is a part of it."""
    module = _found(call.plane.modules, call.parts["module"])
    await _patched(call, "module", module, ("name", "description", "status"))
    return call.plain({name: module[name] for name in _MODULE_SHOWN})


async def add_to_module(call: Call) -> Answer:
    """Put items into a module; nobody is told by webhook."""
    module = _found(call.plane.modules, call.parts["module"])["id"]
    ids = call.data()["issues"]
    return call.plain([_bond(call, each, call.user.id, module=module) for each in ids])


async def list_intake(call: Call) -> Answer:
    """Answer a page of the intake."""
    return call.many([_with_item(call, each) for each in _mine(call, call.plane.intake_items)])


async def get_intake(call: Call) -> Answer:
    """Answer one item of the intake."""
    return call.one(_with_item(call, _found(call.plane.intake_items, call.parts["item"])))


async def delete_intake(call: Call) -> Answer:
    """Take an item out of the intake, and with it the item."""
    stay = _found(call.plane.intake_items, call.parts["item"])
    for row in (stay, call.plane.items[stay["issue"]]):
        row["deleted_at"] = call.plane.now()
    return Answer(status=204)


async def create_intake(call: Call) -> Answer:
    """Put an item into the intake, where nothing but the intake shows it; no webhook."""
    body, plane = call.data(), call.plane
    given = body.get("issue") or {}
    checks.refuse_invalid(given, ["name"], name=checks.text())
    text = given.get("description_html")
    item = plane.add_item(
        call.user,
        call.project,
        plane.now(),
        name=given["name"],
        priority=given.get("priority", "none"),
        description_html=html.description(text) if text else "<p></p>",
        state=plane.triage_state(call.project)["id"],
    )
    intake = plane.intakes[call.project]
    made = intake_row(
        plane.now(),
        call.user.id,
        project=call.project,
        issue=item["id"],
        inbox=intake,
        intake=intake,
    )
    plane.intake_items[item["id"]] = made
    answer = call.one(_with_item(call, made), 201)
    item["updated_at"] = plane.now()
    return answer


async def patch_intake(call: Call) -> Answer:
    """Decide on an item of the intake; an accepted one lies in the default state. No webhook."""
    stay, body, plane = _found(call.plane.intake_items, call.parts["item"]), call.data(), call.plane
    item = plane.items[stay["issue"]]
    if body.get("status") == _ACCEPTED:
        default = plane.default_state(call.project)
        item["state"] = default["id"] if default else None
    stay |= {name: body[name] for name in ("status", "snoozed_till") if name in body}
    for each in (stay, item):
        each |= {"updated_at": plane.now(), "updated_by": call.user.id}
    return call.one(_with_item(call, stay))


def _with_item(call: Call, stay: Row) -> Row:
    item = full_item(call.plane, call.plane.items[stay["issue"]])
    return {"id": stay["id"], "issue_detail": item} | stay


def _mine(call: Call, table: dict[str, Row]) -> list[Row]:
    return [each for each in alive(table) if each["project"] == call.project]


def _items_in(call: Call, what: str) -> list[Row]:
    here = call.parts[what]
    found = (call.plane.items[each["issue"]] for each in call.plane.bonds if each.get(what) == here)
    return [item for item in found if item["deleted_at"] is None]


def _found(table: dict[str, Row], ident: str) -> Row:
    found = table.get(ident)
    if found is None or found["deleted_at"]:
        raise missing()
    return found


async def _patched(call: Call, event: str, row: Row, writable: tuple[str, ...]) -> None:
    body, was = call.data(), before(row, by_web_app=False)
    row |= {name: body[name] for name in writable if name in body}
    row |= {"updated_at": call.plane.now(), "updated_by": call.user.id}
    await call.tell(event, "updated", row, was=was, body=body)


def _bond(call: Call, item: str, maker: str | None, **what: str) -> Row:
    at = call.plane.now()
    bond = {
        "id": str(uuid4()),
        "sub_issues_count": 0,
        "created_at": at,
        "updated_at": at,
        "deleted_at": None,
        "created_by": maker,
        "updated_by": maker,
        "project": call.project,
        "workspace": call.plane.projects[call.project]["workspace"],
    }
    whole = bond | {"issue": item} | what
    call.plane.bonds.append(whole)
    return whole
