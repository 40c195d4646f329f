"""Recordings of a real Plane, and in what another answer may differ from a recorded one.

Ids and moments are Plane's to choose: an id must stand for the same thing throughout, a moment must
be written in the same way. Everything else must be the same.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "fixtures/plane"
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_CHOSEN = tuple(
    re.compile(pattern)
    for pattern in (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z",
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+05:30",
        r"\d{4}-\d\d-\d\d",
        r"\d{8}T\d{6}Z",
        r"access-key/\d{8}//s3/aws4_request",
        r"[0-9a-f]{64}",
        r"[0-9a-f-]{36}/[0-9a-f]{32}-log\.txt",
        r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+",
        r"eyJ[A-Za-z0-9+/=]{40,}",
    )
)
"""Texts that only have to look like the recorded ones."""
_ANYTHING = (".epoch", ".logo_props.icon.name", ".logo_props.icon.color")
"""Where the time stands in seconds, and where Plane throws dice."""
_UNHEARD = frozenset({"date", "server", "connection"})
_COUNTED = frozenset({"x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"})
_LENGTHS = frozenset({"content-length", "content-encoding", "transfer-encoding"})


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One request with its answer."""

    number: str
    name: str
    whole: Mapping[str, Any]

    @property
    def request(self) -> Mapping[str, Any]:
        """What was asked."""
        return dict(self.whole.get("request") or {})

    @property
    def response(self) -> Mapping[str, Any]:
        """What was answered."""
        return dict(self.whole.get("response") or {})


def recordings(kind: str = "rest") -> list[Recording]:
    """Return all of a kind, in order."""
    return [
        Recording(
            number=file.name.partition("-")[0],
            name=file.stem,
            whole=json.loads(file.read_text()),
        )
        for file in sorted((FOLDER / kind).glob("*.json"))
    ]


@dataclass(kw_only=True)
class Names:
    """Which of our ids stands for which recorded one; ids that are not known are the same."""

    ours: dict[str, str] = field(default_factory=dict)

    def bind(self, recorded: str, own: str) -> bool:
        """Let ours stand for the recorded one; tell whether it could."""
        if recorded not in self.ours and own in self.ours.values():
            return False
        return self.ours.setdefault(recorded, own) == own

    def translated(self, text: str) -> str:
        """Return a text with our ids in the place of recorded ones."""
        return _UUID.sub(lambda match: self.ours.get(match[0], match[0]), text)


def differences(recorded: Any, own: Any, names: Names, path: str = "") -> Iterator[str]:
    """Return in what two bodies differ that should not."""
    if type(recorded) is not type(own):
        yield f"{path}: {recorded!r} was recorded, {own!r} came"
    elif isinstance(recorded, dict):
        if recorded.keys() != own.keys():
            yield f"{path}: keys {sorted(recorded)} were recorded, {sorted(own)} came"
        for name in (each for each in recorded if each in own):
            yield from differences(recorded[name], own[name], names, f"{path}.{name}")
    elif isinstance(recorded, list):
        if len(recorded) != len(own):
            yield f"{path}: {len(recorded)} were recorded, {len(own)} came"
        elif recorded and all(isinstance(each, str) and _UUID.fullmatch(each) for each in recorded):
            # Plane sorts them by the ids themselves, which we did not choose.
            if sorted(map(names.translated, recorded)) != sorted(own):
                yield f"{path}: {recorded} were recorded, {own} came"
        else:
            for number, (one, other) in enumerate(zip(recorded, own, strict=True)):
                yield from differences(one, other, names, f"{path}[{number}]")
    elif isinstance(recorded, str) and _UUID.fullmatch(recorded):
        if not _UUID.fullmatch(own) or not names.bind(recorded, own):
            yield f"{path}: {recorded} was recorded, {own} came for it"
    elif _is_chosen(recorded, own) or path.endswith(_ANYTHING):
        return
    elif (names.translated(recorded) if isinstance(recorded, str) else recorded) != own:
        yield f"{path}: {recorded!r} was recorded, {own!r} came"


def _is_chosen(recorded: Any, own: Any) -> bool:
    both = isinstance(recorded, str) and isinstance(own, str)
    return both and any(each.fullmatch(recorded) and each.fullmatch(own) for each in _CHOSEN)


def header_differences(
    recorded: Mapping[str, str], own: Mapping[str, str], names: Names
) -> Iterator[str]:
    """Return in what two sets of headers differ that should not."""
    expected = {name.lower(): value for name, value in recorded.items()}
    came = {name.lower(): value for name, value in own.items()}
    if expected.keys() - _UNHEARD != came.keys() - _UNHEARD:
        yield f"headers {sorted(expected)} were recorded, {sorted(came)} came"
    for name in expected.keys() & came.keys() - _UNHEARD - _LENGTHS:
        if name in _COUNTED:
            if not came[name].isdecimal():
                yield f"header {name}: {came[name]!r} is no number"
        elif names.translated(expected[name]) != came[name]:
            yield f"header {name}: {expected[name]!r} was recorded, {came[name]!r} came"
