"""The images that agents run in."""

from enum import StrEnum
from urllib.parse import quote

from adapters.docker.engine import Engine
from adapters.docker.wire import Image, Pulled, decoded
from domain.errors import NotFound, Rejected, ToolFailed

_PULL_PATIENCE = 900.0


class Pull(StrEnum):
    """When an image is fetched."""

    MISSING = "missing"
    NEVER = "never"


async def find(engine: Engine, image: str) -> str | None:
    """Return the image's id, None if it is not there."""
    try:
        return (await engine.get(f"/images/{quote(image, safe='/:@')}/json", Image)).id
    except NotFound:
        return None


async def pull(engine: Engine, image: str) -> None:
    """Fetch an image. Rejected: there is none of that name. Unavailable: the registry is away."""
    try:
        data = await engine.call(
            "POST", "/images/create", {"fromImage": _tagged(image)}, patience=_PULL_PATIENCE
        )
    except Rejected as refusal:
        raise NotFound(f"image {image} is not there and cannot be pulled: {refusal}") from refusal
    # A failure half-way comes in the last line of an answer that began as a success.
    last = data.strip().rpartition(b"\n")[2]
    try:
        problem = decoded(last or b"{}", Pulled).error
    except ToolFailed:
        problem = f"the engine says {last[:100]!r}"
    if problem:
        raise ToolFailed(f"image {image} cannot be pulled: {problem}")


def _tagged(image: str) -> str:
    """Without a tag the engine would fetch all there are."""
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"
