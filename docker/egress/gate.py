"""The egress proxy's gate: which hosts agents reach, and the keys that they never see.

Runs inside mitmproxy. What it goes by comes as JSON in EGRESS_POLICY:

    allow      names, "*.names" below a name, or addresses; ":port" after one allows that port only,
               without one 80 and 443 are allowed
    keys       by such a name: the header, its value, and headers of the agent's that are dropped
    secret     with it the runner makes each run's password
    authority  certificates, as PEM, that servers may be signed by beside the well-known ones

Each refusal is one line of JSON on standard output: the run's log takes it from there.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import os
import time
from pathlib import Path

import certifi
from mitmproxy import ctx, http
from mitmproxy.proxy import server_hooks

REPEAT_AFTER = 10.0
MOST_REMEMBERED = 10_000
AUTHORITIES = Path("/tmp/authorities.pem")  # noqa: S108 # the container's own
KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie")


class Gate:
    """Lets through what is allowed, and says what is not."""

    def __init__(self, policy: dict) -> None:
        """Go by that policy."""
        self.allow = [name.lower() for name in policy["allow"]]
        self.keys = {name.lower(): key for name, key in policy["keys"].items()}
        self.secret = policy["secret"].encode()
        self.authority = policy.get("authority", "")
        self.runs: dict[str, str] = {}
        self.told: dict[tuple[str, str], float] = {}
        self.waiting: asyncio.Task | None = None

    # ── beginning ────────────────────────────────────────────────────────────────────────────────

    def load(self, _loader: object) -> None:
        """Trust the authorities that we were given."""
        AUTHORITIES.write_text(f"{Path(certifi.where()).read_text('ascii')}\n{self.authority}\n")
        ctx.options.ssl_verify_upstream_trusted_ca = str(AUTHORITIES)

    def running(self) -> None:
        """Say so once connections are taken."""
        self.waiting = asyncio.create_task(self._say_when_ready())

    async def _say_when_ready(self) -> None:
        while not ctx.master.addons.get("proxyserver").listen_addrs():
            await asyncio.sleep(0.02)
        say(ready=True)

    # ── judging ──────────────────────────────────────────────────────────────────────────────────

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Judge where a tunnel is to lead."""
        if self._known(flow):
            self._judge(flow, flow.request.host, flow.request.port)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Judge a request, inside a tunnel or not; put the key in; pass bodies on as they come."""
        request = flow.request
        flow.request.stream = True
        if not self._known(flow):
            return
        request.headers.pop("proxy-authorization", None)
        for host in {request.host, request.pretty_host}:  # they differ where a CDN is to be fooled
            if not self._judge(flow, host, request.port):
                return
        key = self.keys.get(f"{request.host.lower()}:{request.port}")
        if key is None and request.scheme == "https" and request.port == 443:
            key = self.keys.get(request.host.lower())
        if key is not None:
            for name in (*KEY_HEADERS, key["header"]):
                request.headers.pop(name, None)
            request.headers[key["header"]] = key["value"]

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Pass bodies on as they come: a model's answer is a stream."""
        if flow.response:
            flow.response.stream = True

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Judge every connection once more, whatever protocol wanted it."""
        host, port = data.server.address[:2]
        for name in (host, data.server.sni or host):
            if not self._allowed(name, port):
                data.server.error = "not allowed"
                self._tell(self.runs.get(data.client.id, ""), f"{name}:{port}")

    def client_disconnected(self, client: object) -> None:
        """Forget whose connection it was."""
        self.runs.pop(client.id, None)

    def _known(self, flow: http.HTTPFlow) -> bool:
        """Find out whose request it is; nobody's is refused."""
        client = flow.client_conn.id
        if client in self.runs and "proxy-authorization" not in flow.request.headers:
            return True
        run = self._run(flow.request.headers.get("proxy-authorization", ""))
        if run is None:
            flow.response = http.Response.make(
                407, b"this proxy is for agents\n", {"Proxy-Authenticate": 'Basic realm="egress"'}
            )
            return False
        self.runs[client] = run
        return True

    def _run(self, authorization: str) -> str | None:
        scheme, _, coded = authorization.partition(" ")
        try:
            run, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        wanted = hmac.new(self.secret, run.encode(), hashlib.sha256).hexdigest()
        fits = hmac.compare_digest(wanted.encode(), password.encode())
        return run if scheme.lower() == "basic" and fits else None

    def _judge(self, flow: http.HTTPFlow, host: str, port: int) -> bool:
        if self._allowed(host, port):
            return True
        self._tell(self.runs.get(flow.client_conn.id, ""), f"{host}:{port}")
        text = f"{host}:{port} is not in agents.docker.egress.allow\n"
        flow.response = http.Response.make(403, text.encode(), {"Content-Type": "text/plain"})
        return False

    def _allowed(self, host: str, port: int) -> bool:
        host = host.lower().rstrip(".")
        return any(fits(rule, host, port) for rule in self.allow)

    def _tell(self, run: str, where: str) -> None:
        now = time.monotonic()
        if now - self.told.get((run, where), -REPEAT_AFTER) < REPEAT_AFTER:
            return
        if len(self.told) >= MOST_REMEMBERED:
            self.told.clear()
        self.told[run, where] = now
        say(run=run, refused=where[:300])


def fits(rule: str, host: str, port: int) -> bool:
    """Tell whether a rule allows that host and port."""
    name, colon, number = rule.rpartition(":")
    if not colon or not number.isdigit():
        name, number = rule, ""
    if str(port) != number if number else port not in (80, 443):
        return False
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def say(**what: object) -> None:
    """Print one line for the runner."""
    print(json.dumps(what), flush=True)  # noqa: T201 # that is how the runner hears of it


addons = [Gate(json.loads(os.environ.pop("EGRESS_POLICY")))]
