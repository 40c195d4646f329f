"""Are we alive, and can we do our work?"""

import time
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec

from application.check_readiness import CheckReadiness
from entrypoints.http.front_door import FrontDoor

_STARTED = time.monotonic()


class Health(msgspec.Struct, kw_only=True):
    """A sign of life."""

    status: str
    version: str
    uptime_seconds: float


class Readiness(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is out, and why; nothing when all is well."""

    status: str
    out: Mapping[str, str]
    warnings: Mapping[str, str] = {}
    """What makes it slower, though all is there."""


@get("/health", tags=["health"])
async def health(door: NamedDependency[FrontDoor]) -> Health:
    """Answer while the process serves."""
    uptime = round(time.monotonic() - _STARTED, 1)
    return Health(status="ok", version=door.version, uptime_seconds=uptime)


@get(
    "/ready",
    tags=["health"],
    responses={503: ResponseSpec(Readiness, description="Not ready", generate_examples=False)},
)
async def ready(check_readiness: NamedDependency[CheckReadiness]) -> Response[Readiness]:
    """Tell whether database and tools answer: 200, or 503 with what is out and why."""
    out, warnings = await check_readiness(), await check_readiness.warnings()
    if not out:
        return Response(Readiness(status="ready", out={}, warnings=warnings))
    body = Readiness(status="not ready", out=out, warnings=warnings)
    return Response(body, status_code=HTTPStatus.SERVICE_UNAVAILABLE)
