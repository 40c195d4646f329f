"""What the mock's Plane holds: its tables, and the questions that more than one view asks."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.integration.plane_mock import rows
from tests.integration.plane_mock.people import (
    MEMBER,
    Token,
    User,
    recorded_tokens,
    recorded_users,
)
from tests.integration.plane_mock.rows import Row

FIRST_PLACE, NEXT_PLACE = 65535.0, 10000.0
STATE_GROUPS = ("backlog", "unstarted", "started", "completed", "cancelled")
_DEFAULT_STATES = (
    ("Backlog", "#60646C", 15000.0, "backlog"),
    ("Todo", "#60646C", 25000.0, "unstarted"),
    ("In Progress", "#F59E0B", 35000.0, "started"),
    ("Done", "#46A758", 45000.0, "completed"),
    ("Cancelled", "#9AA4BC", 55000.0, "cancelled"),
)
_TICK = timedelta(microseconds=1)


class Plane:
    """One workspace with everything in it. Deleted rows stay, marked as such."""

    def __init__(self) -> None:
        """Start with people and nothing else."""
        self.users: tuple[User, ...] = recorded_users()
        self.tokens: dict[str, Token] = {t.key: t for t in recorded_tokens(self.users)}
        self.projects: dict[str, Row] = {}
        self.members: dict[str, dict[str, int]] = {}
        """By project: its members and their roles."""
        self.intakes: dict[str, str] = {}
        self.states: dict[str, Row] = {}
        self.labels: dict[str, Row] = {}
        self.items: dict[str, Row] = {}
        self.comments: dict[str, Row] = {}
        self.links: dict[str, Row] = {}
        self.relations: list[Row] = []
        self.attachments: dict[str, Row] = {}
        self.activities: list[Row] = []
        self.cycles: dict[str, Row] = {}
        self.modules: dict[str, Row] = {}
        self.bonds: list[Row] = []
        """Items in cycles and modules."""
        self.intake_items: dict[str, Row] = {}
        self._sequence: dict[str, int] = {}
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time; no two moments are the same."""
        self._last = max(datetime.now(UTC), self._last + _TICK)
        return self._last

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    def user(self, ident: str | None) -> User | None:
        """Return the user of that id."""
        return next((user for user in self.users if user.id == ident), None)

    def user_named(self, name: str) -> User | None:
        """Return the user who is shown under that name."""
        return next((user for user in self.users if user.display_name == name), None)

    def role(self, user: User, project: str) -> int | None:
        """Return what somebody is to a project, None for nothing."""
        return self.members.get(project, {}).get(user.id)

    # ── projects and states ──────────────────────────────────────────────────────────────────────

    def add_project(self, user: User, ident: str | None = None, **columns: Any) -> Row:
        """Add a project with its default states; whoever makes it is its admin."""
        at = self.now()
        made = rows.project_row(at, user.id, ident, **columns)
        self.projects[made["id"]] = made
        self.members[made["id"]] = {user.id: 20}
        self.intakes[made["id"]] = rows.row(at, None)["id"]
        self._sequence[made["id"]] = 0
        for name, color, sequence, group in _DEFAULT_STATES:
            self.add_state(
                user,
                made["id"],
                name=name,
                color=color,
                sequence=sequence,
                group=group,
                default=name == "Backlog",
            )
        self.add_state(
            user,
            made["id"],
            name="Triage",
            color="#4E5355",
            sequence=65000.0,
            group="triage",
            is_triage=True,
        )
        return made

    def project_identified(self, identifier: str) -> Row | None:
        """Return the project whose items' keys begin like that."""
        found = (p for p in self.projects.values() if p["identifier"] == identifier)
        return next((p for p in found if p["deleted_at"] is None), None)

    def add_state(self, user: User, project: str, ident: str | None = None, **columns: Any) -> Row:
        """Add a state, behind the others unless its place is given."""
        last = max((s["sequence"] for s in self.states_of(project)), default=0.0)
        place = {"sequence": last + 15000.0} | columns
        made = rows.state_row(self.now(), user.id, ident, project=project, **place)
        self.states[made["id"]] = made
        return made

    def states_of(self, project: str) -> list[Row]:
        """Return a project's states in their order, the hidden one apart."""
        mine = [s for s in alive(self.states) if s["project"] == project and not s["is_triage"]]
        return sorted(mine, key=lambda state: float(state["sequence"]))

    def state_named(self, project: str, name: str) -> Row | None:
        """Return a project's state."""
        return next((s for s in self.states_of(project) if s["name"] == name), None)

    def default_state(self, project: str) -> Row | None:
        """Return where an item goes that names no state."""
        states = self.states_of(project)
        return next((s for s in states if s["default"]), states[0] if states else None)

    def triage_state(self, project: str) -> Row:
        """Return the hidden state of what lies in the intake."""
        return next(s for s in alive(self.states) if s["project"] == project and s["is_triage"])

    # ── items ────────────────────────────────────────────────────────────────────────────────────

    def add_item(self, user: User, project: str, at: datetime, **columns: Any) -> Row:
        """Add a work item under the next number, last in its state."""
        default = self.default_state(project)
        values = {"state": default["id"] if default else None} | columns
        beside = [i["sort_order"] for i in alive(self.items) if i["state"] == values["state"]]
        place = max(beside, default=FIRST_PLACE - NEXT_PLACE) + NEXT_PLACE
        self._sequence[project] += 1
        values = {"sort_order": place, "sequence_id": self._sequence[project]} | values
        made = rows.item_row(at, user.id, project=project, **values)
        self.items[made["id"]] = made
        return made

    def visible_items(self, project: str) -> list[Row]:
        """Return what lists show: nothing archived, no drafts, nothing from the intake."""
        return [item for item in alive(self.items) if self._visible(item, project)]

    def visible_item(self, project: str, ident: str) -> Row | None:
        """Return an item that a GET finds."""
        item = self.items.get(ident)
        return item if item and not item["deleted_at"] and self._visible(item, project) else None

    def item_at_all(self, project: str, ident: str) -> Row | None:
        """Return an item that a PATCH finds: only deleted ones are gone."""
        item = self.items.get(ident)
        return item if item and not item["deleted_at"] and item["project"] == project else None

    def key(self, item: Row) -> str:
        """Return what people call the item by."""
        return f"{self.projects[item['project']]['identifier']}-{item['sequence_id']}"

    def comments_of(self, project: str, item: str) -> list[Row]:
        """Return an item's comments, the newest first."""
        mine = [c for c in alive(self.comments) if (c["project"], c["issue"]) == (project, item)]
        return sorted(mine, key=lambda comment: comment["created_at"], reverse=True)

    def _visible(self, item: Row, project: str) -> bool:
        hidden = item["archived_at"] or item["is_draft"]
        state = self.states.get(item["state"])
        return item["project"] == project and not hidden and not (state and state["is_triage"])

    def assignable(self, project: str, users: list[str]) -> list[str]:
        """Return those who may be assigned: no guests; the others are dropped silently."""
        roles = self.members.get(project, {})
        return sorted({user for user in users if roles.get(user, 0) >= MEMBER})

    def labels_in(self, project: str, labels: list[str]) -> list[str]:
        """Return those labels that are the project's; the others are dropped silently."""
        mine = {label["id"] for label in alive(self.labels) if label["project"] == project}
        return sorted(mine & set(labels))


def alive(table: dict[str, Row]) -> Iterator[Row]:
    """Return the rows that are not deleted."""
    return (row for row in table.values() if row["deleted_at"] is None)


def same_external(table: dict[str, Row], project: str, body: Row) -> list[Row]:
    """Return the project's rows that bear the external id of a request's body."""
    source, ident = body.get("external_source"), body.get("external_id")
    if not source or not ident:
        return []
    wanted = (project, source, ident)
    return [
        row
        for row in alive(table)
        if (row["project"], row["external_source"], row["external_id"]) == wanted
    ]


def slug(name: str) -> str:
    """Return a name as it stands in an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def is_uuid(text: object) -> bool:
    """Tell whether it is an id."""
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
