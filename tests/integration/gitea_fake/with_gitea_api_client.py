"""What gitea-api-client makes of a server: run in .venv-clients, prints one JSON value."""

import asyncio
import base64
import json
import sys
from typing import Any

from gitea_api_client import (
    ApiClient,
    ApiException,
    ChangeFileOperation,
    ChangeFilesOptions,
    Configuration,
    CreateBranchRepoOption,
    CreateHookOption,
    CreateIssueCommentOption,
    CreatePullRequestOption,
    CreatePullReviewOptions,
    CreateStatusOption,
    IssueApi,
    MergePullRequestOption,
    MiscellaneousApi,
    RepositoryApi,
    UserApi,
)

BRANCH, WHERE = "agent/task-1", ("team", "shop")


def client(address: str, token: str) -> ApiClient:
    configuration = Configuration(host=f"{address}/api/v1")
    configuration.api_key = {"AuthorizationHeaderToken": f"token {token}"}
    return ApiClient(configuration)


async def main(address: str, token: str, reviewer: str) -> dict[str, Any]:
    """Take a branch from its making to its merge, and tell what came of it."""
    told: dict[str, Any] = {}
    async with client(address, token) as api, client(address, reviewer) as other:
        repo, issues = RepositoryApi(api), IssueApi(api)
        told["version"] = (await MiscellaneousApi(api).get_version()).version
        told["user"] = (await UserApi(api).user_get_current()).login
        told["default"] = (await repo.repo_get(*WHERE)).default_branch

        option = CreateBranchRepoOption(new_branch_name=BRANCH, old_ref_name="main")
        await repo.repo_create_branch(*WHERE, option)
        told["twice"] = await _status(repo.repo_create_branch(*WHERE, option))
        content = base64.b64encode(b"plan\n").decode()
        operation = ChangeFileOperation(operation="create", path="docs/plan.md", content=content)
        files = ChangeFilesOptions(branch=BRANCH, message="plan", files=[operation])
        await repo.repo_change_files(*WHERE, files)
        head = (await repo.repo_get_branch(*WHERE, BRANCH)).commit.id
        read = await repo.repo_get_contents(*WHERE, "docs/plan.md", ref=BRANCH)
        told["content"] = base64.b64decode(read.content).decode()

        asked = CreatePullRequestOption(head=BRANCH, base="main", title="Task 1", body="b")
        pull = await repo.repo_create_pull_request(*WHERE, asked)
        told["pull"] = [pull.number, pull.state, pull.mergeable, pull.head.ref]
        listed = await repo.repo_list_pull_requests(*WHERE, state="open")
        told["listed"] = [one.number for one in listed]
        told["again"] = await _status(repo.repo_create_pull_request(*WHERE, asked))

        verdict = CreatePullReviewOptions(event="APPROVED", body="fine")
        await RepositoryApi(other).repo_create_pull_review(*WHERE, pull.number, verdict)
        reviews = await repo.repo_list_pull_reviews(*WHERE, pull.number)
        told["reviews"] = [[r.user.login, r.state, r.commit_id == head] for r in reviews]
        status = CreateStatusOption(state="success", context="ci")
        await repo.repo_create_status(*WHERE, head, status)
        combined = await repo.repo_get_combined_status_by_ref(*WHERE, head)
        told["checks"] = [combined.state, combined.total_count]
        comment = CreateIssueCommentOption(body="hello")
        said = await issues.issue_create_comment(*WHERE, pull.number, comment)
        told["comment"] = said.body

        config = {"url": "http://receiver.invalid", "content_type": "json", "secret": "s"}
        option = CreateHookOption(type="gitea", config=config, active=True, events=["push"])
        hook = await repo.repo_create_hook(*WHERE, option)
        told["hook"] = [hook.active, hook.events, "secret" in hook.config]

        merge = MergePullRequestOption(do="merge", head_commit_id=head)
        told["early"] = await _status(_merge(repo, pull.number, "0" * 40))
        while not (await repo.repo_get_pull_request(*WHERE, pull.number)).mergeable:
            pass
        await repo.repo_merge_pull_request(*WHERE, pull.number, merge)
        merged = await repo.repo_get_pull_request(*WHERE, pull.number)
        told["merged"] = [merged.merged, merged.state, merged.merged_by.login]
        told["missing"] = await _status(repo.repo_get_pull_request(*WHERE, 77))
    return told


async def _merge(repo: RepositoryApi, number: int, head: str) -> None:
    option = MergePullRequestOption(do="merge", head_commit_id=head)
    await repo.repo_merge_pull_request(*WHERE, number, option)


async def _status(attempt: Any) -> int:
    try:
        await attempt
    except ApiException as refused:
        return int(refused.status)
    return 0


json.dump(asyncio.run(main(*sys.argv[1:])), sys.stdout)
