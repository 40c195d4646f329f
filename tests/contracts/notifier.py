"""What every notifier keeps to.

Subclasses give two fixtures: ``notifier``, and ``received``, which tells what has arrived.
"""

from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.identifiers import TaskKey
from ports.notifier import Notifier

KEY = TaskKey("ET-7")


class Received(Protocol):
    """Reads over people's shoulders."""

    async def texts(self) -> list[str]:
        """Return what people have got so far, the first notice first."""
        ...


class NotifierContract:
    """Notices arrive, whatever is in them."""

    async def test_a_notice_tells_the_item_and_the_text(
        self, notifier: Notifier, received: Received
    ) -> None:
        await notifier.notify(KEY, "A question is open.", url=None, effect="e-1")
        (text,) = await received.texts()
        assert "ET-7" in text
        assert "A question is open." in text

    async def test_a_notice_leads_to_the_item_where_it_can(
        self, notifier: Notifier, received: Received
    ) -> None:
        await notifier.notify(KEY, "Look here.", url="http://plane.lan/ET-7", effect="e-1")
        (text,) = await received.texts()
        assert "http://plane.lan/ET-7" in text

    async def test_notices_arrive_in_the_order_of_sending(
        self, notifier: Notifier, received: Received
    ) -> None:
        for number in range(3):
            await notifier.notify(KEY, f"Notice {number}", url=None, effect=f"e-{number}")
        texts = await received.texts()
        assert [text[-1] for text in texts] == ["0", "1", "2"]

    @pytest.mark.parametrize("words", ["a < b & c > d", "*not bold* _nor_ `code` [x](y)", "ёж 🚵"])
    async def test_what_looks_like_markup_arrives_as_it_is(
        self, notifier: Notifier, received: Received, words: str
    ) -> None:
        await notifier.notify(KEY, words, url=None, effect="e-1")
        (text,) = await received.texts()
        assert words in text

    async def test_of_a_long_text_the_beginning_arrives(
        self, notifier: Notifier, received: Received
    ) -> None:
        await notifier.notify(KEY, "The beginning. " + "word " * 20_000, url=None, effect="e-1")
        assert "The beginning." in (await received.texts())[0]

    @settings(
        max_examples=25,
        suppress_health_check=[
            HealthCheck.differing_executors,  # each subclass runs it, with a fixture of its own
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    @given(words=st.text())
    async def test_no_text_at_all_is_refused(self, notifier: Notifier, words: str) -> None:
        await notifier.notify(KEY, words, url=None, effect="e-1")

    async def test_a_notifier_that_works_answers(self, notifier: Notifier) -> None:
        await notifier.ping()
