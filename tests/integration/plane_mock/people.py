"""Who is there: the users of the recordings, their roles and their throw-away keys."""

from dataclasses import dataclass
from typing import Any

ADMIN, MEMBER, GUEST = 20, 15, 5
SLUG = "ag_proj"
WORKSPACE_ID = "1debc6cf-50d3-4434-be62-745164fa86ad"
SERVICE_LIMIT = 300
"""A minute, for service tokens, whatever the limit of the others."""


@dataclass(kw_only=True)
class User:
    """Somebody with an account."""

    id: str
    first_name: str
    last_name: str
    email: str
    display_name: str
    role: int | None
    """In the workspace; None: not a member of it."""
    timezone: str = "UTC"
    """Of the profile; REST answers show times in it."""

    def lite(self) -> dict[str, Any]:
        """Return the user as others see them."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "avatar": "",
            "avatar_url": None,
            "display_name": self.display_name,
        }


@dataclass(frozen=True, kw_only=True)
class Token:
    """A personal key."""

    key: str
    user: User
    service: bool = False
    expired: bool = False

    @property
    def label(self) -> str:
        """Tell the key from others without giving it away."""
        return f"{self.user.display_name}…{self.key[-4:]}"


def key_of(letter: str) -> str:
    """Return a throw-away key."""
    return "plane_api_" + letter * 32


def recorded_users() -> tuple[User, ...]:
    """Return everybody, the oldest account first."""
    return (
        _user("0c5d8a72-4b55-4733-9f89-5e8eb5ce99c6", "Hanna", "Human", "hanna", ADMIN),
        _user("844f0fc1-d131-4cbe-a9c1-7736af1c88b1", "AG", "Bot", "ag-bot", MEMBER),
        _user("59bdd026-b89c-45da-ac8d-f73a972ebb80", "Olaf", "Outsider", "olaf", None),
        _user("512e1367-6f9f-4674-97ec-55eebdc0048f", "Gina", "Guest", "gina", GUEST),
    )


def recorded_tokens(users: tuple[User, ...]) -> tuple[Token, ...]:
    """Return everybody's keys; the bot also has an expired one, a service's and two spare ones."""
    hanna, bot, olaf, gina = users
    return (
        Token(key=key_of("a"), user=hanna),
        Token(key=key_of("b"), user=bot),
        Token(key=key_of("c"), user=olaf),
        Token(key=key_of("d"), user=gina),
        Token(key=key_of("e"), user=bot, service=True),
        Token(key=key_of("f"), user=bot, expired=True),
        Token(key=key_of("1"), user=bot),
        Token(key=key_of("2"), user=bot),
    )


def _user(ident: str, first: str, last: str, name: str, role: int | None) -> User:
    return User(
        id=ident,
        first_name=first,
        last_name=last,
        email=f"{name}@example.test",
        display_name=name,
        role=role,
    )
