"""Agents, roles and money, as they stand in the configuration file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from domain.money import DEAR, Limits, Price, Prices, money
from domain.pipeline import Pipeline
from ports.agent_runtime import Access, AgentSetup

Runtime = Literal["command", "claude-code", "codex", "opencode", "acp"]
Turns = Annotated[int, Meta(ge=1, le=10_000)]
Slots = Annotated[int, Meta(ge=1)]
Dollars = Annotated[float, Meta(gt=0, le=1_000_000)]
Minutes = Annotated[float, Meta(gt=0, le=525_600)]
PerMillion = Annotated[float, Meta(ge=0, le=100_000)]


class AgentChoice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which agent, and how it is called. In a role's table, what is left out is as for all."""

    runtime: Runtime | None = None
    """What kind of agent: any program by its command, or one whose output we understand."""
    command: Sequence[str] = ()
    """How its program is called, ``{role}`` standing for the role's name."""
    model: str = ""
    max_turns: Turns | None = None
    """For agents that know such a limit."""
    access: Access | None = None
    """What it may do: read, workspace (change files, run commands) or full (in a container)."""
    arguments: Sequence[str] = ()
    """Arguments beyond ours."""
    environment: Mapping[str, str] = {}
    image: str = ""
    """What it runs in, where agents run in containers. A project's own goes before the one for
    all, a role's own before that."""

    def setup(self, base: AgentSetup) -> AgentSetup:
        """Return the agent's setup, completed by the one that holds for all."""
        # Another kind of agent has another program, another model and other arguments.
        same = self.runtime in (None, base.runtime)
        return AgentSetup(
            runtime=self.runtime or base.runtime,
            command=tuple(self.command) or (tuple(base.command) if same else ()),
            model=self.model or (base.model if same else ""),
            max_turns=self.max_turns or (base.max_turns if same else None),
            access=self.access or base.access,
            arguments=tuple(self.arguments) or (tuple(base.arguments) if same else ()),
            environment={**(base.environment if same else {}), **self.environment},
            image=self.image,
        )


class ModelAwaySettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to do when a model cannot be reached or turns its agents away for now."""

    pause_minutes: Minutes = 1
    """Until the run is repeated; each further pause is twice as long."""
    longest_pause_minutes: Minutes = 30
    patience_hours: Annotated[float, Meta(gt=0, le=8_760)] = 6
    """How long it may be away until a person is told."""
    retries: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    """How often a run is repeated until then; none: as often as the time allows."""

    def given_to(self, pipeline: Pipeline) -> Pipeline:
        """Return the pipeline that does so."""
        return replace(
            pipeline,
            model_pause=timedelta(minutes=self.pause_minutes),
            longest_model_pause=timedelta(minutes=self.longest_pause_minutes),
            model_patience=timedelta(hours=self.patience_hours),
            model_retries=self.retries,
        )


class RoleSettings(AgentChoice, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The agent of a single role."""

    slots: Slots | None = None
    """How many of its agents may be at work at once; none: as many as of all roles together."""

    @property
    def chooses(self) -> bool:
        """Return whether it says anything of which agent that is."""
        return structs.replace(self, slots=None) != RoleSettings()


class PriceSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a model costs you, in US dollars for a million tokens."""

    input: PerMillion
    output: PerMillion
    cached: PerMillion | None = None
    """Tokens read from the cache; as input where it is left out."""
    written: PerMillion | None = None
    """Tokens put into the cache; the same."""

    def price(self) -> Price:
        """Return the price."""
        return Price(input=self.input, output=self.output, cached=self.cached, written=self.written)


class MoneySettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may be spent, in US dollars, and what models cost."""

    run: Dollars = 5
    item: Dollars = 10
    day: Dollars = 50
    """All items together, by the day of UTC."""
    prices: Mapping[str, PriceSettings] = {}
    """By the model's name, as its agent tells it."""
    otherwise: PriceSettings | None = None
    """Where neither is known: your price, nor what the agent itself reckons."""

    def limits(self) -> Limits:
        """Return the limits."""
        return Limits(run=money(self.run), item=money(self.item), day=money(self.day))

    def price_list(self) -> Prices:
        """Return the prices."""
        return Prices(
            own={model: price.price() for model, price in self.prices.items()},
            otherwise=self.otherwise.price() if self.otherwise else DEAR,
        )
