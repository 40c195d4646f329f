"""Are the agents there, and are they the ones we know?"""

from collections.abc import Mapping, Sequence

from application.agents import Agents
from domain.decision import Rules
from domain.errors import Failure, Invalid
from domain.identifiers import Role
from domain.money import Prices
from domain.pipeline import ExitCodeGate
from ports.agent_runtime import AgentRuntime, AgentSetup
from ports.examination import Examiner, Finding, Verdict


class ExamineAgents:
    """Examines where agents run, each role's program by its version, and what holds its cost."""

    def __init__(
        self,
        *,
        place: Examiner,
        agents: Agents,
        runtimes: Mapping[str, AgentRuntime],
        rules: Rules,
        prices: Prices,
        here: bool,
    ) -> None:
        """``here`` says that programs are those of this machine, so that they can be asked."""
        self._place = place
        self._agents = agents
        self._runtimes = runtimes
        self._rules = rules
        self._prices = prices
        self._here = here

    def check(self) -> None:
        """Raise Invalid where a role's agent can't be started as configured; asks nobody."""
        for stage in self._rules.pipeline.stages:
            setup = self._agents.of(stage.role)
            runtime = self._runtimes[setup.runtime]
            try:
                runtime.invoke(setup, budget=None)
            except Invalid as fault:
                problem = str(fault).removeprefix(f"{fault.field}: ")
                raise Invalid(f"agents.roles.{stage.role}.{fault.field}", problem) from fault
            if runtime.speaks and isinstance(stage.gate, ExitCodeGate) and not stage.report:
                raise Invalid(
                    f"pipeline.stages.{stage.name}.report",
                    f"missing, and {setup.runtime} exits with 0 whatever came of its work",
                    "name a file in which it reports",
                )

    async def examine(self) -> Sequence[Finding]:
        """Return what is to be said of where agents run, and what each role's is."""
        found = list(await self._place.examine())
        try:
            self.check()
        except Invalid as fault:
            remedy = "see agents in the configuration"
            failed = Finding(
                subject="setup", verdict=Verdict.FAILED, text=str(fault), remedy=remedy
            )
            return [*found, failed]
        roles = dict.fromkeys(stage.role for stage in self._rules.pipeline.stages)
        found += [await self._of(role) for role in roles]
        return [*found, *self._costs([self._agents.of(role) for role in roles])]

    def _costs(self, setups: Sequence[AgentSetup]) -> list[Finding]:
        """Return by what limits of money hold each agent, and prices that are for none of them."""
        texts = dict.fromkeys(self._cost(setup) for setup in setups)
        found = [Finding(subject="money", verdict=Verdict.OK, text=text) for text in texts]
        for model in self._prices.own.keys() - {setup.model for setup in setups}:
            text = f"money.prices has {model}, a model that no agent is given"
            remedy = "it holds only where an agent tells its model by that very name"
            finding = Finding(subject="money", verdict=Verdict.WARNING, text=text, remedy=remedy)
            found.append(finding)
        return found

    def _cost(self, setup: AgentSetup) -> str:
        name = _name(setup)
        if not self._runtimes[setup.runtime].counts:
            return f"{name} need not tell what it uses: then limits of time alone hold it"
        if setup.model in self._prices.own:
            return f"{name} costs what money.prices says"
        price = self._prices.otherwise
        return (
            f"{name} has no price of yours: it costs what it reckons itself, else"
            f" ${price.input:g} in and ${price.output:g} out a million tokens, as an estimate"
        )

    async def init(self) -> Sequence[Finding]:
        """Create what is missing where agents run."""
        return await self._place.init()

    async def _of(self, role: Role) -> Finding:
        setup = self._agents.of(role)
        subject, runtime = str(role), self._runtimes[setup.runtime]
        name = _name(setup)
        if not self._here:
            return Finding(subject=subject, verdict=Verdict.OK, text=f"{name}, from its image")
        try:
            version = await runtime.version(setup)
        except Failure as failure:
            remedy = f"install {setup.runtime}, or name its program in agents.roles.{role}.command"
            return Finding(
                subject=subject, verdict=Verdict.FAILED, text=str(failure), remedy=remedy
            )
        text = f"{name} {version}".strip()
        if runtime.known and version != runtime.known:
            remedy = f"its flags change quickly: if it fails, install {runtime.known}"
            text += f"; we know {runtime.known}"
            return Finding(subject=subject, verdict=Verdict.WARNING, text=text, remedy=remedy)
        return Finding(subject=subject, verdict=Verdict.OK, text=text)


def _name(setup: AgentSetup) -> str:
    return " ".join([setup.runtime, *([setup.model] if setup.model else [])])
