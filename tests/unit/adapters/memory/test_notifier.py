"""The notifier in memory keeps to the contract, and fails as it is told."""

import pytest

from adapters.memory.notifier import MemoryNotifier
from domain.errors import ToolFailed
from tests.contracts.notifier import KEY, NotifierContract


class MemoryReceived:
    """Reads the fake's notices."""

    def __init__(self, notifier: MemoryNotifier) -> None:
        self._notifier = notifier

    async def texts(self) -> list[str]:
        return [
            " ".join(part for part in (notice.key, notice.url, notice.text) if part)
            for notice in self._notifier.notices
        ]


@pytest.fixture
def notifier() -> MemoryNotifier:
    return MemoryNotifier()


@pytest.fixture
def received(notifier: MemoryNotifier) -> MemoryReceived:
    return MemoryReceived(notifier)


class TestMemoryNotifier(NotifierContract):
    """The fake."""


async def test_a_failure_that_was_ordered_comes_once_and_sends_nothing(
    notifier: MemoryNotifier,
) -> None:
    notifier.fail_next(ToolFailed("out of order"))
    with pytest.raises(ToolFailed):
        await notifier.notify(KEY, "Lost", url=None, effect="e-1")
    await notifier.notify(KEY, "Arrived", url=None, effect="e-1")
    assert [notice.text for notice in notifier.notices] == ["Arrived"]
