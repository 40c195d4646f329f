"""A Plane for each test: the mock, or a real server where the environment names one."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing

import pytest

from tests.contracts.issue_tracker import People
from tests.integration.plane.controls import Controls
from tests.integration.plane.ear import RealEar, held, named
from tests.integration.plane.people import MockAnswers, MockPeople, PlaneAddress
from tests.integration.plane.served import served
from tests.integration.plane.server import clear_up, make_ready, person_at, real_server
from tests.integration.plane_mock.people import SLUG, key_of
from tests.integration.plane_mock.seed import PROJECT_ID
from tests.integration.plane_mock.settings import MockSettings


@pytest.fixture
def mock_settings() -> MockSettings:
    """A Plane in a hurry: its worker is done before it answers, and its budget is no matter."""
    return MockSettings(worker_lag=0, thinking=0, rate_limit=10_000, webhook_retry_within=0.05)


@pytest.fixture
def mock_url(mock_settings: MockSettings) -> Generator[str]:
    """Where the mock is."""
    with served(mock_settings) as url:
        yield url


@pytest.fixture
async def controls(mock_url: str) -> AsyncGenerator[Controls]:
    """What can be said to the mock."""
    async with aclosing(Controls(mock_url)) as controls:
        yield controls


@pytest.fixture(scope="session")
def real_ear() -> Generator[RealEar | None]:
    """What hears a real server, where the environment names both."""
    where = named()
    if real_server() is None or where is None:
        yield None
        return
    with held(*where) as ear:
        yield ear


@pytest.fixture(scope="session")
def real_plane(real_ear: RealEar | None) -> Generator[PlaneAddress | None]:
    """The real server that the environment names, ready for the tests; None where it names none.

    Whatever is done there is heard.
    """
    real = real_server()
    states = asyncio.run(make_ready(real)) if real else []
    yield real
    if real and states:
        asyncio.run(clear_up(real, states))


@pytest.fixture
def plane(real_plane: PlaneAddress | None, request: pytest.FixtureRequest) -> PlaneAddress:
    """Where Plane is: a real server if the environment names one, else the mock."""
    if real_plane is not None:
        return real_plane
    return PlaneAddress(
        url=request.getfixturevalue("mock_url"),
        workspace=SLUG,
        project=PROJECT_ID,
        bot_key=key_of("b"),
        human_key=key_of("a"),
        guest_key=key_of("d"),
        mock=True,
    )


@pytest.fixture
async def people(plane: PlaneAddress) -> AsyncGenerator[People]:
    """Those who use it."""
    if plane.mock:
        async with aclosing(Controls(plane.url)) as controls:
            yield MockPeople(controls=controls)
        return
    async with person_at(plane) as person:
        yield person


@pytest.fixture(params=["lose_answers", "fail_writes"])
def answers(plane: PlaneAddress, request: pytest.FixtureRequest) -> MockAnswers:
    """Who loses the answer of the next write; a real server cannot be told to."""
    if not plane.mock:
        pytest.skip("a real server cannot be made to lose an answer")
    return MockAnswers(url=plane.url, fault=request.param)
