"""Which program is the agent of a role, and how many may be at work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.identifiers import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """Any program can be an agent: it gets its brief on standard input and commits its work."""

    command: Sequence[str]
    """The agent of every role that has no command of its own."""
    commands: Mapping[Role, Sequence[str]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    """What every agent gets beside what it is told of its run. Holds no key of ours."""
    slots: int = 4
    """How many agents may be at work at once."""

    def of(self, role: Role) -> Sequence[str]:
        """Return the role's command line; ``{role}`` in it stands for the role's name."""
        command = self.commands.get(role, self.command)
        return [part.replace("{role}", role) for part in command]
