"""The reading of a stream in the making: what every reader of JSON lines has to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.agents.lines import Json, Lines, as_json, short
from domain.money import Usage
from domain.reading import Ending, Reading, Step, StepKind

_REFUSALS = 20


class Notebook:
    """The steps and the reading of one stream; memory is bounded whatever is told."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.reading = Reading()
        self._steps: list[Step] = []

    def change(self, **fields: object) -> None:
        """Change fields of the reading."""
        self.reading = replace(self.reading, **fields)  # type: ignore[arg-type]  # checked by tests

    def step(self, kind: StepKind, text: str, tool: str = "") -> None:
        """Tell what happened."""
        if text.strip() or tool:
            self._steps.append(Step(kind=kind, text=short(text.strip()), tool=tool))

    def tool(self, name: str, what: str) -> None:
        """Tell that a tool is used: whatever it was struggling with is over."""
        self.change(tools=self.reading.tools + 1)
        self.go_on()
        self.step(StepKind.TOOL, what, name)

    def add(self, usage: Usage) -> None:
        """Count more tokens: its model has answered."""
        self.change(usage=self.reading.usage.plus(usage))
        self.go_on()

    def refuse(self, what: str, why: str = "") -> None:
        """Tell that a tool was refused."""
        words = short(f"{what}: {why}" if why else what, 300)
        if words not in self.reading.refusals and len(self.reading.refusals) < _REFUSALS:
            self.change(refusals=(*self.reading.refusals, words))
        self.step(StepKind.REFUSED, why, what)

    def struggle(self, with_what: Ending, why: str) -> None:
        """Tell that it cannot go on for now."""
        self.change(trouble=with_what, detail=short(why, 300))
        self.step(StepKind.TROUBLE, why)

    def go_on(self) -> None:
        """Tell that it goes on: what was wrong is past."""
        if self.reading.trouble is not None:
            self.change(trouble=None, detail="")

    def end(self, ending: Ending, why: str = "") -> None:
        """Tell its last word."""
        detail = short(why, 300) if ending is not Ending.FINISHED else ""
        self.change(ending=ending, detail=detail)
        self.step(StepKind.ENDED, why or str(ending))

    def taken(self) -> Sequence[Step]:
        """Return the steps since the last time."""
        steps, self._steps = self._steps, []
        return steps


class JsonReader:
    """Reads JSON lines: subclasses say what each means. Anything else on a line was printed."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lines = Lines()
        self.notes = Notebook()

    def feed(self, text: str) -> Sequence[Step]:
        """Take the next piece and return what is told in it."""
        self._read(self._lines.feed(text))
        return self.notes.taken()

    def close(self) -> Sequence[Step]:
        """Take the rest for a line."""
        self._read(self._lines.close())
        return self.notes.taken()

    @property
    def reading(self) -> Reading:
        """Return all that has been said so far."""
        return self.notes.reading

    def _read(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.read(line)

    def read(self, line: str) -> None:
        """Take note of one line, whatever it is."""
        told = as_json(line)
        if told is None:
            self.printed(line)
        else:
            self.told(told)

    def told(self, line: Json) -> None:
        """Take note of one line of the stream."""
        raise NotImplementedError

    def printed(self, line: str) -> None:
        """Take note of a line that is no part of the stream."""
        self.notes.step(StepKind.PRINTED, line)
