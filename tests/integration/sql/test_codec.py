"""What is written today is read tomorrow."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from types import MappingProxyType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sql.codec import EFFECTS, SIGNALS, TASKS, Codec, Unreadable
from domain.effects import Effect
from domain.signals import DeliveryReceived, ItemChanged, Signal
from domain.task import Task

# Rows with these names and fields are in people's databases. A new field needs a default; whoever
# renames or removes one writes a migration. Then change this table.
FROZEN = {
    "DeliveryReceived": "tool, headers, body",
    "ItemChanged": "item, actor, who",
    "CommentPosted": "item, comment, actor",
    "BranchReady": "item, branch, url, head",
    "RunExited": "item, run",
    "RunCollected": "item, run, base, head",
    "RunNotCollected": "item, run, problem, head, moved, kept",
    "BranchTouched": "repo, branch, commit",
    "LimitPassed": "item, run",
    "RoleUnusable": "item, role, file, problem",
    "ForgeChanged": "item",
    "MergeAnswered": "item, number, merged, problem, conflicts",
    "TimerFired": "item, until",
    "CommandGiven": "item, who, ask, state",
    "EffectBuried": "item, effect, error, run",
    "MoveItem": "item, state, over",
    "PostComment": "item, text, mention",
    "Notify": "item, key, text, pull_request",
    "PrepareBranch": "item, key, branch, folder, title, description, priority",
    "StartRun": "item, run, branch, reason, remarks",
    "StopRun": "item, run",
    "CollectRun": "item, key, run, branch",
    "OpenPullRequest": "item, key, branch, head, title, body",
    "MergePullRequest": "item, key, branch, head, number",
    "Task": (
        "item, key, title, description, priority, stage, status, turn, shown, created_at, "
        "branch, branch_url, head, pull_request, run, stopping, pending, held, delivered, "
        "approving, merging, reviews, launched, attempts, spent, rounds, crashes, waits, "
        "away_since, over, budget, told, began, remarks, told_remarks, by_member, "
        "unfit, reminders, heard, version"
    ),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return every value of a type, each field of it given, every moment aware."""
    if isinstance(hint, type) and is_dataclass(hint):
        kinds = get_type_hints(hint)
        return st.builds(hint, **{field.name: values(kinds[field.name]) for field in fields(hint)})
    if get_origin(hint) is UnionType:
        return st.one_of([values(kind) for kind in get_args(hint)])
    if get_origin(hint) is Mapping:
        return st.dictionaries(*(values(kind) for kind in get_args(hint)), max_size=3)
    if hint is datetime:
        return st.datetimes(timezones=st.just(UTC))
    return st.from_type(hint)


def test_names_and_fields_of_what_is_stored_have_not_changed() -> None:
    found = {
        kind.__name__: ", ".join(field.name for field in fields(kind))
        for kind in (*get_args(Signal), *get_args(Effect), Task)
    }
    assert found == FROZEN


@pytest.mark.parametrize(
    ("codec", "kind"),
    [(SIGNALS, kind) for kind in get_args(Signal)]
    + [(EFFECTS, kind) for kind in get_args(Effect)]
    + [(TASKS, Task)],
)
@given(data=st.data())
def test_everything_comes_back_as_it_was_written(
    codec: Codec[Any], kind: type, data: st.DataObject
) -> None:
    value = data.draw(values(kind))
    assert codec.decode(*codec.encode(value)) == value


def test_a_mapping_need_not_be_a_dict() -> None:
    headers = MappingProxyType({"X-Event": "push"})
    delivery = DeliveryReceived(tool="forge", headers=headers, body=b"\x00\xff")
    read = SIGNALS.decode(*SIGNALS.encode(delivery))
    assert isinstance(read, DeliveryReceived)
    assert dict(read.headers) == dict(headers)
    assert read.body == b"\x00\xff"


def test_a_field_of_a_newer_version_is_passed_over() -> None:
    text = '{"item": "a", "actor": null, "colour": "red"}'
    assert SIGNALS.decode("ItemChanged", text).item == "a"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("ItemExploded", "{}", "ItemExploded is unknown to this version"),
        ("StopRun", "{}", "StopRun is unknown to this version"),
        ("ItemChanged", '{"actor": null}', "missing required field `item`"),
        ("ItemChanged", '{"item": 7, "actor": null}', r"Expected `str`, got `int` - at `\$.item`"),
        ("ItemChanged", "{", "truncated"),
    ],
)
def test_what_cannot_be_read_says_why(kind: str, text: str, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        SIGNALS.decode(kind, text)


def test_what_nobody_could_read_is_not_written() -> None:
    with pytest.raises(TypeError, match="ItemChanged is not of this union"):
        EFFECTS.encode(ItemChanged(item="a", actor=None))  # type: ignore[arg-type]
