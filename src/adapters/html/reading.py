"""Reads HTML into prose: what is said, what is quoted, what is code.

lexbor (selectolax) builds the tree that a browser would build, so we read what a person saw: no
regular expression and no lenient XML parser does. The walk is a loop, not a recursion.
"""

import html as entities
import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from adapters.html.tags import BLOCKS, UNREAD
from adapters.html.tangle import tangled
from domain.prose import Block, BlockKind, Prose

# Set apart within a sentence: how it is marked there, and what it is where it may not stay there.
_SET_APART = {
    "code": ("`", BlockKind.CODE),
    "kbd": ("`", BlockKind.CODE),
    "samp": ("`", BlockKind.CODE),
    "tt": ("`", BlockKind.CODE),
    "q": ('"', BlockKind.QUOTED),
    "s": ("~~", BlockKind.QUOTED),  # struck out: no longer said
    "del": ("~~", BlockKind.QUOTED),
    "strike": ("~~", BlockKind.QUOTED),
}
_SHORTCODE = re.compile(r"(?<![\w:]):[\w+-]+:(?![\w:])")
_ANY_TAG = re.compile(r"<[a-zA-Z/!?]")
_SPACES = re.compile(r"[ \t\n\r\f\xa0]+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NOT_IN_AN_ID = re.compile(r"[^\w.-]")


def read(html: str) -> Prose:
    """Return what the HTML says."""
    html = encodable(html)
    if not _ANY_TAG.search(html):  # plain text, as the API lets people post it
        text = _UNPRINTABLE.sub("", _as_parsed(entities.unescape(html)))
        paragraphs = (part.strip() for part in re.split(r"\n[ \t]*\n", text))
        return Prose(tuple(Block(kind=BlockKind.SAID, text=p) for p in paragraphs if p))
    if tangled(html):
        text = source_text(html)
        return Prose((Block(kind=BlockKind.CODE, text=text),) if text else ())
    # In a body from the first character on, as an editor's text is: in a head, noscript is no more
    # than a place that its words break out of.
    root = LexborHTMLParser(f"<body>{html}").root
    return _Reading().of(root) if root is not None else Prose()


def _as_parsed(text: str) -> str:
    """Return the text with the ends of lines and the blanks that a parser would make of them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ")


def encodable(text: str) -> str:
    """Return the text without what UTF-8 cannot hold, such as half of an emoji."""
    return text.encode("utf-8", "replace").decode("utf-8")


def source_text(html: str) -> str:
    """Return the words between the tags of HTML that is not worth parsing."""
    text = entities.unescape(re.sub(r"<[a-zA-Z/!?][^<>]*+>", " ", html))
    return _UNPRINTABLE.sub("", text).strip()


class _Reading:
    """One walk through a tree."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.words: list[str] = []
        self.aside: list[str] | None = None
        """The words of the code, or the like, within the sentence that is being read."""
        self.aside_root: int | None = None
        self.pre = 0
        self.quoted = 0
        self.label = ""
        """What stands before the first words of a list item: its number, its tick."""
        self.numbers: dict[int, int] = {}
        """How far each ordered list has counted."""

    def of(self, root: LexborNode) -> Prose:
        """Walk in the order of reading, in and out of every element."""
        node, depth = root, 0
        while True:
            if self._enter(node) and (child := node.first_child) is not None:
                node, depth = child, depth + 1
                continue
            self._leave(node)
            while depth and node.next is None and node.parent is not None:
                node, depth = node.parent, depth - 1
                self._leave(node)
            if not depth or node.next is None:
                self._flush()
                return Prose(tuple(self.blocks))
            node = node.next

    def _enter(self, node: LexborNode) -> bool:
        """Return whether what is inside is to be read as well."""
        if node.is_text_node:
            self._say(node.text_content or "", raw=self.pre > 0)
            return False
        tag = node.tag
        if tag is None or tag in UNREAD or not node.is_element_node:
            return False
        if tag in BLOCKS:
            self._enter_block(tag, node)
        elif tag in _SET_APART and self.aside is None and not self.pre:
            self.aside, self.aside_root = [], node.mem_id
        elif tag == "br":
            self._say("\n", raw=True)
        elif tag in {"img", "image-component"}:
            self._say("[image]", raw=True)
        elif tag == "mention-component":
            who = node.attributes.get("entity_identifier") or ""
            self._say(f"@{_NOT_IN_AN_ID.sub('', who)[:64]}", raw=True)
            return False
        elif tag == "span" and node.first_child is None:
            emoji = node.attributes.get("data-name")
            if emoji and node.attributes.get("data-type") == "emoji":
                self._say(f":{emoji}:", raw=True)
        return True

    def _enter_block(self, tag: str, node: LexborNode) -> None:
        self._flush()
        if tag == "pre":
            self.pre += 1
        elif tag == "blockquote":
            self.quoted += 1
        elif tag == "li":
            self.label = self._label(node)

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag
        if node.mem_id == self.aside_root:
            self._close_aside(tag or "")
        elif tag in BLOCKS:
            self._flush()
            self.pre -= tag == "pre"
            self.quoted -= tag == "blockquote"
            if tag == "li":
                self.label = ""
        elif tag == "a" and (target := _target(node)):
            self._say(f" ({target})", raw=True)

    def _say(self, text: str, *, raw: bool) -> None:
        words = self.words if self.aside is None else self.aside
        words.append(text if raw else _SPACES.sub(" ", text))

    def _close_aside(self, tag: str) -> None:
        mark, kind = _SET_APART[tag]
        text = _tidy("".join(self.aside or ()))
        self.aside = self.aside_root = None
        if not text:
            return
        if _SHORTCODE.search(text) or "\n" in text:
            self._flush()
            self.blocks.append(Block(kind=BlockKind.QUOTED if self.quoted else kind, text=text))
        else:
            if mark == "`":
                mark = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
            self.words.append(f"{mark}{text}{mark}")

    def _flush(self) -> None:
        """End the block that is being read, if it says anything."""
        if self.aside is not None:  # a block within code: its words must not be glued
            self.aside.append("\n")
            return
        text = "".join(self.words)
        self.words.clear()
        if self.pre:
            kind, text = BlockKind.CODE, _UNPRINTABLE.sub("", text).strip("\n")
        else:
            kind = BlockKind.QUOTED if self.quoted else BlockKind.SAID
            text = _tidy(text)
        if text.strip():
            if kind is not BlockKind.CODE:
                text, self.label = self.label + text, ""
            self.blocks.append(Block(kind=kind, text=text))

    def _label(self, item: LexborNode) -> str:
        ticked = item.attributes.get("data-checked")
        if ticked is not None:
            return "[x] " if ticked == "true" else "[ ] "
        parent = item.parent
        if parent is None or parent.tag != "ol":
            return ""
        if parent.mem_id not in self.numbers:
            start = parent.attributes.get("start") or ""
            first = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
            self.numbers[parent.mem_id] = first - 1
        self.numbers[parent.mem_id] += 1
        return f"{self.numbers[parent.mem_id]}. "


def _tidy(text: str) -> str:
    return _AROUND_BREAK.sub("\n", re.sub(" +", " ", _UNPRINTABLE.sub("", text))).strip()


def _target(link: LexborNode) -> str | None:
    """Return where a link leads, if that says more than its words and cannot instruct."""
    href = (link.attributes.get("href") or "").strip()
    if not re.match(r"(?:https?://|mailto:)[^\s<>]++\Z", href, re.IGNORECASE):
        return None
    if _SHORTCODE.search(f"({href})") or link.text().strip() == href:
        return None
    return href
