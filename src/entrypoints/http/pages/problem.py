"""What went wrong, for people with a browser."""

from http import HTTPStatus

from litestar import Response

from entrypoints.http.access import SAFE_METHODS
from entrypoints.http.pages.render import Pages
from entrypoints.http.pages.words import Word
from entrypoints.http.problems import AnyRequest, Problem

_PROGRAMS = ("/api", "/webhooks", "/schema", "/health", "/ready")


def wants_page(request: AnyRequest) -> bool:
    """Tell whether a person is looking."""
    path = request.scope["path"]
    if any(path == start or path.startswith(f"{start}/") for start in _PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "")


def problem_page(request: AnyRequest, pages: Pages, problem: Problem) -> Response[str]:
    """Return the problem as a page."""
    answer = pages.page(
        request,
        "problem.html",
        status=problem.status,
        signed_in=False,
        heading=_heading(problem.status),
        detail=problem.detail,
        sent=request.method not in SAFE_METHODS,
    )
    answer.headers.update(problem.headers)
    return answer


def _heading(status: HTTPStatus) -> Word:
    name = f"problem-{status.value}"
    if name in set(Word):
        return Word(name)
    ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Word.PROBLEM_ANY_5 if ours else Word.PROBLEM_ANY_4
