"""What an agent's container is made of, and all that it may not do.

It runs as a user who is nobody, without a single capability and without a way to get one, on a file
system that it cannot write to but for the workspace, a folder of the run's own, and a home and /tmp
in memory. It sees its brief and, where there is a proxy, the proxy's certificate. It never sees the
engine's socket, our data or a key of ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.identifiers import RunId
from ports.agent_runner import NOT_STARTED, AgentSpec

WORKSPACE, HOME = "/workspace", "/home/agent"
BRIEF, AUTHORITY = "/run/orchestrator/brief.md", "/run/orchestrator/ca.pem"
OWN = "/run/orchestrator/home"
"""What ``{home}`` stands for: the run's own folder, which lies on our disk."""
# A shell that exec has replaced runs no traps; one whose exec failed does, whatever the reason.
_START = f'trap \'echo "{NOT_STARTED}" >&2\' EXIT; exec "$@" <{BRIEF}'
_ASK = 'command -v "$1" >/dev/null || { echo "$1 is not there" >&2; exit 127; }; exec "$@"'

MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of the machine an agent may take."""

    memory: int = 4096 * MB
    """In bytes. Home and /tmp count, too; there is no swap beyond it."""
    cpus: float = 2.0
    processes: int = 512
    disk: int = 10240 * MB
    """What the workspace may take of the disk, in bytes. No file can be larger."""
    scratch: int = 1024 * MB
    """What home and /tmp may hold, each, in bytes."""
    output: int = 20 * MB
    """How much of its output the engine keeps for us, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a container runs: on what network, with what to get out by."""

    network: str
    dns: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    authority: Path | None = None
    """The proxy's certificate, as the engine finds it."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a run may take, and where to look how much it takes. Kept as labels."""

    time: timedelta
    idle: timedelta
    workspace: Path

    def labels(self) -> dict[str, str]:
        """Return them as labels."""
        return {
            "orchestrator.time-limit": str(self.time.total_seconds()),
            "orchestrator.idle-limit": str(self.idle.total_seconds()),
            "orchestrator.workspace": str(self.workspace),
        }


def limits_of(labels: Mapping[str, str]) -> Limits | None:
    """Return what the labels say, None where they are not ours."""
    try:
        return Limits(
            time=timedelta(seconds=float(labels["orchestrator.time-limit"])),
            idle=timedelta(seconds=float(labels["orchestrator.idle-limit"])),
            workspace=Path(labels["orchestrator.workspace"]),
        )
    except (KeyError, ValueError, OverflowError):
        return None


def blueprint(
    run: RunId,
    spec: AgentSpec,
    *,
    image: str,
    user: tuple[int, int],
    bounds: Bounds,
    place: Place,
    environment: Mapping[str, str],
    labels: Mapping[str, str],
    workspace: Path,
    brief: Path,
    own: Path,
) -> dict[str, Any]:
    """Return what the engine is asked to make. The paths are those that the engine knows."""
    uid, gid = user
    variables = {
        "USER": "agent",
        "LOGNAME": "agent",
        **environment,
        **{name: value.replace("{home}", OWN) for name, value in spec.environment.items()},
        **place.environment,
        "HOME": HOME,
        "TMPDIR": "/tmp",  # noqa: S108 # the container's own, in memory
        "ORCHESTRATOR_RUN": run,
        "ORCHESTRATOR_BRIEF": BRIEF,
    }
    mounts = [
        _mount(workspace, WORKSPACE, read_only=False),
        _mount(own, OWN, read_only=False),
        _mount(brief, BRIEF, read_only=True),
    ]
    if place.authority:
        mounts.append(_mount(place.authority, AUTHORITY, read_only=True))
    limits = Limits(time=spec.time_limit, idle=spec.idle_limit, workspace=spec.workspace)
    return {
        "Image": image,
        "Entrypoint": ["/bin/sh", "-c", _START, "agent"],
        "Cmd": [part.replace("{home}", OWN) for part in spec.command],
        "Env": [f"{name}={value}" for name, value in variables.items()],
        "User": f"{uid}:{gid}",
        "WorkingDir": WORKSPACE,
        "Hostname": "agent",
        "Labels": {**labels, **place.labels, **limits.labels()},
        "HostConfig": {
            **_walls(bounds, user),
            "Ulimits": [
                {"Name": "core", "Soft": 0, "Hard": 0},
                {"Name": "fsize", "Soft": bounds.disk, "Hard": bounds.disk},
            ],
            "Mounts": mounts,
            "NetworkMode": place.network,
            "Dns": list(place.dns),
            "DnsOptions": ["timeout:1", "attempts:1"] if place.dns else [],
        },
    }


def probe(
    command: Sequence[str], *, image: str, user: tuple[int, int], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the engine is asked to make for a question to a program of an image."""
    return {
        "Image": image,
        "Entrypoint": ["/bin/sh", "-c", _ASK, "agent"],
        "Cmd": list(command),
        "Env": [f"HOME={HOME}"],
        "User": "{}:{}".format(*user),
        "WorkingDir": HOME,
        "Labels": dict(labels),
        "HostConfig": {
            **_walls(Bounds(scratch=64 * MB, output=MB), user),
            "NetworkMode": "none",
        },
    }


def _walls(bounds: Bounds, user: tuple[int, int]) -> dict[str, Any]:
    """Return what keeps a program from becoming more than it is, and from taking the machine."""
    uid, gid = user
    scratch = f"rw,exec,nosuid,nodev,size={bounds.scratch}"
    return {
        "Init": True,  # reaps what the agent leaves behind, and hands it our signals
        "Privileged": False,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": True,
        "IpcMode": "private",
        "PidMode": "",
        "Memory": bounds.memory,
        "MemorySwap": bounds.memory,
        "NanoCpus": int(bounds.cpus * 1e9),
        "PidsLimit": bounds.processes,
        "ShmSize": min(bounds.scratch, 64 * MB),
        "Tmpfs": {
            "/tmp": f"{scratch},mode=1777",  # noqa: S108 # the container's own, in memory
            HOME: f"{scratch},uid={uid},gid={gid},mode=700",
        },
        "RestartPolicy": {"Name": "no"},
        "AutoRemove": False,
        "LogConfig": log_config(bounds.output),
    }


def log_config(size: int) -> dict[str, Any]:
    """Return how the engine keeps a container's output: four files that go round."""
    options = {"max-size": f"{max(size // 4, MB)}", "max-file": "4", "compress": "false"}
    return {"Type": "local", "Config": options}


def _mount(source: Path, target: str, *, read_only: bool) -> dict[str, Any]:
    return {"Type": "bind", "Source": str(source), "Target": target, "ReadOnly": read_only}
