"""What Plane answers, as far as we use it: unknown fields are passed over.

Times keep the offset of the bot's profile until ``utc`` is asked for them.
"""

from datetime import UTC, datetime
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


def utc(moment: datetime) -> datetime:
    """Return the moment in UTC; Plane renders it in its user's time zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Page(Struct, Generic[T], kw_only=True):
    """One page of a list. ``next_cursor`` is never null: the flag says whether there is more."""

    results: list[T]
    next_cursor: str = ""
    next_page_results: bool = False


class UserWire(Struct, kw_only=True):
    """Somebody; ``role`` is told of members of a workspace only."""

    id: str
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    role: int | None = None

    @property
    def name(self) -> str:
        """Return what people call him."""
        whole = f"{self.first_name} {self.last_name}".strip()
        return self.display_name or whole or self.id


class ProjectWire(Struct, kw_only=True):
    """A project; ``identifier`` is what its keys begin with."""

    id: str
    identifier: str
    name: str = ""
    archived_at: str | None = None
    member_role: int | None = None


class StateWire(Struct, kw_only=True):
    """A state; the id is the project's own."""

    id: str
    name: str
    group: str


class ItemWire(Struct, kw_only=True):
    """A work item; ``state`` is an id."""

    id: str
    project: str
    name: str
    sequence_id: int
    state: str | None
    updated_at: datetime
    priority: str | None = None
    description_html: str | None = None
    created_by: str | None = None


class PresentWire(Struct, kw_only=True):
    """A work item of which no more is asked than that it is there."""

    id: str


class CommentWire(Struct, kw_only=True):
    """A comment. ``actor`` is who posted it; ``created_by`` is whoever he says."""

    id: str
    issue: str
    actor: str
    created_at: datetime
    comment_html: str | None = None
    updated_by: str | None = None


class ActivityWire(Struct, kw_only=True):
    """A line of an item's history: the only one that says who moved it."""

    created_at: datetime
    """When it was written down: after the change itself."""
    actor: str | None = None
    field: str | None = None
    old_identifier: str | None = None
    new_identifier: str | None = None


class InstanceWire(Struct, kw_only=True):
    """What a server says of itself."""

    current_version: str
    edition: str = ""


class InstancesWire(Struct, kw_only=True):
    """The envelope of that."""

    instance: InstanceWire


class ComplaintWire(Struct, kw_only=True):
    """The fields under which Plane says what is wrong."""

    detail: str | None = None
    error: str | None = None
    error_message: str | None = None
