"""Our secrets, which come by environment alone: as NAME, or in the file that NAME_FILE names."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from domain.errors import Invalid

SECRETS = (
    "PLANE_API_KEY",
    "PLANE_WEBHOOK_SECRET",
    "GITEA_TOKEN",
    "GITEA_WEBHOOK_SECRET",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "ORCHESTRATOR_ADMIN_TOKEN",
)


def required_secret(name: str) -> str:
    """Return a secret without which nothing can be done."""
    value = secret(name)
    if value is None:
        raise Invalid(name, "is not set", f"set it in the environment, or name a file: {name}_FILE")
    return value


def secret(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Return a secret given as NAME or in the file NAME_FILE, None where neither is set."""
    environ = os.environ if environment is None else environment
    if file := environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(
                f"{name}_FILE", f"cannot read {file}: {error}", "name a readable file"
            ) from None
    return environ.get(name) or None


def telegram_token(environment: Mapping[str, str] | None = None) -> str:
    """Return the bot's token; Invalid, which does not show it, where there is none of its form."""
    token = secret("TELEGRAM_BOT_TOKEN", environment)
    if token is None:
        raise Invalid("TELEGRAM_BOT_TOKEN", "missing", "set it to the token that @BotFather shows")
    if not re.fullmatch(r"[0-9]+:[\w-]+", token, re.ASCII):
        raise Invalid(
            "TELEGRAM_BOT_TOKEN",
            "not the form of a token",
            "set it to what @BotFather shows, such as 123456789:AAE…, and nothing else",
        )
    return token


def own_environment() -> Mapping[str, str]:
    """Return our environment without the secrets, from which agents may be given names."""
    hidden = {*SECRETS, *(f"{name}_FILE" for name in SECRETS)}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def secrets_of(name: str) -> list[str]:
    """Return the secrets given as one, separated by commas or spaces: if several, all are good."""
    return (secret(name) or "").replace(",", " ").split()


def newest_secret(name: str) -> str | None:
    """Return the secret that new webhooks are given: the first one."""
    return next(iter(secrets_of(name)), None)


def secret_if_readable(name: str) -> str | None:
    """Return the secret, None also where its file cannot be read."""
    try:
        return secret(name)
    except Invalid:  # whoever needs it says so
        return None
