"""Plane's addresses: what is where, by which methods, and for whom."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.people import ADMIN, MEMBER, SLUG, User
from tests.integration.plane_mock.tables import Plane
from tests.integration.plane_mock.views import comments, cycles, items, links, projects, states

View = Callable[[Call], Awaitable[Answer]]
Permission = Callable[[Plane, User, Mapping[str, str], str], bool]

_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_PARTS = {"slug": "[^/]+", "identifier": "[^/-]+", "number": "[^/]+"}


def anybody(plane: Plane, user: User, parts: Mapping[str, str], method: str) -> bool:
    """Permit everybody with a key."""
    return True


def workspace(plane: Plane, user: User, parts: Mapping[str, str], method: str) -> bool:
    """Permit the workspace's people; only members may write."""
    needed = 0 if method == "GET" else MEMBER
    return parts["slug"] == SLUG and user.role is not None and user.role >= needed


def _role(plane: Plane, user: User, parts: Mapping[str, str]) -> int:
    project = plane.projects.get(parts["project"])
    there = parts["slug"] == SLUG and project is not None and project["deleted_at"] is None
    return (plane.role(user, parts["project"]) or 0) if there else 0


def project(plane: Plane, user: User, parts: Mapping[str, str], method: str) -> bool:
    """Permit the project's people; guests may only read."""
    return _role(plane, user, parts) >= (1 if method == "GET" else MEMBER)


def everyone_in_project(plane: Plane, user: User, parts: Mapping[str, str], method: str) -> bool:
    """Permit the project's people, guests among them, to read and write."""
    return _role(plane, user, parts) > 0


def admin(plane: Plane, user: User, parts: Mapping[str, str], method: str) -> bool:
    """Permit the project's people to read and its admins to write."""
    return _role(plane, user, parts) >= (1 if method == "GET" else ADMIN)


def keyed(plane: Plane, user: User, parts: Mapping[str, str], method: str) -> bool:
    """Permit those in the project that a key names; no project is as bad as no permission."""
    found = plane.project_identified(parts["identifier"])
    return bool(found and parts["slug"] == SLUG and plane.role(user, found["id"]))


@dataclass(frozen=True, kw_only=True)
class Route:
    """One address."""

    path: str
    pattern: re.Pattern[str]
    permission: Permission
    views: Mapping[str, View]

    @property
    def allow(self) -> str:
        """What the header `Allow` says."""
        return ", ".join(m for m in ("GET", "POST", "PATCH", "DELETE") if m in self.views)


def _route(path: str, permission: Permission, **views: View) -> Route:
    def part(match: re.Match[str]) -> str:
        name = match[1]
        return (
            "(?:work-items|issues)" if name == "items" else f"(?P<{name}>{_PARTS.get(name, _UUID)})"
        )

    pattern = re.compile("/api/v1/" + re.sub(r"\{(\w+)\}", part, path))
    named = path.replace("{items}", "work-items")
    return Route(path=named, pattern=pattern, permission=permission, views=views)


_W = "workspaces/{slug}/"
_P = _W + "projects/{project}/"
_I = _P + "{items}/{item}/"

ROUTES = (
    _route("users/me/", anybody, GET=projects.me),
    _route(_W + "members/", workspace, GET=projects.workspace_members),
    _route(_W + "projects/", workspace, GET=projects.list_projects, POST=projects.create_project),
    _route(
        _P,
        admin,
        GET=projects.get_project,
        PATCH=projects.patch_project,
        DELETE=projects.delete_project,
    ),
    _route(_P + "members/", admin, GET=projects.list_members, POST=projects.add_member),
    _route(_P + "project-members/", admin, GET=projects.list_members, POST=projects.add_member),
    _route(_P + "states/", project, GET=states.list_states, POST=states.create_state),
    _route(
        _P + "states/{state}/",
        project,
        GET=states.get_state,
        PATCH=states.patch_state,
        DELETE=states.delete_state,
    ),
    _route(_P + "labels/", project, GET=states.list_labels, POST=states.create_label),
    _route(_W + "{items}/search/", workspace, GET=items.search),
    _route(_W + "{items}/{identifier}-{number}/", keyed, GET=items.by_key),
    _route(_P + "{items}/", project, GET=items.list_items, POST=items.create),
    _route(_I, project, GET=items.get, PATCH=items.patch, DELETE=items.delete),
    _route(_I + "comments/", everyone_in_project, GET=comments.list_comments, POST=comments.create),
    _route(
        _I + "comments/{comment}/",
        everyone_in_project,
        GET=comments.get,
        PATCH=comments.patch,
        DELETE=comments.delete,
    ),
    _route(_I + "links/", project, GET=links.list_links, POST=links.create_link),
    _route(
        _I + "links/{link}/",
        project,
        GET=links.get_link,
        PATCH=links.patch_link,
        DELETE=links.delete_link,
    ),
    _route(_I + "relations/", project, GET=links.list_relations, POST=links.create_relation),
    _route(_I + "activities/", project, GET=links.list_activities),
    _route(_I + "attachments/", project, GET=links.list_attachments, POST=links.create_attachment),
    _route(_P + "cycles/", project, GET=cycles.list_cycles, POST=cycles.create_cycle),
    _route(
        _P + "cycles/{cycle}/",
        project,
        GET=cycles.get_cycle,
        PATCH=cycles.patch_cycle,
        DELETE=cycles.delete_cycle,
    ),
    _route(
        _P + "cycles/{cycle}/cycle-issues/",
        project,
        GET=cycles.list_in_cycle,
        POST=cycles.add_to_cycle,
    ),
    _route(_P + "modules/", project, GET=cycles.list_modules, POST=cycles.create_module),
    _route(
        _P + "modules/{module}/",
        project,
        GET=cycles.get_module,
        PATCH=cycles.patch_module,
        DELETE=cycles.delete_module,
    ),
    _route(
        _P + "modules/{module}/module-issues/",
        project,
        GET=cycles.list_in_module,
        POST=cycles.add_to_module,
    ),
    _route(_P + "intake-issues/", project, GET=cycles.list_intake, POST=cycles.create_intake),
    _route(
        _P + "intake-issues/{item}/",
        project,
        GET=cycles.get_intake,
        PATCH=cycles.patch_intake,
        DELETE=cycles.delete_intake,
    ),
)


def route_of(path: str, release: tuple[int, ...]) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a path and the parts of the path; /work-items/ came with 1.1.0."""
    if "/work-items/" in path and release < (1, 1, 0):
        return None
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match:
            return route, match.groupdict()
    return None
