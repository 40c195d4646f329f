"""A repository's own text for a role: a template by other hands, held to the little that it needs.

It may put values in, ask whether they are there, and go through a list. Nothing else of Jinja can
be said, so it can neither reach anything of ours, nor fill the memory, nor keep us busy. What
people wrote is not among its values: that stands in the brief anyhow, in fences.
"""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.errors import Invalid

LIMIT = 20_000
"""Characters of the text."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const),
    *(nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.For, nodes.Filter),
)
_FILTERS = {"join", "length", "lower", "trim", "upper"}


def fill_in(
    environment: ImmutableSandboxedEnvironment, file: str, text: str, values: Mapping[str, Any]
) -> str:
    """Return the text with its values. Invalid names the file, the line and what is wrong."""
    if len(text) > LIMIT:
        raise Invalid(file, f"{len(text)} characters", f"use {LIMIT} at most")
    if not text.strip():
        raise Invalid(file, "empty", "write what the role is to do, or remove the file")
    try:
        _check(environment.parse(text), file)
        told = environment.from_string(text).render(values)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f", line {line}" if line else ""
        raise Invalid(file, f"{error.message or error}{where}") from error
    except (LookupError, RecursionError, TypeError, ValueError) as error:
        raise Invalid(file, f"{type(error).__name__}: {error}") from error
    if _leaves_a_fence_open(told):
        raise Invalid(file, "a code block is not closed", "it would swallow the rest of the brief")
    return told


def _check(template: nodes.Template, file: str) -> None:
    for node in template.find_all(nodes.Node):
        name = type(node).__name__
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            name = f"the filter {node.name}"
        elif isinstance(node, nodes.For) and next(node.find_all(nodes.For), None):
            name = "a loop in a loop"
        elif isinstance(node, _ALLOWED):
            continue
        remedy = "use {{ values }}, {% if %} and {% for %}"
        raise Invalid(file, f"line {node.lineno}: {name} cannot be used", remedy)


def _leaves_a_fence_open(text: str) -> bool:
    opened = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found is None:
            continue
        fence, rest = found.group(1), line[found.end() :]
        if not opened:
            opened = fence
        elif fence[0] == opened[0] and len(fence) >= len(opened) and not rest.strip():
            opened = ""
    return bool(opened)
