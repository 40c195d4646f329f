"""What tests say to the mock: under `/mock`, where no real Plane has anything."""

from dataclasses import asdict, replace
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, JSONBody, SkipValidation

from tests.integration.plane_mock.call import Answer
from tests.integration.plane_mock.mock import Mock
from tests.integration.plane_mock.people import ADMIN
from tests.integration.plane_mock.refusals import Refused, bad_request, missing, not_permitted
from tests.integration.plane_mock.rendering import dumped
from tests.integration.plane_mock.rows import Row
from tests.integration.plane_mock.tables import alive
from tests.integration.plane_mock.web_app import WebApp
from tests.integration.plane_mock.webhook_urls import refuse_bad_url

TheMock: TypeAlias = NamedDependency[SkipValidation[Mock]]
Json = dict[str, Any]


def sent(answer: Answer) -> Response[Any]:
    """Return a view's answer as Litestar's."""
    return Response(dumped(answer.body), status_code=answer.status)


def refused(_: Request[Any, Any, Any], refusal: Refused) -> Response[Any]:
    """Return a refusal as Litestar's answer."""
    return Response(refusal.body, status_code=refusal.status)


# ── people in the web app ────────────────────────────────────────────────────────────────────────


@post("/people/{name:str}/items")
async def create_item(mock: TheMock, name: FromPath[str], data: JSONBody[Json]) -> Response[Any]:
    """Let somebody make an item."""
    return sent(await WebApp(mock, name).create_item(data))


@patch("/people/{name:str}/items/{item:str}")
async def change_item(
    mock: TheMock, name: FromPath[str], item: FromPath[str], data: JSONBody[Json]
) -> Response[Any]:
    """Let somebody change an item; `state` may be given by name."""
    return sent(await WebApp(mock, name).change_item(item, data))


@delete("/people/{name:str}/items/{item:str}", status_code=204)
async def delete_item(mock: TheMock, name: FromPath[str], item: FromPath[str]) -> None:
    """Let somebody delete an item."""
    await WebApp(mock, name).delete_item(item)


@post("/people/{name:str}/items/{item:str}/archive")
async def archive(mock: TheMock, name: FromPath[str], item: FromPath[str]) -> Response[Any]:
    """Let somebody archive an item."""
    return sent(WebApp(mock, name).archive(item))


@delete("/people/{name:str}/items/{item:str}/archive", status_code=204)
async def unarchive(mock: TheMock, name: FromPath[str], item: FromPath[str]) -> None:
    """Let somebody bring an item back."""
    WebApp(mock, name).unarchive(item)


@post("/people/{name:str}/items/{item:str}/comments")
async def comment(
    mock: TheMock, name: FromPath[str], item: FromPath[str], data: JSONBody[Json]
) -> Response[Any]:
    """Let somebody comment."""
    return sent(await WebApp(mock, name).comment(item, data))


@patch("/people/{name:str}/items/{item:str}/comments/{ident:str}")
async def change_comment(
    mock: TheMock,
    name: FromPath[str],
    item: FromPath[str],
    ident: FromPath[str],
    data: JSONBody[Json],
) -> Response[Any]:
    """Let somebody edit a comment."""
    return sent(await WebApp(mock, name).change_comment(item, ident, data))


@delete("/people/{name:str}/items/{item:str}/comments/{ident:str}", status_code=204)
async def delete_comment(
    mock: TheMock, name: FromPath[str], item: FromPath[str], ident: FromPath[str]
) -> None:
    """Let somebody delete a comment."""
    await WebApp(mock, name).delete_comment(item, ident)


@patch("/people/{name:str}")
async def change_person(mock: TheMock, name: FromPath[str], data: JSONBody[Json]) -> Json:
    """Change somebody's timezone, role, role in projects alone, or whether his keys are alive."""
    user = mock.plane.user_named(name)
    if user is None:
        raise NotFoundException(f"there is nobody called {name}")
    if "timezone" in data:
        user.timezone = ZoneInfo(data["timezone"]).key
    if "role" in data:
        user.role = data["role"]
        for members in mock.plane.members.values():
            if data["role"] is None:
                members.pop(user.id, None)
            else:
                members[user.id] = data["role"]
    if "project_role" in data:
        for members in mock.plane.members.values():
            members[user.id] = data["project_role"]
    if data.get("expire_keys"):
        for key, token in list(mock.plane.tokens.items()):
            if token.user is user:
                mock.plane.tokens[key] = replace(token, expired=True)
    return user.lite() | {"timezone": user.timezone, "role": user.role}


# ── webhooks ─────────────────────────────────────────────────────────────────────────────────────


@post("/people/{name:str}/webhooks")
async def create_webhook(
    mock: TheMock, name: FromPath[str], data: JSONBody[Json], request: Request[Any, Any, Any]
) -> Response[Any]:
    """Let an admin make a webhook, by Plane's rules for its address."""
    user = mock.plane.user_named(name)
    if user is None or user.role != ADMIN:
        raise not_permitted()
    url = str(data.get("url", ""))
    refuse_bad_url(url, request.url.hostname or "", mock.settings)
    if any(each["url"] == url for each in mock.webhooks.registered.values()):
        raise Refused(409, {"error": "URL already exists for the workspace"})
    return Response(dumped(mock.webhooks.register(url, user.id)), status_code=201)


@post("/webhooks")
async def add_webhook(mock: TheMock, data: JSONBody[Json]) -> Row:
    """Set a webhook up for a test, wherever it leads; `secret` may be chosen."""
    admin = mock.plane.users[0]
    switches = {name: value for name, value in data.items() if name not in {"url", "secret"}}
    secret = data.get("secret", mock.settings.webhook_secret)
    return Row(dumped(mock.webhooks.register(data["url"], admin.id, secret, **switches)))


@get("/webhooks")
async def list_webhooks(mock: TheMock) -> list[Row]:
    """Return all webhooks, with whether they are on."""
    return [dumped(each) for each in mock.webhooks.registered.values()]


@patch("/webhooks/{ident:str}")
async def change_webhook(mock: TheMock, ident: FromPath[str], data: JSONBody[Json]) -> Row:
    """Switch a webhook, or what it is for, on and off."""
    webhook = mock.webhooks.registered.get(ident)
    if webhook is None:
        raise missing()
    unknown = set(data) - set(webhook)
    if unknown:
        raise bad_request(f"no such columns: {', '.join(sorted(unknown))}")
    webhook |= data | {"updated_at": mock.plane.now()}
    return Row(dumped(webhook))


@get("/deliveries")
async def deliveries(mock: TheMock) -> list[Row]:
    """Return every attempt to deliver."""
    return [asdict(each) for each in mock.webhooks.log]


@delete("/deliveries", status_code=204)
async def forget_deliveries(mock: TheMock) -> None:
    """Forget them."""
    mock.webhooks.log.clear()


# ── what goes wrong, and what was asked ──────────────────────────────────────────────────────────


@get("/faults")
async def faults(mock: TheMock) -> Json:
    """Return what is set to go wrong."""
    return Json(msgspec.to_builtins(mock.trouble.faults))


@patch("/faults")
async def order_faults(mock: TheMock, data: JSONBody[Json]) -> Json:
    """Set what is to go wrong; what is not named stays as it is."""
    try:
        return Json(msgspec.to_builtins(mock.trouble.order(data)))
    except msgspec.ValidationError as error:
        raise ClientException(str(error)) from None


@delete("/faults", status_code=204)
async def clear_faults(mock: TheMock) -> None:
    """Let everything go well."""
    mock.trouble.clear()


@get("/requests")
async def requests(mock: TheMock) -> Json:
    """Return every request by API, and how many there were of a kind."""
    log = [dumped(asdict(each)) for each in mock.requests.log]
    return {"total": len(log), "summary": mock.requests.summary(), "log": log}


@delete("/requests", status_code=204)
async def forget_requests(mock: TheMock) -> None:
    """Begin to count anew."""
    mock.requests.log.clear()


@delete("/budgets", status_code=204)
async def renew_budgets(mock: TheMock) -> None:
    """Let every token have its whole budget again."""
    mock.throttle.forget()


@get("/idle")
async def idle(mock: TheMock) -> Json:
    """Return whether the worker has done all there was to do, retries among it."""
    left = {"changes": mock.worker.waiting, "deliveries": mock.webhooks.in_flight}
    return {"idle": not any(left.values()), **left}


@get("/items")
async def all_items(mock: TheMock) -> list[Row]:
    """Return every item that is not deleted, with its key, its state's name and its comments."""
    plane = mock.plane
    return [
        dumped(
            item
            | {
                "key": plane.key(item),
                "state_name": plane.states[item["state"]]["name"],
                "comments": plane.comments_of(item["project"], item["id"])[::-1],
                "activities": [a for a in plane.activities if a["issue"] == item["id"]],
            }
        )
        for item in alive(plane.items)
    ]


HANDLERS = (
    *(create_item, change_item, delete_item, archive, unarchive),
    *(comment, change_comment, delete_comment, change_person),
    *(create_webhook, add_webhook, list_webhooks, change_webhook, deliveries, forget_deliveries),
    *(
        faults,
        order_faults,
        clear_faults,
        requests,
        forget_requests,
        renew_budgets,
        idle,
        all_items,
    ),
)
