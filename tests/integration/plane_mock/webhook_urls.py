"""Which addresses a person may register as a webhook: the traps that self-hosters fall into."""

import socket
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from tests.integration.plane_mock.refusals import Refused
from tests.integration.plane_mock.settings import MockSettings


def refuse_bad_url(url: str, own_host: str, settings: MockSettings) -> None:
    """Refuse what Plane refuses, in its words."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not _whole(host):
        raise _refused(["Enter a valid URL."])
    if parts.netloc in {"localhost", "127.0.0.1"}:
        raise _refused(["Local URLs are not allowed."])
    if host in _listed(settings.webhook_allowed_hosts):
        return
    networks = [ip_network(each) for each in _listed(settings.webhook_allowed_ips)]
    addresses = _addresses(host)
    allowed = [each.is_global or any(each in network for network in networks) for each in addresses]
    if not addresses or not all(allowed):
        raise _refused("Invalid or disallowed webhook URL.")
    if host == own_host or host.endswith("." + own_host):
        raise _refused("URL domain or its subdomain is not allowed.")


def _whole(host: str) -> bool:
    """Tell whether a host has a dot in it, or is an address, or this machine."""
    return host == "localhost" or ":" in host or "." in host.strip(".")


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _addresses(host: str) -> list:  # type: ignore[type-arg]
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return []
    return [ip_address(each[4][0]) for each in found]


def _refused(words: str | list[str]) -> Refused:
    return Refused(400, {"url": words})
