"""A Docker engine of a test's own, that may be stopped and killed."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import trustme

from tests.integration.docker.theatre import docker

IMAGE = "tiny"
PROGRAMS = ("sh", "mkfifo", "sleep", "cat", "true")


@contextmanager
def own_engine(*options: str, certified: bool = False) -> Generator["OwnEngine", None, None]:
    """An engine that is there inside the block, with the image."""
    engine = OwnEngine(Path(tempfile.mkdtemp(prefix="engine-")), *options, certified=certified)
    engine.start()
    engine.load()
    try:
        yield engine
    finally:
        engine.clear()


class OwnEngine:
    """A second ``dockerd`` beside the machine's; without networks, and with a tiny image.

    As where it is installed as a service, containerd is a program of its own, and outlives it. It
    is in a network namespace of its own: one that is told to have no bridge removes ``docker0``,
    whosever that is. Its TCP socket is made by us, outside of that.
    """

    def __init__(self, folder: Path, *options: str, certified: bool = False) -> None:
        self._folder = folder
        self._options = [*options]
        self.socket = folder / "docker.sock"
        self.host = f"unix://{self.socket}"
        self.port = 0
        self.certificates = folder / "certificates"
        self._process: subprocess.Popen[bytes] | None = None
        self._containerd: subprocess.Popen[bytes] | None = None
        self._tcp: socket.socket | None = None
        if certified:
            self._certify()

    def start(self) -> None:
        """Returns when it answers."""
        if self._containerd is None:
            self._containerd = self._spawn(
                "containerd",
                *("--root", self._folder / "root", "--state", self._folder / "state"),
                *("--address", self._folder / "containerd.sock", "--config", self._config()),
            )
            self._await((self._folder / "containerd.sock").exists)
        self._process = self._spawn(
            *(sys.executable, "-c", _WITH_SOCKET, str(self._tcp.fileno() if self._tcp else -1)),
            *("unshare", "--net", "dockerd"),
            *("--containerd", self._folder / "containerd.sock"),
            *("--host", self.host, "--data-root", self._folder / "data"),
            *("--exec-root", self._folder / "exec", "--pidfile", self._folder / "pid"),
            *("--bridge", "none", "--iptables=false", "--ip-forward=false"),
            *self._options,
        )
        asked = ["docker", "--host", self.host, "version"]
        self._await(lambda: not subprocess.run(asked, check=False, capture_output=True).returncode)

    def load(self) -> None:
        """Gives it the image."""
        docker("import", "-", IMAGE, host=self.host, given=tiny_root())

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Returns when it is gone; what runs in it may run on."""
        assert self._process
        self._process.send_signal(number)
        self._process.wait(60)

    def lives(self) -> bool:
        """Whether it was never found dead since it was started."""
        return self._process is not None and self._process.poll() is None

    def output_of(self, container: str) -> Path:
        """Where it keeps what that container prints."""
        return self._folder / "data" / "containers" / container / "local-logs" / "container.log"

    def clear(self) -> None:
        """Leaves nothing behind."""
        assert self._process
        if self._process.poll() is not None:
            self.start()
        if left := docker("ps", "--all", "--quiet", host=self.host).split():
            docker("rm", "--force", "--volumes", *left, host=self.host)
        self.end()
        assert self._containerd
        self._containerd.terminate()
        self._containerd.wait(60)
        if self._tcp:
            self._tcp.close()
        for line in Path("/proc/mounts").read_text().splitlines():
            if (path := line.split()[1]).startswith(f"{self._folder}/"):
                subprocess.run(["umount", "--lazy", path], check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _spawn(self, *command: str | Path) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            passed = [self._tcp.fileno()] if self._tcp else []
            return subprocess.Popen(command, stdout=log, stderr=log, pass_fds=passed)

    def _await(self, condition: Callable[[], bool]) -> None:
        give_up = time.monotonic() + 60
        while not condition():
            for process in (self._containerd, self._process):
                assert process is None or process.poll() is None, self._complaint()
            assert time.monotonic() < give_up, self._complaint()
            time.sleep(0.1)

    def _complaint(self) -> str:
        return (self._folder / "log").read_text()[-2000:]

    def _config(self) -> Path:
        path = self._folder / "containerd.toml"
        path.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        return path

    def _certify(self) -> None:
        authority = trustme.CA()
        here = authority.issue_cert("127.0.0.1")
        self.certificates.mkdir()
        authority.cert_pem.write_to_path(str(self.certificates / "ca.pem"))
        here.private_key_pem.write_to_path(str(self.certificates / "key.pem"))
        here.cert_chain_pems[0].write_to_path(str(self.certificates / "cert.pem"))
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self._tcp.getsockname()[1]
        files = [f"--tls{a}={self.certificates / f'{b}.pem'}" for a, b in _TLS]
        self._options += ["--host", "fd://", "--tlsverify", *files]


_WITH_SOCKET = """
import os, sys
if sys.argv[1] != "-1":
    os.dup2(int(sys.argv[1]), 3)
    os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Becomes a program that is given a socket as systemd gives it."""

_TLS = (("cacert", "ca"), ("cert", "cert"), ("key", "key"))


def tiny_root() -> bytes:
    """A file system of a few programs of this machine's, as a tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in _needed([shutil.which(name) or name for name in PROGRAMS]):
            archive.add(os.path.realpath(path), arcname=path)
        for folder in ("tmp", "workspace", "home/agent", "run/orchestrator", "bin"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        shell = tarfile.TarInfo("bin/sh")
        shell.type, shell.linkname = tarfile.SYMTYPE, shutil.which("sh") or "/bin/sh"
        if shell.linkname != "/bin/sh":
            archive.addfile(shell)
    return packed.getvalue()


def _needed(programs: Sequence[str]) -> list[str]:
    found = set(programs)
    for program in programs:
        listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True)
        for word in listed.stdout.split():
            if word.startswith("/"):
                found.add(word)
    return sorted(found)
