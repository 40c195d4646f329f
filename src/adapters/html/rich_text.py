"""The one implementation of rich text: lexbor reads, markdown-it renders, nh3 sanitises."""

from adapters.html.reading import read
from adapters.html.rendering import render
from adapters.html.sanitising import sanitise
from domain.prose import Prose


class HtmlRichText:
    """Rich text as HTML."""

    def read(self, html: str) -> Prose:
        """Return what the HTML says, block by block."""
        return read(html)

    def render(self, markdown: str) -> str:
        """Return HTML for a tracker's editor."""
        return render(markdown)

    def sanitise(self, html: str) -> str:
        """Return the HTML with nothing left that could run."""
        return sanitise(html)
