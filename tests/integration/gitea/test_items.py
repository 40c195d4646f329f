"""Items on their way through the whole service: real agents' processes, git over HTTP, a Gitea."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from domain.decision import Merge
from domain.identifiers import Branch
from domain.messages import Locale
from entrypoints.settings import Forge
from tests.integration.gitea.server import address
from tests.integration.gitea.world import NAME, OWNER, RENAMED, REPO
from tests.integration.gitea_fake.gitea import Gitea
from tests.integration.gitea_fake.people import Person
from tests.integration.scenarios.conftest import blank  # noqa: F401 - a fixture
from tests.integration.scenarios.opening import SAMPLE, world
from tests.integration.scenarios.world import World

pytestmark = [pytest.mark.slow]
SECRET = "s3cret"
Begin = Callable[..., Awaitable[World]]


@pytest.fixture
def alice(gitea: Gitea) -> Person:
    """A person who may do everything in the repository."""
    alice = gitea.person("alice", "admin")
    alice.push(REPO, "main", SAMPLE)
    return alice


@pytest.fixture
async def begin(
    gitea: Gitea,
    alice: Person,
    tmp_path: Path,
    blank: Path,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Begin]:
    """Start a service before the Gitea; it is stopped when the test is over."""
    monkeypatch.setenv("GITEA_TOKEN", gitea.token)
    monkeypatch.setenv("GITEA_WEBHOOK_SECRET", SECRET)
    async with AsyncExitStack() as stack:

        async def start(
            *, merge: Merge = Merge.NEVER, ci_required: bool = False, **how: object
        ) -> World:
            forge = Forge(
                kind="gitea",
                url=gitea.url,
                public_url="https://git.example.org",
                owner=OWNER,
                merge=merge,
                ci_required=ci_required,
            )
            how = {"locale": Locale.EN, "processes": True, "repo": NAME, **how}
            opened = world(tmp_path / "data", blank, forge=forge, **how)  # type: ignore[arg-type]  # each test names its own
            return await stack.enter_async_context(opened)

        yield start


async def branch_of(world: World, key: str) -> Branch:
    """The item's branch."""
    return Branch((await world.task(key))["branch"])


async def test_an_item_goes_all_the_way_and_is_merged(begin: Begin, alice: Person) -> None:
    world = await begin(merge=Merge.BEFORE_DEPLOY)
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    (pull,) = alice.pulls(REPO, "closed")
    assert pull["merged"]
    assert pull["title"].startswith(f"{key}: ")
    assert "/src/commit/" in pull["body"]
    assert "01-brd.md" in pull["body"]
    assert f"http://board.test/items/{key}" in pull["body"]
    said = "\n".join(each.html for each in await world.thread(key))
    assert f"https://git.example.org/{REPO}/src/branch/{task['branch']}" in said
    assert f"https://git.example.org/{REPO}/pulls/{pull['number']}" in said
    assert f"https://git.example.org/{REPO}/src/commit/" in said


async def test_two_items_at_once_on_one_repository(begin: Begin, alice: Person) -> None:
    world = await begin()
    first, second = await world.item(), await world.item("Say goodbye as well")
    for key in (first, second):
        await world.until(key, status="in-review")
        await world.comment(key, ":approved:")
    for key in (first, second):
        await world.until(key, status="done")
    assert len(alice.pulls(REPO)) == 2


async def test_a_conflict_with_the_base_branch_is_the_developers_task(
    begin: Begin, alice: Person
) -> None:
    world = await begin(ci_required=True)
    key = await world.reviewed_item()
    await world.until(key, stage="development", status="checking")
    branch = await branch_of(world, key)
    assert alice.pull(REPO, 1)["head"]["ref"] == branch
    alice.push(REPO, branch, {"greeter.py": "print('ours')\n"})
    alice.push(REPO, "main", {"greeter.py": "print('theirs')\n"})
    await world.until(key, says="conflicts with its base branch", quiet=False)


async def test_changes_that_a_person_requests_on_the_forge_reach_the_developer(
    begin: Begin, alice: Person
) -> None:
    """By the reconciler alone: no webhook is registered."""
    world = await begin(plan="tester=slow:60,pass")
    key = await world.reviewed_item()
    await world.until(key, stage="testing", status="working", quiet=False)
    before = len(await world.runs(key))
    alice.review(REPO, 1, "REQUEST_CHANGES", "Greet in Russian as well.")
    await world.until(key, says=f"{alice.login} requested changes", runs=before + 1, quiet=False)
    assert (await world.roles(key))[before] == "developer"


async def test_a_webhook_is_what_makes_it_quick(begin: Begin, alice: Person, gitea: Gitea) -> None:
    """The reconciler sleeps; the checks' end is heard all the same."""
    if address() is not None:
        pytest.skip("needs the fake: a server need not reach us; test_heard.py is told where")
    world = await begin(ci_required=True, reconcile_every=3600)
    alice.ask(
        "POST",
        f"{REPO}/hooks",
        {
            "type": "gitea",
            "config": {
                "url": f"{world.client.base_url}/webhooks/gitea".replace("localhost", "127.0.0.1"),
                "content_type": "json",
                "secret": SECRET,
            },
            "events": ["push", "pull_request", "status"],
            "active": True,
        },
    )
    key = await world.reviewed_item()
    await world.until(key, stage="development", status="checking")
    head = alice.head(REPO, await branch_of(world, key))
    alice.set_status(REPO, head, "success")
    await world.until(key, status="done")


async def test_a_pull_request_that_a_person_closes_is_opened_anew_when_that_is_wanted(
    begin: Begin, alice: Person
) -> None:
    world = await begin(plan="tester=slow:60,pass")
    key = await world.reviewed_item()
    await world.until(key, stage="testing", status="working", quiet=False)
    alice.close_pull(REPO, 1)
    await world.until(key, status="blocked", says="closed the pull request")
    await world.move(key, "in-progress")
    await world.until(key, status="done")
    assert [pull["number"] for pull in alice.pulls(REPO)] == [2]


async def test_a_force_push_by_a_person_is_worked_on_not_over(begin: Begin, alice: Person) -> None:
    world = await begin(plan="developer=slow:3,artifacts", ci_required=True)
    key = await world.reviewed_item()
    await world.until(key, stage="development", status="working", quiet=False)
    branch = await branch_of(world, key)
    alice.force_push(REPO, branch, {"theirs.txt": "x\n"})
    await world.until(key, says="changed by somebody else")
    await world.until(key, stage="development", status="checking", quiet=False)
    log = alice.ask("GET", f"{REPO}/contents/theirs.txt?ref={branch}")
    assert log["name"] == "theirs.txt"


@pytest.mark.parametrize("trouble", ["deleted", "protected", "scope"])
async def test_what_only_people_can_mend_is_told_and_then_goes_on(
    begin: Begin, alice: Person, gitea: Gitea, trouble: str
) -> None:
    world = await begin(plan="architect=slow:2,artifacts")
    key = await world.reviewed_item()
    await world.until(key, stage="architecture", status="working", quiet=False)
    branch = await branch_of(world, key)
    head = alice.head(REPO, branch)
    told = {"deleted": "has no branch", "protected": "protect", "scope": "scope"}[trouble]
    match trouble:
        case "deleted":
            alice.delete_branch(REPO, branch)
        case "protected":
            alice.protect(REPO, "orchestrator/*")
        case _:
            gitea.let_bot("read:repository", "read:user")
    await world.until(key, status="blocked", says=told)
    assert not any("Traceback" in text for text in await world.comments(key))
    match trouble:
        case "deleted":
            alice.ask("POST", f"{REPO}/branches", {"new_branch_name": branch, "old_ref_name": head})
        case "protected":
            alice.unprotect(REPO, "orchestrator%2F*")
        case _:
            gitea.let_bot()
    await world.move(key, "in-progress")
    await world.until(key, status="done")


async def test_a_renamed_repository_changes_nothing(begin: Begin, alice: Person) -> None:
    world = await begin(plan="architect=slow:2,artifacts")
    key = await world.reviewed_item()
    await world.until(key, stage="architecture", status="working", quiet=False)
    alice.rename(REPO, RENAMED.rpartition("/")[2])
    await world.until(key, status="done")
    assert len(alice.pulls(RENAMED)) == 1


async def test_an_empty_repository_is_told_and_then_goes_on(
    begin: Begin, alice: Person, gitea: Gitea
) -> None:
    gitea.repository("team", "void")
    world = await begin(repo="void")
    key = await world.item()
    await world.until(key, status="blocked", says="push a first commit")
    owner = gitea.person("team", "admin")
    owner.push("team/void", "main", SAMPLE)
    await world.move(key, "in-progress")
    await world.until(key, status="in-review")


async def test_nothing_is_lost_while_the_forge_is_down(
    begin: Begin, alice: Person, gitea: Gitea
) -> None:
    world = await begin(plan="architect=slow:1,artifacts")
    key = await world.reviewed_item()
    await world.until(key, stage="architecture", status="working", quiet=False)
    gitea.stop()
    await world.until(key, noted="saw an agent end", quiet=False)
    gitea.start()
    await world.until(key, status="done")
