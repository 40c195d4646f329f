"""Plane before, Gitea behind, agents as processes between them: two items at once, by webhooks.

Both forget, repeat and mix up what they tell, and a person pushes and merges meanwhile.
"""

from pathlib import Path

import pytest
from msgspec import structs

from domain.decision import Merge
from domain.messages import Locale
from entrypoints.settings import Forge
from tests.integration.cli.started import free_port
from tests.integration.gitea_fake.gitea import Gitea
from tests.integration.plane.controls import Controls
from tests.integration.plane.served import served
from tests.integration.plane.service import (
    make_item,
    repeated,
    running,
    say,
    settings_for,
    shown,
)
from tests.integration.plane_mock.people import key_of
from tests.integration.plane_mock.settings import MockSettings
from tests.integration.scenarios.gitea.stand import EVENTS, HOOK_SECRET, OWNER, PUBLIC, SHOP
from tests.integration.scenarios.gitea.test_way import WRITTEN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


async def test_two_items_go_from_plane_to_merged_pull_requests(
    gitea: Gitea, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    place = f"http://127.0.0.1:{port}/webhooks"
    mock = MockSettings(rate_limit=10_000, webhook_url=f"{place}/plane", webhook_retry_within=0.2)
    monkeypatch.setenv("PLANE_API_KEY", key_of("b"))
    monkeypatch.setenv("PLANE_WEBHOOK_SECRET", mock.webhook_secret)
    alice = gitea.person("alice", "admin")
    config = {"url": f"{place}/gitea", "content_type": "json", "secret": HOOK_SECRET}
    hook = {"type": "gitea", "config": config, "active": True, "events": EVENTS}
    alice.ask("POST", f"{SHOP}/hooks", hook)
    gitea.deliveries.double_next(10)
    forge = Forge(
        kind="gitea", url=gitea.url, public_url=PUBLIC, owner=OWNER, merge=Merge.AFTER_DEPLOY
    )
    with served(mock) as plane:
        controls = Controls(plane)
        await controls.fault(lost=0.2, repeated=0.2, shuffled=1)
        usual = settings_for(tmp_path / "data", plane, port, poll=5)
        (tmp_path / "data").mkdir()
        async with running(structs.replace(usual, forge=forge, locale=Locale.EN)):
            keys = [await make_item(controls) for _ in range(2)]
            for key in keys:
                await shown(controls, key, "In Review")
                await say(controls, key, ":approved:")
            alice.push(SHOP, "main", {"by-hand.txt": "x\n"})
            gitea.deliveries.lose_next(5)
            for key in keys:
                item = await shown(controls, key, "Done")
                assert repeated(item) == []
        await controls.aclose()
    main = alice.head(SHOP, "main")
    for key in keys:
        assert gitea_files(gitea, main, f"docs/work-items/{key}") == WRITTEN
    assert [pull["merged"] for pull in alice.pulls(SHOP, "all")] == [True, True]


def gitea_files(gitea: Gitea, commit: str, folder: str) -> set[str]:
    entries = gitea.forge.repository(*SHOP.split("/")).git.entries(commit, folder, inside=True)
    return {entry.path.rpartition("/")[2] for entry in entries}
