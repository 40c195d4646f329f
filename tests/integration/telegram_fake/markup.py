"""The HTML that the Bot API understands, and how it says that it does not.

Offsets in errors count bytes, those in entities UTF-16 units.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    "a": "text_link",
    "blockquote": "blockquote",
    "code": "code",
    "pre": "pre",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
MOST_ENTITIES = 100
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));?")
_SPACES = " \t\r\n\0\v"


class Unparsable(Exception):
    """The markup is wrong; the text is what the server says after "can't parse entities: "."""


@dataclass
class Entity:
    """A stretch of text that is more than text."""

    type: str
    offset: int
    length: int
    url: str | None = None

    def shown(self) -> dict[str, object]:
        """Return it as the server shows it."""
        plain = {"type": self.type, "offset": self.offset, "length": self.length}
        return plain if self.url is None else {**plain, "url": self.url}


@dataclass
class _Open:
    tag: str
    argument: str | None
    offset: int
    begin: int


@dataclass
class _Parser:
    source: str
    at: int = 0
    text: str = ""
    open: list[_Open] = field(default_factory=list)
    found: list[Entity] = field(default_factory=list)

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "&":
                self.text += self._reference()
            elif char != "<":
                self.text += char
                self.at += 1
            elif self.source.startswith("</", self.at):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            tag = self.open[-1].tag
            raise Unparsable(f'Can\'t find end tag corresponding to start tag "{tag}"')
        self.found.sort(key=lambda one: (one.offset, -one.length))
        return self.text, self.found[:MOST_ENTITIES]

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())

    def _peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def _skip(self, stop: str) -> str:
        """Go on to one of these characters, or the end; return what was passed."""
        begin = self.at
        while self._peek() and self._peek() not in stop:
            self.at += 1
        return self.source[begin : self.at]

    def _skip_spaces(self) -> None:
        while self._peek() and self._peek() in _SPACES:
            self.at += 1

    def _reference(self) -> str:
        match = _REFERENCE.match(self.source, self.at)
        char = _meant(match) if match else ""
        if match and char:
            self.at = match.end()
            return char
        self.at += 1
        return "&"

    def _start_tag(self) -> None:
        begin = self._byte(self.at)
        self.at += 1
        tag = self._skip(_SPACES + ">").lower()
        if not self._peek():
            raise Unparsable(f"Unclosed start tag at byte offset {begin}")
        if tag not in TAGS:
            raise Unparsable(f'Unsupported start tag "{tag}" at byte offset {begin}')
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise Unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        argument = attributes.get("href") if tag == "a" else None
        self.open.append(_Open(tag, argument, units(self.text), len(self.text)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        unclosed = Unparsable(f'Unclosed start tag "{tag}" at byte offset {begin}')
        while True:
            self._skip_spaces()
            if self._peek() == ">":
                self.at += 1
                return attributes
            if not self._peek():
                raise unclosed
            name = self._skip(_SPACES + "=>")
            if not name:
                raise Unparsable(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
            self._skip_spaces()
            if self._peek() != "=":
                attributes[name] = ""
                continue
            self.at += 1
            self._skip_spaces()
            if not self._peek():
                raise unclosed
            attributes[name] = self._value(unclosed)

    def _value(self, unclosed: Unparsable) -> str:
        quote = self._peek()
        if quote not in {'"', "'"}:
            begin = self._byte(self.at)
            token = re.compile(r"[A-Za-z0-9.-]*").match(self.source, self.at)
            self.at = token.end() if token else self.at
            if self._peek() not in set(_SPACES + ">"):
                raise Unparsable(f"Unexpected end of name token at byte offset {begin}")
            return token.group().lower() if token else ""
        self.at += 1
        value = ""
        while self._peek() and self._peek() != quote:
            if self._peek() == "&":
                value += self._reference()
            else:
                value += self._peek()
                self.at += 1
        if not self._peek():
            raise unclosed
        self.at += 1
        return value

    def _end_tag(self) -> None:
        begin = self._byte(self.at)
        if not self.open:
            raise Unparsable(f"Unexpected end tag at byte offset {begin}")
        self.at += 2
        tag = self._skip(_SPACES + ">").lower()
        self._skip_spaces()
        if self._peek() != ">":
            raise Unparsable(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        opened = self.open.pop()
        if tag not in {"", opened.tag}:
            raise Unparsable(
                f"Unmatched end tag at byte offset {begin},"
                f' expected "</{opened.tag}>", found "</{tag}>"'
            )
        length = units(self.text) - opened.offset
        if not length:
            return
        if opened.tag != "a":
            self.found.append(Entity(TAGS[opened.tag], opened.offset, length))
            return
        url = checked(opened.argument or self.text[opened.begin :])
        if url:
            self.found.append(Entity("text_link", opened.offset, length, url))


def _meant(match: "re.Match[str]") -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED.get(name, "")
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the text and what is special in it; Unparsable says what is wrong."""
    return _Parser(source).parse()


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def checked(link: str) -> str | None:
    """Return the address that a link leads to; None for one that is silently taken out."""
    try:
        parts = urlsplit(link if "://" in link else f"http://{link}")
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in {"http", "https", "ton", "tg"} or not ("." in host or ":" in host):
        return None
    return parts.geturl() if parts.path else parts._replace(path="/").geturl()
