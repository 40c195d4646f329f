"""What Plane's serializers check, and how they complain."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from tests.integration.plane_mock.refusals import Refused, not_valid
from tests.integration.plane_mock.rows import Row
from tests.integration.plane_mock.tables import is_uuid

REQUIRED = "This field is required."
PRIORITIES = ("urgent", "high", "medium", "low", "none")

Check = Callable[[Any], Any]
"""Returns what is wrong with a value, in the shape in which it is told, or None."""


def refuse_invalid(body: Mapping[str, Any], required: Collection[str], **checks: Check) -> None:
    """Refuse a body, naming every field that is missing or not valid."""
    faults = {name: [REQUIRED] for name in required if name not in body}
    for name, check in checks.items():
        fault = check(body[name]) if name in body else None
        if fault is not None:
            faults[name] = fault
    if faults:
        raise Refused(400, faults)


def text(most: int = 255) -> Check:
    """Return a check for a text that must be there."""

    def check(value: Any) -> Any:
        if value is None:
            return ["This field may not be null."]
        if not isinstance(value, str):
            return ["Not a valid string."]
        if not value.strip():
            return ["This field may not be blank."]
        too_long = f"Ensure this field has no more than {most} characters."
        return [too_long] if len(value) > most else None

    return check


def choice(*choices: str) -> Check:
    """Return a check for one of a few words."""

    def check(value: Any) -> Any:
        return None if value in choices else [f'"{value}" is not a valid choice.']

    return check


def reference(table: Mapping[str, Row]) -> Check:
    """Return a check for the id of a row, or null."""

    def check(value: Any) -> Any:
        if value is None:
            return None
        if not is_uuid(value):
            return [_no_uuid(value)]
        there = value in table and table[value]["deleted_at"] is None
        return None if there else [f'Invalid pk "{value}" - object does not exist.']

    return check


def ids(value: Any) -> Any:
    """Check a list of ids."""
    if not isinstance(value, list):
        return [f'Expected a list of items but got type "{type(value).__name__}".']
    wrong = {str(n): [_no_uuid(each)] for n, each in enumerate(value) if not is_uuid(each)}
    return wrong or None


def day(value: Any) -> Any:
    """Check a date."""
    try:
        if value is not None:
            date.fromisoformat(value)
        return None
    except (TypeError, ValueError):
        return ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."]


def refuse_reversed(body: Row) -> None:
    """Refuse dates the wrong way round."""
    start, target = body.get("start_date"), body.get("target_date")
    if start and target and start > target:
        raise not_valid("Start date cannot exceed target date")


def _no_uuid(value: Any) -> str:
    return f"“{value}” is not a valid UUID."
