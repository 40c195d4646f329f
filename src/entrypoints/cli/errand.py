"""What a demo is asked to take through the pipeline."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """The item to be taken through, and what it is worked on in."""

    title: str
    description: str
    source: Path | None
    """The repository to work on a clone of; None for the sample."""
    unattended: bool

    @property
    def request(self) -> str:
        """Return the item's name for this errand: the same errand again is the same item."""
        words = f"{self.source}\0{self.title}\0{self.description}"
        return f"demo:{hashlib.sha256(words.encode()).hexdigest()[:24]}"
