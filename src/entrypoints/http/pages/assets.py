"""What pages load: one style sheet and one icon, read once and kept."""

from hashlib import sha256
from pathlib import Path

from litestar import MediaType, Response, get

_FOLDER = Path(__file__).parent / "static"
_STYLE = (_FOLDER / "board.css").read_bytes()
_ICON = (_FOLDER / "icon.svg").read_bytes()
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
STYLE_ADDRESS = f"/board.css?{sha256(_STYLE).hexdigest()[:12]}"
"""Changes with the content, so that it can be kept for good."""


@get("/board.css", include_in_schema=False)
async def style() -> Response[bytes]:
    """Return the style sheet."""
    return Response(_STYLE, media_type=MediaType.CSS, headers=_HEADERS)


@get("/icon.svg", include_in_schema=False)
async def icon() -> Response[bytes]:
    """Return the icon."""
    return Response(_ICON, media_type="image/svg+xml", headers=_HEADERS)
