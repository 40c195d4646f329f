"""The way in for browsers, where an admin token is configured."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Redirect, Response

from entrypoints.http.access import Access
from entrypoints.http.pages.render import Pages, cookie_for, see
from entrypoints.http.problems import AnyRequest
from entrypoints.http.session import LASTS, SESSION_COOKIE


class SignInForm(msgspec.Struct, kw_only=True):
    """The form of the token."""

    token: str
    then: str = "/"


@get("/sign-in", include_in_schema=False)
async def form(
    request: AnyRequest,
    access: NamedDependency[Access],
    pages: NamedDependency[Pages],
    then: Annotated[str, QueryParameter()] = "/",
) -> Response[str] | Redirect:
    """Show the form, or go on where nothing has to be shown."""
    if access.is_in(request):
        return see(_local(then))
    return _page(request, pages, then)


@post("/sign-in", include_in_schema=False)
async def sign_in(
    data: URLEncodedBody[SignInForm],
    request: AnyRequest,
    access: NamedDependency[Access],
    pages: NamedDependency[Pages],
) -> Response[str] | Redirect:
    """Start a session for whoever knows the token, and go on to what he wanted."""
    session = access.start_session(data.token)
    if session is None:
        return _page(request, pages, data.then, wrong=True)
    answer = see(_local(data.then))
    answer.set_cookie(cookie_for(request, SESSION_COOKIE, session, lasts=LASTS))
    return answer


@post("/sign-out", include_in_schema=False)
async def sign_out() -> Redirect:
    """End the browser's session."""
    answer = see("/sign-in")
    answer.delete_cookie(SESSION_COOKIE)
    return answer


def asked_to_sign_in(request: AnyRequest, pages: Pages) -> Response[str]:
    """Return the form in place of the page that was wanted."""
    then = "/"
    if request.method == "GET":
        query = request.url.query
        then = request.url.path + (f"?{query}" if query else "")
    # From a link on another site our cookie doesn't come along (SameSite=Strict). From here it
    # does, so whoever has a session sees this form for a moment only.
    elsewhere = request.headers.get("sec-fetch-site") == "cross-site" and request.method == "GET"
    retry = f"/sign-in?then={quote(then, safe='')}" if elsewhere else None
    return _page(request, pages, then, retry=retry)


def _page(
    request: AnyRequest,
    pages: Pages,
    then: str,
    *,
    wrong: bool = False,
    retry: str | None = None,
) -> Response[str]:
    return pages.page(
        request,
        "sign_in.html",
        status=HTTPStatus.UNAUTHORIZED,
        signed_in=False,
        then=_local(then),
        wrong=wrong,
        retry=retry,
    )


def _local(address: str) -> str:
    """Return the address if it is one of ours, else the board's.

    Browsers take ``//`` and ``/\\`` for the beginning of another host, and skip tabs and line
    breaks before they look.
    """
    plain = address.isprintable() and "\\" not in address
    ours = plain and address.startswith("/") and not address.startswith("//")
    return address if ours else "/"
