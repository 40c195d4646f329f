"""Runs git: its plumbing, our settings, nothing of the machine's, everything bounded."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, TypeVar

from adapters.git.process import Completed, Leash, Threads, exchange
from adapters.git.removal import age_of
from domain.errors import Conflict, Failure, NotFound, ToolFailed

T = TypeVar("T")

NAME = "Orchestrator"
EMAIL = "orchestrator@localhost.invalid"

PASSED_ON = frozenset(
    {
        *("PATH", "TMPDIR", "TZ", "SSH_AUTH_SOCK"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"),
        *("http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    }
)
"""What git gets of our environment."""

_ENVIRONMENT = {
    "HOME": "/nonexistent",  # git before 2.32 knows no GIT_CONFIG_GLOBAL
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
    "GIT_AUTHOR_NAME": NAME,
    "GIT_AUTHOR_EMAIL": EMAIL,
    "GIT_COMMITTER_NAME": NAME,
    "GIT_COMMITTER_EMAIL": EMAIL,
}
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.fsync=committed,reference",  # a commit that we know of survives a power failure
    "core.filesRefLockTimeout=5000",
    "core.bigFileThreshold=16m",  # what is larger streams through, whatever it inflates to
    "safe.directory=*",  # a mounted volume may belong to another user; we open only our own
    "gc.auto=0",
    "fastimport.unpackLimit=1",  # one pack is less to write and to copy than some loose objects
    "maintenance.auto=false",
    "protocol.allow=never",  # `ext::…` would be a command
    "protocol.file.allow=always",
    "protocol.git.allow=always",
    "protocol.http.allow=always",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "submodule.recurse=false",
)
_ARGUMENTS = [part for setting in _SETTINGS for part in ("-c", setting)]

_OUTPUT_LIMIT = 64 * 1024 * 1024
_ABSENT = re.compile(
    r"not a git repository|does not appear to be a git repository|"
    r"bad object|bad revision|unknown revision|invalid revision range|not a tree|"
    r"not a valid (object name|commit name|ref)|invalid object name|"
    r"needed a single revision|not a commit|does not exist|couldn't find remote ref",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"but expected|reference already exists|unable to resolve reference")
_LOCKED = re.compile(r"Unable to create '([^'\n]+\.lock)': File exists")
_HELD = 120.0
"""Seconds after which a lock is nobody's: git holds one for as long as it writes a few lines."""
_USERINFO = re.compile(r"(\w+://)[^/@\s]+@")


class Git:
    """Runs git commands in threads and tells what went wrong in the domain's words."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        executable: str = "git",
        time_limit: timedelta = timedelta(minutes=1),
        concurrency: int = 16,
    ) -> None:
        """Pass on PASSED_ON of this environment; ``time_limit`` holds where a call names none."""
        path = None if environment is None else environment.get("PATH")
        self._executable = shutil.which(executable, path=path) or executable
        given = {name: value for name, value in (environment or {}).items() if name in PASSED_ON}
        self._environment = {**given, **_ENVIRONMENT}
        self._time_limit = time_limit.total_seconds()
        self._threads = Threads(concurrency)

    async def run(
        self,
        repository: Path | None,
        *arguments: str,
        given: bytes | None = None,
        accept: tuple[int, ...] = (0,),
        limit: int = _OUTPUT_LIMIT,
        time_limit: timedelta | None = None,
        variables: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Completed:
        """Return what the command printed; raise for an exit code that is not accepted.

        ``secrets`` are settings such as ``http.extraHeader``: they travel by the environment, never
        among the arguments that everybody on the machine can see, and appear in no message.
        """

        def job(leash: Leash) -> Completed:
            stdin = subprocess.DEVNULL if given is None else subprocess.PIPE
            process = self.start(
                leash, repository, *arguments, stdin=stdin, variables=variables, secrets=secrets
            )
            return exchange(process, given or b"", limit)

        completed = await self.in_thread(job, what=command_of(arguments), time_limit=time_limit)
        if completed.code not in accept:
            if repository is not None:
                _unlock(repository, completed.stderr)
            raise failure(command_of(arguments), completed, secrets=(secrets or {}).values())
        return completed

    async def in_thread(
        self, job: Callable[[Leash], T], *, what: str, time_limit: timedelta | None = None
    ) -> T:
        """Return what the blocking job returns, in a thread and within the time limit."""
        seconds = self._time_limit if time_limit is None else time_limit.total_seconds()
        return await self._threads.run(job, time_limit=seconds, what=f"git {what}")

    def start(
        self,
        leash: Leash,
        repository: Path | None,
        *arguments: str,
        stdin: int | IO[bytes] = subprocess.PIPE,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE,
        variables: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command on a job's leash; ToolFailed where there is no git."""
        where = [] if repository is None else [f"--git-dir={repository}"]
        environment = {**self._environment, **(variables or {}), **_by_environment(secrets or {})}
        argv = [self._executable, *_ARGUMENTS, *where, *arguments]
        try:
            return leash.start(argv, environment, stdin=stdin, stdout=stdout, stderr=stderr)
        except FileNotFoundError as error:
            raise ToolFailed(
                "git is not installed or not on PATH; install git 2.30 or newer"
            ) from error
        except OSError as error:
            raise ToolFailed(f"git cannot be started: {error}") from error


def command_of(arguments: Sequence[str]) -> str:
    """Return the command's own name, which follows git's settings."""
    return next(word for word in arguments if not word.startswith("-") and "=" not in word)


def failure(command: str, completed: Completed, *, secrets: Iterable[str] = ()) -> Failure:
    """Return the domain's error for a command that failed, without secrets."""
    text = redact(completed.stderr, secrets)
    message = f"git {command}: {_gist(text) or f'exit code {completed.code}'}"
    if _CHANGED.search(text):
        return Conflict(message)
    if _ABSENT.search(text):
        return NotFound(message)
    return ToolFailed(message)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without these secrets and without the userinfo of URLs."""
    for secret in secrets:
        for part in (secret, secret.rpartition(" ")[2]):
            if part:
                text = text.replace(part, "***")
    return _USERINFO.sub(r"\1***@", text)


def list_entry(path: Path) -> str:
    """Return the path as one entry of a list that git splits at colons."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _gist(text: str) -> str:
    """Return what git says is fatal, else the last thing it said, on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines[-1:]
    return "; ".join(telling[:3])[:500]


def _unlock(repository: Path, said: str) -> None:
    """Remove a lock that was in the way and whose holder must be dead: the next try gets it.

    Git leaves its locks behind when it is killed, and would wait for each of them for ever.
    """
    for found in _LOCKED.finditer(said):
        lock = Path(found[1])
        if lock.is_relative_to(repository) and lock.is_file() and age_of(lock) > _HELD:
            lock.unlink(missing_ok=True)


def _by_environment(settings: Mapping[str, str]) -> dict[str, str]:
    if not settings:
        return {}
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables
