"""Which repository an item belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import NotFound
from domain.identifiers import Branch, Repo, TaskKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of the tracker and the repository its items are worked on in."""

    prefix: str
    """What its keys begin with: ``ET`` for ``ET-7``."""
    repo: Repo
    base: Branch
    """The branch that items start from and are merged into."""
    image: str = ""
    """What agents run in at work on it; empty: what they run in anyway."""


class Projects:
    """All projects we look after."""

    def __init__(self, projects: Sequence[Project]) -> None:
        """Know these and no others."""
        self._by_prefix = {project.prefix: project for project in projects}

    def of(self, key: TaskKey) -> Project:
        """Return the key's project; NotFound if it is none of ours."""
        prefix = key.rpartition("-")[0]
        try:
            return self._by_prefix[prefix]
        except KeyError:
            known = ", ".join(sorted(self._by_prefix)) or "none"
            raise NotFound(f"no project is configured for {key}; configured: {known}") from None
