"""What an instance tells everybody about itself."""

from tests.integration.plane_mock.rows import Row
from tests.integration.plane_mock.tables import Plane


def about(plane: Plane, version: str) -> Row:
    """Return the answer to `GET /api/instances/`."""
    started = plane.users and plane.projects
    base = "http://127.0.0.1:8091"
    off = "google github gitlab gitea magic_login"
    return {
        "config": {
            "enable_signup": True,
            "is_workspace_creation_disabled": False,
            **{f"is_{name}_enabled": False for name in off.split()},
            "is_email_password_enabled": True,
            "github_app_name": "",
            "slack_client_id": None,
            "posthog_api_key": None,
            "posthog_host": None,
            "has_unsplash_configured": False,
            "has_llm_configured": False,
            "file_size_limit": 5242880.0,
            "is_smtp_configured": False,
            "admin_base_url": base,
            "space_base_url": base,
            "app_base_url": base,
            "instance_changelog_url": "",
            "is_self_managed": True,
        },
        "instance": {
            "id": "ceeb34e2-8dda-4827-b473-c30cbcf4b911",
            "created_at": "2026-11-22T07:22:58.985509Z",
            "updated_at": "2026-11-22T07:22:58.985555Z",
            "deleted_at": None,
            "instance_name": "Plane Community Edition",
            "whitelist_emails": None,
            "instance_id": "local-test-instance",
            "current_version": version,
            "latest_version": version,
            "edition": "PLANE_COMMUNITY",
            "domain": "",
            "last_checked_at": "2026-11-22T07:22:58.693325Z",
            "namespace": None,
            "is_telemetry_enabled": False,
            "is_support_required": True,
            "is_setup_done": True,
            "is_signup_screen_visited": True,
            "is_verified": True,
            "is_test": False,
            "is_current_version_deprecated": False,
            "created_by": None,
            "updated_by": None,
            "workspaces_exist": bool(started),
        },
    }
