"""What can be wrong between us and an engine, and what a person does about it."""

from collections.abc import Sequence

import msgspec

from adapters.docker.engine import Engine
from adapters.docker.images import Pull, find
from adapters.docker.network import Network
from domain.errors import Failure
from ports.examination import Finding, Verdict

_NO_ANSWER = "see agents.docker.host, and that this user may use it"


class _Info(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    server_version: str = ""
    memory_limit: bool = False
    pids_limit: bool = False
    cpu_cfs_quota: bool = False
    security_options: Sequence[str] | None = None
    live_restore_enabled: bool = False


class DockerExaminer:
    """Asks the engine what it can do, and for the images. Starts nothing."""

    def __init__(
        self, engine: Engine, network: Network, *, images: Sequence[str], pull_policy: Pull
    ) -> None:
        """Look for these images, which are fetched by that policy."""
        self._engine = engine
        self._network = network
        self._images = images
        self._pulled = pull_policy is Pull.MISSING

    async def examine(self) -> Sequence[Finding]:
        """Return what was found, up to what makes the rest unanswerable."""
        try:
            await self._engine.ping()
            info = await self._engine.get("/info", _Info)
        except Failure as failure:
            return [_found("engine", Verdict.FAILED, str(failure), _NO_ANSWER)]
        return [
            _found("engine", Verdict.OK, f"Docker {info.server_version} at {self._engine.host}"),
            *_limits(info),
            *[await self._image(image) for image in self._images],
            await self._way_out(),
        ]

    async def init(self) -> Sequence[Finding]:
        """Return nothing: networks and proxy are made when the first run wants them."""
        return []

    async def _image(self, image: str) -> Finding:
        if await find(self._engine, image):
            return _found("image", Verdict.OK, f"{image} is there")
        text = f"{image} is not there"
        if self._pulled:
            return _found("image", Verdict.WARNING, text, "it is pulled when a run needs it")
        return _found("image", Verdict.FAILED, text, "build or pull it (agents.docker.pull)")

    async def _way_out(self) -> Finding:
        try:
            await self._network.check()
        except Failure as failure:
            return _found("egress", Verdict.FAILED, str(failure), "see agents.docker.egress.image")
        return _found("egress", Verdict.OK, self._network.reach)


def _limits(info: _Info) -> list[Finding]:
    found = []
    for name, there in (
        ("memory_mb", info.memory_limit),
        ("processes", info.pids_limit),
        ("cpus", info.cpu_cfs_quota),
    ):
        if not there:
            text = f"the engine cannot hold agents to agents.docker.{name}"
            found.append(_found("limits", Verdict.FAILED, text, "let it use cgroups for that"))
    if not any("seccomp" in option for option in info.security_options or ()):
        text = "the engine filters no system calls (seccomp)"
        remedy = "use a kernel and an engine with seccomp"
        found.append(_found("security", Verdict.WARNING, text, remedy))
    if not info.live_restore_enabled:
        text = "agents end when the engine is restarted"
        remedy = 'set "live-restore": true in its daemon.json'
        found.append(_found("restarts", Verdict.WARNING, text, remedy))
    return found


def _found(subject: str, verdict: Verdict, text: str, remedy: str = "") -> Finding:
    return Finding(subject=subject, verdict=verdict, text=text, remedy=remedy)
