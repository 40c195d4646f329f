"""Which notices were printed, in a file: whoever comes after a kill does not print them again."""

import json
import logging
import os
from pathlib import Path

_log = logging.getLogger(__name__)

_LIMIT = 1_000_000
"""Bytes of either file: some thousand notices, of which the last few may be tried again."""


class NoticeLog:
    """A line for each notice, with the effect it was printed for.

    A file that is full becomes ``notices.old``, in place of the one before.

    It is not flushed to the disk: a kill does not need it, and after a power cut nobody sees the
    terminal that the notice was printed on.
    """

    def __init__(self, data: Path, *, limit: int = _LIMIT) -> None:
        """Keep it in the data folder, in twice ``limit`` bytes; nothing is read or written yet."""
        self._file = data / "notices"
        self._old = data / "notices.old"
        self._limit = limit
        self._known: set[str] | None = None
        self._torn = False
        """The last line has no end: what is added must not be taken for the rest of it."""

    def holds(self, effect: str) -> bool:
        """Return whether that notice was printed, by whomever."""
        if self._known is None:
            self._known = self._read()
        return effect in self._known

    def add(self, effect: str, line: str) -> None:
        """Write down that it was printed: in one write, there in whole or not at all."""
        text = json.dumps({"effect": effect, "notice": line}, ensure_ascii=False) + "\n"
        if self._torn:
            text, self._torn = "\n" + text, False
        appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            opened = os.open(self._file, appending, 0o600)
            try:
                os.write(opened, text.encode("utf-8", "backslashreplace"))
                full = os.fstat(opened).st_size >= self._limit
            finally:
                os.close(opened)
            if full:
                self._file.replace(self._old)
                self._known = None  # of what is no longer kept
        except OSError as error:
            _log.warning("a notice may come twice, because %s: %s", self._file, error.strerror)
        if self._known is not None:
            self._known.add(effect)

    def _read(self) -> set[str]:
        text = _text(self._file)
        self._torn = bool(text) and not text.endswith("\n")
        lines = [*_text(self._old).split("\n"), *text.split("\n")]
        return {effect for line in lines if (effect := _effect(line)) is not None}


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _effect(line: str) -> str | None:
    """Return the effect that the line is about; None for a line that a power cut spoilt."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    effect = entry.get("effect") if isinstance(entry, dict) else None
    return effect if isinstance(effect, str) else None
