"""What a webhook's delivery says, and whether it concerns us.

``activity`` says what happened and who did it; ``data`` is the row as it was when Plane's worker
got round to it, which may be later. So nothing is believed but ids: whoever hears of a change reads
the item.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from adapters.plane.item_ids import is_uuid, item_id
from adapters.plane.wire import utc
from domain.errors import Invalid
from domain.identifiers import CommentId, ItemId, PersonId
from domain.signals import CommentPosted, ItemChanged
from ports.webhook_reader import Hint

T = TypeVar("T")
_LONGEST_NAME = 100
_OF_NO_CONCERN = frozenset(
    {
        *("labels", "label_ids", "assignees", "assignee_ids", "parent", "parent_id"),
        *("start_date", "target_date", "sort_order", "point", "estimate_point"),
        *("cycle_id", "module_id", "module_ids", "completed_at", "sequence_id"),
        *("external_source", "external_id", "created_by", "workspace", "project"),
    }
)
"""Fields of an item that nothing of ours depends on. One that is not known might."""
_MOVES = frozenset({"state", "state_id"})
"""The field of a move: by API, and in the web app."""


class ActorWire(Struct, kw_only=True):
    """Who did it."""

    id: str
    display_name: str = ""


class ActivityWire(Struct, kw_only=True):
    """What happened."""

    actor: ActorWire
    field: str | None = None
    old_value: Any = None
    new_value: Any = None

    @property
    def moved(self) -> tuple[str, str] | None:
        """Return from which state to which an item was moved, by their ids, if it was."""
        if self.field not in _MOVES:
            return None
        return str(self.old_value), str(self.new_value)


class DeliveryWire(Struct, kw_only=True):
    """The envelope. Plane's commercial editions have another one, which says ``"version"``."""

    event: str
    action: str
    data: Raw
    activity: ActivityWire | None = None
    version: Any = None


class ItemData(Struct, kw_only=True):
    """An item; of a deleted one there is nothing but its id."""

    id: str
    project: str | None = None
    updated_at: datetime | None = None


class CommentData(Struct, kw_only=True):
    """A comment."""

    id: str
    issue: str
    project: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A delivery from which nothing follows."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """What we did ourselves comes back."""

    item: ItemId
    moved: tuple[str, str] | None = None
    """From which state to which."""


def parsed(body: bytes) -> DeliveryWire:
    """Return the delivery. Invalid: it is none, or of a version that we cannot read."""
    delivery = _decoded(body, DeliveryWire, "body")
    if delivery.version not in {None, "v1"}:
        raise Invalid(
            "version",
            f"{str(delivery.version)[:20]!r} is not known here",
            "make the webhook on a Community edition of Plane, whose deliveries have no version",
        )
    return delivery


def judged(
    delivery: DeliveryWire, *, projects: frozenset[str], bot: PersonId | None, name: str
) -> Hint | Echo | SetAside:
    """Return what the delivery hints at. Invalid: its data is not what it should be."""
    match delivery.event:
        case "issue":
            return _item(delivery, projects, bot, name)
        case "issue_comment":
            return _comment(delivery, projects, bot, name)
        case other:
            return SetAside(why=f"nothing depends on a {other[:20]}")


def _item(
    delivery: DeliveryWire, projects: frozenset[str], bot: PersonId | None, name: str
) -> Hint | Echo | SetAside:
    data = _decoded(delivery.data, ItemData, "data")
    project = data.project
    if project is None and len(projects) == 1:
        (project,) = projects
    if project is None:
        return SetAside(why="it does not say of which project")
    item = _known(data.id, "data.id", project)
    if project not in projects:
        return SetAside(why="another project")
    actor = delivery.activity.actor if delivery.activity else None
    if actor is not None and actor.id == bot:
        moved = delivery.activity.moved if delivery.activity else None
        return Echo(item=item, moved=moved)
    field = delivery.activity.field if delivery.activity else None
    if delivery.action == "updated" and field in _OF_NO_CONCERN:
        return SetAside(why=f"nothing depends on {field}")
    # All deliveries of one request tell of the same row: reading it once is enough.
    version = utc(data.updated_at).isoformat() if data.updated_at else name
    signal = ItemChanged(item=item, actor=_person(actor), who=_called(actor))
    return Hint(signal=signal, lane=item, key=f"item:{item}:{version}")


def _comment(
    delivery: DeliveryWire, projects: frozenset[str], bot: PersonId | None, name: str
) -> Hint | Echo | SetAside:
    if delivery.action not in {"created", "updated"}:
        return SetAside(why=f"nothing follows from a comment {delivery.action[:20]}")
    data = _decoded(delivery.data, CommentData, "data")
    item = _known(data.issue, "data.issue", data.project)
    comment = CommentId(_checked(data.id, "data.id"))
    if data.project not in projects:
        return SetAside(why="another project")
    actor = delivery.activity.actor.id if delivery.activity else data.actor
    if bot is not None and bot in {actor, data.actor}:
        return Echo(item=item)
    if actor != data.actor:
        return SetAside(why="somebody else wrote into the comment")
    key = f"comment:{comment}" if delivery.action == "created" else f"comment:{comment}:{name}"
    signal = CommentPosted(item=item, comment=comment, actor=PersonId(actor))
    return Hint(signal=signal, lane=item, key=key)


def _known(own: str, field: str, project: str) -> ItemId:
    return item_id(_checked(project, "data.project"), _checked(own, field))


def _checked(text: str, field: str) -> str:
    if not is_uuid(text):
        raise Invalid(field, f"{text[:40]!r} is no id of Plane")
    return text


def _person(actor: ActorWire | None) -> PersonId | None:
    return PersonId(actor.id) if actor is not None and is_uuid(actor.id) else None


def _called(actor: ActorWire | None) -> str:
    name = actor.display_name if actor else ""
    return "".join(char for char in name if char.isprintable())[:_LONGEST_NAME]


def _decoded(body: bytes | Raw, kind: type[T], field: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(field, f"is not a delivery of Plane: {error}") from error
