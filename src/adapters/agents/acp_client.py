"""Stands in an agent's place: speaks ACP to it, and prints what it hears as JSON lines.

    acp_client.py ACCESS COMMAND…     the brief comes on standard input

A program of its own, run by path: nothing of ours is imported. It offers the agent no files and no
terminal: the agent has its own, in its own sandbox. Nobody can be asked for permission, so ACCESS
(read, workspace or full) answers. Exit code 0 if the agent ended its turn by itself, else 1.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from acp import PROTOCOL_VERSION, connect_to_agent, text_block
from acp.exceptions import RequestError
from acp.schema import (
    AllowedOutcome,
    ClientCapabilities,
    DeniedOutcome,
    Implementation,
    PermissionOption,
    RequestPermissionResponse,
)

_LINE_LIMIT = 32 * 1024 * 1024
_PATIENCE = 2.0
"""Seconds that an agent has for ending when nobody speaks to it any more."""
_MODES = {"read": ("read-only", "plan"), "workspace": ("auto",), "full": ("full-access", "yolo")}
_STARTS_TOO_NARROW = "read-only"


def tell(what: str, **values: Any) -> None:
    """Print one line; whoever reads them sees it at once."""
    sys.stdout.write(json.dumps({"acp": what, **values}, default=str) + "\n")
    sys.stdout.flush()


class Client:
    """Answers the agent and tells what it reports."""

    def __init__(self, access: str) -> None:
        """Answer requests for permission by that."""
        self._access = access

    async def request_permission(
        self, session_id: str, tool_call: Any, options: list[PermissionOption], **_: Any
    ) -> RequestPermissionResponse:
        """Allow it once, or refuse it and say so."""
        allow = self._access != "read"
        wanted = ("allow_once", "allow_always") if allow else ("reject_once", "reject_always")
        for kind in wanted:
            for option in options:
                if option.kind == kind:
                    if not allow:
                        tell("refused", tool=_title(tool_call))
                    chosen = AllowedOutcome(outcome="selected", option_id=option.option_id)
                    return RequestPermissionResponse(outcome=chosen)
        tell("refused", tool=_title(tool_call))
        return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        """Tell it."""
        told = update.model_dump(mode="json", by_alias=True, exclude_none=True)
        tell("update", update=told)

    def on_connect(self, conn: Any) -> None:
        """Nothing to do: we hold the connection ourselves."""

    async def ext_method(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Refuse what only this agent knows of."""
        raise RequestError.method_not_found(method)

    async def ext_notification(self, method: str, params: dict[str, Any]) -> None:
        """Pass over what only this agent knows of."""


def _title(tool_call: Any) -> str:
    return getattr(tool_call, "title", None) or getattr(tool_call, "kind", None) or "a tool"


async def converse(process: Process, access: str, brief: str) -> int:
    """Have the agent do one turn; return our exit code."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("started without pipes")
    agent = connect_to_agent(Client(access), process.stdin, process.stdout)  # type: ignore[arg-type]
    hello = await agent.initialize(
        protocol_version=PROTOCOL_VERSION,
        client_capabilities=ClientCapabilities(),
        client_info=Implementation(name="orchestrator", version="1"),
    )
    about = hello.agent_info
    tell("agent", name=about.name if about else "", version=about.version if about else "")
    session = await agent.new_session(cwd=str(Path.cwd()), mcp_servers=[])
    tell("session", session=session.session_id)
    if mode := _mode(session.modes, access):
        await agent.set_session_mode(session_id=session.session_id, mode_id=mode)
        tell("mode", mode=mode)
    with _cancelling(agent, session.session_id):
        answer = await agent.prompt(session_id=session.session_id, prompt=[text_block(brief)])
    usage = answer.usage.model_dump(mode="json", by_alias=True) if answer.usage else None
    tell("end", reason=answer.stop_reason, usage=usage, meta=answer.field_meta)
    return 0 if answer.stop_reason == "end_turn" else 1


@contextmanager
def _cancelling(agent: Any, session: str) -> Iterator[None]:
    """Ask the agent to end its turn when we are told to end, instead of ending at once."""
    loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
    asked: set[asyncio.Task[None]] = set()

    async def ask() -> None:
        with suppress(ConnectionError):  # it has gone: that is told elsewhere
            await agent.cancel(session_id=session)

    for number in numbers:
        loop.add_signal_handler(number, lambda: asked.add(loop.create_task(ask())))
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _mode(modes: Any, access: str) -> str | None:
    """Return the mode to set, None where the one that it starts in will do."""
    if modes is None:
        return None
    there = {mode.id for mode in modes.available_modes}
    if access == "workspace" and modes.current_mode_id != _STARTS_TOO_NARROW:
        return None  # it asks, and we allow it
    return next((mode for mode in _MODES[access] if mode in there), None)


async def run(access: str, command: Sequence[str], brief: str) -> int:
    """Start the agent, converse with it, and leave nothing of it behind."""
    try:
        # In a group of its own, so that what a launcher has started can be ended with it.
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, limit=_LINE_LIMIT, start_new_session=True
        )
    except OSError as error:
        tell("failed", error=f"{command[0]} cannot be started: {error.strerror}")
        return 1
    try:
        return await _until_gone(process, access, brief)
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """End the agent, and what it has started and not taken out of its group."""
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):  # whoever fled from the group may hold its output open
        async with asyncio.timeout(_PATIENCE):
            await process.wait()


async def _until_gone(process: Process, access: str, brief: str) -> int:
    """Converse until it is done or the agent has gone, whichever comes first."""
    talk = asyncio.ensure_future(converse(process, access, brief))
    gone = asyncio.ensure_future(process.wait())
    await asyncio.wait({talk, gone}, return_when=asyncio.FIRST_COMPLETED)
    if not talk.done():
        await asyncio.wait({talk}, timeout=1)  # what it said before it went
    gone.cancel()
    if not talk.done():
        talk.cancel()
        await asyncio.wait({talk})
        tell("failed", error=f"the agent went away, exit code {process.returncode}")
        return 1
    try:
        return talk.result()
    except RequestError as error:
        told = error.data.get("details") if isinstance(error.data, dict) else None
        why = f"{error}: {told}" if isinstance(told, str) else str(error)
        tell("failed", error=why, code=error.code)
    except (ConnectionError, EOFError) as error:
        tell("failed", error=f"the agent went away: {error}")
    return 1


def main() -> int:
    """Read the brief and run."""
    access, *command = sys.argv[1:]
    return asyncio.run(run(access, command, sys.stdin.read()))


if __name__ == "__main__":
    sys.exit(main())
