"""What the web side is given: everything it needs, and nothing that it could find by itself.

    from entrypoints.http.app import create_app
    from entrypoints.http.front_door import FrontDoor

    app: Litestar = create_app(FrontDoor(receive_webhook=..., look_up=..., ...))

Handlers ask for the use cases by the names of the fields below.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from application.check_readiness import CheckReadiness
from application.give_command import GiveCommand
from application.look_up import LookUp
from application.receive_webhook import ReceiveWebhook
from application.show_log import ShowLog
from domain.identifiers import StageName, TaskKey
from domain.messages import Locale
from ports.board import Board
from ports.clock import Clock

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """All that the handlers work with."""

    receive_webhook: ReceiveWebhook
    look_up: LookUp
    give_command: GiveCommand
    check_readiness: CheckReadiness
    show_log: ShowLog
    board: Board | None
    """None where people work in another tracker: its routes then answer 404 and say so."""
    clock: Clock
    new_id: Callable[[], str]
    """Names requests that brought no name of their own."""
    stages: Sequence[StageName]
    """``Pipeline.names``, for the strip of stages."""
    version: str
    locale: Locale = Locale.EN
    admin_token: str | None = field(default=None, repr=False)
    """Without one, API and board are served to this machine only."""
    item_url: Callable[[TaskKey], str | None] = lambda _: None
    """Where people see an item in their tracker; not asked where that is our own board."""
    lifespan: Sequence[Callable[[], AbstractAsyncContextManager[object]]] = ()
    """Entered in this order when the app starts, left in reverse order when it ends."""
    deaf_tools: frozenset[str] = frozenset({"plane"})
    """Tools that don't look at the status: what cannot be stored of theirs gets no answer."""
    webhook_limit: int = 5 * MEBIBYTE
    """The largest delivery accepted, in bytes."""
