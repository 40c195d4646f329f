"""The tracker keeps its contract: against the mock, or a real server if one is named."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import cast

import httpx
import pytest

from adapters.html.rich_text import HtmlRichText
from adapters.plane.budget import Budget
from adapters.plane.client import PlaneClient
from adapters.plane.item_ids import item_id, parts_of
from adapters.plane.people import People
from adapters.plane.sightings import Sightings
from adapters.plane.states import States
from adapters.plane.tracker import PlaneTracker
from adapters.system.clock import SystemClock
from domain.identifiers import CommentId, ItemId
from domain.item import Priority, TrackerState
from ports.issue_tracker import IssueTracker
from tests.contracts import issue_tracker as contract
from tests.integration.plane.patience import PatientTracker
from tests.integration.plane.people import PlaneAddress
from tests.integration.plane.server import TIME_LIMIT, real_server

pytestmark = [pytest.mark.timeout(TIME_LIMIT)] if real_server() else []


@dataclass(frozen=True, kw_only=True)
class PeopleOfProject:
    """People who call an item by its own id, as Plane does, among those who call it as we do."""

    plane: PlaneAddress
    inside: contract.People

    async def create(self, title: str, description: str, priority: Priority) -> ItemId:
        made = await self.inside.create(title, description, priority)
        return item_id(self.plane.project, made)

    async def retitle(self, item: ItemId, title: str) -> None:
        await self.inside.retitle(_own(item), title)

    async def comment(self, item: ItemId, text: str, *, guest: bool = False) -> CommentId:
        return await self.inside.comment(_own(item), text, guest=guest)

    async def move(self, item: ItemId, state: TrackerState) -> None:
        await self.inside.move(_own(item), state)

    async def remove(self, item: ItemId) -> None:
        await self.inside.remove(_own(item))


def _own(item: ItemId) -> ItemId:
    return ItemId(parts_of(item)[1])


def tracker_of(plane: PlaneAddress, http: httpx.AsyncClient) -> PlaneTracker:
    """The adapter as the container makes it."""
    clock = SystemClock()
    budget = Budget([plane.bot_key], clock, per_minute=10_000 if plane.mock else 60)
    client = PlaneClient(http, budget, clock, workspace=plane.workspace)
    return PlaneTracker(
        client,
        States(client, clock),
        People(client, clock),
        HtmlRichText(),
        clock,
        sightings=Sightings(clock),
        projects=[plane.project],
    )


@pytest.fixture
async def tracker(plane: PlaneAddress) -> AsyncGenerator[IssueTracker]:
    async with httpx.AsyncClient(base_url=f"{plane.url}/api/v1", timeout=30) as http:
        found = tracker_of(plane, http)
        yield found if plane.mock else cast("IssueTracker", PatientTracker(found))


@pytest.fixture
def people(plane: PlaneAddress, people: contract.People) -> contract.People:
    return PeopleOfProject(plane=plane, inside=people)


class TestPlaneTracker(contract.IssueTrackerContract, contract.LostAnswerContract):
    """The whole of it, and answers that are lost in two ways."""

    settles = 5.0 if real_server() else 0.0
