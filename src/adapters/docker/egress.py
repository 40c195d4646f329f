"""Agents on networks without a way out but a proxy of ours.

Each agent has a network of its own: internal, without an address of the host, and with nobody on it
but the proxy. So it reaches neither the machine it runs on, nor other agents, nor the world. The
proxy (``docker/egress``) lets through what the policy lists, and puts the keys in.

The proxy bears a digest of its policy in its name. Where the policy changes, the next run finds a
new proxy, and the old one goes when the last run that uses it has.
"""

import asyncio
import hashlib
import hmac
import io
import logging
import shutil
import tarfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from adapters.docker.blueprint import AUTHORITY, MB, Place, log_config
from adapters.docker.containers import Containers
from adapters.docker.engine import Engine
from adapters.docker.frames import Frames, since
from adapters.docker.images import find
from adapters.docker.installation import RUN
from adapters.docker.lanes import Lanes
from adapters.docker.network import Note
from adapters.docker.refusals import tell_refusals
from adapters.docker.wire import Container, Listed, Query
from domain.errors import Failure, NotFound, TimedOut, ToolFailed, Unavailable
from domain.identifiers import RunId

PROXY, USES = "orchestrator.egress", "orchestrator.egress.used"
"""A proxy's digest, on itself and on those who use it."""

_PORT, _PATIENCE, _LOOK = 3128, 60.0, 5.0
_CERTIFICATE = "/var/lib/egress/mitmproxy-ca-cert.pem"
_PEM = b"-----BEGIN CERTIFICATE-----"
_TRUSTING = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    *("GIT_SSL_CAINFO", "PIP_CERT", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE", "DENO_CERT"),
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a host wants to see of us, and agents must not."""

    header: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What agents reach."""

    allow: Sequence[str]
    keys: Mapping[str, Key] = field(default_factory=dict)
    placeholders: Sequence[str] = ()
    """Names of variables that an agent wants to find set, though the proxy holds their values."""
    authority: str = ""
    """Certificates, as PEM, by which servers may be known beside the well-known ones."""


class EgressNetwork:
    """Networks with one way out."""

    def __init__(
        self,
        engine: Engine,
        containers: Containers,
        data: Path,
        policy: Policy,
        *,
        image: str,
        secret: Callable[[], str],
        outside: str = "bridge",
    ) -> None:
        """Run the proxy from that image; it reaches the world through the network ``outside``."""
        self._engine = engine
        self._containers = containers
        self._folder = data.resolve() / "egress"
        self._policy = policy
        self._image = image
        self._secret = cache(secret)
        self._outside = outside
        self._turn = asyncio.Lock()
        self._lanes = Lanes(engine, containers)
        self._ready: set[tuple[str, str]] = set()
        """The proxy that we use, and when it was started."""
        self._changed = asyncio.Event()
        self._followed: dict[str, asyncio.Task[None]] = {}

    @property
    def reach(self) -> str:
        """Return in words what agents reach."""
        return f"agents reach {', '.join(self._policy.allow)} by the proxy"

    @asynccontextmanager
    async def place(self, run: RunId) -> AsyncGenerator[Place, None]:
        """Have the proxy ready, and a network with nobody but it, inside the block."""
        async with self._turn:
            image = await self._image_id()
            told = msgspec.json.encode(self._policy_told(), order="deterministic")
            digest = hashlib.sha256(told + image.encode() + self._outside.encode()).hexdigest()[:12]
            proxy = await self._proxy(digest, told.decode())
            network = await self._lanes.take(proxy, f"egress-{digest}")
        try:
            yield Place(
                network=network,
                # An address that leads nowhere: some engines would else hand on names from inside,
                # and what is asked for is a message, too.
                dns=["192.0.2.1"],
                environment=self._environment(run, digest),
                authority=self._authority(digest),
                labels={USES: digest, **self._lanes.label(network)},
            )
        finally:
            self._lanes.release(network)

    async def check(self) -> None:
        """Raise NotFound if there is no image to run the proxy from."""
        await self._image_id()

    async def keep(self, note: Note) -> None:
        """Tell of each refusal, and remove proxies that are past."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                try:
                    await self._retire()
                    for proxy in await self._containers.list([PROXY]):
                        self._follow(group, proxy, note)
                except (Failure, OSError) as error:
                    _log.warning("the egress proxy is not looked after now: %s", error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), _LOOK)

    def _follow(self, group: asyncio.TaskGroup, proxy: Listed, note: Note) -> None:
        task = self._followed.get(proxy.id)
        if task is None or task.done():
            folder = self._folder / proxy.labels[PROXY]
            self._followed[proxy.id] = group.create_task(
                tell_refusals(self._engine, proxy.id, folder, note)
            )

    async def _image_id(self) -> str:
        if image := await find(self._engine, self._image):
            return image
        raise NotFound(f"there is no image {self._image} for the egress proxy: `make images`")

    def _environment(self, run: RunId, digest: str) -> Mapping[str, str]:
        password = hmac.new(self._secret().encode(), run.encode(), hashlib.sha256).hexdigest()
        way = f"http://{run}:{password}@egress-{digest}:{_PORT}"
        found = dict.fromkeys(self._policy.placeholders, "held-by-the-egress-proxy")
        for name, value in (
            *((name, way) for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")),
            ("NO_PROXY", "localhost,127.0.0.1,::1"),
        ):
            found |= {name: value, name.lower(): value}
        return {**found, "NODE_USE_ENV_PROXY": "1", **dict.fromkeys(_TRUSTING, AUTHORITY)}

    def _policy_told(self) -> Mapping[str, Any]:
        return {
            "allow": list(self._policy.allow),
            "keys": {
                host: {"header": key.header, "value": key.value}
                for host, key in self._policy.keys.items()
            },
            "secret": self._secret(),
            "authority": self._policy.authority,
        }

    def _authority(self, digest: str) -> Path:
        return self._folder / f"{digest}.pem"

    # ── the proxy ────────────────────────────────────────────────────────────────────────────────

    async def _proxy(self, digest: str, told: str) -> Container:
        """Return the proxy, there and ready."""
        name = self._containers.name(f"egress-{digest}")
        found = await self._containers.look(name)
        if found is None:
            await self._containers.create(name, self._blueprint(digest, told))
            found = await self._containers.look(name)
        if found is not None and not found.state.alive:
            await self._containers.start(name)
            found = await self._containers.look(name)
        if found is None or not found.state.alive:
            raise Unavailable(f"the egress proxy {name} does not stay: see its log")
        born = (found.id, found.state.started_at)
        if born not in self._ready or not self._authority(digest).exists():
            await self._await_ready(found)
            await self._fetch_authority(found, digest)
            self._ready = {born}
            self._changed.set()
        return found

    def _blueprint(self, digest: str, told: str) -> dict[str, Any]:
        return {
            "Image": self._image,
            "Env": [f"EGRESS_POLICY={told}"],
            "Hostname": "egress",
            "Labels": {**self._containers.ours, PROXY: digest},
            "HostConfig": {
                "Init": True,
                "CapDrop": ["ALL"],
                "SecurityOpt": ["no-new-privileges"],
                "ReadonlyRootfs": True,
                "Tmpfs": {"/tmp": f"rw,nosuid,nodev,size={64 * MB},mode=1777"},  # noqa: S108
                "Memory": 1024 * MB,
                "MemorySwap": 1024 * MB,
                "PidsLimit": 128,
                "NetworkMode": self._outside,
                # The engine starts it again, also after its own restart.
                "RestartPolicy": {"Name": "unless-stopped"},
                "LogConfig": log_config(8 * MB),
            },
        }

    async def _await_ready(self, proxy: Container) -> None:
        query: Query = {
            "stdout": 1,
            "stderr": 1,
            "timestamps": 1,
            "follow": 1,
            "since": since(proxy.state.started_at),  # what it said in an earlier life is past
        }
        said = b""
        try:
            async with (
                asyncio.timeout(_PATIENCE),
                self._engine.stream(f"/containers/{proxy.id}/logs", query) as answer,
            ):
                frames = Frames()
                async for data in answer.aiter_raw():
                    for frame in frames.feed(data):
                        said = (said + frame.text)[-500:]
                        # Where much was refused, that it was ready is no longer in its log.
                        if b'"ready": true' in frame.text or b'"refused": ' in frame.text:
                            return
        except TimeoutError:
            raise TimedOut(f"the egress proxy is not ready: {_readable(said)}") from None
        raise ToolFailed(f"the egress proxy ended: {_readable(said)}")

    async def _fetch_authority(self, proxy: Container, digest: str) -> None:
        """Have the proxy's certificate where containers can be given it."""
        data = await self._engine.call(
            "GET", f"/containers/{proxy.id}/archive", {"path": _CERTIFICATE}
        )

        def keep() -> None:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
                found = (archive.extractfile(each) for each in archive if each.isreg())
                file = next(found, None)
                text = file.read() if file else b""
            if _PEM not in text:  # agents would trust nobody, and be told so by every server
                raise ValueError("it is not there")
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._authority(digest).with_suffix(".new")
            new.write_bytes(text)
            new.chmod(0o444)
            new.replace(self._authority(digest))

        try:
            await asyncio.to_thread(keep)
        except (tarfile.TarError, ValueError, OSError) as error:
            raise ToolFailed(f"the egress proxy's certificate cannot be kept: {error}") from error

    async def _retire(self) -> None:
        """Remove the proxies of policies that are past, once nobody uses them."""
        async with self._turn:
            everything = await self._containers.list()
            used = {each.labels.get(USES) for each in everything if RUN in each.labels}
            current = {container for container, _ in self._ready}
            for each in everything:
                digest = each.labels.get(PROXY)
                if digest and current and each.id not in current and digest not in used:
                    await self._containers.remove(each.id)
                    await asyncio.to_thread(self._forget, digest)

    def _forget(self, digest: str) -> None:
        self._authority(digest).unlink(missing_ok=True)
        shutil.rmtree(self._folder / digest, ignore_errors=True)


def _readable(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip() or "it says nothing"
