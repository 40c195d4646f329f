"""What several addresses are asked with."""

from typing import Annotated

from litestar.params import HeaderParameter, PathParameter

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
