"""Names of things, each a type of its own so that no two can be mixed up."""

import re
import unicodedata
from typing import NewType

from domain.errors import Invalid

ItemId = NewType("ItemId", str)
"""The tracker's own id of a work item: never changes, says nothing to people."""

TaskKey = NewType("TaskKey", str)
"""What people call the item, as in ``ET-7``. Safe in paths, branches and URLs."""

RunId = NewType("RunId", str)
"""One launch of an agent, as in ``ET-7-3``: also the name of its process or container."""

CommitId = NewType("CommitId", str)
PersonId = NewType("PersonId", str)
CommentId = NewType("CommentId", str)
EventId = NewType("EventId", str)
StageName = NewType("StageName", str)
Role = NewType("Role", str)
Branch = NewType("Branch", str)
Repo = NewType("Repo", str)
"""A repository as the forge calls it."""

_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,31}-[1-9][0-9]{0,9}", re.ASCII)
_OURS = re.compile(rf"orchestrator/({_KEY.pattern})(?:-|\Z)", re.ASCII)
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_SLUG_LENGTH = 40


def parse_task_key(text: str) -> TaskKey:
    """Return the key; raise Invalid for anything that could leave a path or a branch name."""
    if not _KEY.fullmatch(text):
        raise Invalid("key", f"{text[:40]!r} is not a work item's key", "use one like ET-7")
    return TaskKey(text)


def run_id(key: TaskKey, number: int) -> RunId:
    """Name the task's run of that number: the same launch has the same name after any restart."""
    return RunId(f"{key}-{number}")


def parse_run_id(text: str) -> RunId:
    """Return the id; raise Invalid for anything that no run of ours is called.

    A run's id is also the name of a folder or a container: nothing else may get that far.
    """
    key, _, number = text.rpartition("-")
    if not (number.isascii() and number.isdecimal() and 0 < len(number) <= len("9999")):
        raise Invalid("run", f"{text[:40]!r} is not a run's id", "use one like ET-7-3")
    return run_id(parse_task_key(key), int(number))


def safe_run_name(run: RunId) -> RunId:
    """Return it; raise Invalid for what is no name of a file, or of a container, by itself."""
    if not _RUN.fullmatch(run):
        raise Invalid("run", f"{run[:40]!r} is not a run's name", "use one like ET-7-3")
    return run


def key_of_branch(branch: Branch) -> TaskKey | None:
    """Return the key in a name that ``branch_name`` made, None for any other name."""
    named = _OURS.match(branch)
    return TaskKey(named[1]) if named else None


def branch_name(key: TaskKey, title: str) -> Branch:
    """Return ``orchestrator/<KEY>-<slug>``, a valid branch name whatever the title holds."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_SLUG_LENGTH].strip("-")
    return Branch(f"orchestrator/{key}-{slug}" if slug else f"orchestrator/{key}")
