"""Where tools tell us something by themselves."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import Request, post
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from domain.errors import Forbidden, Rejected
from entrypoints.http.front_door import FrontDoor
from entrypoints.http.hanging_up import hang_up
from entrypoints.http.problems import documented

_log = logging.getLogger(__name__)


def receiver(door: FrontDoor) -> HTTPRouteHandler:
    """Return the handler of deliveries.

    It knows the door: to be given it with each request takes Litestar a tenth of the request.
    """

    @post(
        "/{tool:str}",
        status_code=HTTPStatus.ACCEPTED,
        tags=["webhooks"],
        responses=documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    )
    async def receive(tool: FromPath[str], request: Request[Any, Any, Any]) -> None:
        """Take a delivery: acknowledged once it is durably stored, also when it was before."""
        # Litestar stops reading at the router's limit, so a flood is never held in memory.
        body = await request.body()
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.scope["headers"]
        }
        try:
            await door.receive_webhook(tool, headers, body)
        except Forbidden as refusal:
            raise NotAuthorizedException(
                str(refusal), headers={"WWW-Authenticate": "Webhook-Signature"}
            ) from refusal
        except Rejected:
            raise
        except Exception as failure:
            # Whatever it was: an answer would be taken for a success, and the delivery be lost.
            if tool in door.deaf_tools and await hang_up(request.scope):
                _log.error(
                    "a delivery of %s was not stored, so it got no answer: %s", tool, failure
                )
                return
            raise

    return receive
