"""The engine of another machine, through SSH.

The ``ssh`` program makes the connection, as it does for Docker's own command line: keys, agents,
known hosts and jump hosts are what the user has set up. It lays the remote socket at a local one.

It ends when we do, also when we are killed: a shell beside it reads from a pipe that we never write
to, and comes to its end when nobody holds the other side any more.
"""

import asyncio
import shutil
import tempfile
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from domain.errors import ToolFailed, Unavailable

_REMOTE = "/var/run/docker.sock"
_PATIENCE = 20.0
_WITH_US = """\
exec 3<&0
"$@" </dev/null 3<&- &
ssh=$!
{ read -r _ <&3; kill "$ssh"; } &
wait "$ssh"
code=$?
kill $! 2>/dev/null
exit $code
"""


class Tunnel:
    """A local socket that leads to a remote one, as long as somebody asks for it to be open."""

    def __init__(self, url: str) -> None:
        """Lead to ``ssh://[user@]host[:port][/path/of/socket]``."""
        parts = urlsplit(url)
        # A path of our own: a socket's name may not have more than about a hundred bytes.
        self._folder = Path(tempfile.gettempdir()) / f"engine-{token_hex(8)}"
        self.socket = self._folder / "s"
        self._complaints = self._folder / "said"
        host = f"{parts.username}@{parts.hostname}" if parts.username else f"{parts.hostname}"
        self._command = [
            *("/bin/sh", "-c", _WITH_US, "tunnel"),
            *("ssh", "-N", "-T", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes"),
            *("-o", "StreamLocalBindUnlink=yes", "-o", "ConnectTimeout=10"),
            *("-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"),
            *(("-p", str(parts.port)) if parts.port else ()),
            *("-L", f"{self.socket}:{parts.path or _REMOTE}", "--", host),
        ]
        self._turn = asyncio.Lock()
        self._made = False
        """Whether the folder is ours: one that others made before us is not taken."""
        self._ssh: asyncio.subprocess.Process | None = None

    async def opened(self) -> None:
        """Return when the socket is there. Unavailable, in ssh's words: it cannot be reached."""
        async with self._turn:
            if self._ssh is None or self._ssh.returncode is not None:
                try:
                    await self._open()
                except OSError as error:
                    raise ToolFailed(f"ssh cannot be started: {error}") from error

    async def close(self) -> None:
        """Hang up for good."""
        await self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _open(self) -> None:
        if shutil.which("ssh") is None:
            raise ToolFailed("ssh is not installed or not on PATH")
        self._folder.mkdir(mode=0o700, exist_ok=self._made)
        self._made = True
        self.socket.unlink(missing_ok=True)
        # To a file: nobody would read a pipe while all goes well, and a full one stops ssh.
        with self._complaints.open("wb") as complaints:
            ssh = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=complaints,
            )
        self._ssh = ssh
        try:
            async with asyncio.timeout(_PATIENCE):
                while not self.socket.exists():  # ssh tells nobody when it is
                    if ssh.returncode is not None:
                        break
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self._end()
            raise Unavailable(f"ssh made no connection in {_PATIENCE:.0f} s") from None
        if ssh.returncode is not None:
            said = self._complaints.read_text("utf-8", "replace").strip().rpartition("\n")[2]
            raise Unavailable(f"ssh: {said[:200] or 'it ended'}")

    async def _end(self) -> None:
        if self._ssh is None or self._ssh.stdin is None:
            return
        self._ssh.stdin.close()
        await self._ssh.wait()
        self._ssh = None
