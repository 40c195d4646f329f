"""Holds the address that a real Plane's webhook leads to, for as long as the tests run.

Plane switches a webhook off for good once one delivery has met nobody six times, and these tests
cause hundreds. So each is answered, and passed on to the service while there is one.
"""

import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_QUIET = 5.0
"""Seconds without a delivery after which none is expected any more."""


class RealEar:
    """What hears a real Plane."""

    def __init__(self, secret: str) -> None:
        """Pass nothing on yet."""
        self.secret = secret
        self.leads_to: str | None = None
        """The service's address, while there is one."""
        self.heard_at = time.monotonic()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int | None:
        """Return with which status a delivery is answered; None: not at all."""
        self.heard_at = time.monotonic()
        if self.leads_to is None:
            return 200
        kept = {name: value for name, value in headers.items() if name.lower().startswith("x-")}
        kept["Content-Type"] = "application/json"
        try:
            return httpx.post(f"{self.leads_to}{path}", content=body, headers=kept).status_code
        except httpx.HTTPError:
            return None


def named() -> tuple[str, int, str] | None:
    """Return the host, the port and the secret that the environment names, if it does."""
    listen = os.environ.get("PLANE_TEST_WEBHOOK_LISTEN", "")
    secret = os.environ.get("PLANE_TEST_WEBHOOK_SECRET", "")
    if not (listen and secret):
        return None
    host, _, port = listen.rpartition(":")
    return host or "0.0.0.0", int(port), secret  # noqa: S104 - Plane is on another machine


@contextmanager
def held(host: str, port: int, secret: str) -> Generator[RealEar]:
    """Have the ear inside the block, and until Plane has told of what was done in it."""
    ear = RealEar(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = ear.take(self.path, dict(self.headers.items()), body)
            if status is not None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((host, port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield ear
            while (left := ear.heard_at + _QUIET - time.monotonic()) > 0:
                time.sleep(left)
        finally:
            server.shutdown()
            thread.join()
