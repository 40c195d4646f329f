"""Text as trackers keep it: HTML, written by browser editors, by tools and by anybody."""

from typing import Protocol

from domain.prose import Prose


class RichText(Protocol):
    """Turns HTML into meaning and Markdown into HTML. Total: no text makes it raise or hang.

    What is too tangled to be read in reasonable time is kept word for word, but as code: nothing
    of it instructs.
    """

    def read(self, html: str) -> Prose:
        """Return what the HTML says, block by block: what is quoted or code is told apart.

        Code in a sentence stays there in backticks, unless it could be taken for an instruction
        (``:approved:``): then it is a code block of its own. So ``said`` never holds an example.
        """
        ...

    def render(self, markdown: str) -> str:
        """Return HTML for a tracker's editor; HTML in the Markdown is shown, never interpreted.

        Links lead to http, https or mailto; images become links; nothing in it can run.
        """
        ...

    def sanitise(self, html: str) -> str:
        """Return the HTML with nothing left that could run, load or restyle the page around it.

        What ``read`` finds in it is the same before and after, images apart.
        """
        ...
