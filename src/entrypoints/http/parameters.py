"""What several addresses are asked with."""

from typing import Annotated

from litestar.params import HeaderParameter, PathParameter

from domain.errors import Invalid
from domain.identifiers import RunId, parse_task_key, run_id

# The patterns describe only: what we say ourselves of a wrong key is clearer.
Key = Annotated[
    str,
    PathParameter(
        description="What people call the item, as in ET-7.",
        schema_extra={"pattern": "^[A-Z][A-Z0-9_]{0,31}-[1-9][0-9]{0,9}$"},
    ),
]
Run = Annotated[
    str,
    PathParameter(
        description="The run's id, as in ET-7-3.",
        schema_extra={"pattern": "^[A-Z][A-Z0-9_]{0,31}-[1-9][0-9]{0,9}-[0-9]{1,4}$"},
    ),
]
RequestKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Names the request: the same one again has no further effect.",
    ),
]


def parse_run_id(text: str) -> RunId:
    """Return the id; raise Invalid for anything that no run of ours is called.

    A run's id is also the name of a folder or a container: nothing else may get that far.
    """
    key, _, number = text.rpartition("-")
    if not (number.isascii() and number.isdecimal() and 0 < len(number) <= len("9999")):
        raise Invalid("run", f"{text[:40]!r} is not a run's id", "use one like ET-7-3")
    return run_id(parse_task_key(key), int(number))
