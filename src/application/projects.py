"""Which repository an item belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import NotFound, Unavailable
from domain.identifiers import Branch, Repo, TaskKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of the tracker and the repository its items are worked on in."""

    prefix: str
    """What its keys begin with: ``ET`` for ``ET-7``. Empty as long as only the tracker knows it."""
    repo: Repo
    base: Branch
    """The branch that items start from and are merged into."""
    own: str = ""
    """What the tracker itself calls it."""
    image: str = ""
    """What agents run in at work on it; empty: what they run in anyway."""
    slots: int | None = None
    """How many agents may be at work on it at once; None: as many as on all together."""


class Projects:
    """All projects we look after."""

    def __init__(self, projects: Sequence[Project]) -> None:
        """Know these and no others."""
        self._by_prefix = {project.prefix: project for project in projects if project.prefix}
        self._unnamed = {project.own: project for project in projects if not project.prefix}

    def is_named(self, own: str) -> bool:
        """Return whether it is known what the project's keys begin with."""
        return own not in self._unnamed

    def name(self, own: str, prefix: str) -> None:
        """Take note of what the project's keys begin with; older keys of it stay good."""
        project = self._unnamed.pop(own, None) or self._of_own(own)
        if project is not None:
            self._by_prefix[prefix] = project

    def prefixes(self) -> Mapping[str, Project]:
        """Return the projects by what their keys begin with, as far as that is known."""
        return self._by_prefix

    def of(self, key: TaskKey) -> Project:
        """Return the key's project. NotFound: none of ours. Unavailable: nobody can tell yet."""
        prefix = key.rpartition("-")[0]
        if prefix in self._by_prefix:
            return self._by_prefix[prefix]
        if self._unnamed:
            raise Unavailable(f"the tracker has not said yet whose keys are like {key}")
        known = ", ".join(sorted(self._by_prefix)) or "none"
        raise NotFound(f"no project is configured for {key}; configured: {known}")

    def _of_own(self, own: str) -> Project | None:
        return next((each for each in self._by_prefix.values() if each.own == own), None)
