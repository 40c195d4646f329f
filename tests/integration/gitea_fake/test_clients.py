"""Three clients that others wrote find in the fake what they expect of Gitea and Forgejo."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.script import run_node, run_script
from tests.integration.gitea_fake.flavour import FORGEJO_15, GITEA_1_24, GITEA_1_27, Flavour
from tests.integration.gitea_fake.gitea import BOT, running

HERE = Path(__file__).parent
EXPECTED: dict[str, Any] = {
    "user": BOT,
    "default": "main",
    "twice": 409,
    "content": "plan\n",
    "pull": [1, "open", False, "agent/task-1"],
    "listed": [1],
    "again": 409,
    "reviews": [["bob", "APPROVED", True]],
    "checks": ["success", 1],
    "comment": "hello",
    "hook": [True, ["push"], False],
    "early": 405,
    "merged": [True, "closed", BOT],
    "missing": 404,
}
Run = Callable[..., Awaitable[Any]]


async def told(folder: Path, flavour: Flavour, run: Run, script: str) -> Any:
    """What a client tells of a server of that version, which it must not have misused."""
    with running(folder, flavour) as gitea:
        gitea.repository("team", "shop", {"README.md": "# Shop\n"})
        # Seen three times before the merge is tried: made, listed, reviewed.
        gitea.trouble.conflict_check_takes = 3
        bob = gitea.person("bob")
        given = await run(HERE / script, gitea.url, gitea.token, bob.token)
        gitea.forgive("'forgejo' is not one of")  # the description is Gitea's
        assert gitea.violations == []
        return given


@pytest.mark.parametrize(
    ("script", "flavour"),
    [("with_gitea_api_client.py", GITEA_1_27), ("with_pyforgejo.py", FORGEJO_15)],
)
async def test_a_python_client_takes_a_branch_to_its_merge(
    tmp_path: Path, clients: None, script: str, flavour: Flavour
) -> None:
    given = await told(tmp_path, flavour, run_script, script)
    assert given == EXPECTED | {"version": flavour.version}


async def test_a_javascript_client_does_too(tmp_path: Path, node_clients: None) -> None:
    given = await told(tmp_path, GITEA_1_24, run_node, "with_gitea_js.cjs")
    assert given == EXPECTED | {"version": GITEA_1_24.version}
