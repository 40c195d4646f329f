"""What real agents printed, recorded; and what each of it means."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from adapters.agents.acp import AnyAcpAgent
from adapters.agents.claude_code import ClaudeCode
from adapters.agents.codex import Codex
from adapters.agents.opencode import OpenCode
from domain.events import Outcome
from domain.money import NO_TOKENS, Money, Usage
from ports.agent_runtime import Access, AgentRuntime

FOLDER = Path(__file__).parents[2] / "fixtures" / "agents"

_TWO_TURNS = Usage(input=2400, output=84, cached=1000, written=600)
_ONE_TURN = Usage(input=1200, output=42, cached=500, written=300)
_CODEX = Usage(input=2200, output=110, cached=800)
_OPENCODE = Usage(input=1600, output=66, cached=200)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A recording and what it means."""

    name: str
    outcome: Outcome
    usage: Usage = NO_TOKENS
    reckoned: int | None = None
    """Millionths of a dollar, as the agent itself reckons."""
    refusals: tuple[str, ...] = ()
    says: str = ""
    """Part of what is wrong."""
    seen: Outcome = field(default=Outcome.EXITED)
    """What the runner has to say: a recording that was cut short stands for a run that was."""

    @property
    def output(self) -> str:
        """All that was printed; nothing where nothing was."""
        file = FOLDER / f"{self.name}.stdout"
        return file.read_text("utf-8") if file.exists() else ""

    @property
    def exit_code(self) -> int:
        """What it exited with."""
        found = re.match(r"rc=(-?\d+)", (FOLDER / f"{self.name}.rc").read_text())
        assert found is not None, self.name
        return int(found.group(1))

    @property
    def runtime(self) -> AgentRuntime:
        """Whose it is."""
        kind = self.name.split("-")[0]
        if kind.startswith("claude"):
            return ClaudeCode()
        return Codex() if kind == "codex" else OpenCode()


def _claude(
    name: str, outcome: Outcome, usage: Usage = NO_TOKENS, reckoned: int | None = 0, **more: object
) -> Recorded:
    return Recorded(name=f"claude{name}", outcome=outcome, usage=usage, reckoned=reckoned, **more)  # type: ignore[arg-type]


def _codex(name: str, outcome: Outcome, usage: Usage = NO_TOKENS, **more: object) -> Recorded:
    return Recorded(name=f"codex-{name}", outcome=outcome, usage=usage, **more)  # type: ignore[arg-type]


def _opencode(name: str, outcome: Outcome, **more: object) -> Recorded:
    return Recorded(name=f"opencode-{name}", outcome=outcome, **more)  # type: ignore[arg-type]


RECORDED = (
    _claude("-ok", Outcome.EXITED, _TWO_TURNS, 11_010),
    _claude("197-ok", Outcome.EXITED, _TWO_TURNS, 18_350),
    _claude("-agentmd", Outcome.EXITED, _TWO_TURNS, 14_480),
    _claude("-agentsflag", Outcome.EXITED, _TWO_TURNS, 14_480),
    _claude("-authtoken", Outcome.EXITED, _TWO_TURNS, 14_480),
    _claude("-bare-stdin", Outcome.EXITED, _TWO_TURNS, 14_480),
    _claude("-bypass-sandbox", Outcome.EXITED, _TWO_TURNS, 14_480),
    _claude("-jsonschema", Outcome.EXITED, _TWO_TURNS.plus(_ONE_TURN), 21_720),
    _claude("-structured", Outcome.EXITED, _ONE_TURN, 7_240),
    _claude("-streamin", Outcome.EXITED, _TWO_TURNS.plus(_ONE_TURN), 21_720),
    _claude("-resume-othercwd", Outcome.EXITED, _TWO_TURNS.plus(_TWO_TURNS), 28_960),
    _claude("-perm", Outcome.REFUSED, _TWO_TURNS, 14_480, refusals=("Write",)),
    _claude("-pmdefault", Outcome.REFUSED, _TWO_TURNS, 14_480, refusals=("Write",)),
    _claude("-dontask", Outcome.REFUSED, _TWO_TURNS, 14_480, refusals=("Write",)),
    _claude("-loop", Outcome.TURN_LIMIT, _TWO_TURNS, 14_480, says="2"),
    _claude("-budget", Outcome.OUT_OF_BUDGET, _TWO_TURNS, 11_010, says="maximum budget"),
    _claude("-401-retry1", Outcome.NOT_AUTHENTICATED, says="401"),
    # It was killed by a time limit in the midst of its ten attempts.
    _claude("-401", Outcome.NOT_AUTHENTICATED, reckoned=None, seen=Outcome.TIMED_OUT),
    _claude("-429", Outcome.MODEL_UNAVAILABLE, says="429"),
    _claude("-529", Outcome.MODEL_UNAVAILABLE, says="529"),
    _claude("-400", Outcome.CRASHED, says="400"),
    _claude("-badresume", Outcome.CRASHED, says="No conversation found"),
    _claude("-badflag", Outcome.CRASHED, reckoned=None),
    _claude("-noverbose", Outcome.CRASHED, reckoned=None),
    _claude("-bypass-root", Outcome.CRASHED, reckoned=None),
    _claude("-sigint", Outcome.STOPPED, reckoned=None),
    _claude("-sigterm", Outcome.CRASHED, reckoned=None),
    _claude("-sigterm", Outcome.STOPPED, reckoned=None, seen=Outcome.STOPPED),
    _codex("ok", Outcome.EXITED, _CODEX),
    _codex("fast", Outcome.EXITED, _CODEX),
    _codex("ws", Outcome.EXITED, _CODEX),
    _codex("bypass", Outcome.EXITED, _CODEX),
    # What its sandbox forbade it does not say: there, only the evidence is missing.
    _codex("ro", Outcome.EXITED, _CODEX),
    _codex("schema", Outcome.EXITED, _CODEX),
    # As we have it run: what each answer of its model took stands among its events.
    _codex("logged", Outcome.EXITED, Usage(input=3600, output=126)),
    _codex("resume", Outcome.EXITED, Usage(input=3300, output=165, cached=1200)),
    _codex("401", Outcome.NOT_AUTHENTICATED, says="401 Unauthorized"),
    _codex("429", Outcome.MODEL_UNAVAILABLE, says="429"),
    _codex("500", Outcome.MODEL_UNAVAILABLE, says="high demand"),
    _codex("badflag", Outcome.CRASHED),
    _codex("badresume", Outcome.CRASHED),
    _codex("sigint", Outcome.CRASHED),
    _codex("sigterm", Outcome.CRASHED),
    _opencode("ok", Outcome.EXITED, usage=_OPENCODE, reckoned=1_732),
    _opencode("ask-auto", Outcome.EXITED, usage=_OPENCODE, reckoned=1_732),
    _opencode(
        "ask",
        Outcome.REFUSED,
        usage=Usage(input=800, output=33, cached=100),
        reckoned=866,
        refusals=("write",),
    ),
    _opencode("401", Outcome.NOT_AUTHENTICATED, says="scripted 401"),
    # It said nothing for a minute.
    _opencode("500", Outcome.MODEL_UNAVAILABLE, seen=Outcome.STALLED),
    _opencode("sigint", Outcome.CRASHED),
)


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A recorded conversation with an ACP agent, what it was allowed, and what it means."""

    name: str
    outcome: Outcome
    access: Access = Access.WORKSPACE
    usage: Usage = NO_TOKENS
    reckoned: int | None = None
    refused: bool = False


_QWEN = Usage(input=1600, output=66, cached=200)
_GEMINI = Usage(input=1400, output=42)
_LAST_STEP = Usage(input=800, output=33, cached=100)
SPOKEN = (
    Spoken(name="claude-acp", outcome=Outcome.EXITED, usage=_TWO_TURNS, reckoned=18_350),
    Spoken(
        name="claude-acp-reject",
        access=Access.READ,
        outcome=Outcome.REFUSED,
        usage=_TWO_TURNS,
        reckoned=18_350,
        refused=True,
    ),
    Spoken(name="claude-acp-401", outcome=Outcome.NOT_AUTHENTICATED, reckoned=0),
    Spoken(name="claude-acp-cancel", outcome=Outcome.STOPPED),
    Spoken(name="claude-acp-kill", outcome=Outcome.CRASHED),
    Spoken(name="codex-acp", outcome=Outcome.EXITED),
    Spoken(name="codex-acp-full", access=Access.FULL, outcome=Outcome.EXITED),
    Spoken(name="gemini-acp", outcome=Outcome.EXITED, usage=_GEMINI),
    Spoken(name="gemini-acp-cancel", outcome=Outcome.STOPPED),
    Spoken(name="gemini-acp-nofs", outcome=Outcome.EXITED, usage=_GEMINI),
    Spoken(name="opencode-acp", outcome=Outcome.EXITED, usage=_LAST_STEP, reckoned=1_732),
    Spoken(name="qwen-acp", outcome=Outcome.EXITED, usage=_QWEN),
)

ACP = AnyAcpAgent()


def dollars(amount: int | None) -> Money | None:
    """The amount as money."""
    return None if amount is None else Money(amount)
