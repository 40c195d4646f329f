"""The web side of the service: webhooks, API and pages, as one Litestar app."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar, Response, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import BeforeRequestHookHandler

from entrypoints.http import dead_letters, health, items, runs, tasks, webhooks
from entrypoints.http.access import Access, SignInNeeded
from entrypoints.http.access_log import logged
from entrypoints.http.answer import Answer
from entrypoints.http.front_door import MEBIBYTE, FrontDoor
from entrypoints.http.head import headed
from entrypoints.http.pages import assets, board, item, run, sign_in
from entrypoints.http.pages.problem import problem_page, wants_page
from entrypoints.http.pages.render import Pages
from entrypoints.http.problems import AnyRequest, Problem, answers, document, of_http

REQUEST_LIMIT = 4 * MEBIBYTE
"""The largest request to API and pages, in bytes."""
USE_CASES = ("look_up", "give_command", "check_readiness", "show_log")
"""Fields of FrontDoor that handlers ask for by name."""


def create_app(door: FrontDoor) -> Litestar:
    """Return the app: ready to be served, nothing started yet."""
    access = Access(door.admin_token, door.clock)
    pages = Pages(door.locale, door.clock, can_sign_out=access.by_token)

    def show(request: AnyRequest, problem: Problem) -> Response[Any]:
        return problem_page(request, pages, problem) if wants_page(request) else document(problem)

    def ask_to_sign_in(request: AnyRequest, error: SignInNeeded) -> Response[Any]:
        if wants_page(request):
            return sign_in.asked_to_sign_in(request, pages)
        return document(of_http(error))

    app = Litestar(
        [*_open_routes(door), _api(door, access), *_pages(access)],
        dependencies={
            "door": _always(door),
            "access": _always(access),
            "pages": _always(pages),
            **{name: _always(getattr(door, name)) for name in USE_CASES},
        },
        exception_handlers={**answers(show, door.new_id), SignInNeeded: ask_to_sign_in},
        lifespan=[_during(context) for context in door.lifespan],
        request_max_body_size=REQUEST_LIMIT,
        openapi_config=_openapi(door),
        logging_config=None,  # how we log is the entry point's business
        debug=False,
        pdb_on_exception=False,
    )
    # Outermost, because a middleware sees no request to an address that there is not.
    app.asgi_handler = logged(headed(app.asgi_handler))
    return app


def _open_routes(door: FrontDoor) -> list[Router | HTTPRouteHandler]:
    """Return what anybody may ask for; a webhook's signature is its own proof."""
    hooks = Router(
        "/webhooks",
        route_handlers=[webhooks.receiver(door)],
        request_max_body_size=door.webhook_limit,
        response_class=Answer,
    )
    return [hooks, health.health, health.ready, assets.style, assets.icon]


def _api(door: FrontDoor, access: Access) -> Router:
    return Router(
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
            items.commenter(door),
            items.move,
        ],
        before_request=_first(access.api),
        response_class=Answer,
        security=[{"adminToken": []}],
    )


def _pages(access: Access) -> list[Router]:
    inside = [
        board.board,
        board.ended,
        board.new_item,
        board.create,
        board.given_up,
        board.replay,
        item.item,
        item.comment,
        item.edit,
        item.move,
        run.log,
        sign_in.sign_out,
    ]
    return [
        Router("/", route_handlers=inside, before_request=_first(access.page)),
        Router(
            "/", route_handlers=[sign_in.form, sign_in.sign_in], before_request=_first(access.form)
        ),
    ]


def _first(check: Callable[[AnyRequest], Awaitable[None]]) -> BeforeRequestHookHandler:
    # Not a guard, for each of which Litestar copies the handler, at a tenth of a request's cost;
    # nor the method itself, which Litestar would copy deeply, with all that it belongs to.
    async def before(request: AnyRequest) -> None:
        await check(request)

    return before


def _always(value: object) -> Provide:
    def provide() -> object:  # Litestar wants a function with a signature
        return value

    return Provide(provide, sync_to_thread=False)


def _during(
    context: Callable[[], AbstractAsyncContextManager[object]],
) -> Callable[[Litestar], AbstractAsyncContextManager[object]]:
    return lambda _: context()


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
