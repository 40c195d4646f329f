"""What the embedded forge knows beside git: durable files inside the bare repository.

    <repository>.git/orchestrator/
        pull-requests/<hash of the branch>.json    the branch's last one; never removed
        checks/<commit>.json  ….log                the commit's checks and what they printed
        lock                                       held while a number is given out

Each file is written whole, to disk, then renamed into place.
"""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from adapters.git.repositories import GitRepositories
from domain.evidence import Checks
from domain.identifiers import Branch, CommitId, Repo


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRecord:
    """A pull request as it is kept."""

    number: int
    branch: Branch
    base: Branch
    title: str
    body: str
    merged: bool = False


class ForgeRecords:
    """Reads and writes them. Blocking: called in threads."""

    def __init__(self, repositories: GitRepositories) -> None:
        """Keep them inside these repositories."""
        self._repositories = repositories

    def pull_request(self, repo: Repo, branch: Branch) -> PullRecord | None:
        """Return the branch's open pull request."""
        record = _pull_record(self._pull_path(repo, branch))
        return None if record is None or record.merged else record

    def numbered(self, repo: Repo, number: int) -> PullRecord | None:
        """Return the pull request of that number, open or merged."""
        found = (record for record in self._all(repo) if record.number == number)
        return next(found, None)

    def set_merged(self, repo: Repo, record: PullRecord) -> None:
        """Write down that it is merged."""
        _write(self._pull_path(repo, record.branch), asdict(replace(record, merged=True)))

    def pull_requests(self, repo: Repo) -> Sequence[PullRecord]:
        """Return all open pull requests of the repository, by number."""
        return [record for record in self._all(repo) if not record.merged]

    def open_pull_request(
        self, repo: Repo, branch: Branch, *, base: Branch, title: str, body: str
    ) -> PullRecord:
        """Return the branch's open pull request, made if there is none."""
        path = self._pull_path(repo, branch)
        with _locked(self._folder(repo) / "lock"):
            record = _pull_record(path)
            if record is not None and not record.merged:
                return record
            number = max((each.number for each in self._all(repo)), default=0) + 1
            record = PullRecord(number=number, branch=branch, base=base, title=title, body=body)
            _write(path, asdict(record))
        return record

    def checks(self, repo: Repo, commit: CommitId) -> Checks | None:
        """Return how the commit's checks stand, None where they were never asked for."""
        content = _read(self._checks_path(repo, commit))
        return Checks(str(content["checks"])) if content else None

    def ask_for_checks(self, repo: Repo, commit: CommitId) -> Checks:
        """Return how the commit's checks stand, pending from now on if they never did."""
        checks = self.checks(repo, commit)
        if checks is None:
            checks = Checks.PENDING
            self.set_checks(repo, commit, checks)
        return checks

    def set_checks(self, repo: Repo, commit: CommitId, checks: Checks, *, detail: str = "") -> None:
        """Write down how they stand now."""
        content = {"commit": commit, "checks": checks.value, "detail": detail}
        _write(self._checks_path(repo, commit), content)

    def log(self, repo: Repo, commit: CommitId) -> Path:
        """Return where the output of the commit's checks is kept; the folder is there."""
        path = self._checks_path(repo, commit).with_suffix(".log")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def drop_logs(self, before: datetime) -> None:
        """Remove the outputs of checks last written to before then."""
        for repo in self._repositories.all():
            for path in self._folder(repo).glob("checks/*.log"):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink(missing_ok=True)

    def _all(self, repo: Repo) -> list[PullRecord]:
        paths = self._folder(repo).glob("pull-requests/*.json")
        return sorted(filter(None, map(_pull_record, paths)), key=lambda record: record.number)

    def _folder(self, repo: Repo) -> Path:
        return self._repositories.existing(repo) / "orchestrator"

    def _pull_path(self, repo: Repo, branch: Branch) -> Path:
        name = hashlib.sha256(branch.encode()).hexdigest()[:40]  # a branch may be a/long/path
        return self._folder(repo) / "pull-requests" / f"{name}.json"

    def _checks_path(self, repo: Repo, commit: CommitId) -> Path:
        return self._folder(repo) / "checks" / f"{commit}.json"


def _pull_record(path: Path) -> PullRecord | None:
    content = _read(path)
    return PullRecord(**content) if content else None  # type: ignore[arg-type]  # as we wrote it


def _read(path: Path) -> Mapping[str, object] | None:
    try:
        content: Mapping[str, object] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return content


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    file, half = tempfile.mkstemp(prefix=".", suffix=".half", dir=path.parent)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            json.dump(content, stream, ensure_ascii=False)
            stream.flush()
            os.fsync(file)
        Path(half).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(half).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _locked(path: Path) -> Generator[None, None, None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
