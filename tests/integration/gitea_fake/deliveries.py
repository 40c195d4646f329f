"""Webhooks on their way out: signed, tried once, and lost, doubled or reordered on command."""

import hashlib
import hmac
import ipaddress
import json
import queue
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx

from tests.integration.gitea_fake.flavour import Flavour
from tests.integration.gitea_fake.records import Hook, Json

# Type of an event → name of the event, where they differ.
NAMES = {
    "pull_request_sync": "pull_request",
    "pull_request_label": "pull_request",
    "pull_request_assign": "pull_request",
    "pull_request_milestone": "pull_request",
    "pull_request_review_request": "pull_request",
    "pull_request_review_approved": "pull_request_approved",
    "pull_request_review_rejected": "pull_request_rejected",
    "pull_request_review_comment": "pull_request_comment",
    "pull_request_comment": "issue_comment",
}


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One delivery, as the hook's page in the web interface shows it."""

    event_type: str
    url: str
    headers: dict[str, str]
    body: bytes
    """What is signed; a form carries it in its field ``payload``."""
    form: bool = False
    status: int | None = None
    failure: str = ""

    @property
    def payload(self) -> Json:
        return dict(json.loads(self.body))

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Deliveries:
    """All deliveries, in the order in which things happened; ``sent`` in that of their going.

    Each is tried once and given ``timeout`` seconds. Addresses that ``allowed_hosts`` does not
    name are refused when dialled, as by the setting ALLOWED_HOST_LIST, ``external`` unless told
    otherwise: then nothing on this machine is told anything.
    """

    flavour: Flavour
    allowed_hosts: str = "external"
    timeout: float = 5.0
    made: list[Delivery] = field(default_factory=list)
    sent: list[Delivery] = field(default_factory=list)
    losing: int = 0
    doubling: int = 0
    _held: list[Delivery] | None = None

    def __post_init__(self) -> None:
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._client = httpx.Client(timeout=self.timeout, trust_env=False)
        self._thread = threading.Thread(target=self._work, daemon=True, name="deliveries")
        self._thread.start()

    # ── on command ───────────────────────────────────────────────────────────────────────────────

    def lose_next(self, count: int = 1) -> None:
        """The next ones never arrive, as while the receiver restarts."""
        self.losing += count

    def double_next(self, count: int = 1) -> None:
        """The next ones arrive twice, byte for byte."""
        self.doubling += count

    def hold(self) -> None:
        """Keep what follows back until it is released."""
        self._held = []

    def release(self, order: Sequence[int] | None = None) -> None:
        """Send what was held back: in reverse, unless told the order."""
        held, self._held = self._held or [], None
        for number in order if order is not None else reversed(range(len(held))):
            self._queue.put(held[number])

    def replay(self, delivery: Delivery) -> None:
        """Send it once more as a person does by hand: under a new name."""
        headers = {
            name: str(uuid4()) if name.endswith("-Delivery") else value
            for name, value in delivery.headers.items()
        }
        self._send(
            Delivery(
                event_type=delivery.event_type,
                url=delivery.url,
                headers=headers,
                body=delivery.body,
                form=delivery.form,
            )
        )

    def settle(self) -> None:
        """Wait until all that was to go out has been tried."""
        self._queue.join()

    def of(self, event_type: str) -> list[Delivery]:
        """Those of that type, as they happened."""
        return [delivery for delivery in self.made if delivery.event_type == event_type]

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()
        self._client.close()

    # ── what the forge does ──────────────────────────────────────────────────────────────────────

    def announce(self, hook: Hook, event_type: str, payload: Json) -> Delivery:
        """Tell the hook's owner."""
        body = json.dumps(payload, indent=2, ensure_ascii=False).encode()
        delivery = Delivery(
            event_type=event_type,
            url=hook.url,
            headers=self._headers(hook, event_type, body),
            body=body,
            form=hook.content_type == "form",
        )
        self._send(delivery)
        return delivery

    def _send(self, delivery: Delivery) -> None:
        self.made.append(delivery)
        if self.losing:
            self.losing -= 1
            delivery.failure = "lost on command"
            return
        copies = 1
        if self.doubling:
            self.doubling -= 1
            copies = 2
        for _ in range(copies):
            if self._held is not None:
                self._held.append(delivery)
            else:
                self._queue.put(delivery)

    def _headers(self, hook: Hook, event_type: str, body: bytes) -> dict[str, str]:
        name = NAMES.get(event_type, event_type)
        signed = {"sha1": "", "sha256": ""}
        if hook.secret:
            for kind in signed:
                signed[kind] = hmac.new(hook.secret.encode(), body, kind).hexdigest()
        delivery = str(uuid4())
        headers = {"Content-Type": "application/json"}
        if hook.content_type == "form":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        prefixes = ["X-Gitea", "X-Gogs", *(["X-Forgejo"] if self.flavour.forgejo else [])]
        for prefix in prefixes:
            headers[f"{prefix}-Delivery"] = delivery
            headers[f"{prefix}-Event"] = name
            headers[f"{prefix}-Event-Type"] = event_type
            headers[f"{prefix}-Signature"] = signed["sha256"]
        headers["X-Hub-Signature"] = f"sha1={signed['sha1']}"
        headers["X-Hub-Signature-256"] = f"sha256={signed['sha256']}"
        headers["X-Github-Delivery"] = delivery
        headers["X-Github-Event"] = name
        headers["X-Github-Event-Type"] = event_type
        if self.flavour.since(24):
            headers["X-Gitea-Hook-Installation-Target-Type"] = "repository"
            headers["X-Github-Hook-Installation-Target-Type"] = "repository"
        if hook.authorization:
            headers["Authorization"] = hook.authorization
        return headers

    def _work(self) -> None:
        while (delivery := self._queue.get()) is not None:
            try:
                self._deliver(delivery)
            finally:
                self._queue.task_done()

    def _deliver(self, delivery: Delivery) -> None:
        self.sent.append(delivery)
        if not self._may_dial(delivery.url):
            delivery.failure = "webhook can only call allowed HTTP servers (check your setting)"
            return
        content = delivery.body
        if delivery.form:
            content = urlencode({"payload": delivery.body}).encode()
        try:
            answer = self._client.post(
                delivery.url, content=content, headers=delivery.headers, timeout=self.timeout
            )
        except httpx.HTTPError as error:
            delivery.failure = repr(error)
        else:
            delivery.status = answer.status_code

    def _may_dial(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        allowed = {name.strip() for name in self.allowed_hosts.split(",")}
        try:
            address = ipaddress.ip_address(socket.gethostbyname(host))
        except OSError:
            return True  # what cannot be found fails by itself
        if {"*", host, str(address)} & allowed:
            return True
        if address.is_loopback:
            return "loopback" in allowed
        return ("private" if address.is_private else "external") in allowed


def verified(secret: str, body: bytes, signature: str) -> bool:
    """Whether that is the signature of these bytes."""
    return hmac.compare_digest(
        hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), signature
    )
