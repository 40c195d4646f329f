"""A world that answers late or never.

It carries effects out one lane at a time, in order, when it likes and with what result it likes;
it tells the truth about one thing only: which agents are alive.
"""

from collections import deque
from dataclasses import dataclass, field

from domain.effects import Effect, StartRun, StopRun, Tool, tool_of
from domain.events import Event
from domain.identifiers import RunId


@dataclass
class World:
    """Agents that live and die, and tools that have not got round to everything yet."""

    alive: set[RunId] = field(default_factory=set)
    begun: set[RunId] = field(default_factory=set)
    """Runs whose start was carried out, or never will be."""
    barred: set[RunId] = field(default_factory=set)
    """Runs that were stopped: they cannot start any more."""
    missing: set[RunId] = field(default_factory=set)
    """Runs that were taken for lost before they began: they may yet turn up."""
    lanes: dict[Tool, deque[Effect]] = field(default_factory=dict)
    answers: list[Event] = field(default_factory=list)
    """What the tools have to say and nobody has heard yet."""

    def order(self, effects: tuple[Effect, ...]) -> None:
        """Put effects at the end of their lanes."""
        for effect in effects:
            self.lanes.setdefault(tool_of(effect), deque()).append(effect)

    def could_come_alive(self) -> set[RunId]:
        """Every run that is alive, or will be by effects ordered so far, none stopped first."""
        runs = set(self.alive)
        for effect in self.lanes.get(Tool.AGENTS, ()):
            if isinstance(effect, StartRun) and effect.run.id not in self.barred:
                runs.add(effect.run.id)
            elif isinstance(effect, StopRun):
                runs.discard(effect.run)
        return runs
