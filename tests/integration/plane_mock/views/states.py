"""States and labels."""

from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.refusals import bad_request, double, missing, not_valid
from tests.integration.plane_mock.rows import Row, label_row
from tests.integration.plane_mock.tables import (
    FIRST_PLACE,
    NEXT_PLACE,
    STATE_GROUPS,
    alive,
    same_external,
    slug,
)
from tests.integration.plane_mock.views import checks

_STATE = ("name", "description", "color", "group", "external_source", "external_id", "sequence")
_LABEL = ("name", "description", "color", "external_source", "external_id", "parent")


async def list_states(call: Call) -> Answer:
    """Answer a page of states in their order."""
    return call.many(call.plane.states_of(call.project))


async def create_state(call: Call) -> Answer:
    """Make a state behind the others; the answer is 200, not 201."""
    body = call.data()
    groups = (*STATE_GROUPS, "triage")
    checks.refuse_invalid(body, ["name", "color"], name=checks.text(), group=checks.choice(*groups))
    if body.get("group") == "triage":
        raise not_valid("Cannot create triage state")
    for there in same_external(call.plane.states, call.project, body):
        raise double(
            "State with the same external id and external source already exists", there["id"]
        )
    there_already = call.plane.state_named(call.project, body["name"])
    if there_already:
        text = "State with the same name already exists in the project"
        raise double(text, there_already["id"])
    await call.think()
    given = {"group": "backlog"} | {name: body[name] for name in _STATE[:-1] if name in body}
    made = call.plane.add_state(call.user, call.project, slug=slug(body["name"]), **given)
    return call.one(made)


async def get_state(call: Call) -> Answer:
    """Answer one state."""
    return call.one(_state(call))


async def patch_state(call: Call) -> Answer:
    """Change a state."""
    state, body = _state(call), call.data()
    checks.refuse_invalid(body, [], name=checks.text(), group=checks.choice(*STATE_GROUPS))
    await call.think()
    state |= {name: body[name] for name in _STATE if name in body}
    state["sequence"] = float(state["sequence"])
    state |= {"updated_at": call.plane.now(), "updated_by": call.user.id}
    return call.one(state)


async def delete_state(call: Call) -> Answer:
    """Delete a state that is neither the default nor in use."""
    state = _state(call)
    if state["default"]:
        raise bad_request("Default state cannot be deleted")
    if any(item["state"] == state["id"] for item in alive(call.plane.items)):
        raise bad_request("The state is not empty, only empty states can be deleted")
    state["deleted_at"] = call.plane.now()
    return Answer(status=204)


async def list_labels(call: Call) -> Answer:
    """Answer a page of labels, the newest first."""
    mine = [label for label in alive(call.plane.labels) if label["project"] == call.project]
    return call.many(sorted(mine, key=lambda label: label["created_at"], reverse=True))


async def create_label(call: Call) -> Answer:
    """Make a label."""
    body, plane = call.data(), call.plane
    checks.refuse_invalid(body, ["name"], name=checks.text())
    mine = [label for label in alive(plane.labels) if label["project"] == call.project]
    for label in mine:
        if label["name"] == body["name"]:
            raise double("Label with the same name already exists in the project", label["id"])
    given = {"color": ""} | {name: body[name] for name in _LABEL if name in body}
    place = max((each["sort_order"] for each in mine), default=FIRST_PLACE - NEXT_PLACE)
    made = label_row(
        plane.now(), call.user.id, project=call.project, sort_order=place + NEXT_PLACE, **given
    )
    plane.labels[made["id"]] = made
    return call.one(made, 201)


def _state(call: Call) -> Row:
    state = call.plane.states.get(call.parts["state"])
    hidden = state is None or state["deleted_at"] or state["is_triage"]
    if state is None or hidden or state["project"] != call.project:
        raise missing()
    return state
