"""Codex CLI: ``codex exec --json``. Known to us is 0.169.0.

Its state is in the run's own folder; settings of the user, and rules and instructions in the
repository, are left aside.

Its events count tokens at the end only, and for the whole thread. A limit of money cannot wait for
that, so we have it log each answer of its model, too. That log holds no text of anybody's.
"""

import re
from collections.abc import Mapping

from adapters.agents.faults import fault
from adapters.agents.lines import Json, count, plainly, table, text
from adapters.agents.probe import version_of
from adapters.agents.reading import JsonReader
from domain.errors import Invalid
from domain.money import Money, Usage
from domain.reading import Ending, StepKind
from ports.agent_runtime import Access, AgentSetup, Invocation, OutputReader

_SANDBOX: Mapping[Access, str] = {
    Access.READ: "read-only",
    Access.WORKSPACE: "workspace-write",
    Access.FULL: "danger-full-access",
}
_AGAIN = "Reconnecting"
_LOG = "codex_otel.trace_safe"
_LOGGED = re.compile(rf"\d{{4}}-\d\d-\d\dT[0-9:.]+Z +[A-Z]+ {re.escape(_LOG)}: ")
_ANSWER = 'event.name="codex.sse_event" event.kind=response.completed '
_COUNTED = re.compile(r" (\w+)_token_count=(\d{1,10})\b")
_MODEL = re.compile(r" model=(\S{1,200})")


class Codex:
    """The runtime ``codex``."""

    speaks = True
    counts = True
    known = "0.169.0"

    def invoke(self, setup: AgentSetup, *, budget: Money | None) -> Invocation:
        """Return how it is started. Invalid: it knows no limit of turns."""
        if setup.max_turns:
            raise Invalid("max_turns", "codex has no such limit", "remove it; time limits hold")
        command = [
            *(setup.command or ("codex",)),
            *("exec", "--json", "--ephemeral", "--skip-git-repo-check"),
            *("--ignore-user-config", "--ignore-rules"),
            *("--disable", "plugins", "--disable", "apps"),
            *("-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false"),
            *("-c", "project_doc_max_bytes=0"),  # AGENTS.md is the repository's, not ours
            *("--sandbox", _SANDBOX[setup.access]),
            # Its sandbox leaves the workspace's .git read-only, where a commit is made.
            *(("--add-dir", ".git") if setup.access is Access.WORKSPACE else ()),
            *("-c", 'shell_environment_policy.exclude=["RUST_LOG"]'),  # ours, not its commands'
            *(("--model", setup.model) if setup.model else ()),
            *setup.arguments,
            "-",
        ]
        environment = {
            "CODEX_HOME": "{home}/codex",
            **setup.environment,
            "RUST_LOG": f"{setup.environment.get('RUST_LOG', 'error')},{_LOG}=info",
        }
        return Invocation(command=command, environment=environment, home={"codex/.keep": ""})

    def reader(self) -> OutputReader:
        """Return a reader for one run's output."""
        return CodexReader()

    async def version(self, setup: AgentSetup) -> str:
        """Return what ``codex --version`` says."""
        return await version_of(setup.command or ("codex",))


class CodexReader(JsonReader):
    """Reads the events of ``codex exec --json``."""

    def told(self, line: Json) -> None:
        """Take note of one line."""
        match line.get("type"):
            case "thread.started":
                self.notes.change(session=text(line.get("thread_id")))
            case "item.started":
                self._started(table(line.get("item")))
            case "item.completed":
                self._completed(table(line.get("item")))
            case "turn.completed":
                usage = _usage(table(line.get("usage")))
                if usage.total:
                    self.notes.change(usage=usage, usage_of_session=True)
                self.notes.go_on()
                self.notes.end(Ending.FINISHED)
            case "turn.failed":
                why = text(table(line.get("error")).get("message"))
                self.notes.end(fault(why), why)
            case "error":
                self._error(text(line.get("message")))

    def printed(self, line: str) -> None:
        """Take note of an answer that is logged, which may have come between a line and its end."""
        found = _LOGGED.search(line)
        if found is None:
            super().printed(line)
            return
        if before := line[: found.start()]:
            self.read(before)
        logged = line[found.end() :]
        if logged.startswith(_ANSWER):
            counts = {name: int(number) for name, number in _COUNTED.findall(logged)}
            self.notes.add(_logged_usage(counts))
            if model := _MODEL.search(logged):
                self.notes.change(model=model.group(1))

    def _started(self, item: Json) -> None:
        match item.get("type"):
            case "command_execution":
                self.notes.tool("shell", text(item.get("command")))
            case "mcp_tool_call":
                self.notes.tool(text(item.get("tool")) or "mcp", plainly(item.get("arguments")))
            case "web_search":
                self.notes.tool("web_search", text(item.get("query")))

    def _completed(self, item: Json) -> None:
        if item.get("status") == "declined":
            self.notes.refuse(text(item.get("command")) or text(item.get("type")))
            return
        match item.get("type"):
            case "agent_message":
                self.notes.step(StepKind.SAID, text(item.get("text")))
            case "reasoning":
                self.notes.step(StepKind.THOUGHT, text(item.get("text")))
            case "command_execution":
                code = item.get("exit_code")
                output = text(item.get("aggregated_output"))
                self.notes.step(StepKind.RESULT, f"exit code {code}\n{output}")
            case "file_change":
                self.notes.tool("file_change", plainly(item.get("changes")))
            case "error":  # often but a warning
                self.notes.step(StepKind.PRINTED, text(item.get("message")))

    def _error(self, why: str) -> None:
        kind = fault(why)
        if why.startswith(_AGAIN) and kind is not Ending.NOT_AUTHENTICATED:
            kind = Ending.MODEL_UNAVAILABLE
        self.notes.struggle(kind, why)


def _usage(told: Json) -> Usage:
    """Its input holds what came from the cache or went there, its output the reasoning."""
    cached = count(told.get("cached_input_tokens"))
    written = count(told.get("cache_write_input_tokens"))
    return Usage(
        input=max(0, count(told.get("input_tokens")) - cached - written),
        output=count(told.get("output_tokens")),
        cached=cached,
        written=written,
    )


def _logged_usage(counts: Mapping[str, int]) -> Usage:
    """The same, of one answer."""
    cached, written = counts.get("cached", 0), counts.get("cache_write", 0)
    return Usage(
        input=max(0, counts.get("input", 0) - cached - written),
        output=counts.get("output", 0),
        cached=cached,
        written=written,
    )
