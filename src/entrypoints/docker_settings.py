"""Agents in containers, as it stands in the configuration file."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.errors import Invalid

Megabytes = Annotated[int, Meta(ge=16, le=16_777_216)]
Cpus = Annotated[float, Meta(ge=0.05, le=1024)]
Processes = Annotated[int, Meta(ge=8, le=1_000_000)]
Minutes = Annotated[float, Meta(gt=0, le=1440)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Host = Annotated[
    str, Meta(pattern=r"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$")
]
Variable = Annotated[str, Meta(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
User = Annotated[str, Meta(pattern="^([0-9]{1,9}:[0-9]{1,9})?$")]

NOBODY = (10001, 10001)
"""Whom agents run as where we are root, who may hand a workspace to anybody."""


class KeySettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A key that the proxy puts into requests to a host, so that agents need not have it."""

    secret: Variable
    """The variable of our environment that holds it, or names a file with it: …_FILE."""
    header: Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9-]*$")] = "Authorization"
    prefix: str = ""
    """What stands before it there, such as "Bearer "."""


class EgressSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The one way out for agents."""

    allow: Sequence[Host] = ()
    """Names, or "*.name" for all below one; ":port" after it for another port than 80 and 443."""
    keys: Mapping[Host, KeySettings] = {}
    """By the host that wants to see them; it is allowed, too."""
    image: Name = "orchestrator-egress"
    network: Name = "bridge"
    """The engine's network through which the proxy reaches the world."""
    authority: str = ""
    """A file of certificates, as PEM, that the proxy trusts beside the well-known ones."""


class DockerSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The engine, and what an agent's container may take."""

    host: str = "unix:///var/run/docker.sock"
    """Where the engine is: unix:///path, tcp://host:port or ssh://user@host."""
    certificates: str = ""
    """A folder with ca.pem, cert.pem and key.pem, for an engine behind TLS."""
    data_on_engine: str = ""
    """Where the engine finds our data folder, if not under the same path."""
    user: User = ""
    """uid:gid that agents run as; ours by default, and 10001:10001 where we are root."""
    pull: Literal["missing", "never"] = "missing"
    """Whether an image that is not there is fetched."""
    start_limit_minutes: Minutes = 15
    """How long an agent's start may take, its image's way here included."""
    memory_mb: Megabytes = 4096
    cpus: Cpus = 2
    processes: Processes = 512
    disk_mb: Megabytes = 10240
    """What a workspace may take of the disk."""
    scratch_mb: Megabytes = 1024
    """What /tmp and the agent's home may hold, each. It counts as memory, too."""
    network: Name = "egress"
    """"egress": nothing but the proxy is in reach. "none": nothing. Else a network's name."""
    egress: EgressSettings = EgressSettings()

    @property
    def network_kind(self) -> Literal["plain", "egress"]:
        """Return whether agents have the proxy, or a network as it is."""
        return "egress" if self.network == "egress" else "plain"

    def agent_user(self) -> tuple[int, int]:
        """Return whom agents run as. Invalid: root, or one whom we cannot give a workspace."""
        ours = os.geteuid(), os.getegid()
        uid, gid = ours if ours[0] else NOBODY
        if self.user:
            uid, gid = (int(part) for part in self.user.split(":"))
        if uid == 0:
            raise Invalid(
                "agents.docker.user", "root may do too much", "name another, as 1000:1000"
            )
        if ours[0] and uid != ours[0]:
            raise Invalid(
                "agents.docker.user",
                f"only root can hand a workspace to {uid}",
                f"remove it: agents run as {ours[0]}, as we do",
            )
        return uid, gid

    def check(self, handed_on: Sequence[str]) -> None:
        """Raise Invalid where the parts don't fit. ``handed_on`` are variables that agents get."""
        self.agent_user()
        if self.network != "egress":
            return
        if not (self.egress.allow or self.egress.keys):
            raise Invalid(
                "agents.docker.egress.allow",
                "agents would reach nothing, not even their model",
                'list hosts, as ["api.anthropic.com"], or name another agents.docker.network',
            )
        for host, key in self.egress.keys.items():
            if key.secret in handed_on:
                raise Invalid(
                    "agents.pass_environment",
                    f"{key.secret} is put in by the proxy (agents.docker.egress.keys.{host})",
                    "agents need not see it: remove it here",
                )
