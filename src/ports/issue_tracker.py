"""The tracker in which people see and steer their work items."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.identifiers import CommentId, ItemId, PersonId, TaskKey
from domain.item import Comment, Item, TrackerState


class IssueTracker(Protocol):
    """Reads items and comments as they stand, and writes what the pipeline has to say.

    Reads raise NotFound for what is not there, or no longer: deleted and archived are the same.
    Writes take the key of their effect: the same write under the same key again has no further
    effect, also when the first attempt was answered by an error but happened. Every call raises
    Unavailable when the tracker cannot be asked now.
    """

    def projects(self) -> Sequence[str]:
        """Return the projects that are read, by the tracker's own ids."""
        ...

    async def prefix(self, project: str) -> str:
        """Return what the keys of the project's items begin with, such as ``ET``."""
        ...

    async def item(self, item: ItemId) -> Item:
        """Return the item as it stands now."""
        ...

    async def find(self, key: TaskKey) -> Item:
        """Return the item that people call by that key."""
        ...

    async def comment(self, item: ItemId, comment: CommentId) -> Comment:
        """Return one comment with its author's present standing."""
        ...

    async def changed_since(self, moment: datetime, project: str | None = None) -> Sequence[Item]:
        """Return the items changed at or after that moment, oldest change first.

        Of one project, or of all.
        """
        ...

    async def still_there(self, items: Collection[ItemId]) -> Collection[ItemId]:
        """Return those of the items that are neither deleted nor archived."""
        ...

    async def comments_since(self, item: ItemId, moment: datetime) -> Sequence[Comment]:
        """Return the item's comments made at or after that moment, oldest first."""
        ...

    async def bot(self) -> PersonId:
        """Return who we are in the tracker: what this person does is our own doing."""
        ...

    async def move(
        self, item: ItemId, state: TrackerState, *, key: str, over: TrackerState | None = None
    ) -> None:
        """Show the item in that state; nothing is written where it shows it already.

        Conflict: somebody has moved it away from ``over``, and nothing is written either.
        """
        ...

    async def post_comment(
        self, item: ItemId, text: str, *, key: str, mention: bool = False
    ) -> None:
        """Post Markdown as a comment. HTML in it is shown, never interpreted.

        With ``mention`` it names the approvers as well, where the tracker has a way to do so.
        """
        ...

    async def ping(self) -> None:
        """Return if the tracker answers."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...
