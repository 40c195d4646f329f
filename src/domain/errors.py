"""Everything that may go wrong and is not a bug, as one tree.

    Failure
    ├── Rejected        asked for something we refuse; asking again will not help
    │   ├── Invalid         what was given is malformed; names the field and the remedy
    │   ├── NotFound        there is no such thing
    │   ├── Conflict        it is there already, or has changed meanwhile
    │   ├── NotAllowed      it exists, but not in this state
    │   └── Forbidden       not by this person, or not with this signature
    └── Unavailable     the world failed; asking again later may help
        ├── TimedOut
        ├── RateLimited     says when to come back
        └── ToolFailed

Anything else that is raised is a bug and is treated as one.
"""

from datetime import timedelta


class Failure(Exception):
    """Base of the tree; its text is one line that a person can act on."""


class Rejected(Failure):
    """Asked for something we refuse. Never retried."""


class Invalid(Rejected):
    """What was given is malformed."""

    def __init__(self, field: str, problem: str, remedy: str = "") -> None:
        """Say which field is wrong, in what way, and what would be right."""
        super().__init__(f"{field}: {problem}" + (f"; {remedy}" if remedy else ""))
        self.field = field


class NotFound(Rejected):
    """There is no such thing, or no longer."""


class Conflict(Rejected):
    """It is there already, or has changed since it was read."""


class NotAllowed(Rejected):
    """The thing exists but cannot do this in its present state."""


class Forbidden(Rejected):
    """Not by this person, or not with this signature."""


class Unavailable(Failure):
    """The world failed. Retried with backoff."""


class TimedOut(Unavailable):
    """A tool did not answer in time; what was asked of it may have happened."""


class RateLimited(Unavailable):
    """A tool asked us to come back later."""

    def __init__(self, problem: str, retry_after: timedelta) -> None:
        """Keep how long the tool wants to be left alone."""
        super().__init__(problem)
        self.retry_after = retry_after


class ToolFailed(Unavailable):
    """A tool answered, but not with what it promises."""
