"""What only the embedded forge does: checks, and keeping its records."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from adapters.git.local_forge import LocalForge, Pages
from domain.errors import NotAllowed
from domain.evidence import Checks
from domain.identifiers import Branch, CommitId
from tests.contracts.code_forge import BRANCH, MAIN, REPO
from tests.integration.git.world import GitWorld, until


def shell(script: str) -> list[str]:
    """A checks' command."""
    return ["sh", "-c", script]


async def begin(tmp_path: Path, command: list[str] | None) -> GitWorld:
    """A world whose pull requests are checked by that command."""
    world = GitWorld(tmp_path, checks=command)
    await world.begin()
    return world


async def open_one(world: GitWorld) -> CommitId:
    """A branch with a pull request."""
    head = await world.person_commits(BRANCH, {"a.txt": "1\n"})
    await world.forge.open_pull_request(REPO, BRANCH, base=MAIN, title="t", body="b")
    return head


async def state(world: GitWorld) -> Checks:
    """How the branch's checks stand."""
    return (await world.inspector.branch_state(REPO, BRANCH)).checks


async def until_checks(world: GitWorld, wanted: Checks) -> None:
    """Waits until they stand like that."""

    async def wanted_now() -> bool:
        return await state(world) is wanted

    await until(wanted_now)


@asynccontextmanager
async def running(forge: LocalForge) -> AsyncGenerator[None, None]:
    """The background loop, stopped at the end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(forge.run_checks(stop))
        try:
            yield
        finally:
            stop.set()


def log(world: GitWorld, commit: CommitId) -> str:
    """What the checks of a commit printed."""
    return world.records.log(REPO, commit).read_text()


async def test_without_a_command_there_are_no_checks(tmp_path: Path) -> None:
    """And nothing to wait for."""
    world = await begin(tmp_path, None)
    await open_one(world)
    assert await state(world) is Checks.NONE
    async with running(world.forge):
        pass


async def test_an_opened_pull_request_waits_for_its_checks(tmp_path: Path) -> None:
    """Before anybody has looked at it."""
    world = await begin(tmp_path, shell("true"))
    await open_one(world)
    assert await state(world) is Checks.PENDING


@pytest.mark.parametrize(
    ("script", "outcome"),
    [("cat a.txt; exit 0", Checks.PASSED), ("cat a.txt; exit 3", Checks.FAILED)],
)
async def test_the_exit_code_is_the_outcome(tmp_path: Path, script: str, outcome: Checks) -> None:
    """The command runs in a clone at the head, and what it prints is kept."""
    world = await begin(tmp_path, shell(script))
    head = await open_one(world)
    async with running(world.forge):
        await until_checks(world, outcome)
    assert log(world, head) == "1\n"
    assert not list((tmp_path / "checks").iterdir())


async def test_a_head_that_a_person_pushed_is_checked_as_well(tmp_path: Path) -> None:
    """It is pending from the start, not unchecked."""
    world = await begin(tmp_path, shell("grep -q good a.txt"))
    await open_one(world)
    async with running(world.forge):
        await until_checks(world, Checks.FAILED)
        await world.person_commits(BRANCH, {"a.txt": "good\n"})
        await until_checks(world, Checks.PASSED)


async def test_a_published_head_is_checked(tmp_path: Path) -> None:
    """Without waiting for the next look around."""
    world = await begin(tmp_path, shell("grep -q good a.txt"))
    first = await open_one(world)
    second = await world.person_commits(BRANCH, {"a.txt": "good\n"})
    await world.forge.publish(REPO, BRANCH, commit=second, expected=first)
    assert world.records.checks(REPO, second) is Checks.PENDING


async def test_checks_that_take_too_long_have_failed(tmp_path: Path) -> None:
    """And nothing of them is left running."""
    world = await begin(tmp_path, None)
    forge = LocalForge(
        world.git,
        world.repositories,
        tmp_path,
        checks=shell("sleep 71 & sleep 71"),
        environment=os.environ,
        time_limit=timedelta(seconds=1),
        interval=timedelta(milliseconds=50),
    )
    head = await world.person_commits(BRANCH, {"a.txt": "1\n"})
    await forge.open_pull_request(REPO, BRANCH, base=MAIN, title="t", body="b")

    async def ended() -> bool:
        return await forge.checks(REPO, head) is not Checks.PENDING

    async with running(forge):
        await until(ended)
    assert await forge.checks(REPO, head) is Checks.FAILED
    assert not sleeping("71")


async def test_what_checks_leave_in_the_background_is_ended(tmp_path: Path) -> None:
    """It neither lives on nor holds up the outcome."""
    world = await begin(tmp_path, shell("sleep 72 & exit 0"))
    await open_one(world)
    async with running(world.forge):
        await until_checks(world, Checks.PASSED)
    assert not sleeping("72")


async def test_checks_that_were_cut_short_run_again_after_a_restart(tmp_path: Path) -> None:
    """They stay pending meanwhile, and nothing of them is left running."""
    go = tmp_path / "go"
    world = await begin(tmp_path, shell(f"test -e {go} || sleep 73"))
    await open_one(world)

    async def at_work() -> bool:
        return sleeping("73")

    async with running(world.forge):
        await until(at_work)
    assert await state(world) is Checks.PENDING
    assert not sleeping("73")
    go.touch()
    async with running(GitWorld(tmp_path, checks=shell(f"test -e {go} || sleep 73")).forge):
        await until_checks(world, Checks.PASSED)


def sleeping(seconds: str) -> bool:
    """Whether anybody sleeps for just that long."""
    return any(
        process.info["cmdline"] == ["sleep", seconds]
        for process in psutil.process_iter(["cmdline"])
    )


async def test_a_command_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    """Not something to wait for."""
    world = await begin(tmp_path, ["/nowhere/check"])
    await open_one(world)
    async with running(world.forge):
        await until_checks(world, Checks.FAILED)


async def test_checks_see_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run what agents wrote."""
    monkeypatch.setenv("PLANE_API_KEY", "plane-secret")
    world = await begin(tmp_path, shell("env"))
    head = await open_one(world)
    async with running(world.forge):
        await until_checks(world, Checks.PASSED)
    seen = log(world, head)
    assert "plane-secret" not in seen
    assert f"CHECK_COMMIT={head}" in seen


async def test_pull_requests_are_numbered_one_after_another(world: GitWorld) -> None:
    """Also those that are opened at once, and after a restart."""
    branches = [await make_branch(world, number) for number in range(6)]
    forges = [world.forge, await world.restarted()]
    opened = await asyncio.gather(
        *(
            forges[number % 2].open_pull_request(REPO, branch, base=MAIN, title="t", body="b")
            for number, branch in enumerate(branches)
        )
    )
    assert sorted(each.number for each in opened) == [1, 2, 3, 4, 5, 6]


async def make_branch(world: GitWorld, number: int) -> Branch:
    """A branch with a commit."""
    branch = Branch(f"orchestrator/ET-{number}")
    await world.forge.prepare_branch(REPO, branch, base=MAIN, files={f"{number}": "x"}, message="m")
    return branch


async def test_a_record_cut_short_by_a_crash_is_never_seen(world: GitWorld) -> None:
    """It has another name until it is whole."""
    await open_one(world)
    folder = world.bare / "orchestrator" / "pull-requests"
    (folder / ".x.half").write_text('{"number":')
    opened = await world.forge.open_pull_request(REPO, BRANCH, base=MAIN, title="t", body="b")
    assert opened.number == 1
    assert [json.loads(path.read_text())["number"] for path in folder.glob("*.json")] == [1]


async def test_pages_are_shown_where_templates_are_configured(world: GitWorld) -> None:
    """And nowhere else."""
    assert world.forge.branch_url(REPO, BRANCH) is None
    assert world.forge.file_url(REPO, CommitId("1" * 40), "a b.md") is None
    forge = LocalForge(
        world.git,
        world.repositories,
        world.data,
        pages=Pages(
            branch="http://x/{repo}/{branch}",
            file="http://x/{repo}/{commit}/{path}",
            pull_request="http://x/{repo}/pulls/{number}",
        ),
    )
    assert forge.branch_url(REPO, BRANCH) == f"http://x/team/shop/{BRANCH}"
    assert forge.file_url(REPO, CommitId("1" * 40), "a b.md") == (
        f"http://x/team/shop/{'1' * 40}/a%20b.md"
    )
    await world.person_commits(BRANCH, {"a.txt": "1\n"})
    opened = await forge.open_pull_request(REPO, BRANCH, base=MAIN, title="t", body="b")
    assert opened.url == "http://x/team/shop/pulls/1"


async def test_what_checks_printed_is_dropped_and_how_they_ended_is_kept(tmp_path: Path) -> None:
    world = await begin(tmp_path, ["sh", "-c", "echo printed"])
    commit = await open_one(world)
    async with running(world.forge):
        await until_checks(world, Checks.PASSED)
    log = world.bare / "orchestrator" / "checks" / f"{commit}.log"
    written = datetime.fromtimestamp(log.stat().st_mtime, UTC)
    await world.forge.drop_logs(before=written - timedelta(days=1))
    assert log.read_text() == "printed\n"
    await world.forge.drop_logs(before=written + timedelta(days=1))
    await world.forge.drop_logs(before=written + timedelta(days=1))
    assert not log.exists()
    seen = await world.inspector.branch_state(REPO, BRANCH)
    assert seen.checks is Checks.PASSED


# ── merging ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_conflict_is_not_merged(tmp_path: Path) -> None:
    """And is seen before anybody tries."""
    world = await begin(tmp_path, None)
    head = await world.person_commits(BRANCH, {"README.md": "# Ours\n"})
    await world.forge.open_pull_request(REPO, BRANCH, base=MAIN, title="t", body="b")
    base = await world.person_commits(MAIN, {"README.md": "# Theirs\n"})
    seen = await world.inspector.branch_state(REPO, BRANCH, base=MAIN)
    assert seen.conflicts == ("README.md",)
    with pytest.raises(NotAllowed, match="conflict"):
        await world.forge.merge(REPO, 1, commit=head)
    assert await world.inspector.head(REPO, MAIN) == base


async def test_a_merge_that_was_cut_short_is_not_done_twice(tmp_path: Path) -> None:
    """We were killed after git had merged, before it was written down."""
    world = await begin(tmp_path, None)
    head = await open_one(world)
    merged = await world.person_merges(MAIN, head)
    await world.forge.merge(REPO, 1, commit=head)
    assert await world.inspector.head(REPO, MAIN) == merged
    assert (await world.inspector.branch_state(REPO, BRANCH)).pull_request is None


async def test_a_branch_that_goes_on_after_its_merge_gets_another_number(tmp_path: Path) -> None:
    """The merged one is not opened again."""
    world = await begin(tmp_path, None)
    await world.forge.merge(REPO, 1, commit=await open_one(world))
    await world.person_commits(BRANCH, {"b.txt": "1\n"})
    opened = await world.forge.open_pull_request(REPO, BRANCH, base=MAIN, title="t", body="b")
    assert opened.number == 2


async def test_looking_for_conflicts_leaves_nothing_behind(tmp_path: Path) -> None:
    """A repository is looked at for years."""
    world = await begin(tmp_path, None)
    await world.person_commits(BRANCH, {"README.md": "# Ours\n"})
    await world.person_commits(MAIN, {"b.txt": "b\n"})
    before = set((world.bare / "objects").rglob("*"))
    await world.inspector.branch_state(REPO, BRANCH, base=MAIN)
    assert set((world.bare / "objects").rglob("*")) == before


async def test_a_check_that_leaves_folders_thousands_deep_stops_no_other(tmp_path: Path) -> None:
    """Agents write what a check runs; and what it leaves is gone."""
    script = "import os\nfor _ in range(1200):\n os.mkdir('a')\n os.chdir('a')"
    world = await begin(tmp_path, [sys.executable, "-c", script])
    await open_one(world)

    async def clean() -> bool:
        return not any((tmp_path / "checks").iterdir())

    async with running(world.forge):
        await until_checks(world, Checks.PASSED)
        await world.person_commits(BRANCH, {"a.txt": "2\n"})
        await until_checks(world, Checks.PASSED)
        await until(clean)
