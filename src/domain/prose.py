"""What a person wrote, freed of its markup but not of its meaning.

A tracker's comment is HTML or Markdown. Its adapter turns it into blocks, so that a decision can
tell what somebody *says* from what he quotes or shows as code.
"""

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """How a block was set apart by its writer."""

    SAID = "said"
    QUOTED = "quoted"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, list item, heading, quotation or code block, as plain text."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A comment or a description, block by block in the order of writing."""

    blocks: tuple[Block, ...] = ()

    @property
    def said(self) -> str:
        """Return the writer's own words only: no quotations, no code."""
        return "\n\n".join(b.text for b in self.blocks if b.kind is BlockKind.SAID)

    @property
    def whole(self) -> str:
        """Return everything as Markdown, quotations and code marked as such."""
        return "\n\n".join(_markdown(b) for b in self.blocks)


def _markdown(block: Block) -> str:
    match block.kind:
        case BlockKind.SAID:
            return block.text
        case BlockKind.QUOTED:
            return "\n".join(f"> {line}" for line in block.text.splitlines() or [""])
        case BlockKind.CODE:
            return fenced(block.text)


def fenced(text: str) -> str:
    """Return the text as a code block that its own backticks cannot close."""
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
