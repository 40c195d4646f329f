"""Items go from the board through a Gitea; no scenario may end in a stack trace or a leak."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from domain.messages import Locale
from entrypoints.agent_settings import RoleSettings
from entrypoints.settings import AgentSettings, Forge
from tests.integration.gitea_fake.flavour import GITEA_1_27, Flavour
from tests.integration.gitea_fake.gitea import Gitea, running
from tests.integration.scenarios.gitea.stand import HOOK_SECRET, OWNER, PUBLIC, Stand, gated
from tests.integration.scenarios.opening import SAMPLE, world
from tests.integration.scenarios.reality import data_of
from tests.integration.scenarios.world import REPO

Begin = Callable[..., Awaitable[Stand]]


@pytest.fixture
def flavour() -> Flavour:
    """Today's Gitea, unless a test names others."""
    return GITEA_1_27


@pytest.fixture
def files() -> dict[str, str] | None:
    """What the repository begins with."""
    return SAMPLE


@pytest.fixture
def gitea(
    tmp_path: Path,
    flavour: Flavour,
    files: dict[str, str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> Generator[Gitea]:
    """The server that the environment gives us the token of."""
    with running(tmp_path, flavour, allowed_hosts="loopback") as gitea:
        gitea.repository(OWNER, REPO, files)
        monkeypatch.setenv("GITEA_TOKEN", gitea.token)
        monkeypatch.setenv("GITEA_WEBHOOK_SECRET", HOOK_SECRET)
        yield gitea
        assert gitea.violations == []


@pytest.fixture
async def begin(
    gitea: Gitea, data: Path, blank: Path, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[Begin]:
    """Start a service before the forge; it is stopped, and looked through, when all is over."""
    async with AsyncExitStack() as stack:
        begun: list[Stand] = []

        async def start(*, plan: str = "", gate: str = "", **how: Any) -> Stand:
            ours = {name: how.pop(name) for name in Forge.__struct_fields__ if name in how}
            forge = structs.replace(
                Forge(kind="gitea", url=gitea.url, public_url=PUBLIC, owner=OWNER, timeout=3),
                **ours,
            )
            commands = {gate: gated(gate)} if gate else how.pop("commands", {})
            agents = AgentSettings(
                environment={"REHEARSAL": plan, "GATE": str(data / "gate")},
                roles={role: RoleSettings(command=command) for role, command in commands.items()},
            )
            how = {
                "locale": Locale.EN,
                "processes": True,
                "forge": forge,
                "agents": agents,
                **how,
            }
            opened = await stack.enter_async_context(world(data, blank, **how))
            begun.append(Stand(gitea, opened, gitea.person("alice", "admin")))
            return begun[-1]

        yield start
        for stand in begun:
            await look_through(stand)
    traced = [r.getMessage() for r in caplog.records if r.exc_info and r.levelno >= logging.WARNING]
    assert traced == []


async def look_through(stand: Stand) -> None:
    """What was given up was told, nobody was shown a stack trace, and the token is nowhere."""
    world = stand.world
    for letter in await world.get("/api/dead-letters"):
        comments = await world.comments(letter["item"])
        assert any(letter["error"] in text for text in comments), letter
    for task in await world.get("/api/tasks"):
        for shown in await world.thread(task["key"]):
            assert "Traceback" not in shown.text
            assert stand.gitea.token not in shown.html
    for file in data_of(world).rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert stand.gitea.token.encode() not in file.read_bytes(), file
