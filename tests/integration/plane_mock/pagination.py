"""Plane's pages: plain offsets under the name of cursors, so that items shift while one turns."""

from collections.abc import Mapping, Sequence

from tests.integration.plane_mock.refusals import Refused, broken
from tests.integration.plane_mock.rows import Row

MOST = 1000


def page(found: Sequence[Row], query: Mapping[str, str]) -> Row:
    """Return the envelope with the rows of the page that was asked for."""
    size, number = _size(query.get("per_page")), _number(query.get("cursor"))
    if size <= 0:
        raise broken()
    start = size * number
    results = list(found[start : start + size])
    return {
        "grouped_by": None,
        "sub_grouped_by": None,
        "total_count": len(found),
        "next_cursor": f"{size}:{number + 1}:0",
        "prev_cursor": f"{size}:{number - 1}:1",
        "next_page_results": start + size < len(found),
        "prev_page_results": number > 0,
        "count": len(results),
        "total_pages": -(-len(found) // size),
        "total_results": len(found),
        "extra_stats": None,
        "results": results,
    }


def _size(given: str | None) -> int:
    try:
        size = MOST if given is None else int(given)
    except ValueError:
        raise Refused(400, {"detail": "Invalid per_page parameter."}) from None
    if size > MOST:
        raise Refused(400, {"detail": f"Invalid per_page value. Cannot exceed {MOST}."})
    return size


def _number(given: str | None) -> int:
    if not given:
        return 0
    try:
        _, number, _ = (int(part) for part in given.split(":"))
    except ValueError:
        raise Refused(400, {"detail": "Invalid cursor parameter."}) from None
    return number
