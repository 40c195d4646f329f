"""All checks of a commit as one word, by the rules of the newest server whatever ours is."""

from collections.abc import Sequence

from adapters.gitea.payloads import Status
from domain.evidence import Checks

_FAILED = frozenset({"error", "failure", "warning"})
_PASSED = frozenset({"success", "skipped"})


def combined(statuses: Sequence[Status]) -> Checks:
    """Return the word. The server's own is that of one page only, and differs by version."""
    words = {status.status or status.state or "" for status in statuses}
    if not words:
        return Checks.NONE
    if words & _FAILED:
        return Checks.FAILED
    return Checks.PASSED if words <= _PASSED else Checks.PENDING
