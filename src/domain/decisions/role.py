"""A repository's own text for a role cannot be used."""

from domain.decision import Draft
from domain.events import RoleRefused
from domain.messages import Text, role_name


def on_role_refused(draft: Draft, event: RoleRefused) -> None:
    """Say so in the item: the agent works by our text meanwhile."""
    role = role_name(event.role)
    draft.comment(draft.text(Text.ROLE_REFUSED, file=event.file, role=role, problem=event.problem))
    draft.note("passed over a role's text", f"{event.file}: {event.problem}")
