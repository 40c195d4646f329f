"""What agents wrote, cut to what a comment can carry."""

import re

_FRONT_MATTER = re.compile(r"\A---\s*\n.*?\n---\s*(?:\n|\Z)", re.DOTALL)
_NOT_A_SUMMARY = re.compile(r"^[\s#>*_-]*(?:(?:verdict|вердикт)[\s*_]*:.*)?$", re.IGNORECASE)
_NO_PROSE = ("#", "|", "```", "~~~")
"""How headings, rows of tables and the edges of code begin."""
SUMMARY_LENGTH = 200
COMMENT_LENGTH = 16_000


def summary_of(report: str, *, otherwise: str) -> str:
    """Return the report's first line of prose that is not its verdict, else ``otherwise``."""
    for line in _FRONT_MATTER.sub("", report).splitlines():
        words = line.strip()
        if words and not words.startswith(_NO_PROSE) and not _NOT_A_SUMMARY.match(words):
            return _cut(words.lstrip("-*> ").rstrip("."), SUMMARY_LENGTH)
    return otherwise


def quoted(text: str) -> str:
    """Return the text for a comment: without front matter and cut to COMMENT_LENGTH."""
    return _cut(_FRONT_MATTER.sub("", text).strip(), COMMENT_LENGTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
