"""Holds what goes in and out against the official description, which Gitea ships since 1.27.

Known gaps of the description are no violations: it never declares nulls, so they are taken out
before; it leaves out 401 everywhere and 403, 404, 422 and others here and there; it says of the
contents of a folder that they are one file; it names the fields of a merge only in the newer of the
two spellings that are accepted; and it is newer than the servers that combine no statuses to "".
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.integration.gitea_fake.merging import SPELLINGS

DESCRIPTION = Path("recordings", "gitea", "openapi3-v1.27.0-rc0.json")
UNDOCUMENTED = {301, 307, 400, 401, 403, 404, 405, 409, 412, 413, 422, 423, 500}
# A merge that waits for the checks is answered with 201, a success that is not described.
UNDOCUMENTED_SUCCESS = {("POST", "/repos/{owner}/{repo}/pulls/{index}/merge", 201)}
FOLDER = "/repos/{owner}/{repo}/contents/{filepath}"
COMBINED = "/repos/{owner}/{repo}/commits/{ref}/status"
ANYWHERE = {"token", "access_token", "sudo"}
_URN = "urn:gitea"

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    if isinstance(value, str):
        return datetime.fromisoformat(value).tzinfo is not None
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer, bodies parsed."""

    method: str
    path: str
    template: str | None
    query: Sequence[str]
    sent: Any
    status: int
    answered: Any
    plain: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status}"


@dataclass
class Conformance:
    """The description, and what has gone against it so far."""

    description: Mapping[str, Any]
    requests: list[str] = field(default_factory=list)
    """Violations by whoever asks: unknown operations, query parameters and fields, wrong types."""
    answers: list[str] = field(default_factory=list)
    """Violations by the fake itself."""
    judged: int = 0

    def __post_init__(self) -> None:
        resource = DRAFT202012.create_resource(self.description)
        self._registry: Registry[Any] = Registry().with_resource(_URN, resource)
        self._validators: dict[str, Draft202012Validator] = {}

    def judge(self, exchange: Exchange) -> None:
        self.judged += 1
        operation = self.operation(exchange.method, exchange.template)
        if operation is None:
            self.requests.append(f"{exchange}: there is no such operation")
            return
        self.requests += [f"{exchange}: {fault}" for fault in self._asked(operation, exchange)]
        self.answers += [f"{exchange}: {fault}" for fault in self._answered(operation, exchange)]

    def forgive(self, part: str) -> None:
        """Forget the violations with that in them: they were committed on purpose."""
        self.requests = [fault for fault in self.requests if part not in fault]
        self.answers = [fault for fault in self.answers if part not in fault]

    def operation(self, method: str, template: str | None) -> Mapping[str, Any] | None:
        """The operation as it is described, None if it is not."""
        found: Mapping[str, Any] | None = (
            self.description["paths"].get(template or "", {}).get(method.lower())
        )
        return found

    def _asked(self, operation: Mapping[str, Any], exchange: Exchange) -> list[str]:
        described = [self._resolved(p) for p in operation.get("parameters", [])]
        known = {p["name"] for p in described if p["in"] == "query"} | ANYWHERE
        faults = [f"unknown query parameter {n}" for n in exchange.query if n not in known]
        content = self._resolved(operation.get("requestBody", {})).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        refused = exchange.status >= 400  # then the server has had its say
        if schema is None or refused:
            return faults
        sent = exchange.sent if exchange.sent is not None else {}
        if (exchange.template or "").endswith("/merge"):
            sent = {SPELLINGS.get(name, name): value for name, value in sent.items()}
        return faults + self._unknown_fields(schema, sent) + self._faults(schema, sent)

    def _unknown_fields(self, schema: Mapping[str, Any], sent: Any) -> list[str]:
        """The server ignores them; whoever sends them believes that it doesn't."""
        known = self._at(schema).get("properties")
        if known is None or not isinstance(sent, dict):
            return []
        return [f"unknown field {name}" for name in sent if name not in known]

    def _answered(self, operation: Mapping[str, Any], exchange: Exchange) -> list[str]:
        described = operation["responses"].get(str(exchange.status))
        if described is None:
            own = (exchange.method, exchange.template, exchange.status)
            good = exchange.status in UNDOCUMENTED or own in UNDOCUMENTED_SUCCESS
            return [] if good else [f"status {exchange.status} is not described"]
        content = self._resolved(described).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None or exchange.plain or exchange.status >= 400:
            return []
        answered = without_nulls(exchange.answered)
        if exchange.template == FOLDER and isinstance(answered, list):
            return [fault for entry in answered for fault in self._faults(schema, entry)]
        if exchange.template == COMBINED and answered["state"] == "":
            del answered["state"]
        return self._faults(schema, answered)

    def _faults(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            rooted = json.loads(key.replace('"#/', f'"{_URN}#/'))
            self._validators[key] = Draft202012Validator(
                rooted, registry=self._registry, format_checker=_FORMATS
            )
        return [
            f"{error.json_path}: {error.message[:200]}"
            for error in self._validators[key].iter_errors(value)
        ]

    def _resolved(self, thing: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._at(thing) if "$ref" in thing else thing

    def _at(self, thing: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Any = self.description
        if "$ref" not in thing:
            return thing
        for part in thing["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)


def without_nulls(value: Any) -> Any:
    """The value without what is null in it."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_nulls(v) for v in value if v is not None]
    return value


@functools.cache
def _described(file: Path) -> Mapping[str, Any]:
    return dict(json.loads(file.read_text("utf-8")))


def conformance(shared: Path) -> Conformance | None:
    """Something to judge by, None where the description is not there."""
    file = shared / DESCRIPTION
    return Conformance(_described(file)) if file.exists() else None
