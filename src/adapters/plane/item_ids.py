"""How an item of Plane is called by us: by its project and its own id, joined by a dot.

Plane finds an item only below its project. A dot, because the id stands in lanes, which end in a
slash, and in paths; both parts are checked, because they arrive by webhook.
"""

import re

from domain.errors import NotFound
from domain.identifiers import ItemId

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def is_uuid(text: str) -> bool:
    """Tell whether it is an id as Plane writes them."""
    return _UUID.fullmatch(text) is not None


def item_id(project: str, item: str) -> ItemId:
    """Return our name of the item."""
    return ItemId(f"{project}.{item}")


def parts_of(item: ItemId) -> tuple[str, str]:
    """Return the ids of project and item. NotFound: no item of Plane is called so."""
    project, _, own = item.partition(".")
    if not (is_uuid(project) and is_uuid(own)):
        raise NotFound(f"there is no item {item[:80]!r} in Plane")
    return project, own
