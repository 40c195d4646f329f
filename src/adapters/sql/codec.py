"""How domain values are written into the database: JSON, and the name of their class beside it.

A union of dataclasses cannot be told apart in JSON, so ``kind`` is a column of its own. Names and
fields are frozen by a test: rows written by an older version are read by a newer one.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, get_args

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from domain.effects import Effect
from domain.errors import ToolFailed
from domain.signals import Signal
from domain.task import Task

Value = TypeVar("Value")


class Unreadable(ToolFailed):
    """A row holds what this version cannot read."""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


_encoder = Encoder(enc_hook=_plain)


class Codec(Generic[Value]):
    """Writes and reads the values of one union."""

    def __init__(self, *kinds: type) -> None:
        """Know these classes by their names."""
        self._decoders: dict[str, Decoder[Any]] = {kind.__name__: Decoder(kind) for kind in kinds}

    def encode(self, value: Value) -> tuple[str, str]:
        """Return the value's kind and its JSON."""
        kind = type(value).__name__
        if kind not in self._decoders:
            raise TypeError(f"{kind} is not of this union, nobody could read it back")
        return kind, _encoder.encode(value).decode()

    def decode(self, kind: str, text: str) -> Value:
        """Return the value. Unreadable: the kind is unknown, or a field is missing or malformed."""
        decoder = self._decoders.get(kind)
        if decoder is None:
            raise Unreadable(f"{kind} is unknown to this version")
        try:
            value: Value = decoder.decode(text)
        except DecodeError as error:
            raise Unreadable(f"{kind} cannot be read by this version: {error}") from error
        return value


SIGNALS = Codec[Signal](*get_args(Signal))
EFFECTS = Codec[Effect](*get_args(Effect))
TASKS = Codec[Task](Task)
