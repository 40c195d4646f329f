"""How the mock is set up: by the environment where it is a program, by arguments in a test."""

import os
from collections.abc import Mapping
from enum import StrEnum

import msgspec
from msgspec import Struct

PREFIX = "PLANE_MOCK_"


class Seed(StrEnum):
    """What is there at the start."""

    RECORDED = "recorded"
    """The project ET with its eight states, under the recorded ids."""
    DEFAULT_STATES = "default-states"
    """The project as Plane makes it: five states."""
    NO_STATES = "no-states"
    """The project after somebody has deleted all of them."""
    WORKSPACE = "workspace"
    """The people and their workspace, and no project."""


class MockSettings(Struct, frozen=True, kw_only=True):
    """Every knob; times are seconds, and the defaults are Plane's own."""

    host: str = "127.0.0.1"
    port: int = 8091
    seed: Seed = Seed.RECORDED
    version: str = "1.3.1"
    """Before 1.1.0 there is no /work-items/, before 1.3.0 a PATCH by API sends no webhook."""
    rate_limit: int = 60
    rate_window: float = 60
    thinking: float = 0.002
    """Between reading a row and writing it: what comes in meanwhile is lost or doubled."""
    worker_lag: float = 0.1
    """Until the worker logs a change and again until it sends it; with 0, before the answer."""
    webhook_url: str = ""
    webhook_secret: str = "plane_wh_519da49e0c89464a8799de92b38ef780"
    webhook_timeout: float = 30
    webhook_retry_within: float = 600
    """A delivery that got no answer is sent again at random within that time, five times."""
    webhook_allowed_hosts: str = ""
    """Plane's WEBHOOK_ALLOWED_HOSTS, for webhooks that are made by a person."""
    webhook_allowed_ips: str = ""
    """The same for WEBHOOK_ALLOWED_IPS: networks, separated by commas."""
    broker_patience: float = 1.5
    """How long a write takes to fail when the broker is down; it is committed all the same."""
    randomness: int = 1

    @property
    def release(self) -> tuple[int, ...]:
        """The version, to be compared."""
        return tuple(int(part) for part in self.version.split("."))


def settings_from(environment: Mapping[str, str] | None = None) -> MockSettings:
    """Return the settings given as PLANE_MOCK_…; whatever is wrong with them is said."""
    environ = os.environ if environment is None else environment
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    unknown = sorted(set(given) - set(MockSettings.__struct_fields__))
    if unknown:
        raise ValueError(
            f"no such settings: {', '.join(PREFIX + each.upper() for each in unknown)}"
        )
    return msgspec.convert(given, MockSettings, strict=False)
