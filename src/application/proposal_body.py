"""What a pull request says of itself."""

from collections.abc import Mapping

from domain.effects import OpenPullRequest
from domain.prose import fenced


def proposal_body(
    effect: OpenPullRequest, item_url: str | None, folder: str, files: Mapping[str, str | None]
) -> str:
    """Return Markdown: the item in its own words, and its files, with links where there are any."""
    item = f"[{effect.key}]({item_url})" if item_url else effect.key
    listed = [f"- [{name}]({url})" if url else f"- `{name}`" for name, url in files.items()]
    parts = [item, fenced(effect.body), f"`{folder}/`", "\n".join(listed)]
    return "\n\n".join(part for part in parts if part) + "\n"
