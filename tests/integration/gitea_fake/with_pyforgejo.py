"""What pyforgejo makes of a server: run in .venv-clients, prints one JSON value."""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any

from pyforgejo import ChangeFileOperation, PyforgejoApi
from pyforgejo.core.api_error import ApiError

BRANCH, WHERE = "agent/task-1", ("team", "shop")


def client(address: str, token: str) -> PyforgejoApi:
    return PyforgejoApi(base_url=f"{address}/api/v1", api_key=f"token {token}")


def main(address: str, token: str, reviewer: str) -> dict[str, Any]:
    """Take a branch from its making to its merge, and tell what came of it."""
    told: dict[str, Any] = {}
    api = client(address, token)
    repo = api.repository
    told["version"] = api.miscellaneous.get_version().version
    told["user"] = api.user.get_current().login
    told["default"] = repo.repo_get(*WHERE).default_branch

    def branch() -> None:
        repo.repo_create_branch(*WHERE, new_branch_name=BRANCH, old_ref_name="main")

    branch()
    told["twice"] = _status(branch)
    content = base64.b64encode(b"plan\n").decode()
    operation = ChangeFileOperation(operation="create", path="docs/plan.md", content=content)
    repo.repo_change_files(*WHERE, files=[operation], branch=BRANCH, message="plan")
    head = repo.repo_get_branch(*WHERE, BRANCH).commit.id
    read = repo.repo_get_contents(*WHERE, "docs/plan.md", ref=BRANCH)
    told["content"] = base64.b64decode(read.content).decode()

    def propose() -> Any:
        return repo.repo_create_pull_request(
            *WHERE, head=BRANCH, base="main", title="Task 1", body="b"
        )

    pull = propose()
    told["pull"] = [pull.number, pull.state, pull.mergeable, pull.head.ref]
    listed = repo.repo_list_pull_requests(*WHERE, state="open")
    told["listed"] = [one.number for one in listed]
    told["again"] = _status(propose)

    other = client(address, reviewer).repository
    other.repo_create_pull_review(*WHERE, pull.number, event="APPROVED", body="fine")
    reviews = repo.repo_list_pull_reviews(*WHERE, pull.number)
    told["reviews"] = [[r.user.login, r.state, r.commit_id == head] for r in reviews]
    repo.repo_create_status(*WHERE, head, state="success", context="ci")
    combined = repo.repo_get_combined_status_by_ref(*WHERE, head)
    told["checks"] = [combined.state, combined.total_count]
    told["comment"] = api.issue.create_comment(*WHERE, pull.number, body="hello").body

    config = {"url": "http://receiver.invalid", "content_type": "json", "secret": "s"}
    hook = repo.repo_create_hook(
        *WHERE, type="forgejo", config=config, active=True, events=["push"]
    )
    told["hook"] = [hook.active, hook.events, "secret" in hook.config]

    def merge(seen: str) -> None:
        repo.repo_merge_pull_request(*WHERE, pull.number, do="merge", head_commit_id=seen)

    told["early"] = _status(lambda: merge("0" * 40))
    while not repo.repo_get_pull_request(*WHERE, pull.number).mergeable:
        pass
    merge(head)
    merged = repo.repo_get_pull_request(*WHERE, pull.number)
    told["merged"] = [merged.merged, merged.state, merged.merged_by.login]
    told["missing"] = _status(lambda: repo.repo_get_pull_request(*WHERE, 77))
    return told


def _status(attempt: Callable[[], Any]) -> int:
    try:
        attempt()
    except ApiError as refused:
        return int(refused.status_code or 0)
    return 0


json.dump(main(*sys.argv[1:]), sys.stdout)
