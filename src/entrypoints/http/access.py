"""Who may come in.

With an admin token: programs show it as a bearer token, browsers a session made from it. Without
one: this machine alone. "This machine" takes more than a loopback address, because a page of any
web site can have its own name resolve to 127.0.0.1 and then speak to us from the visitor's browser
(DNS rebinding), and because a proxy on this machine speaks for the whole world. So the Host header
must name this machine, too, and nothing may have been forwarded.

What changes something must come from a program or from a page of ours, never from another site's.
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from litestar.datastructures import Headers
from litestar.exceptions import (
    ClientException,
    NotAuthorizedException,
    PermissionDeniedException,
)

from entrypoints.http.problems import AnyRequest
from entrypoints.http.session import SESSION_COOKIE, Sessions
from ports.clock import Clock

PROOF_COOKIE = "orchestrator_form"
PROOF_FIELD = "proof"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_LOCAL_ONLY = (
    "without an admin token this is served to this machine only, at http://localhost;"
    " set ORCHESTRATOR_ADMIN_TOKEN and restart"
)


class Access:
    """Checks whoever asks for the API, a page, or the way in."""

    def __init__(self, token: str | None, clock: Clock) -> None:
        """Ask for this token or a session; without one, for this machine."""
        self._token = token.encode() if token else None
        self._sessions = Sessions(token, clock) if token else None

    @property
    def by_token(self) -> bool:
        """Tell whether a token is configured."""
        return self._token is not None

    async def api(self, request: AnyRequest) -> None:
        """Let in whoever shows the token; and nothing that another site's form can send."""
        headers = request.headers  # made anew each time it is asked for
        if self._token is None:
            _this_machine(request, headers)
        elif not self._bears_token(headers):
            raise NotAuthorizedException(
                "send the admin token: Authorization: Bearer <ORCHESTRATOR_ADMIN_TOKEN>",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if request.method not in SAFE_METHODS:
            _same_origin(headers)
            _json_or_nothing(headers)

    async def page(self, request: AnyRequest) -> None:
        """Let in whoever has a session; and a form only from a page of ours."""
        if self._sessions is None:
            _this_machine(request, request.headers)
        elif not self.is_in(request):
            raise SignInNeeded("sign in first")
        await self.form(request)

    async def form(self, request: AnyRequest) -> None:
        """Let in anybody's form, but only from a page of ours: for signing in."""
        if request.method not in SAFE_METHODS:
            _same_origin(request.headers)
            await _from_our_form(request)

    def is_in(self, request: AnyRequest) -> bool:
        """Tell whether the browser has a session, or needs none."""
        shown = request.cookies.get(SESSION_COOKIE, "")
        return self._sessions is None or self._sessions.good(shown)

    def start_session(self, shown: str) -> str | None:
        """Return a new session's cookie for whoever shows the token."""
        if self._sessions is None or not self._is_token(shown.encode()):
            return None
        return self._sessions.start()

    def _bears_token(self, headers: Headers) -> bool:
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        # Header values come as Latin-1, whatever they were written in.
        return scheme.lower() == "bearer" and self._is_token(shown.strip().encode("latin-1"))

    def _is_token(self, shown: bytes) -> bool:
        """Tell whether this is the token, in a time that doesn't tell how much of it is right."""
        return self._token is not None and hmac.compare_digest(
            sha256(shown).digest(), sha256(self._token).digest()
        )


class UnsupportedMediaType(ClientException):
    """Not JSON."""

    status_code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class SignInNeeded(NotAuthorizedException):
    """A page was asked for without a session."""


def _this_machine(request: AnyRequest, headers: Headers) -> None:
    if not (
        request.client is not None
        and _is_loopback(request.client.host)
        and _is_loopback_name(headers.getall("host", []))
        and not any(name in headers for name in _FORWARDED)
    ):
        raise PermissionDeniedException(_LOCAL_ONLY)


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback


def _is_loopback_name(hosts: list[str]) -> bool:
    if len(hosts) != 1:
        return False
    name, colon, port = hosts[0].lower().rpartition(":")
    if not colon or hosts[0].endswith("]"):  # no port
        name, port = hosts[0].lower(), ""
    return name in _LOOPBACK_NAMES and (port.isdecimal() or not port)


def _same_origin(headers: Headers) -> None:
    """Refuse what a page of another site made the browser send.

    Browsers say where a request comes from; programs say nothing and are let through.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    # Sec-Fetch-Site survives a proxy that changes the Host, but plain http has it only locally.
    if site is not None:
        ours = site in {"same-origin", "none"}
    else:
        ours = origin is None or origin.partition("://")[2] == headers.get("host", "").lower()
    if not ours:
        raise PermissionDeniedException("this was sent from a page of another site")


def _json_or_nothing(headers: Headers) -> None:
    """Refuse what a form can send: of all cross-site requests, only forms ask nobody before."""
    kind, _, _ = headers.get("content-type", "").partition(";")
    nothing = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    if kind.strip().lower() != "application/json" and (kind or not nothing):
        raise UnsupportedMediaType("send application/json", headers={"Accept": "application/json"})


async def _from_our_form(request: AnyRequest) -> None:
    form = await request.form()
    shown, kept = form.get(PROOF_FIELD, ""), request.cookies.get(PROOF_COOKIE, "")
    if not (kept and hmac.compare_digest(str(shown).encode(), kept.encode())):
        raise PermissionDeniedException("the form is out of date; reload its page and send again")
