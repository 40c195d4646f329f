"""What follows from each of the 87 recordings of a real Plane's webhooks."""

import pytest

from adapters.plane.delivery import Echo, SetAside
from adapters.plane.item_ids import item_id
from domain.errors import Forbidden, Invalid
from domain.signals import CommentPosted, ItemChanged
from tests.unit.adapters.plane.recorded import (
    FOLDER,
    GINA,
    HANNA,
    PROJECT,
    a_reader,
    body_of,
    headers_of,
    recording,
)

OURS = "set aside: our own doing"
ANOTHER_SECRET = "refused: another webhook's secret"
NOTHING_SENT = "nothing was sent"
A_RECORD = "no delivery, but a record of many"
ITEM = "an item changed"
COMMENT = "a comment was posted"


def aside(why: str) -> str:
    return f"set aside: {why}"


TABLE: dict[int, str] = {
    **dict.fromkeys([1, 4, 5, 6, 7, 8, 9], ITEM),
    **dict.fromkeys([37, 38, 39, 40, 41, 44, 52, 57], ITEM),
    **dict.fromkeys([22, 30, 35, 47, 48], COMMENT),
    **dict.fromkeys([2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21], OURS),
    **dict.fromkeys([23, 24, 25, 26, 27, 28, 29, 34, 54, 72, 73, 74, 84, 85], OURS),
    42: aside("nothing depends on assignee_ids"),
    43: aside("nothing depends on label_ids"),
    45: aside("nothing depends on sort_order"),
    46: aside("nothing depends on target_date"),
    59: aside("nothing depends on a cycle"),
    60: aside("nothing depends on a cycle"),
    63: aside("nothing depends on a module"),
    64: aside("nothing depends on a module"),
    66: aside("nothing depends on a project"),
    75: aside("nothing depends on a project"),
    76: aside("another project"),
    77: aside("nothing depends on a project"),
    **dict.fromkeys([78, 79, 80, 81, 82], ANOTHER_SECRET),
    **dict.fromkeys([10, 31, 32, 33, 36, 49, 50, 51, 53, 55, 56, 58], NOTHING_SENT),
    **dict.fromkeys([61, 62, 65, 67, 68, 69, 70], NOTHING_SENT),
    **dict.fromkeys([71, 83, 86, 87], A_RECORD),
}


def outcome(number: int) -> str:
    """What follows from the recording."""
    recorded = recording(number)
    if recorded.get("deliveries") == 0:
        return NOTHING_SENT
    if "body_raw" not in recorded:
        return A_RECORD
    reader, body = a_reader(), body_of(number)
    try:
        reader.verify(headers_of(number), body)
    except Forbidden:
        return ANOTHER_SECRET
    found = reader.judge(body)
    if isinstance(found, Echo):
        assert reader.read(headers_of(number), body) == ()
        return OURS
    if isinstance(found, SetAside):
        assert reader.read(headers_of(number), body) == ()
        return aside(found.why)
    assert reader.read(headers_of(number), body) == (found,)
    return {ItemChanged: ITEM, CommentPosted: COMMENT}[type(found.signal)]


def test_the_table_holds_every_recording() -> None:
    assert sorted(TABLE) == [int(file.name[:2]) for file in sorted(FOLDER.glob("*.json"))]
    assert len(TABLE) == 87


@pytest.mark.parametrize(("number", "what"), sorted(TABLE.items()))
def test_a_recording_is_read_as_what_it_is(number: int, what: str) -> None:
    assert outcome(number) == what


def test_a_change_names_item_actor_and_what_he_is_called() -> None:
    (hint,) = a_reader().read(headers_of(38), body_of(38))
    assert isinstance(hint.signal, ItemChanged)
    assert hint.signal.item.startswith(f"{PROJECT}.")
    assert (hint.signal.actor, hint.signal.who) == (HANNA, "hanna")
    assert hint.lane == hint.signal.item


def test_a_comment_names_the_item_that_it_is_on() -> None:
    (hint,) = a_reader().read(headers_of(35), body_of(35))
    assert isinstance(hint.signal, CommentPosted)
    assert hint.signal.item == item_id(PROJECT, "255c1a4a-f668-465b-9245-8c52fa1e7cf9")
    assert hint.signal.actor == GINA


def test_deliveries_of_one_request_are_one_hint() -> None:
    keys = {hint.key for n in (6, 7, 8, 9) for hint in a_reader().read({}, body_of(n))}
    versions = {recording(n)["body_parsed"]["data"]["updated_at"] for n in (6, 7, 8, 9)}
    assert len(keys) == len(versions)


def test_before_we_know_who_we_are_our_own_doings_are_hints_like_others() -> None:
    assert a_reader(bot=None).read({}, body_of(3))


def test_words_that_somebody_else_put_into_a_comment_are_set_aside() -> None:
    found = a_reader(bot=None).judge(body_of(29))
    assert found == SetAside(why="somebody else wrote into the comment")


def test_an_item_that_was_deleted_is_one_of_ours_if_there_is_but_one_project() -> None:
    gone = b'{"event":"issue","action":"deleted","data":{"id":"%s"}}' % HANNA.encode()
    (hint,) = a_reader().read({}, gone)
    assert hint.lane == item_id(PROJECT, HANNA)


def test_another_version_of_webhooks_is_refused_and_the_remedy_told() -> None:
    body = b'{"version":"v2","event":"workitem.updated","action":"x","data":{}}'
    with pytest.raises(Invalid, match="version: 'v2' is not known here; make the webhook on"):
        a_reader().judge(body)
