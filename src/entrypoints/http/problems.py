"""What went wrong, as a problem document (RFC 9457): one table from error to status.

A handler raises what the domain raises; nobody else turns an error into an answer.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from math import ceil
from typing import Any, get_args

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.types import ExceptionHandlersMap

from domain.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotAllowed,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
SOON = "5"
"""Seconds after which to ask again where nobody knows better."""

STATUS: Mapping[type[Failure], HTTPStatus] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Rejected: HTTPStatus.BAD_REQUEST,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_REMEDIES: Mapping[HTTPStatus, str] = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address; /schema lists what there is",
    HTTPStatus.METHOD_NOT_ALLOWED: "this address is asked in another way; see /schema",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the request is too large; send less",
}
_HUNG_UP = "client disconnected prematurely"
"""Litestar's words, under a status that would make it our fault; a test holds them to it."""

_log = logging.getLogger(__name__)
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One field, what is wrong with it and what would be right."""

    field: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is told to whoever asked."""

    status: HTTPStatus
    detail: str
    fields: Sequence[FieldProblem] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class ProblemDocument(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An error, as RFC 9457 describes it."""

    status: int
    title: str
    detail: str
    errors: Sequence[FieldProblem] = ()


def document(problem: Problem) -> Response[ProblemDocument]:
    """Return the problem for programs."""
    body = ProblemDocument(
        status=problem.status,
        title=problem.status.phrase,
        detail=problem.detail,
        errors=problem.fields,
    )
    headers = {"X-Content-Type-Options": "nosniff", **problem.headers}
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def documented(*statuses: HTTPStatus) -> dict[int, ResponseSpec]:
    """Describe these errors in the OpenAPI document."""
    return {
        int(status): ResponseSpec(
            ProblemDocument,
            description=status.phrase,
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }


def answers(
    show: Callable[[AnyRequest, Problem], Response[Any]], new_id: Callable[[], str]
) -> ExceptionHandlersMap:
    """Return the handlers that make an answer of everything that can be raised."""

    def on_failure(request: AnyRequest, error: Failure) -> Response[Any]:
        problem = of_failure(error)
        return show(request, problem) if problem else on_bug(request, error)

    def on_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
        if error.detail == _HUNG_UP:
            _log.info("the visitor hung up")
            return show(request, Problem(status=HTTPStatus.BAD_REQUEST, detail=_HUNG_UP))
        if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return on_bug(request, error)
        return show(request, of_http(error, _body_of(request)))

    def on_bug(request: AnyRequest, error: Exception) -> Response[Any]:
        incident = new_id()
        _log.error("incident %s: %s failed", incident, request.method, exc_info=error)
        detail = f"this is a fault of ours; the log tells more, look for incident {incident}"
        return show(request, Problem(status=HTTPStatus.INTERNAL_SERVER_ERROR, detail=detail))

    return {Failure: on_failure, HTTPException: on_http, Exception: on_bug}


def of_failure(error: Failure) -> Problem | None:
    """Return the problem that a domain error is, None where it should never have come here."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if status is None:
        return None
    headers: dict[str, str] = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(ceil(error.retry_after.total_seconds()))
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = SOON
    fields: Sequence[FieldProblem] = ()
    if isinstance(error, Invalid):
        fields = [FieldProblem(field=error.field, problem=str(error))]
    return Problem(status=status, detail=str(error), fields=fields, headers=headers)


def of_http(error: HTTPException, body: type[msgspec.Struct] | None = None) -> Problem:
    """Return the problem that Litestar saw; ``body`` is what it wanted the body to be."""
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        fields = [_field_problem(found, body) for found in error.extra]
        detail = "; ".join(f"{one.field}: {one.problem}" for one in fields)
        return Problem(status=status, detail=detail, fields=fields, headers=headers)
    plain = error.detail in {"", status.phrase}
    detail = _REMEDIES.get(status, status.description) if plain else error.detail
    return Problem(status=status, detail=detail, headers=headers)


def _field_problem(found: Mapping[str, str], body: type[msgspec.Struct] | None) -> FieldProblem:
    """Name the field by its outside name, and say what would be right."""
    name, message = found.get("key", "request"), found.get("message", "not as expected")
    if found.get("source") != "body":
        return FieldProblem(field=name, problem=message)
    known = {one.encode_name: one.type for one in msgspec.structs.fields(body)} if body else {}
    if message == "'data'":  # how Litestar says that there was no body at all
        message = "missing; send a JSON object"
    elif "unknown field" in message or "missing required field" in message:
        message = f"{message}; the fields are {', '.join(known)}"
    elif message.startswith("Invalid enum value"):
        message = f"{message}; use one of {', '.join(_values(known.get(name)))}"
    return FieldProblem(field="body" if name == "data" else name, problem=message)


def _values(kind: object) -> Sequence[str]:
    kinds = (kind, *get_args(kind))
    enums = [one for one in kinds if isinstance(one, type) and issubclass(one, Enum)]
    return [str(member.value) for one in enums for member in one]


def _body_of(request: AnyRequest) -> type[msgspec.Struct] | None:
    handler = request.scope.get("route_handler")
    wanted = handler.parsed_data_field if isinstance(handler, HTTPRouteHandler) else None
    kind = wanted.annotation if wanted else None
    return kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None
