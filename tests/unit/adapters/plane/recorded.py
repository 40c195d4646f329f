"""Deliveries that a real Plane sent, and those who were in them."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from adapters.memory.clock import SteppedClock
from adapters.plane.people import People
from adapters.plane.sightings import Sightings
from adapters.plane.webhook_reader import PlaneWebhookReader
from domain.identifiers import PersonId

FOLDER = Path(__file__).parents[3] / "fixtures" / "plane" / "webhooks"
SECRET = "plane_wh_519da49e0c89464a8799de92b38ef780"
PROJECT = "256aa4f4-bd52-4ae1-994e-d5ecb32d6df4"
BOT = "844f0fc1-d131-4cbe-a9c1-7736af1c88b1"
HANNA = "0c5d8a72-4b55-4733-9f89-5e8eb5ce99c6"
GINA = "512e1367-6f9f-4674-97ec-55eebdc0048f"


@dataclass(frozen=True)
class KnownBot:
    """What a reader needs of the people."""

    known_bot: PersonId | None


def a_reader(*secrets: str, project: str = PROJECT, bot: str | None = BOT) -> PlaneWebhookReader:
    """Return a reader as it is once Plane has been asked who we are."""
    known = KnownBot(PersonId(bot) if bot else None)
    sightings = Sightings(SteppedClock(datetime(2026, 11, 22, 7, 40, tzinfo=UTC)))
    people = cast("People", known)
    return PlaneWebhookReader(secrets or (SECRET,), people, sightings, projects=[project])


def recording(number: int) -> dict[str, Any]:
    """Return the recording of that number."""
    (file,) = FOLDER.glob(f"{number:02}-*.json")
    read = json.loads(file.read_text("utf-8"))
    assert isinstance(read, dict)
    return read


def body_of(number: int) -> bytes:
    """Return the very bytes that were sent."""
    return str(recording(number)["body_raw"]).encode()


def headers_of(number: int) -> dict[str, str]:
    """Return the headers that were sent, as our web server hands them on."""
    return {name.lower(): value for name, value in recording(number)["headers"].items()}


def signed(body: bytes, secret: str = SECRET) -> Mapping[str, str]:
    """Return the headers of a genuine delivery of the body."""
    return {"x-plane-signature": hmac.new(secret.encode(), body, sha256).hexdigest()}
