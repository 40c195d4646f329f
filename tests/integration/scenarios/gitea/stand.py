"""A whole service before a Gitea: items on the board, agents as processes, git over HTTP.

stand = await begin(plan="analyst=questions,artifacts")
key = await stand.world.item()
await stand.world.until(key, status="in-review")
stand.alice.delete_branch(SHOP, await stand.branch(key))
"""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from adapters.rehearsal.command import command as rehearsal
from tests.integration.gitea_fake.gitea import Gitea
from tests.integration.gitea_fake.people import Person
from tests.integration.scenarios.reality import data_of
from tests.integration.scenarios.world import REPO, World

OWNER = "team"
SHOP = f"{OWNER}/{REPO}"
PUBLIC = "https://git.example.org"
HOOK_SECRET = "s3cret"
EVENTS = ["push", "create", "delete", "pull_request", "pull_request_review", "status"]

# Waits until the test opens the gate, and then does what a rehearsal agent does.
GATED = ("sh", "-c", 'while [ ! -e "$GATE" ]; do sleep 0.02; done; exec "$@"', "gated")
# Writes the very line that a person writes too, and merges what is in conflict, when told to.
STUBBORN = """
if [ "$ORCHESTRATOR_ATTEMPT" -gt 1 ]; then
  git merge --quiet --strategy-option ours --message resolve refs/remotes/origin/main
else
  echo "# The developer's greeter" >README.md
  git commit --quiet --all --message "Rename it"
fi
"""


def gated(role: str) -> tuple[str, ...]:
    """A rehearsal agent that starts when it is let."""
    return (*GATED, *rehearsal(role))


class Stand:
    """The world of scenarios, the forge, and Alice, who administers it."""

    def __init__(self, gitea: Gitea, world: World, alice: Person) -> None:
        self.gitea = gitea
        self.world = world
        self.alice = alice

    # ── acts ─────────────────────────────────────────────────────────────────────────────────────

    def hook(self, **more: Any) -> None:
        """Have the forge tell the service what happens."""
        port = urlsplit(str(self.world.client.base_url)).port
        url = f"http://127.0.0.1:{port}/webhooks/gitea"
        config = {"url": url, "content_type": "json", "secret": HOOK_SECRET}
        body = {"type": "gitea", "config": config, "active": True, "events": EVENTS, **more}
        self.alice.ask("POST", f"{SHOP}/hooks", body)

    async def told(self) -> None:
        """Wait until the forge has said all that it had to say."""
        await asyncio.to_thread(self.gitea.deliveries.settle)

    def open_gate(self) -> None:
        (data_of(self.world) / "gate").touch()

    async def resume(self, key: str) -> None:
        """Move the item to In Progress, as each comment on a blocked item says."""
        await self.world.move(key, "in-progress")

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    async def branch(self, key: str) -> str:
        return str((await self.world.task(key))["branch"])

    async def head(self, key: str) -> str:
        """Where the forge has the item's branch."""
        return self.alice.head(SHOP, await self.branch(key))

    async def blocked(self, key: str, *words: str) -> str:
        """Wait until it is blocked, and return the comment that says why: it has these words."""
        await self.world.until(key, status="blocked")
        assert await self.world.state(key) == "blocked"
        said = (await self.world.comments(key))[-1]
        for word in (*words, "In Progress"):
            assert word in said, said
        assert self.world.notices(key), "nobody was notified"
        return said

    def pulls(self, state: str = "all") -> list[dict[str, Any]]:
        return self.alice.pulls(SHOP, state)

    def files(self, commit: str, folder: str) -> set[str]:
        """What the repository holds there, read past everything of ours."""
        git = self.gitea.forge.repository(OWNER, REPO).git
        return {entry.path.rpartition("/")[2] for entry in git.entries(commit, folder, inside=True)}

    def contains(self, descendant: str, ancestor: str) -> bool:
        return self.gitea.forge.repository(OWNER, REPO).git.contains(descendant, ancestor)

    async def holds(self, key: str, what: Callable[[], bool]) -> None:
        await self.world.holds(key, what)
