"""OpenCode: ``opencode run --format json``. Known to us is 1.18.33.

It has no last word: it is done when a step ends with ``stop``. It prints nothing while it waits for
its model, and does so for ever; only the idle limit ends that.

The repository's settings are kept from it: they name commands that it would run. Its switches for
that (``--pure`` is one) leave the plugins of the work tree on, so those files are put out of sight
before it starts, in a way that commits take no notice of.
"""

from collections.abc import Mapping

import msgspec

from adapters.agents.faults import fault
from adapters.agents.lines import Json, count, number, plainly, table, text
from adapters.agents.probe import version_of
from adapters.agents.reading import JsonReader
from domain.errors import Invalid
from domain.money import Money, Usage, money
from domain.reading import Ending, StepKind
from ports.agent_runtime import Access, AgentSetup, Invocation, OutputReader

_HIDE = """\
set -- .opencode opencode.json opencode.jsonc -- "$@"
while [ "$1" != -- ]; do
  git ls-files -z -- "$1" | git update-index -z --skip-worktree --stdin && rm -rf -- "$1" || exit
  shift
done
shift
exec "$@"
"""
_PERMISSION: Mapping[Access, Mapping[str, str]] = {
    Access.READ: {"edit": "deny", "bash": "deny", "webfetch": "deny"},
    Access.WORKSPACE: {"edit": "allow", "bash": "allow", "webfetch": "allow"},
    Access.FULL: {"*": "allow"},
}


class OpenCode:
    """The runtime ``opencode``."""

    speaks = True
    counts = True
    known = "1.18.33"

    def invoke(self, setup: AgentSetup, *, budget: Money | None) -> Invocation:
        """Return how it is started. Invalid: it knows no limit of turns."""
        if setup.max_turns:
            raise Invalid("max_turns", "opencode has no such limit", "remove it; time limits hold")
        command = [
            *("sh", "-c", _HIDE, "opencode"),
            *(setup.command or ("opencode",)),
            *("run", "--format", "json", "--pure"),
            *(("--model", setup.model) if setup.model else ()),
            *setup.arguments,
        ]
        settings = {
            "permission": _PERMISSION[setup.access],
            "autoupdate": False,
            "share": "disabled",
        }
        environment = {
            "OPENCODE_CONFIG": "{home}/opencode.json",
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_PROJECT_CONFIG": "1",  # AGENTS.md, agents, MCP servers
            "OPENCODE_DISABLE_CLAUDE_CODE": "1",
            "OPENCODE_DISABLE_EXTERNAL_SKILLS": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            "XDG_DATA_HOME": "{home}/data",
            "XDG_CONFIG_HOME": "{home}/config",
            "XDG_CACHE_HOME": "{home}/cache",
            "XDG_STATE_HOME": "{home}/state",
            **setup.environment,
        }
        home = {"opencode.json": msgspec.json.encode(settings).decode()}
        return Invocation(command=command, environment=environment, home=home)

    def reader(self) -> OutputReader:
        """Return a reader for one run's output."""
        return OpenCodeReader()

    async def version(self, setup: AgentSetup) -> str:
        """Return what ``opencode --version`` says."""
        return await version_of(setup.command or ("opencode",))


class OpenCodeReader(JsonReader):
    """Reads the events of ``opencode run --format json``."""

    def __init__(self) -> None:
        """Begin waiting for the model's first word."""
        super().__init__()
        self._wait()

    def told(self, line: Json) -> None:
        """Take note of one line."""
        part = table(line.get("part"))
        if session := text(line.get("sessionID")):
            self.notes.change(session=session)
        match line.get("type"):
            case "step_start":
                self.notes.go_on()
            case "text":
                self.notes.step(StepKind.SAID, text(part.get("text")))
            case "reasoning":
                self.notes.step(StepKind.THOUGHT, text(part.get("text")))
            case "tool_use":
                self._tool(part)
            case "step_finish":
                self._finish(part)
            case "error":
                self._error(table(line.get("error")))

    def _wait(self) -> None:
        """Ended for its silence now, it will have waited for its model in vain."""
        self.notes.change(trouble=Ending.MODEL_UNAVAILABLE, detail="its model does not answer")

    def _tool(self, part: Json) -> None:
        name, state = text(part.get("tool")), table(part.get("state"))
        self.notes.tool(name, plainly(state.get("input")))
        error = text(state.get("error"))
        if "permission" in error.lower() and state.get("status") == "error":
            self.notes.refuse(name, plainly(state.get("input")))
        else:
            self.notes.step(StepKind.RESULT, error or text(state.get("output")))

    def _finish(self, part: Json) -> None:
        tokens = table(part.get("tokens"))
        cache = table(tokens.get("cache"))
        self.notes.add(
            Usage(
                input=count(tokens.get("input")),
                output=count(tokens.get("output")) + count(tokens.get("reasoning")),
                cached=count(cache.get("read")),
                written=count(cache.get("write")),
            )
        )
        if dollars := number(part.get("cost")):
            # 0 is what it says of a model whose price it does not know.
            before = self.notes.reading.reckoned or 0
            self.notes.change(reckoned=Money(before + money(dollars)))
        if part.get("reason") == "stop":
            self.notes.end(Ending.FINISHED)
        else:
            self._wait()

    def _error(self, error: Json) -> None:
        data = table(error.get("data"))
        why = text(data.get("message")) or text(error.get("name"))
        self.notes.end(fault(why, data.get("statusCode")), why)
