"""The rows of Plane's tables, each with its columns in the order in which REST shows them.

A row is a dict because that is what goes over the wire: what a PATCH may overwrite, what `fields`
selects and what a webhook reports are its keys.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.integration.plane_mock.people import WORKSPACE_ID

Row = dict[str, Any]


def words(text: str) -> list[str]:
    """Return the names in a text; lists of columns are easier to read that way."""
    return text.split()


def row(at: datetime, user: str | None, ident: str | None = None) -> Row:
    """Return the columns that every table begins with."""
    return {
        "id": ident or str(uuid4()),
        "created_at": at,
        "updated_at": at,
        "deleted_at": None,
        "created_by": user,
        "updated_by": None,
        "workspace": WORKSPACE_ID,
    }


def _ordered(names: str, made: Row, **columns: Any) -> Row:
    values = made | columns
    return {name: values[name] for name in words(names)}


def project_row(at: datetime, user: str, ident: str | None, **columns: Any) -> Row:
    """Return a project."""
    names = (
        "id created_at updated_at deleted_at name description description_text description_html"
        " network identifier emoji icon_prop module_view cycle_view issue_views_view page_view"
        " intake_view is_time_tracking_enabled is_issue_type_enabled guest_view_all_features"
        " cover_image archive_in close_in logo_props archived_at timezone external_source"
        " external_id created_by updated_by workspace default_assignee project_lead"
        " cover_image_asset estimate default_state"
    )
    plain: Row = dict.fromkeys(words(names))
    plain |= {"description": "", "network": 2, "page_view": True, "timezone": "UTC"}
    plain |= dict.fromkeys(("module_view", "cycle_view", "issue_views_view", "intake_view"), False)
    plain |= dict.fromkeys(("is_time_tracking_enabled", "is_issue_type_enabled"), False)
    plain |= {"guest_view_all_features": False, "archive_in": 0, "close_in": 0}
    plain |= {"logo_props": {"icon": {"name": "terminal", "color": "#f38e82"}, "in_use": "icon"}}
    return _ordered(names, plain | row(at, user, ident), **columns)


def state_row(at: datetime, user: str, ident: str | None = None, **columns: Any) -> Row:
    """Return a state: the column of a board."""
    names = (
        "id created_at updated_at deleted_at name description color slug sequence group is_triage"
        " default external_source external_id created_by updated_by project workspace"
    )
    plain: Row = {"description": "", "slug": "", "is_triage": False, "default": False}
    return _ordered(names, row(at, user, ident) | plain | _external(), **columns)


def label_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return a label."""
    names = (
        "id created_at updated_at deleted_at name description color sort_order external_source"
        " external_id created_by updated_by workspace project parent"
    )
    plain: Row = {"description": "", "parent": None}
    return _ordered(names, row(at, user) | plain | _external(), **columns)


def item_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return a work item."""
    names = (
        "id type_id created_at updated_at deleted_at point name description_html"
        " description_binary priority start_date target_date sequence_id sort_order completed_at"
        " archived_at is_draft external_source external_id created_by updated_by project workspace"
        " parent state estimate_point type assignees labels"
    )
    plain: Row = dict.fromkeys(words(names))
    plain |= {"description_html": "<p></p>", "priority": "none", "is_draft": False}
    plain |= {"assignees": [], "labels": []}
    return _ordered(names, plain | row(at, user), **columns)


def comment_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return a comment."""
    names = (
        "id created_at updated_at deleted_at comment_html attachments access external_source"
        " external_id edited_at created_by updated_by project workspace description issue actor"
        " parent"
    )
    plain: Row = {
        "comment_html": "<p></p>",
        "attachments": [],
        "access": "INTERNAL",
        "parent": None,
    }
    plain |= {"edited_at": None, "description": str(uuid4()), "actor": user}
    return _ordered(names, row(at, user) | plain | _external(), **columns)


def link_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return a link of an item."""
    names = (
        "id created_at updated_at deleted_at title url metadata created_by updated_by project"
        " workspace issue"
    )
    plain: Row = {"title": None, "metadata": {}}
    return _ordered(names, row(at, user) | plain, **columns)


def activity_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return an entry of an item's history."""
    names = (
        "id created_at updated_at deleted_at verb field old_value new_value comment attachments"
        " old_identifier new_identifier epoch project workspace issue issue_comment actor"
    )
    plain: Row = {"attachments": [], "old_identifier": None, "new_identifier": None, "actor": user}
    plain |= {"issue_comment": None, "epoch": float(int(at.timestamp()))}
    return _ordered(names, row(at, user) | plain, **columns)


def cycle_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return a cycle."""
    names = (
        "id created_at updated_at deleted_at name description start_date end_date view_props"
        " sort_order external_source external_id progress_snapshot archived_at logo_props timezone"
        " version created_by updated_by project workspace owned_by"
    )
    plain: Row = {"description": "", "start_date": None, "end_date": None, "view_props": {}}
    plain |= {"sort_order": 65535.0, "progress_snapshot": {}, "archived_at": None, "version": 1}
    plain |= {"logo_props": {}, "timezone": "UTC", "owned_by": user}
    return _ordered(names, row(at, user) | plain | _external(), **columns)


def module_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return a module."""
    names = (
        "id created_at updated_at deleted_at name description description_text description_html"
        " start_date target_date status view_props sort_order external_source external_id"
        " archived_at logo_props created_by updated_by project workspace lead members"
    )
    plain: Row = dict.fromkeys(words(names))
    plain |= {"description": "", "status": "planned", "view_props": {}, "sort_order": 65535.0}
    plain |= {"logo_props": {}, "members": []}
    return _ordered(names, plain | row(at, user), **columns)


def intake_row(at: datetime, user: str, **columns: Any) -> Row:
    """Return an item's stay in the intake."""
    names = (
        "id inbox created_at updated_at deleted_at status snoozed_till source source_email"
        " external_source external_id extra created_by updated_by project workspace intake issue"
        " duplicate_to"
    )
    plain: Row = {"status": -2, "snoozed_till": None, "source": "IN_APP", "source_email": None}
    plain |= {"extra": {}, "duplicate_to": None}
    return _ordered(names, row(at, user) | plain | _external(), **columns)


def _external() -> Row:
    return {"external_source": None, "external_id": None}
