"""What is wrong with a configuration, in words that help whoever wrote it."""

import re
from difflib import get_close_matches

from msgspec import inspect

from domain.errors import Invalid

_A_NUMBER = "write how many agents may be at work at once, 1 or more"
_REMEDIES = {
    "agents.command": 'write a list: ["claude", "-p"]',
    "agents.slots": _A_NUMBER,
    "agents.roles[...].slots": f"{_A_NUMBER}, or leave it out where the role has no limit",
    "database.url": "use sqlite:///path/to/file",
    "forge.url": "use one like http://gitea:3000, without a user or a token",
    "forge.public_url": "use one like https://git.example.org",
    "forge.checks": 'write a list: ["make", "test"]',
    "logs_kept_days": "write a number of days, 1 or more",
    "notifier.api_url": "write an address such as https://api.telegram.org",
    "notifier.chat_id": "write the chat's number, -100… for a group, or the @name of a channel",
    "notifier.proxy": "write an address such as http://proxy.lan:3128",
    "projects.tracker_project": "use capital letters, digits and _, a letter first; with Plane the"
    " project's id in small letters",
    "projects.slots": f"{_A_NUMBER}, or leave it out where the project has no limit",
    "tracker.url": "use one like http://plane.lan:8091/api/v1, without a user or a token",
    "tracker.web_url": "use one like https://plane.example.org",
    "tracker.workspace": "write it as it stands in the addresses of Plane",
    "server.port": "use a number from 0 to 65535",
}
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]+)`")
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`")


def explained(problem: str, settings: type) -> Invalid:
    """Turn the library's words into the key's path, what is wrong and what to do."""
    place = _PLACE.search(problem)
    path = place.group("path") if place else ""
    unknown = _UNKNOWN.match(problem)
    if unknown:
        key = f"{path}.{unknown.group('key')}".lstrip(".")
        return Invalid(key, "there is no such key", _meant(path, unknown.group("key"), settings))
    allowed = _allowed(path, settings)
    known = _REMEDIES.get(re.sub(r"\[\d+\]", "", path), "correct the value")
    remedy = f"use one of: {', '.join(allowed)}" if allowed else known
    return Invalid(path or "configuration", _PLACE.sub("", problem), remedy)


def _allowed(path: str, settings: type) -> list[str]:
    """Return the values that the key at that path may have, where they can be counted."""
    kind = _kind(path, settings)
    if isinstance(kind, inspect.LiteralType):
        return [str(value) for value in kind.values]
    if isinstance(kind, inspect.EnumType):
        return [str(member.value) for member in kind.cls]
    return []


def _meant(path: str, key: str, settings: type) -> str:
    """Return what may have been meant by a key that there is not."""
    kind = _kind(path, settings)
    known = [f.encode_name for f in kind.fields] if isinstance(kind, inspect.StructType) else []
    near = get_close_matches(key, known, n=1)
    return f"write {near[0]}, or remove it" if near else "look for a misspelling, or remove it"


def _kind(path: str, settings: type) -> inspect.Type:
    """Return what the configuration holds at that path."""
    kind: inspect.Type = inspect.type_info(settings)
    for part in re.findall(r"[^.\[\]]+|\[", path):
        if isinstance(kind, inspect.StructType):
            kind = next((f.type for f in kind.fields if f.encode_name == part), inspect.AnyType())
        elif isinstance(kind, inspect.CollectionType):
            kind = kind.item_type
        elif isinstance(kind, inspect.DictType):
            kind = kind.value_type
        if isinstance(kind, inspect.UnionType):  # of a table and nothing
            kind = next(t for t in kind.types if not isinstance(t, inspect.NoneType))
    return kind
