"""Which agent does the work of a role."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.identifiers import Role
from ports.agent_runtime import AgentRuntime, AgentSetup
from ports.store import RunRecord


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


def runtime_of(
    record: RunRecord, runtimes: Mapping[str, AgentRuntime], agents: Agents
) -> AgentRuntime:
    """Return the kind of agent that works or worked on the run.

    It is the one that was started, not the one that would be by now: the configuration may have
    changed meanwhile. Before the start it is the one that would.
    """
    configured = agents.of(record.run.role).runtime
    return runtimes.get(record.agent.runtime) or runtimes[configured]
