"""The forge: who there is, what repositories there are, and what follows when a ref moves."""

import itertools
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.integration.gitea_fake.bare_repository import BareRepository
from tests.integration.gitea_fake.call import NotThere
from tests.integration.gitea_fake.deliveries import Deliveries
from tests.integration.gitea_fake.flavour import Flavour
from tests.integration.gitea_fake.git_objects import Signature
from tests.integration.gitea_fake.payloads import Payloads
from tests.integration.gitea_fake.pull_shapes import PullShapes
from tests.integration.gitea_fake.records import (
    Account,
    Json,
    PullRequest,
    Repository,
    Token,
    now,
)
from tests.integration.gitea_fake.shapes import Shapes
from tests.integration.gitea_fake.trouble import Trouble

BOT_SCOPES = ("write:repository", "write:issue", "read:user")


class Forge:
    """One lock lets it do one thing at a time, whoever asks."""

    def __init__(self, folder: Path, flavour: Flavour, *, allowed_hosts: str, root: str) -> None:
        self.folder = folder
        self.flavour = flavour
        self.lock = threading.RLock()
        self.trouble = Trouble()
        self.deliveries = Deliveries(flavour, allowed_hosts)
        self.shapes = Shapes(root, flavour)
        self.pull_shapes = PullShapes(self.shapes)
        self.payloads = Payloads(self.pull_shapes)
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[int, Repository] = {}
        self.faults: list[Exception] = []
        self.former_names: dict[tuple[str, str], int] = {}
        self._ids = itertools.count(100)
        self._account_ids = itertools.count(1)
        self._repository_ids = itertools.count(1)

    def new_id(self) -> int:
        return next(self._ids)

    # ── who and what there is ────────────────────────────────────────────────────────────────────

    def account(self, login: str) -> Account:
        """The account of that name, made if there is none."""
        known = self.accounts.get(login.lower())
        if known is None:
            known = Account(id=next(self._account_ids), login=login, password=f"{login}'s password")
            self.accounts[login.lower()] = known
        return known

    def issue_token(
        self, account: Account, scopes: Iterable[str] = BOT_SCOPES, *, name: str = ""
    ) -> Token:
        secret = secrets.token_hex(20)
        token = Token(
            id=self.new_id(),
            account=account,
            name=name or secret[:8],
            secret=secret,
            scopes=set(scopes),
        )
        self.tokens[secret] = token
        return token

    def create_repository(
        self, owner: str, name: str, files: Mapping[str, str] | None, *, private: bool = True
    ) -> Repository:
        """A repository with one commit of these files, or, for None, an empty one."""
        number = next(self._repository_ids)  # never given twice, whatever is deleted
        repo = Repository(
            id=number,
            owner=self.account(owner),
            name=name,
            git=BareRepository(self.folder / f"{number}.git"),
            private=private,
        )
        if files is not None:
            signer = self.signature(repo.owner)
            changes = {path: ("100644", text.encode()) for path, text in files.items()}
            tree = repo.git.tree_with(None, changes)
            sha = repo.git.commit_tree(tree, [], "Initial commit\n", signer, signer)
            repo.git.point("refs/heads/main", sha)
        self.repositories[number] = repo
        return repo

    def repository(self, owner: str, name: str) -> Repository:
        """By its present name; NotThere for a former one, too."""
        wanted = f"{owner}/{name}".lower()
        for repo in self.repositories.values():
            if repo.full_name.lower() == wanted:
                return repo
        raise NotThere(self.flavour.not_found)

    def renamed(self, owner: str, name: str) -> Repository | None:
        """What has left that name, as long as nothing else has taken it."""
        number = self.former_names.get((owner.lower(), name.lower()))
        return self.repositories.get(number) if number is not None else None

    def rename(self, repo: Repository, name: str) -> None:
        self.former_names[(repo.owner.login.lower(), repo.name.lower())] = repo.id
        self.former_names.pop((repo.owner.login.lower(), name.lower()), None)
        repo.name = name

    def signature(self, account: Account) -> Signature:
        return Signature(name=account.login, email=account.email, date=now())

    # ── what follows ─────────────────────────────────────────────────────────────────────────────

    def announce(
        self, repo: Repository, event_type: str, payload: Json, *, branch: str | None = None
    ) -> None:
        """Tell each webhook that asked for it; versions that don't know an event are silent."""
        for hook in repo.hooks.values():
            if hook.wants(event_type, branch):
                self.deliveries.announce(hook, event_type, payload)

    @contextmanager
    def moving(self, repo: Repository, doer: Account) -> Iterator[None]:
        """Let what follows from moved refs follow, however they are moved inside."""
        before = repo.git.refs("refs/heads", "refs/tags")
        yield
        after = repo.git.refs("refs/heads", "refs/tags")
        for ref in sorted(before.keys() | after.keys()):
            if before.get(ref) != after.get(ref):
                self._moved(repo, doer, ref, before.get(ref), after.get(ref))

    def _moved(
        self, repo: Repository, doer: Account, ref: str, before: str | None, after: str | None
    ) -> None:
        repo.updated = now()
        kind = "tag" if ref.startswith("refs/tags/") else "branch"
        name = ref.split("/", 2)[2]
        branch = name if kind == "branch" else None
        if after is None:
            payload = self.payloads.delete(repo, kind, name, doer)
            self.announce(repo, "delete", payload, branch=branch)
        else:
            if before is None:
                payload = self.payloads.create(repo, kind, name, after, doer)
                self.announce(repo, "create", payload, branch=branch)
            payload = self.payloads.push(repo, ref, before, after, doer)
            self.announce(repo, "push", payload, branch=branch)
        if branch is None:
            return
        for pull in list(repo.pulls.values()):
            if pull.head == branch and pull.state == "open":
                self._head_moved(repo, doer, pull, after)
            if pull.base == branch and pull.state == "open":
                pull.looks_left = self.trouble.conflict_check_takes

    def _head_moved(
        self, repo: Repository, doer: Account, pull: PullRequest, after: str | None
    ) -> None:
        """An open pull request follows its head, and closes when that goes."""
        if after is None:
            self.close(repo, doer, pull)
            return
        before, pull.head_sha = pull.head_sha, after
        pull.updated = now()
        pull.looks_left = self.trouble.conflict_check_takes
        repo.git.point(f"refs/pull/{pull.number}/head", after)
        payload = self.payloads.pull(repo, pull, "synchronized", doer, moved=(before, after))
        self.announce(repo, "pull_request_sync", payload)

    def close(self, repo: Repository, doer: Account, pull: PullRequest) -> None:
        """Close it, merged or not."""
        pull.state = "closed"
        pull.closed = pull.updated = now()
        self.announce(repo, "pull_request", self.payloads.pull(repo, pull, "closed", doer))

    def close_down(self) -> None:
        """Stop telling; whatever was wrong with the fake itself comes out here."""
        self.deliveries.close()
        if self.faults:
            raise ExceptionGroup("the fake Gitea is at fault", self.faults)
