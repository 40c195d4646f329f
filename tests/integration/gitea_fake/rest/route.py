"""A row of the table of operations."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.integration.gitea_fake.call import Answer, Call

# Parameters that may hold slashes; all others are one segment.
_GREEDY = {"branch", "filepath", "ref", "head", "name", "basehead"}
_NUMBERS = {"index", "id"}

Area = Literal["repository", "issue", "user"]
Level = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation under the template that the official description has for it."""

    method: str
    template: str
    handler: Callable[[Call], Answer]
    area: Area | None = "repository"
    """The token scope that it wants, read for GET and write otherwise; None: no token at all."""
    level: Level | None = None
    """What one must be allowed in the repository; None: read for GET and write otherwise."""
    basic: bool = False
    """Whether it wants name and password instead of a token."""
    when_archived: bool = False
    """Whether it can be done to an archived repository although it writes."""

    @property
    def wanted(self) -> Level:
        return self.level or ("read" if self.method == "GET" else "write")

    def pattern(self) -> re.Pattern[str]:
        def group(found: re.Match[str]) -> str:
            name = found[1]
            inside = ".+" if name in _GREEDY else r"\d+" if name in _NUMBERS else "[^/]+"
            return f"(?P<{name}>{inside})"

        escaped = self.template.replace(".", r"\.")
        return re.compile(re.sub(r"{(\w+)}", group, escaped))
