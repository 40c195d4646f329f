"""Would Plane take our address for a webhook? Its rules are strict and its answers are short.

They are those of Plane 1.3.1; which addresses may be private has changed from version to version.
"""

import asyncio
import ipaddress
import re
import socket
from urllib.parse import urlsplit

from ports.examination import Finding, Verdict

_SUBJECT = "webhook address"
_ONLY_LOOPBACK = (1, 2, 3)
"""Before that Plane refused nothing but loopback addresses."""
_LISTS = (1, 3, 1)
"""From then on there are lists of what is allowed all the same."""


def release(version: str) -> tuple[int, ...]:
    """Return the version, to be compared; whatever is no number counts as 0."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) or (0,)


async def judge_address(ours: str, plane: str, version: str) -> list[Finding]:
    """Return what Plane would say to that address of ours, and what to do."""
    host, its_host = urlsplit(ours).hostname or "", urlsplit(plane).hostname or ""
    found: list[Finding] = []
    if _is_local(host):
        remedy = (
            "set server.public_url to an address under which Plane reaches this machine; its"
            " webhooks go to no localhost"
        )
        return [_warning(f"{ours} is local: Plane refuses it", remedy)]
    if "." not in host and ":" not in host:
        remedy = (
            f"give this service a name with a dot, such as {host}.lan (in compose: a network"
            " alias), and use that in server.public_url; no setting of Plane allows a single word"
        )
        return [_warning(f"{host} has no dot: Plane takes it for no address", remedy)]
    if its_host and (host == its_host or host.endswith(f".{its_host}")):
        remedy = f"set WEBHOOK_ALLOWED_HOSTS={host} for Plane's api and worker (from 1.3.1)"
        found.append(_warning(f"{host} is Plane's own host or below it: refused", remedy))
    private = await _private(host)
    if private is None:
        remedy = "see to it that Plane can resolve it; this machine cannot"
        found.append(_warning(f"{host} cannot be resolved", remedy))
    elif private and release(version) >= _ONLY_LOOPBACK:
        if release(version) >= _LISTS:
            remedy = (
                f"set WEBHOOK_ALLOWED_IPS={private}/32, or WEBHOOK_ALLOWED_HOSTS={host}, for"
                " Plane's api and worker, and start them again"
            )
        else:
            remedy = f"upgrade Plane to 1.3.1: {version} has no way to allow it"
        found.append(_warning(f"{host} is {private}, a private address: refused", remedy))
    return found or [
        Finding(subject=_SUBJECT, verdict=Verdict.OK, text=f"{ours} is one that Plane takes")
    ]


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def _private(host: str) -> str | None:
    """Return the private address that the host has, "" if it has none, None if nobody knows."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    return next((str(each) for each in addresses if not each.is_global), "")


def _warning(text: str, remedy: str) -> Finding:
    return Finding(subject=_SUBJECT, verdict=Verdict.WARNING, text=text, remedy=remedy)
