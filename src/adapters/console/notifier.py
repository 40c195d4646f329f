"""Notices on the terminal, where no messenger is configured."""

import unicodedata
from contextlib import suppress
from typing import TextIO

from adapters.console.notice_log import NoticeLog
from domain.evidence import PullRequest
from domain.identifiers import TaskKey

# Cc: control, ESC above all. Cf: invisible, or turns the direction of writing. Cs: half characters.
# Zl, Zp: line breaks that are none. Co, Cn: what a terminal makes of them is anybody's guess.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})

_JOINER = "\u200d"
"""Holds emoji together."""


class ConsoleNotifier:
    """Prints each notice as one line; with a log, once, unless we are killed right after it."""

    def __init__(self, stream: TextIO, log: NoticeLog | None = None) -> None:
        """Print to that stream, which stays the caller's to close."""
        self._stream = stream
        self._log = log

    async def notify(
        self,
        key: TaskKey,
        text: str,
        *,
        url: str | None,
        pull_request: PullRequest | None = None,
        effect: str,
    ) -> None:
        """Print the notice; nobody reading is nobody's fault and raises nothing."""
        if self._log is not None and self._log.holds(effect):
            return
        request = pull_request.url if pull_request else ""
        line = printable(" · ".join(part for part in (key, text.strip(), url, request) if part))
        with suppress(OSError, ValueError):  # a closed pipe, a closed file
            self._stream.write(self._encodable(line) + "\n")
            self._stream.flush()
        if self._log is not None:  # printed first: rather twice than never
            self._log.add(effect, line)

    async def ping(self) -> None:
        """Return: there is nothing to ask."""

    async def close(self) -> None:
        """Return: the stream is the caller's."""

    def _encodable(self, line: str) -> str:
        """Return the line without what the terminal's encoding cannot show."""
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return line.encode(encoding, "backslashreplace").decode(encoding)


def printable(text: str) -> str:
    r"""Return the text on one line, each character that could steer a terminal as ``\x1b``."""
    text = text.replace("\r\n", "\n").replace("\n", " ⏎ ")
    return "".join(
        repr(char)[1:-1] if unicodedata.category(char) in _UNSAFE and char != _JOINER else char
        for char in text
    )
