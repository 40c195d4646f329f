"""Webhooks and their deliveries, with all that Plane's do: see the contract's section 4."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from tests.integration.plane_mock.changes import Change, differences
from tests.integration.plane_mock.faults import Trouble
from tests.integration.plane_mock.payloads import payload
from tests.integration.plane_mock.rendering import dumped
from tests.integration.plane_mock.rows import Row, row
from tests.integration.plane_mock.settings import MockSettings
from tests.integration.plane_mock.tables import Plane

ATTEMPTS = 6
EVENTS = ("project", "issue", "module", "cycle", "issue_comment")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to deliver, or one that a fault has swallowed."""

    at: str
    id: str
    webhook: str
    event: str
    action: str
    row: str
    field: str | None
    attempt: int
    signature: str
    outcome: str


@dataclass(kw_only=True)
class Webhooks:
    """Everything about sending."""

    plane: Plane
    settings: MockSettings
    trouble: Trouble
    client: httpx.AsyncClient
    group: asyncio.TaskGroup
    random: Random
    registered: dict[str, Row] = field(default_factory=dict)
    log: list[Delivery] = field(default_factory=list)
    in_flight: int = 0

    def register(self, url: str, user: str, secret: str | None = None, **switches: bool) -> Row:
        """Add a webhook and return it as its maker sees it."""
        made = row(self.plane.now(), user)
        columns = {
            "id": made["id"],
            "url": url,
            "created_at": made["created_at"],
            "updated_at": made["updated_at"],
            "deleted_at": None,
            "is_active": True,
            "secret_key": secret or f"plane_wh_{uuid4().hex}",
            **{event: switches.get(event, True) for event in EVENTS},
            "is_internal": False,
            "version": "v1",
            "created_by": user,
            "updated_by": None,
            "workspace": made["workspace"],
        }
        self.registered[made["id"]] = columns
        return columns

    def due(self, change: Change) -> list[tuple[str | None, Any, Any]]:
        """Return what is to be sent of a change: one delivery a field."""
        if change.event not in EVENTS or (change.action, change.event) == ("deleted", "issue"):
            return []
        if change.action != "updated":
            only_projects = change.action == "deleted" and change.event != "project"
            return [] if only_projects else [(None, None, None)]
        old = self.settings.release < (1, 3, 0) and change.event == "issue"
        return [] if old and not change.by_web_app else list(differences(change))

    async def send(self, change: Change, about: tuple[str | None, Any, Any]) -> None:
        """Have one delivery sent to every webhook that listens; its body is made here and now."""
        for webhook in list(self.registered.values()):
            if not webhook["is_active"] or not webhook[change.event]:
                continue
            body = payload(self.plane, webhook["id"], change, about)
            if body is None:
                continue
            sending = _Sending(
                webhook=webhook,
                change=change,
                field=about[0],
                body=json.dumps(body).encode(),
            )
            faults = self.trouble.faults
            if self.random.random() < faults.lost:
                self._note(sending, str(uuid4()), 1, "lost")
                continue
            copies = 2 if self.random.random() < faults.repeated else 1
            for _ in range(copies):
                wait = self.random.uniform(0, faults.shuffled)
                self.in_flight += 1
                self.group.create_task(self._deliver(sending, wait))

    async def _deliver(self, sending: "_Sending", wait: float) -> None:
        try:
            await asyncio.sleep(wait)
            for attempt in range(1, ATTEMPTS + 1):
                await self.trouble.worker_up()
                if await self._attempt(sending, attempt):
                    return
                if attempt < ATTEMPTS:
                    within = self.settings.webhook_retry_within
                    await asyncio.sleep(self.random.uniform(0, within))
            sending.webhook["is_active"] = False
        finally:
            self.in_flight -= 1

    async def _attempt(self, sending: "_Sending", attempt: int) -> bool:
        """Tell whether anything at all was answered: the status is not looked at."""
        ident = str(uuid4())
        secret = sending.webhook["secret_key"].encode()
        signature = hmac.new(secret, sending.body, hashlib.sha256).hexdigest()
        headers = {
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "keep-alive",
            "Content-Type": "application/json",
            "User-Agent": "Autopilot",
            "X-Plane-Delivery": ident,
            "X-Plane-Event": sending.change.event,
            "X-Plane-Signature": signature,
        }
        try:
            answer = await self.client.post(
                sending.webhook["url"], content=sending.body, headers=headers
            )
        except httpx.HTTPError as error:
            self._note(sending, ident, attempt, type(error).__name__, signature)
            return False
        self._note(sending, ident, attempt, str(answer.status_code), signature)
        return True

    def _note(
        self, sending: "_Sending", ident: str, attempt: int, outcome: str, signature: str = ""
    ) -> None:
        change = sending.change
        self.log.append(
            Delivery(
                at=dumped(self.plane.now()),
                id=ident,
                webhook=sending.webhook["id"],
                event=change.event,
                action=change.action,
                row=change.row,
                field=sending.field,
                attempt=attempt,
                signature=signature,
                outcome=outcome,
            )
        )


@dataclass(frozen=True, kw_only=True)
class _Sending:
    """A body on its way to a webhook, the same in every attempt."""

    webhook: Row
    change: Change
    field: str | None
    body: bytes
