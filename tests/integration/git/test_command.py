"""How git is run: bounded, in its own settings, without telling secrets."""

import asyncio
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from adapters.git.command import Git, redact
from domain.errors import NotFound, TimedOut, ToolFailed
from tests.integration.git.world import until

SECOND = timedelta(seconds=1)
WAITS = ("-c", "alias.wait=!sleep 60 & sleep 60", "wait")


@pytest.fixture
def git() -> Git:
    """As the service runs it."""
    return Git(os.environ)


def sleepers() -> list[psutil.Process]:
    """Processes that wait below us."""
    me = psutil.Process()
    return [child for child in me.children(recursive=True) if child.name() == "sleep"]


async def asleep() -> bool:
    """Whether there are any."""
    return bool(sleepers())


async def gone() -> bool:
    """Whether none is left."""
    return not sleepers()


async def test_without_git_it_is_said_what_to_install(tmp_path: Path) -> None:
    """The most likely fault of a new machine."""
    git = Git({"PATH": str(tmp_path)})
    with pytest.raises(ToolFailed, match=r"install git 2\.30 or newer"):
        await git.run(None, "version")


async def test_what_takes_too_long_is_killed_with_all_it_started(git: Git) -> None:
    """Also what went to the background and holds the pipe."""
    with pytest.raises(TimedOut, match=r"git wait took longer than 0\.2 s"):
        await git.run(None, *WAITS, time_limit=SECOND / 5)
    await until(gone)


async def test_who_is_cancelled_leaves_nothing_running(git: Git) -> None:
    """The service is stopped in the middle."""
    waiting = asyncio.ensure_future(git.run(None, *WAITS))
    await until(asleep)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(gone)


async def test_what_prints_too_much_is_killed(git: Git) -> None:
    """Memory is ours, not git's."""
    with pytest.raises(ToolFailed, match="more than 100000 bytes"):
        await git.run(None, "-c", "alias.flood=!yes", "flood", limit=100_000)


async def test_much_may_go_in_while_much_comes_out(git: Git) -> None:
    """Neither side waits for the other for ever."""
    given = b"line\n" * 400_000
    done = await git.run(None, "-c", "alias.echo=!cat >&2 | cat; cat", "echo", given=given)
    assert len(done.stderr) <= 65_536
    done = await git.run(None, "-c", "alias.echo=!cat", "echo", given=given)
    assert done.stdout == given


async def test_who_does_not_listen_is_no_error(git: Git) -> None:
    """It says by its exit code whether it minded."""
    done = await git.run(None, "version", given=b"x" * 1_000_000)
    assert done.stdout.startswith(b"git version")


async def test_the_machines_settings_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's aliases, hooks and signing are theirs; so are our other secrets."""
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Somebody\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PLANE_API_KEY", "plane-secret")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    git = Git(os.environ)
    with pytest.raises(ToolFailed):
        await git.run(None, "config", "user.name")
    seen = (await git.run(None, "-c", "alias.env=!env", "env")).stdout.decode()
    assert "plane-secret" not in seen
    assert "/elsewhere" not in seen


async def test_secrets_travel_by_the_environment_and_appear_in_no_message(git: Git) -> None:
    """Arguments can be seen by everybody on the machine."""
    secrets = {"http.extraHeader": "Authorization: token s3cret"}
    seen = await git.run(None, "config", "http.extraHeader", secrets=secrets)
    assert seen.stdout.decode().strip() == secrets["http.extraHeader"]
    shout = "alias.shout=!git config http.extraHeader >&2; echo fatal: s3cret >&2; exit 1"
    with pytest.raises(ToolFailed) as failed:
        await git.run(None, "-c", shout, "shout", secrets=secrets)
    assert "s3cret" not in str(failed.value)

    def arguments(process: subprocess.Popen[bytes]) -> str:
        return " ".join(map(str, process.args)) if isinstance(process.args, list) else ""

    def job(leash: object) -> str:
        process = git.start(leash, None, "version", secrets=secrets)  # type: ignore[arg-type]
        return arguments(process)

    assert "s3cret" not in await git.in_thread(job, what="version")


async def test_the_password_in_an_address_appears_in_no_message(git: Git, tmp_path: Path) -> None:
    """Git itself repeats the address."""
    assert redact("https://user:s3cret@host/x") == "https://***@host/x"
    with pytest.raises((NotFound, ToolFailed)) as failed:
        await git.run(None, "ls-remote", "https://user:s3cret@localhost:1/x.git")
    assert "s3cret" not in str(failed.value)


async def test_addresses_that_are_commands_are_refused(git: Git, tmp_path: Path) -> None:
    """`ext::` starts whatever it is told."""
    sprung = tmp_path / "sprung"
    with pytest.raises(ToolFailed):
        await git.run(None, "ls-remote", f"ext::touch {sprung}")
    assert not sprung.exists()
