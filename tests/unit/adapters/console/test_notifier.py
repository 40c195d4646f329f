"""The console shows notices and nothing that could steer it."""

import io
import os

import pytest

from adapters.console.notifier import ConsoleNotifier, printable
from tests.contracts.notifier import KEY, NotifierContract


class Screen:
    """What was printed."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    async def texts(self) -> list[str]:
        return self._stream.getvalue().splitlines()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def notifier(stream: io.StringIO) -> ConsoleNotifier:
    return ConsoleNotifier(stream)


@pytest.fixture
def received(stream: io.StringIO) -> Screen:
    return Screen(stream)


class TestConsoleNotifier(NotifierContract):
    """The console."""


async def test_a_notice_is_one_line(notifier: ConsoleNotifier, stream: io.StringIO) -> None:
    await notifier.notify(KEY, "First\nsecond\r\nthird", url="http://x", effect="e-1")
    assert stream.getvalue() == "ET-7 · First ⏎ second ⏎ third · http://x\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31m", "\\x9b31m"),
        ("over\rwritten\x08", "over\\rwritten\\x08"),
        ("evil\u202etxt.exe", "evil\\u202etxt.exe"),
        ("\ud83d", "\\ud83d"),
        ("👩\u200d💻 ёж", "👩\u200d💻 ёж"),
    ],
)
def test_what_could_steer_a_terminal_is_spelt_out(text: str, shown: str) -> None:
    assert printable(text) == shown


async def test_a_terminal_of_few_letters_is_no_reason_to_fail() -> None:
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii")
    await ConsoleNotifier(terminal).notify(KEY, "ёж", url=None, effect="e-1")
    assert raw.getvalue() == b"ET-7 \\xb7 \\u0451\\u0436\n"


async def test_nobody_reading_is_nobodys_fault() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w", encoding="utf-8")
    await ConsoleNotifier(stream).notify(KEY, "Anybody?", url=None, effect="e-1")
    await ConsoleNotifier(stream).notify(KEY, "Nobody.", url=None, effect="e-2")
    with pytest.raises(BrokenPipeError):
        stream.close()


async def test_a_closed_stream_is_no_reason_to_fail(
    notifier: ConsoleNotifier, stream: io.StringIO
) -> None:
    stream.close()
    await notifier.notify(KEY, "Anybody?", url=None, effect="e-1")
