"""``doctor`` and ``init`` before a Gitea."""

from collections.abc import Sequence

import pytest

from adapters.git.remote_branches import RemoteBranches
from adapters.gitea.examiner import GiteaExaminer
from adapters.gitea.webhooks import GiteaWebhooks
from domain.identifiers import Branch, Repo
from ports.examination import Finding, Verdict
from tests.contracts.code_forge import MAIN
from tests.integration.git.world import git
from tests.integration.gitea.conftest import EVERY_VERSION
from tests.integration.gitea.server import address
from tests.integration.gitea.world import RENAMED, REPO, GiteaWorld
from tests.integration.gitea_fake.flavour import GITEA_1_20

SECRET = "s3cret"
URL = "https://orchestrator.example.org/webhooks/gitea"


def an_examiner(
    world: GiteaWorld,
    *,
    url: str = URL,
    secret: str | None = SECRET,
    base: str = MAIN,
    repo: str = REPO,
    style: str | None = None,
) -> GiteaExaminer:
    """As the container wires it."""
    bases = {Repo(repo): Branch(base)}
    world.mirrors._bases = bases
    return GiteaExaminer(
        world.client,
        RemoteBranches(world.git, world.mirrors),
        GiteaWebhooks(world.client, url=url, secret=secret),
        bases=bases,
        style=style,
    )


def worst(found: Sequence[Finding]) -> Verdict:
    order = list(Verdict)
    return max((one.verdict for one in found), key=order.index)


def told(found: Sequence[Finding]) -> str:
    assert all(one.remedy for one in found if one.verdict is not Verdict.OK)
    return "\n".join(f"{one.verdict}: {one.text}; {one.remedy}" for one in found)


@EVERY_VERSION
async def test_init_registers_the_webhook_once_and_all_is_well(world: GiteaWorld) -> None:
    examiner = an_examiner(world)
    assert "orchestrator init" in told(await examiner.examine())
    (made,) = await examiner.init()
    assert made.verdict is Verdict.OK
    assert await examiner.init() == []
    (hook,) = world.alice.ask("GET", f"{REPO}/hooks")
    assert (hook["active"], hook["config"]["url"].partition("?")[0]) == (True, URL)
    assert {"push", "delete", "pull_request", "pull_request_review"} <= set(hook["events"])
    assert worst(await examiner.examine()) is Verdict.OK


async def test_examining_changes_nothing(world: GiteaWorld) -> None:
    await an_examiner(world).examine()
    assert world.alice.ask("GET", f"{REPO}/hooks") == []
    assert world.alice.pulls(REPO) == []


async def test_a_webhook_that_is_switched_off_is_switched_on_again(world: GiteaWorld) -> None:
    examiner = an_examiner(world)
    await examiner.init()
    (hook,) = world.alice.ask("GET", f"{REPO}/hooks")
    world.alice.ask("PATCH", f"{REPO}/hooks/{hook['id']}", {"active": False})
    assert "switched off" in told(await examiner.examine())
    assert len(await examiner.init()) == 1
    assert worst(await examiner.examine()) is Verdict.OK
    assert len(world.alice.ask("GET", f"{REPO}/hooks")) == 1


async def test_a_webhook_with_another_secret_is_replaced(world: GiteaWorld) -> None:
    """No forge tells the secret, and some take no new one."""
    await an_examiner(world, secret="an old one").init()
    (old,) = world.alice.ask("GET", f"{REPO}/hooks")
    examiner = an_examiner(world)
    assert "GITEA_WEBHOOK_SECRET" in told(await examiner.examine())
    made, removed = await examiner.init()
    assert {made.verdict, removed.verdict} == {Verdict.OK}
    (hook,) = world.alice.ask("GET", f"{REPO}/hooks")
    assert hook["id"] != old["id"]
    assert SECRET not in hook["config"]["url"]
    assert await examiner.init() == []
    assert worst(await examiner.examine()) is Verdict.OK


async def test_a_webhook_that_somebody_made_by_hand_is_replaced_once(world: GiteaWorld) -> None:
    """Whether it has our secret cannot be told. One that goes elsewhere is none of our business."""
    for url in (URL, f"{URL}/elsewhere"):
        config = {"url": url, "content_type": "json", "secret": "whatever"}
        body = {"type": "gitea", "config": config, "events": ["push"], "active": True}
        world.alice.ask("POST", f"{REPO}/hooks", body)
    examiner = an_examiner(world)
    await examiner.init()
    assert await examiner.init() == []
    elsewhere, ours = world.alice.ask("GET", f"{REPO}/hooks")
    assert elsewhere["config"]["url"] == f"{URL}/elsewhere"
    assert ours["config"]["url"].startswith(f"{URL}?")


async def test_what_else_was_set_at_a_webhook_stays(world: GiteaWorld) -> None:
    """An edit empties what it does not name. A filter for some branches only is a fault, though."""
    examiner = an_examiner(world)
    await examiner.init()
    (hook,) = world.alice.ask("GET", f"{REPO}/hooks")
    more = {"authorization_header": "Bearer proxy", "branch_filter": "main"}
    body = {"events": [*hook["events"], "issue_comment"], **more}
    world.alice.ask("PATCH", f"{REPO}/hooks/{hook['id']}", body)
    assert "incomplete" in told(await examiner.examine())
    await examiner.init()
    (now,) = world.alice.ask("GET", f"{REPO}/hooks")
    assert now["branch_filter"] in {"", "*"}
    assert now["authorization_header"] == "Bearer proxy"
    assert "issue_comment" in now["events"]
    assert worst(await examiner.examine()) is Verdict.OK


@pytest.mark.parametrize("host", ["127.0.0.1:8500", "10.0.0.7", "orchestrator", "[::1]:8500"])
async def test_a_private_address_needs_to_be_let(world: GiteaWorld, host: str) -> None:
    examiner = an_examiner(world, url=f"http://{host}/webhooks/gitea")
    await examiner.init()
    assert "ALLOWED_HOST_LIST" in told(await examiner.examine())


async def test_without_a_secret_no_webhook_is_made(world: GiteaWorld) -> None:
    examiner = an_examiner(world, secret=None)
    assert "GITEA_WEBHOOK_SECRET" in told(await examiner.init())
    assert world.alice.ask("GET", f"{REPO}/hooks") == []


@pytest.mark.parametrize(
    ("scopes", "word"),
    [
        (("read:repository", "read:user"), "write:repository"),
        (("write:repository",), "read:user"),
    ],
)
async def test_a_scope_that_is_missing_is_named(
    world: GiteaWorld, scopes: tuple[str, ...], word: str
) -> None:
    world.gitea.let_bot(*scopes)
    found = await an_examiner(world).examine()
    assert worst(found) is Verdict.FAILED
    assert word in told(found)


async def test_a_token_that_is_gone_is_told(world: GiteaWorld) -> None:
    world.gitea.revoke_bot()
    assert "GITEA_TOKEN" in told(await an_examiner(world).examine())


@pytest.mark.parametrize("level", ["read", "write"])
async def test_what_the_tokens_owner_may_not_do_is_told(world: GiteaWorld, level: str) -> None:
    world.gitea.forge.repository("team", "shop").levels["orchestrator-bot"] = level
    examiner = an_examiner(world)
    found = await examiner.examine()
    assert worst(found) is (Verdict.FAILED if level == "read" else Verdict.WARNING)
    remedy = told(await examiner.init())
    assert "administrative rights" in remedy
    assert URL in remedy


async def test_each_fault_of_a_repository_is_told_with_its_remedy(world: GiteaWorld) -> None:
    assert "projects.repo" in told(await an_examiner(world, repo="team/nowhere").examine())
    assert "base_branch" in told(await an_examiner(world, base="trunk").examine())
    repo = world.gitea.forge.repository("team", "shop")
    repo.styles.remove("squash")
    assert "merge_style" in told(await an_examiner(world, style="squash").examine())
    world.alice.archive(REPO)
    assert "archived" in told(await an_examiner(world).examine())
    world.alice.archive(REPO, archived=False)
    world.alice.rename(REPO, RENAMED.rpartition("/")[2])
    assert RENAMED in told(await an_examiner(world).examine())


@pytest.mark.parametrize("flavour", [GITEA_1_20], ids=lambda flavour: flavour.version)
async def test_a_style_that_the_server_is_too_old_for_is_told(world: GiteaWorld) -> None:
    """It says nothing of a style that it does not know."""
    if address() is not None:
        pytest.skip("needs the fake: a server is of one version")
    assert "merge_style" in told(await an_examiner(world, style="fast-forward-only").examine())
    assert "merge_style" not in told(await an_examiner(world, style="squash").examine())


async def test_an_empty_repository_is_told(world: GiteaWorld) -> None:
    bare = world.gitea.forge.repository("team", "shop").git.path
    git(bare, "update-ref", "-d", "refs/heads/main")
    assert "first commit" in told(await an_examiner(world).examine())
