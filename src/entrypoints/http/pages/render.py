"""From values to a page: the templates, and the headers that keep a page from doing harm."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path

import jinja2
from litestar import MediaType, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from markupsafe import Markup

from domain.messages import Locale
from domain.task import ENDED, Status
from domain.transcript import plain
from entrypoints.http.access import PROOF_COOKIE, PROOF_FIELD
from entrypoints.http.pages.assets import STYLE_ADDRESS
from entrypoints.http.pages.catalogue import say
from entrypoints.http.pages.shown import hint_of, web_address
from entrypoints.http.pages.words import Word
from entrypoints.http.problems import AnyRequest
from ports.clock import Clock

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that, browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
_TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders pages in one language."""

    def __init__(self, locale: Locale, clock: Clock, *, can_sign_out: bool) -> None:
        """Prepare the templates; each is compiled when it is first shown."""
        self._clock = clock
        self._can_sign_out = can_sign_out
        self.say = partial(say, locale)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals |= {
            "Word": Word,
            "say": self.say,
            "label": self._label,
            "moment": _moment,
            "span_since": self._span_since,
            "plain": plain,
            "language": locale.value,
            "style": STYLE_ADDRESS,
            "proof_field": PROOF_FIELD,
            "Status": Status,
            "ENDED": ENDED,
            "hint_of": hint_of,
            "web_address": web_address,
        }

    @property
    def now(self) -> datetime:
        """Return the time, for what is shown as overdue."""
        return self._clock.now()

    def page(
        self,
        request: AnyRequest,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        signed_in: bool = True,
        **values: object,
    ) -> Response[str]:
        """Return the page made of the template and these values."""
        kept = request.cookies.get(PROOF_COOKIE, "")
        proof = kept or secrets.token_urlsafe(16)
        text = self._templates.get_template(template).render(
            proof=proof, can_sign_out=self._can_sign_out and signed_in, **values
        )
        cookies = [] if kept else [cookie_for(request, PROOF_COOKIE, proof)]
        return Response(
            text,
            status_code=status,
            media_type=MediaType.HTML,
            headers=dict(HEADERS),
            cookies=cookies,
        )

    def _label(self, kind: str, value: str) -> str:
        """Return what people call a value of the domain's."""
        return self.say(Word(f"{kind}-{value}"))

    def _span_since(self, moment: datetime) -> str:
        """Return how long ago it was, in the largest unit that fits."""
        span = self._clock.now() - moment
        if span >= timedelta(days=2):
            return self.say(Word.DAYS, count=span.days)
        if span >= timedelta(hours=2):
            return self.say(Word.HOURS, count=span // timedelta(hours=1))
        if span >= timedelta(minutes=1):
            return self.say(Word.MINUTES, count=span // timedelta(minutes=1))
        return self.say(Word.JUST_NOW)


def cookie_for(
    request: AnyRequest, name: str, value: str, *, lasts: timedelta | None = None
) -> Cookie:
    """Return a cookie that scripts cannot read and other sites cannot have sent."""
    return Cookie(
        name,
        value=value,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        max_age=int(lasts.total_seconds()) if lasts is not None else None,
    )


def see(address: str) -> Redirect:
    """Send the browser on from what a form did to where that can be seen."""
    return Redirect(address, status_code=303)


def _moment(moment: datetime) -> Markup:
    """Return a point in time, for people and for programs."""
    shown = moment.strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}">{} UTC</time>').format(moment.isoformat(), shown)
