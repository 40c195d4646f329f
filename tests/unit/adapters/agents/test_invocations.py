"""How agents are started: flags that are pinned, and nothing of the repository's is obeyed."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.agents.acp import AnyAcpAgent
from adapters.agents.claude_code import ClaudeCode
from adapters.agents.codex import Codex
from adapters.agents.command import AnyCommand
from adapters.agents.faults import fault
from adapters.agents.opencode import OpenCode
from adapters.agents.probe import version_of
from domain.errors import Invalid, NotFound, ToolFailed
from domain.money import money
from domain.reading import Ending
from ports.agent_runtime import Access, AgentSetup


def holds(command: Sequence[str], *words: str) -> bool:
    """Whether these words stand in the command, one after another."""
    whole = list(command)
    return any(whole[at : at + len(words)] == list(words) for at in range(len(whole)))


def test_claude_code_reads_no_settings_but_ours_and_keeps_its_state_in_the_runs_home() -> None:
    setup = AgentSetup(runtime="claude-code", model="m", max_turns=7, arguments=["--effort", "low"])
    called = ClaudeCode().invoke(setup, budget=money(2.5))
    assert called.command[:2] == ["claude", "-p"]
    assert holds(called.command, "--output-format", "stream-json", "--verbose")
    assert holds(called.command, "--setting-sources", "", "--strict-mcp-config")
    assert holds(called.command, "--model", "m", "--max-turns", "7", "--max-budget-usd", "2.50")
    assert holds(called.command, "--effort", "low", "--permission-mode", "acceptEdits")
    assert called.environment["CLAUDE_CONFIG_DIR"] == "{home}/claude"
    assert int(called.environment["CLAUDE_CODE_MAX_RETRIES"]) < 10
    assert called.environment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] == "1"
    assert "IS_SANDBOX" not in called.environment


def test_claude_code_with_full_access_is_told_that_it_is_in_a_sandbox() -> None:
    setup = AgentSetup(runtime="claude-code", access=Access.FULL)
    called = ClaudeCode().invoke(setup, budget=None)
    assert holds(called.command, "--permission-mode", "bypassPermissions")
    assert called.environment["IS_SANDBOX"] == "1"
    assert "--max-budget-usd" not in called.command


def test_codex_leaves_rules_settings_and_instructions_of_others_aside() -> None:
    called = Codex().invoke(AgentSetup(runtime="codex", model="m"), budget=money(1))
    assert holds(called.command, "--ignore-user-config", "--ignore-rules")
    assert holds(called.command, "-c", "project_doc_max_bytes=0")
    assert holds(called.command, "--sandbox", "workspace-write", "--add-dir", ".git")
    assert holds(called.command, "--model", "m", "-")
    assert called.environment["CODEX_HOME"] == "{home}/codex"


def test_codex_logs_each_answer_of_its_model_whatever_else_it_is_to_log() -> None:
    for given, logged in (({}, "error"), ({"RUST_LOG": "debug"}, "debug")):
        setup = AgentSetup(runtime="codex", environment=given)
        called = Codex().invoke(setup, budget=money(1))
        assert called.environment["RUST_LOG"] == f"{logged},codex_otel.trace_safe=info"
        assert holds(called.command, "-c", 'shell_environment_policy.exclude=["RUST_LOG"]')


def test_opencode_gets_its_permissions_by_a_file_in_the_runs_home() -> None:
    called = OpenCode().invoke(AgentSetup(runtime="opencode", access=Access.READ), budget=None)
    assert holds(called.command, "run", "--format", "json", "--pure")
    assert '"edit":"deny"' in called.home["opencode.json"]
    assert called.environment["OPENCODE_CONFIG"] == "{home}/opencode.json"
    assert called.environment["OPENCODE_DISABLE_PROJECT_CONFIG"] == "1"


async def test_opencode_finds_no_settings_in_the_repository_and_commits_leave_them_alone(
    tmp_path: Path,
) -> None:
    theirs = ("opencode.json", "opencode.jsonc", ".opencode/plugins/a.ts", ".opencode/agent/b.md")
    for name in theirs:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("theirs")
    git = "git -c user.name=a -c user.email=a@localhost"
    await shell(tmp_path, f"git init -q -b main && git add -A && {git} commit -qm theirs")
    work = f"ls -A; cat; touch work && git add -A && {git} commit -qm work"
    called = OpenCode().invoke(
        AgentSetup(runtime="opencode", command=["sh", "-c", work]), budget=None
    )
    seen = await shell(tmp_path, called.command, "the brief")
    assert seen == ".git\nthe brief"
    assert await shell(tmp_path, "git show --format= --name-only") == "work\n"
    listed = await shell(tmp_path, "git ls-tree -r --name-only HEAD")
    assert listed.splitlines() == sorted([*theirs, "work"])


async def shell(folder: Path, command: str | Sequence[str], given: str = "") -> str:
    """Run it there and return what it prints."""
    words = ("sh", "-c", command) if isinstance(command, str) else command
    process = await asyncio.create_subprocess_exec(
        *words, cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(given.encode())
    assert process.returncode == 0
    return output.decode()


def test_a_command_is_called_as_it_stands() -> None:
    setup = AgentSetup(runtime="command", command=["a", "-x"], arguments=["y"], model="m")
    called = AnyCommand().invoke(setup, budget=None)
    assert called.command == ["a", "-x", "y"]
    assert called.environment == {"ORCHESTRATOR_MODEL": "m"}


@pytest.mark.parametrize(
    ("runtime", "setup", "field"),
    [
        (AnyCommand(), AgentSetup(runtime="command"), "command"),
        (AnyCommand(), AgentSetup(runtime="command", command=["a"], max_turns=1), "max_turns"),
        (AnyAcpAgent(), AgentSetup(runtime="acp"), "command"),
        (AnyAcpAgent(), AgentSetup(runtime="acp", command=["a"], model="m"), "model"),
        (AnyAcpAgent(), AgentSetup(runtime="acp", command=["a"], max_turns=1), "max_turns"),
        (Codex(), AgentSetup(runtime="codex", max_turns=1), "max_turns"),
        (OpenCode(), AgentSetup(runtime="opencode", max_turns=1), "max_turns"),
    ],
)
def test_what_a_kind_of_agent_cannot_do_is_refused_by_its_name(
    runtime: AnyCommand | AnyAcpAgent | Codex | OpenCode, setup: AgentSetup, field: str
) -> None:
    with pytest.raises(Invalid, match=field):
        runtime.invoke(setup, budget=None)


@pytest.mark.parametrize(
    ("message", "status", "kind"),
    [
        ("Failed to authenticate. API Error: 401 no", None, Ending.NOT_AUTHENTICATED),
        ("Not logged in · Please run /login", None, Ending.NOT_AUTHENTICATED),
        ("Your credit balance is too low", 400, Ending.NOT_AUTHENTICATED),
        ("anything", 403, Ending.NOT_AUTHENTICATED),
        ("anything", 429, Ending.MODEL_UNAVAILABLE),
        ("anything", 529, Ending.MODEL_UNAVAILABLE),
        ("exceeded retry limit, last status: 429 Too Many", None, Ending.MODEL_UNAVAILABLE),
        ("stream disconnected before completion", None, Ending.MODEL_UNAVAILABLE),
        ("Unable to connect to API (ECONNREFUSED)", None, Ending.MODEL_UNAVAILABLE),
        ("You've hit your usage limit.", None, Ending.MODEL_UNAVAILABLE),
        ("API Error: 400 prompt is too long", 400, Ending.FAILED),
        ("model not found", 404, Ending.FAILED),
        ("port 5432 is taken", None, Ending.FAILED),
    ],
)
def test_a_fault_passes_or_is_a_persons_to_mend_or_neither(
    message: str, status: int | None, kind: Ending
) -> None:
    assert fault(message, status) is kind


async def test_a_version_is_what_the_program_says() -> None:
    expected = ".".join(map(str, sys.version_info[:3]))
    assert (await version_of([sys.executable])).startswith(expected)


async def test_a_program_that_is_not_there_or_says_nothing_has_no_version(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no-such-program"):
        await version_of(["no-such-program"])
    with pytest.raises(ToolFailed, match="exit code 1"):
        await version_of(["false"])
