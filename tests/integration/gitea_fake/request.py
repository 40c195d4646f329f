"""A request as it came in, and who sent it."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.integration.gitea_fake.call import Refusal
from tests.integration.gitea_fake.forge import Forge
from tests.integration.gitea_fake.records import Account, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The path is raw: a percent-encoded slash is no slash."""

    method: str
    path: str
    query_string: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Nobody, somebody with a token, or somebody with a password."""

    account: Account | None = None
    token: Token | None = None


def sender(forge: Forge, request: Request) -> Sender:
    """Who it is; 401 for credentials that are none, even where none are needed."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "token" | "bearer":
            return _by_token(forge, value)
        case "basic":
            return _by_basic(forge, value)
    query = dict(request.query)
    in_query = query.get("token") or query.get("access_token")
    return _by_token(forge, in_query) if in_query else Sender()


def _by_token(forge: Forge, secret: str) -> Sender:
    token = forge.tokens.get(secret)
    if token is None:
        raise Refusal(401, forge.flavour.bad_token)
    return Sender(account=token.account, token=token)


def _by_basic(forge: Forge, value: str) -> Sender:
    """A token as the password of anybody, or as a name without one; else a real password."""
    try:
        name, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal(401, forge.flavour.bad_token) from None
    if password in forge.tokens:
        return _by_token(forge, password)
    if password in {"", "x-oauth-basic"}:
        return _by_token(forge, name)
    account = forge.accounts.get(name.lower())
    if account is None or account.password != password:
        raise Refusal(401, forge.flavour.bad_token)
    return Sender(account=account)
