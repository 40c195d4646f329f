"""Claude Code: ``claude -p`` and its ``stream-json`` lines. We know 2.1.330.

It reads nothing of the repository's settings, hooks and MCP servers, whose writers may be anybody,
and keeps its state in the run's own folder. It exits with 0 when a tool was refused to it, and
often when it was interrupted: the ``result`` line tells.
"""

from collections.abc import Mapping, Sequence

from adapters.agents.faults import fault
from adapters.agents.lines import Json, count, items, number, plainly, table, text
from adapters.agents.probe import version_of
from adapters.agents.reading import JsonReader
from domain.money import DOLLAR, Money, Usage, money
from domain.reading import Ending, StepKind
from ports.agent_runtime import Access, AgentSetup, Invocation, OutputReader

_RETRIES = 4
_ACCESS: Mapping[Access, Sequence[str]] = {
    Access.READ: ("--permission-mode", "dontAsk", "--allowedTools", "Read", "Grep", "Glob"),
    Access.WORKSPACE: ("--permission-mode", "acceptEdits", "--allowedTools", "Bash"),
    Access.FULL: ("--permission-mode", "bypassPermissions"),
}
_INTERRUPTED = "[Request interrupted by user]"


class ClaudeCode:
    """The runtime ``claude-code``."""

    speaks = True
    counts = True
    known = "2.1.330"

    def invoke(self, setup: AgentSetup, *, budget: Money | None) -> Invocation:
        """Return how it is started; it watches the budget by list prices itself."""
        limits: list[str] = []
        if setup.model:
            limits += ["--model", setup.model]
        if setup.max_turns:
            limits += ["--max-turns", str(setup.max_turns)]
        if budget is not None:
            limits += ["--max-budget-usd", f"{max(budget, 10_000) / DOLLAR:.2f}"]
        command = [
            *(setup.command or ("claude",)),
            *("-p", "--output-format", "stream-json", "--verbose"),
            *("--setting-sources", "", "--strict-mcp-config"),
            *limits,
            *setup.arguments,
            *_ACCESS[setup.access],  # last: --allowedTools takes all words that follow
        ]
        environment = {
            "CLAUDE_CONFIG_DIR": "{home}/claude",
            "CLAUDE_CODE_MAX_RETRIES": str(_RETRIES),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            **setup.environment,
        }
        if setup.access is Access.FULL:
            environment["IS_SANDBOX"] = "1"  # or it refuses to start as root of its container
        return Invocation(command=command, environment=environment)

    def reader(self) -> OutputReader:
        """Return a reader for one run's output."""
        return ClaudeReader()

    async def version(self, setup: AgentSetup) -> str:
        """Return what ``claude --version`` says."""
        return await version_of(setup.command or ("claude",))


class ClaudeReader(JsonReader):
    """Reads ``stream-json``. The lines of one message all bear its whole usage: it counts once."""

    def __init__(self) -> None:
        """Begin with no message."""
        super().__init__()
        self._message = ""

    def told(self, line: Json) -> None:
        """Take note of one line."""
        match line.get("type"):
            case "system":
                self._system(line)
            case "assistant":
                self._assistant(line)
            case "user":
                self._user(line)
            case "result":
                self._result(line)

    def _system(self, line: Json) -> None:
        match line.get("subtype"):
            case "init":
                model, session = text(line.get("model")), text(line.get("session_id"))
                self.notes.change(model=model, session=session)
            case "api_retry":
                status, error = line.get("error_status"), text(line.get("error"))
                attempt = f"{count(line.get('attempt'))}/{count(line.get('max_retries'))}"
                why = f"{status or ''} {error}, attempt {attempt}".strip()
                self.notes.struggle(_unfinished(fault(error, status)), why)
            case "permission_denied":
                self.notes.refuse(
                    text(line.get("tool_name")) or "a tool", text(line.get("message"))
                )

    def _assistant(self, line: Json) -> None:
        message = table(line.get("message"))
        for part in items(message.get("content")):
            match part.get("type"):
                case "text":
                    self.notes.step(StepKind.SAID, text(part.get("text")))
                case "thinking":
                    self.notes.step(StepKind.THOUGHT, text(part.get("thinking")))
                case "tool_use":
                    self.notes.tool(text(part.get("name")), plainly(part.get("input")))
        if message.get("id") != self._message:
            self._message = text(message.get("id"))
            usage = _usage(table(message.get("usage")))
            if usage.total:
                self.notes.add(usage)

    def _user(self, line: Json) -> None:
        for part in items(table(line.get("message")).get("content")):
            if part.get("type") == "tool_result":
                self.notes.step(StepKind.RESULT, _result_text(part.get("content")))
            elif text(part.get("text")) == _INTERRUPTED:
                self.notes.end(Ending.INTERRUPTED, _INTERRUPTED)

    def _result(self, line: Json) -> None:
        models = [table(each) for each in table(line.get("modelUsage")).values()]
        if models:
            # Of the session; ``usage`` lacks the last turn where the budget ended it.
            whole = Usage()
            for each in models:
                whole = whole.plus(_model_usage(each))
            self.notes.change(usage=whole, usage_of_session=True)
        elif (usage := _usage(table(line.get("usage")))).total:
            self.notes.change(usage=usage)
        session = text(line.get("session_id"))
        if session:
            self.notes.change(session=session)
        dollars = number(line.get("total_cost_usd"))
        if dollars is not None:
            self.notes.change(reckoned=money(dollars), reckoned_of_session=True)
        for denied in items(line.get("permission_denials")):
            name = text(denied.get("tool_name")) or "a tool"
            if not any(told.startswith(name) for told in self.notes.reading.refusals):
                self.notes.refuse(name, plainly(denied.get("tool_input")))
        self.notes.end(*_ending(line))


def _ending(line: Json) -> tuple[Ending, str]:
    """Return the last word. ``subtype`` says success of a run whose model turned it away."""
    why, subtype = text(line.get("terminal_reason")), text(line.get("subtype"))
    errors = [each for each in line.get("errors") or [] if isinstance(each, str)]
    words = text(line.get("result")) or "; ".join(errors) or subtype
    if why == "max_turns" or subtype == "error_max_turns":
        return Ending.TURN_LIMIT, words
    if why == "budget_exhausted" or subtype == "error_max_budget_usd":
        return Ending.OUT_OF_BUDGET, words
    if why.startswith("aborted"):
        return Ending.INTERRUPTED, words
    status = line.get("api_error_status")
    if why == "api_error" or (line.get("is_error") and isinstance(status, int)):
        return fault(words, status), words
    if line.get("is_error") or subtype != "success":
        return Ending.FAILED, words
    return Ending.FINISHED, words


def _unfinished(ending: Ending) -> Ending:
    """What it tries again is not over yet: the model is away, or the key is bad."""
    return ending if ending is Ending.NOT_AUTHENTICATED else Ending.MODEL_UNAVAILABLE


def _usage(told: Json) -> Usage:
    return Usage(
        input=count(told.get("input_tokens")),
        output=count(told.get("output_tokens")),
        cached=count(told.get("cache_read_input_tokens")),
        written=count(told.get("cache_creation_input_tokens")),
    )


def _model_usage(told: Json) -> Usage:
    return Usage(
        input=count(told.get("inputTokens")),
        output=count(told.get("outputTokens")),
        cached=count(told.get("cacheReadInputTokens")),
        written=count(told.get("cacheCreationInputTokens")),
    )


def _result_text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(text(part.get("text")) for part in items(content))
