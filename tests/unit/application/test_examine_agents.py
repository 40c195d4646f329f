"""What is wrong with agents is said at the start, and what they are, by doctor."""

import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.clock import SteppedClock
from application.agents import Agents
from application.examine import AnswerExaminer
from application.examine_agents import ExamineAgents
from domain.decision import Rules
from domain.errors import Invalid, NotFound, TimedOut, ToolFailed
from domain.identifiers import Role
from domain.messages import Locale
from domain.money import Price, Prices
from domain.pipeline import DEFAULT_PIPELINE
from entrypoints.wiring.runners import runtimes_of
from ports.agent_runtime import AgentSetup
from ports.examination import Verdict

RULES = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN)
DEPLOYER = Role("deployer")
UNPRICED = (
    "has no price of yours: it costs what it reckons itself,"
    " else $5 in and $25 out a million tokens, as an estimate"
)


class Versions:
    """Claude Code as somebody installed it."""

    speaks, counts, known = True, True, "2.1.330"

    def __init__(self, version: str | Exception) -> None:
        self._version = version
        self._real = runtimes_of()["claude-code"]
        self.invoke, self.reader = self._real.invoke, self._real.reader

    async def version(self, setup: AgentSetup) -> str:
        if isinstance(self._version, Exception):
            raise self._version
        return self._version


def a_runner() -> MemoryRunner:
    """A place where agents can be started."""
    return MemoryRunner(SteppedClock(datetime(2026, 11, 22, tzinfo=UTC)))


def examiner(
    setup: AgentSetup | None = None,
    *,
    version: str | Exception = "2.1.330",
    rules: Rules = RULES,
    here: bool = True,
    roles: dict[Role, AgentSetup] | None = None,
    runner: MemoryRunner | None = None,
    prices: Prices | None = None,
) -> ExamineAgents:
    """Everything is well, unless told otherwise."""
    return ExamineAgents(
        place=AnswerExaminer(runner or a_runner(), remedy="see to it"),
        agents=Agents(otherwise=setup or AgentSetup(runtime="claude-code"), setups=roles or {}),
        runtimes={**runtimes_of(), "claude-code": Versions(version)},
        rules=rules,
        prices=prices or Prices(),
        here=here,
    )


@pytest.mark.parametrize(
    ("setup", "field"),
    [
        (AgentSetup(runtime="command"), "agents.roles.analyst.command"),
        (AgentSetup(runtime="codex", max_turns=3), "agents.roles.analyst.max_turns"),
        (AgentSetup(runtime="acp", command=["a"], model="m"), "agents.roles.analyst.model"),
    ],
)
def test_an_agent_that_cannot_be_started_is_refused_by_its_role(
    setup: AgentSetup, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        examiner(setup).check()
    assert refused.value.field == field


def test_a_model_that_deploys_without_a_report_is_refused() -> None:
    stages = tuple(replace(stage, report=None) for stage in DEFAULT_PIPELINE.stages)
    rules = replace(RULES, pipeline=replace(DEFAULT_PIPELINE, stages=stages))
    with pytest.raises(Invalid, match=r"pipeline.stages.deploy.report: missing"):
        examiner(rules=rules).check()
    deployer = AgentSetup(runtime="command", command=[sys.executable])
    examiner(rules=rules, roles={DEPLOYER: deployer}).check()


async def test_versions_are_shown_by_role() -> None:
    roles = {DEPLOYER: AgentSetup(runtime="command", command=[sys.executable])}
    found = await examiner(AgentSetup(runtime="claude-code", model="m"), roles=roles).examine()
    texts = {finding.subject: finding.text for finding in found}
    assert texts["developer"] == "claude-code m 2.1.330"
    assert texts["deployer"] == "command"
    assert {finding.verdict for finding in found} == {Verdict.OK}


@pytest.mark.parametrize(
    ("version", "verdict", "says"),
    [
        ("9.9.9", Verdict.WARNING, "claude-code 9.9.9; we know 2.1.330"),
        (NotFound("claude cannot be started"), Verdict.FAILED, "claude cannot be started"),
        (ToolFailed("claude says nothing"), Verdict.FAILED, "claude says nothing"),
    ],
)
async def test_another_version_warns_and_none_fails(
    version: str | Exception, verdict: Verdict, says: str
) -> None:
    found = (await examiner(version=version).examine())[1]
    assert (found.verdict, found.text) == (verdict, says)
    assert found.remedy


async def test_what_holds_the_cost_of_each_agent_is_said() -> None:
    roles = {
        Role("analyst"): AgentSetup(runtime="claude-code", model="ours"),
        Role("tester"): AgentSetup(runtime="acp", command=[sys.executable]),
    }
    prices = Prices(own={name: Price(input=1, output=2) for name in ("ours", "sonet")})
    examine = examiner(AgentSetup(runtime="codex", model="m"), roles=roles, prices=prices)
    found = [each for each in await examine.examine() if each.subject == "money"]
    assert [each.text for each in found] == [
        "claude-code ours costs what money.prices says",
        f"codex m {UNPRICED}",
        "acp need not tell what it uses: then limits of time alone hold it",
        "money.prices has sonet, a model that no agent is given",
    ]
    assert [each.verdict for each in found] == [Verdict.OK] * 3 + [Verdict.WARNING]


async def test_programs_in_images_are_not_looked_for_here() -> None:
    found = await examiner(version=NotFound("no"), here=False).examine()
    assert {finding.verdict for finding in found} == {Verdict.OK}


async def test_what_is_wrong_with_the_place_is_said_first() -> None:
    runner = a_runner()
    runner.fail_next(TimedOut("the engine does not answer"))
    found = await examiner(runner=runner).examine()
    assert (found[0].verdict, found[0].text) == (Verdict.FAILED, "the engine does not answer")
    assert len(found) == 8


async def test_what_is_wrong_with_the_setup_is_a_finding() -> None:
    found = await examiner(AgentSetup(runtime="command")).examine()
    assert (found[1].subject, found[1].verdict) == ("setup", Verdict.FAILED)
