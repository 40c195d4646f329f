"""The web side of the service: webhooks, API and pages, as one Litestar app."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from entrypoints.http import dead_letters, health, items, runs, tasks, webhooks
from entrypoints.http.access import Access
from entrypoints.http.access_log import logged
from entrypoints.http.front_door import MEBIBYTE, FrontDoor
from entrypoints.http.problems import Problem, answers, document
from entrypoints.http.session import Sessions

REQUEST_LIMIT = MEBIBYTE
"""The largest request to API and pages, in bytes."""
USE_CASES = ("receive_webhook", "look_up", "give_command", "check_readiness")
"""Fields of FrontDoor that handlers ask for by name."""


def create_app(door: FrontDoor) -> Litestar:
    """Return the app: ready to be served, nothing started yet."""
    access = Access(door.admin_token, sessions_of(door))
    app = Litestar(
        [
            health.health,
            health.ready,
            Router(
                "/webhooks",
                route_handlers=[webhooks.receive],
                request_max_body_size=door.webhook_limit,
            ),
            Router(
                "/api",
                route_handlers=[
                    tasks.tasks,
                    tasks.task,
                    tasks.events,
                    tasks.retry,
                    tasks.cancel,
                    tasks.move,
                    runs.log,
                    dead_letters.dead_letters,
                    dead_letters.replay,
                    items.create,
                    items.edit,
                    items.archive,
                    items.comment,
                    items.move,
                ],
                guards=[access.api],
                security=[{"adminToken": []}],
            ),
        ],
        dependencies={
            "door": always(door),
            **{name: always(getattr(door, name)) for name in USE_CASES},
        },
        exception_handlers=answers(_show, door.new_id),
        lifespan=[_during(context) for context in door.lifespan],
        request_max_body_size=REQUEST_LIMIT,
        openapi_config=_openapi(door),
        logging_config=None,  # how we log is the entry point's business
        debug=False,
        pdb_on_exception=False,
    )
    # Outermost, because a middleware sees no request to an address that there is not.
    app.asgi_handler = logged(app.asgi_handler)
    return app


def sessions_of(door: FrontDoor) -> Sessions | None:
    """Return what checks browsers' sessions, None where no token is configured."""
    return Sessions(door.admin_token, door.clock) if door.admin_token else None


def always(value: object) -> Provide:
    """Return a provider of this very value."""

    def provide() -> object:  # Litestar wants a function with a signature
        return value

    return Provide(provide, sync_to_thread=False)


def _during(
    context: Callable[[], AbstractAsyncContextManager[object]],
) -> Callable[[Litestar], AbstractAsyncContextManager[object]]:
    return lambda _: context()


def _show(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    return document(problem)


def _openapi(door: FrontDoor) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Orchestrator",
        version=door.version,
        description="Takes work items through software delivery: agents do the work, people"
        " decide. Every error is a problem document (RFC 9457).",
        use_handler_docstrings=True,
        # The plain document and no browser for it: that one loads scripts from elsewhere.
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
        components=Components(
            security_schemes={
                "adminToken": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="ORCHESTRATOR_ADMIN_TOKEN; none is needed on the machine itself"
                    " where none is configured.",
                )
            }
        ),
    )
