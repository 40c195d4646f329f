"""Which server the fake is: its version decides what it knows and how it answers."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Flavour:
    """``1.27.3`` is a Gitea; ``15.0.9+gitea-1.22.0`` is a Forgejo that began as that Gitea."""

    version: str = "1.27.3"
    release: tuple[int, int] = field(init=False)
    forgejo: bool = field(init=False)

    def __post_init__(self) -> None:
        own, _, gitea = self.version.partition("+gitea-")
        number = re.match(r"(\d+)\.(\d+)", gitea or own)
        assert number is not None, f"no version: {self.version}"
        object.__setattr__(self, "forgejo", bool(gitea))
        object.__setattr__(self, "release", (int(number[1]), int(number[2])))

    def since(self, minor: int) -> bool:
        """Whether it is 1.<minor> or newer."""
        return self.release >= (1, minor)

    @property
    def realm(self) -> str:
        """What git is told when it comes without credentials."""
        return 'Basic realm="Forgejo"' if self.forgejo else 'Basic realm="Gitea"'

    @property
    def not_found(self) -> str:
        return "not found" if self.since(25) else "The target couldn't be found."

    @property
    def bad_token(self) -> str:
        if self.since(26):
            return "invalid username, password or token"
        return "user does not exist [uid: 0, name: ]"

    @property
    def redirect(self) -> int:
        """How it answers under a repository's former name."""
        return 301 if self.since(24) else 307

    @property
    def events(self) -> frozenset[str]:
        """The webhook events it knows; others that are asked for are ignored in silence."""
        late = {"status": 23, "workflow_job": 24, "workflow_run": 25}
        return frozenset(
            {name for name, minor in late.items() if self.since(minor)}
            | {"push", "create", "delete", "issue_comment"}
            | {"pull_request", "pull_request_only", "pull_request_review"}
            | {f"pull_request_{part}" for part in ("comment", "sync", "label", "assign")}
            | {f"pull_request_{part}" for part in ("milestone", "review_request")}
        )


GITEA_1_20 = Flavour("1.20.6")
GITEA_1_22 = Flavour("1.22.6")
GITEA_1_24 = Flavour("1.24.7")
GITEA_1_27 = Flavour("1.27.3")
FORGEJO_15 = Flavour("15.0.9+gitea-1.22.0")
