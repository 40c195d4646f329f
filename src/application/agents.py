"""Which agent does the work of a role."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.identifiers import Role
from ports.agent_runtime import AgentSetup


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """The agents of all roles: each gets its brief, commits its work and ends."""

    otherwise: AgentSetup
    """The agent of every role that has none of its own."""
    setups: Mapping[Role, AgentSetup] = field(default_factory=dict)

    def of(self, role: Role) -> AgentSetup:
        """Return the role's agent; ``{role}`` in its command stands for the role's name."""
        setup = self.setups.get(role, self.otherwise)
        return replace(setup, command=[part.replace("{role}", role) for part in setup.command])
