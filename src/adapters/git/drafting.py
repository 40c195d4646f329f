"""One commit from given files, as the input of ``git fast-import``: one process does it all."""

from collections.abc import Mapping

from adapters.git.command import EMAIL, NAME
from domain.errors import Invalid
from domain.identifiers import CommitId

_FORBIDDEN = {"", ".", ".."}


def commit_stream(
    ref: str, *, parent: CommitId | None, files: Mapping[str, str], message: str
) -> bytes:
    """Return a stream that commits the files on ``parent``, moves ``ref`` and prints the id."""
    lines = [
        b"feature done\n",  # what is cut short is no commit
        f"commit {ref}\nmark :1\ncommitter {NAME} <{EMAIL}> now\n".encode(),
        _data(message),
        b"" if parent is None else f"from {parent}\n".encode(),
    ]
    for path, text in files.items():
        lines += [b"M 100644 inline ", _quoted(path), b"\n", _data(text)]
    lines.append(b"get-mark :1\ndone\n")
    return b"".join(lines)


def _data(text: str) -> bytes:
    content = text.encode("utf-8", "replace")
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    parts = path.split("/")
    if "\0" in path or _FORBIDDEN & set(parts) or ".git" in {part.lower() for part in parts}:
        raise Invalid("files", f"{path[:60]!r} is no path inside a repository")
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode()
