"""Projects, their members, the workspace's members, oneself, and the instance."""

from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.changes import before
from tests.integration.plane_mock.refusals import Refused
from tests.integration.plane_mock.rows import Row, row, words
from tests.integration.plane_mock.tables import alive
from tests.integration.plane_mock.views import checks

_WRITABLE = frozenset(
    words(
        "name identifier description network module_view cycle_view intake_view page_view"
        " issue_views_view archive_in close_in logo_props external_source external_id"
    )
)


async def me(call: Call) -> Answer:
    """Answer who asks."""
    return Answer(status=200, body=call.user.lite())


async def workspace_members(call: Call) -> Answer:
    """Answer everybody in the workspace with their roles, as a bare list."""
    members = [user for user in reversed(call.plane.users) if user.role is not None]
    return Answer(status=200, body=[user.lite() | {"role": user.role} for user in members])


async def list_projects(call: Call) -> Answer:
    """Answer a page of the projects in which one is."""
    mine = [p for p in alive(call.plane.projects) if call.plane.role(call.user, p["id"])]
    return call.many([_listed(call, project) for project in mine])


async def create_project(call: Call) -> Answer:
    """Make a project with the default states."""
    body = call.data()
    checks.refuse_invalid(body, ["name", "identifier"], name=checks.text())
    if call.plane.project_identified(body["identifier"]):
        raise Refused(409, {"name": "The project name is already taken"})
    given = {name: value for name, value in body.items() if name in _WRITABLE}
    made = call.plane.add_project(call.user, **given)
    await call.tell("project", "created", made)
    return call.one(_counted(call, made), 201)


async def get_project(call: Call) -> Answer:
    """Answer one project."""
    return call.one(_counted(call, call.plane.projects[call.project]))


async def patch_project(call: Call) -> Answer:
    """Change a project."""
    project, body = call.plane.projects[call.project], call.data()
    was = before(project, by_web_app=False)
    await call.think()
    project |= {name: value for name, value in body.items() if name in _WRITABLE}
    project |= {"updated_at": call.plane.now(), "updated_by": call.user.id}
    await call.tell("project", "updated", project, was=was, body=body)
    return call.one(_counted(call, project))


async def delete_project(call: Call) -> Answer:
    """Delete a project: the one deletion that a webhook tells of."""
    project = call.plane.projects[call.project]
    project["deleted_at"] = call.plane.now()
    await call.tell("project", "deleted", project)
    return Answer(status=204)


async def list_members(call: Call) -> Answer:
    """Answer everybody in the project, as a bare list and without roles."""
    roles = call.plane.members[call.project]
    members = [user.lite() for user in reversed(call.plane.users) if user.id in roles]
    return Answer(status=200, body=members)


async def add_member(call: Call) -> Answer:
    """Add somebody to the project."""
    body = call.data()
    checks.refuse_invalid(body, ["member"], member=lambda each: checks.ids([each]))
    role = int(body.get("role", 5))
    call.plane.members[call.project][body["member"]] = role
    ident = row(call.plane.now(), None)["id"]
    return Answer(status=201, body={"id": ident, "member": body["member"], "role": role})


def _listed(call: Call, project: Row) -> Row:
    """Return a project as lists show it: with its place among one's own."""
    whole = _counted(call, project)
    names = list(whole)
    names.insert(names.index("is_member") + 1, "sort_order")
    return {name: 65535.0 if name == "sort_order" else whole[name] for name in names}


def _counted(call: Call, project: Row) -> Row:
    plane, ident = call.plane, project["id"]

    def count(table: dict[str, Row]) -> int:
        return sum(each["project"] == ident for each in alive(table))

    return {
        "id": ident,
        "total_members": len(plane.members[ident]),
        "total_cycles": count(plane.cycles),
        "total_modules": count(plane.modules),
        "is_member": True,
        "member_role": plane.role(call.user, ident),
        "is_deployed": False,
        "cover_image_url": None,
    } | {name: value for name, value in project.items() if name != "id"}
