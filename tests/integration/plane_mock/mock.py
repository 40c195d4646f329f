"""The mock as one thing: a Plane, its worker and webhooks, and what goes wrong with them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.integration.plane_mock.counting import Requests
from tests.integration.plane_mock.faults import Trouble
from tests.integration.plane_mock.seed import seeded
from tests.integration.plane_mock.settings import MockSettings
from tests.integration.plane_mock.tables import Plane
from tests.integration.plane_mock.throttle import Throttle
from tests.integration.plane_mock.webhooks import Webhooks
from tests.integration.plane_mock.worker import BackgroundWorker


@dataclass(frozen=True, kw_only=True)
class Mock:
    """Everything there is."""

    settings: MockSettings
    plane: Plane
    trouble: Trouble
    throttle: Throttle
    webhooks: Webhooks
    worker: BackgroundWorker
    requests: Requests = field(default_factory=Requests)


@asynccontextmanager
async def running(settings: MockSettings) -> AsyncGenerator[Mock]:
    """Have a mock inside the block; what its worker has not done by the end is dropped."""
    timeout = httpx.Timeout(settings.webhook_timeout)
    ready: asyncio.Future[Mock] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with (
            httpx.AsyncClient(timeout=timeout, follow_redirects=True) as client,
            asyncio.TaskGroup() as group,
        ):
            ready.set_result(_mock(settings, client, group))
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        working = group.create_task(work())
        try:
            yield await ready
        finally:
            working.cancel()


def _mock(settings: MockSettings, client: httpx.AsyncClient, group: asyncio.TaskGroup) -> Mock:
    plane, trouble, random = seeded(settings.seed), Trouble(), Random(settings.randomness)
    webhooks = Webhooks(
        plane=plane,
        settings=settings,
        trouble=trouble,
        client=client,
        group=group,
        random=random,
    )
    if settings.webhook_url:
        webhooks.register(settings.webhook_url, plane.users[0].id, settings.webhook_secret)
    return Mock(
        settings=settings,
        plane=plane,
        trouble=trouble,
        throttle=Throttle(limit=settings.rate_limit, window=settings.rate_window),
        webhooks=webhooks,
        worker=BackgroundWorker(
            plane=plane,
            webhooks=webhooks,
            trouble=trouble,
            group=group,
            random=random,
            lag=settings.worker_lag,
        ),
    )
