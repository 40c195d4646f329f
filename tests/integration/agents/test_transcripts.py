"""The transcript of each recorded stream, against a page that somebody has read.

ORCHESTRATOR_GOLDEN=1 writes the pages anew.
"""

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from adapters.process.agent_runner import ProcessRunner
from application.agents import Agents
from application.show_log import Form, ShowLog
from domain.identifiers import CommitId, ItemId, Role, StageName, TaskKey
from domain.messages import Locale
from domain.task import Run
from ports.agent_runtime import Access, AgentRuntime, AgentSetup, Invocation
from ports.store import RunRecord
from tests.integration.agents.recordings import ACP, FOLDER, RECORDED
from tests.integration.agents.test_recorded import RUN, STUB, played, through_our_program
from tests.integration.process.theatre import RealTime, make_runner
from tests.unit.entrypoints.http.stand_ins import StandInStore

GOLDEN = FOLDER.parent / "transcripts"
STREAMS = {told.name: told for told in RECORDED}
NAMES = [
    *("claude-ok", "claude-dontask", "claude-budget", "claude-401-retry1", "claude-structured"),
    *("codex-ok", "codex-ro", "codex-429", "opencode-ok", "opencode-ask", "opencode-401"),
]
SPOKEN = ["claude-acp", "claude-acp-reject", "codex-acp", "gemini-acp", "opencode-acp"]


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncGenerator[ProcessRunner]:
    runner = make_runner(tmp_path / "data")
    yield runner
    await runner.close()


async def transcript(
    runner: ProcessRunner, workspace: Path, called: Invocation, runtime: AgentRuntime
) -> str:
    """What people read of it."""
    await played(runner, workspace, called, runtime)
    store, now = StandInStore(), RealTime().now()
    run = Run(
        id=RUN, stage=StageName("s"), role=Role("r"), number=1, attempt=1, base=CommitId("a" * 40)
    )
    item = ItemId("1")
    store.records[item] = [RunRecord(run=run, item=item, key=TaskKey("ET-1"), asked_at=now)]
    agents = Agents(otherwise=AgentSetup(runtime="it"))
    log = await ShowLog(store, runner, {"it": runtime}, agents, Locale.EN)(RUN, Form.TRANSCRIPT)
    text, ended = "", False
    while not ended:
        piece = await log.more()
        text, ended = text + piece.text, piece.ended
    return text


def check(name: str, text: str) -> None:
    """Hold it against the page."""
    page = GOLDEN / f"{name}.txt"
    if os.environ.get("ORCHESTRATOR_GOLDEN"):
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, "utf-8")
    assert text == page.read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_stream_reads_like_this(
    runner: ProcessRunner, tmp_path: Path, name: str
) -> None:
    told = STREAMS[name]
    file = str(FOLDER / f"{name}.stdout")
    called = Invocation(command=["sh", "-c", STUB, "stub", file, str(told.exit_code)])
    check(name, await transcript(runner, tmp_path, called, told.runtime))


@pytest.mark.parametrize("name", SPOKEN)
async def test_a_recorded_conversation_reads_like_this(
    runner: ProcessRunner, tmp_path: Path, name: str
) -> None:
    access = Access.READ if name.endswith("reject") else Access.WORKSPACE
    called = through_our_program(name, access)
    check(name, await transcript(runner, tmp_path, called, ACP))
