"""What the Docker Engine says and is told, as far as we read and write it (API 1.41 and later).

It may be cut short, be a proxy's page in the engine's place, or make no sense: ``decoded`` and
``moment`` say so as ToolFailed, and in no other way.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from domain.errors import ToolFailed

_NEVER = "0001-01-01"
T = TypeVar("T")


class State(Struct, frozen=True, kw_only=True, rename="pascal"):
    """How a container stands."""

    status: str = ""
    exit_code: int = 0
    oom_killed: bool = field(default=False, name="OOMKilled")
    error: str = ""
    started_at: str = ""
    finished_at: str = ""

    @property
    def fresh(self) -> bool:
        """Whether it was made and never started."""
        return self.status == "created"

    @property
    def alive(self) -> bool:
        """Whether a process may be in it; a state that we do not know counts as one.

        The engine says "removing" of those that have ended only.
        """
        return self.status not in {"created", "exited", "dead", "removing"}


class Config(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a container was made with."""

    labels: Mapping[str, str] | None = None


class Container(Struct, frozen=True, kw_only=True, rename="pascal"):
    """One container, looked at closely."""

    id: str
    state: State
    config: Config

    @property
    def labels(self) -> Mapping[str, str]:
        """Return its labels."""
        return self.config.labels or {}

    @property
    def started_at(self) -> datetime | None:
        """Return when it was started."""
        return moment(self.state.started_at)

    @property
    def ended_at(self) -> datetime | None:
        """Return when it ended."""
        return moment(self.state.finished_at)


class Listed(Struct, frozen=True, kw_only=True, rename="pascal"):
    """One container in a list."""

    id: str
    state: str
    given: Mapping[str, str] | None = field(default=None, name="Labels")
    created: float = 0

    @property
    def made_at(self) -> datetime:
        """Return when it was made. ToolFailed: that is no time."""
        try:
            return datetime.fromtimestamp(self.created, UTC)
        except (ValueError, OverflowError, OSError):
            raise ToolFailed(
                f"the Docker engine says {self.created} where a time should be"
            ) from None

    @property
    def labels(self) -> Mapping[str, str]:
        """Return its labels."""
        return self.given or {}

    @property
    def alive(self) -> bool:
        """Whether a process may be in it."""
        return State(status=self.state).alive

    @property
    def fresh(self) -> bool:
        """Whether it was made and never started."""
        return State(status=self.state).fresh


class Actor(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What an event is about."""

    attributes: Mapping[str, str] | None = None


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened in the engine."""

    action: str = field(default="", name="Action")
    actor: Actor = field(default_factory=Actor, name="Actor")


class Created(Struct, frozen=True, kw_only=True, rename="pascal"):
    """The engine made something."""

    id: str


class Refusal(Struct, frozen=True, kw_only=True):
    """Why the engine did not."""

    message: str = ""


class Attached(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A network, and who is on it."""

    id: str
    containers: Mapping[str, Any] | None = None


class Image(Struct, frozen=True, kw_only=True, rename="pascal"):
    """An image that is there."""

    id: str


class Pulled(Struct, frozen=True, kw_only=True):
    """The last that is said of an image that is fetched."""

    error: str = ""


def moment(text: str) -> datetime | None:
    """Return a time as the engine writes it, None for one that never was.

    It writes up to nine digits of a second, and without trailing zeros. ToolFailed: it is no time.
    """
    if not text or text.startswith(_NEVER):
        return None
    try:
        told = datetime.fromisoformat(text)
        if told.tzinfo is not None:
            return told.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ToolFailed(f"the Docker engine says {text[:60]!r} where a time should be")


def decoded(data: bytes | str, kind: type[T]) -> T:
    """Return what JSON says. ToolFailed: it is no JSON, or not of that kind."""
    try:
        return msgspec.json.decode(data, type=kind)
    # Beside its own, msgspec lets those of Unicode and of too deep a nesting through.
    except (ValueError, RecursionError) as error:
        raise ToolFailed(f"the Docker engine's answer makes no sense: {error}") from error


Query = Mapping[str, str | int]
Body = Mapping[str, Any]
Filters = Mapping[str, Sequence[str]]
