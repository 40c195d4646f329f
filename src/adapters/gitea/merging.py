"""Merges a pull request. The forge answers 405 to nearly everything, so it is looked at first."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from adapters.gitea.answers import failure_of, message_of
from adapters.gitea.client import GiteaClient, repo_path
from adapters.gitea.payloads import Pull
from adapters.gitea.proposals import Proposals
from domain.errors import Conflict, Failure, NotAllowed, ToolFailed
from domain.identifiers import CommitId, Repo

PAUSES: Sequence[float] = (0.2, 0.3, 0.5, 1, 2, 3, 5, 8, 10, 10, 10, 10)
"""Seconds between looks at whether the forge has found out if it can merge: a minute in all."""
_BREATH = 5.0
"""Seconds before a refused merge is asked for again, once."""


class Merging:
    """Merges in one style, and only what it was told to."""

    def __init__(
        self,
        client: GiteaClient,
        proposals: Proposals,
        *,
        style: str,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Merge in this style: merge, rebase, rebase-merge, squash or fast-forward-only."""
        self._client = client
        self._proposals = proposals
        self._style = style
        self._pause = pause

    async def __call__(self, repo: Repo, number: int, commit: CommitId) -> None:
        """Merge the pull request if its head is the commit; one that is merged stays merged."""
        if await self._refusal(repo, number, commit) is None:
            return
        # A check that began and ended since we looked refuses in the same words as a rule.
        await self._pause(_BREATH)
        refusal = await self._refusal(repo, number, commit)
        if refusal is not None:
            raise refusal

    async def _refusal(self, repo: Repo, number: int, commit: CommitId) -> Failure | None:
        """Return why it is not merged though the forge says it can be, None once it is merged."""
        pull = await self._ready(repo, number, commit)
        if pull.merged:
            return None
        body = {
            "Do": self._style,  # capitalised: every version takes that one
            "head_commit_id": commit,  # what was pushed meanwhile nobody has judged
            "delete_branch_after_merge": False,
        }
        path = repo_path(repo, "pulls", number, "merge")
        answer = await self._client.send("POST", path, body=body, accept=(201, 405, 409, 500))
        if answer.status_code == 200:
            return None
        after = await self._proposals.one(repo, number)
        if after.merged:  # an earlier order was carried out, or a person was faster
            return None
        _check_head(after, commit)
        put_off, checking = answer.status_code == 201, pull.mergeable and not after.mergeable
        said = str(failure_of(answer, f"#{number} cannot be merged"))
        if answer.status_code == 500:  # while it can be read: what Gitea says to open dependencies
            said += "; see whether it depends on issues that are open"
        refusal: Failure = NotAllowed(said)
        if put_off or checking or _base(after) != _base(pull):
            # Looked at anew since the base branch moved under the forge's hands: once more, later.
            refusal = ToolFailed(f"#{number} could not be merged just now: {message_of(answer)}")
        if put_off or not pull.mergeable:
            raise refusal
        return refusal

    async def _ready(self, repo: Repo, number: int, commit: CommitId) -> Pull:
        """Return the pull request once the forge says that it can be merged, or in due time.

        Whether it can is found out after each push, by and by, and false until then.
        """
        pauses = iter(PAUSES)
        while True:
            pull = await self._proposals.one(repo, number)
            if pull.merged:
                return pull
            if pull.state != "open":
                raise NotAllowed(f"#{number} is closed")
            _check_head(pull, commit)
            pause = next(pauses, None)
            if pull.mergeable or pause is None:
                return pull
            await self._pause(pause)


def _base(pull: Pull) -> str | None:
    return pull.base.sha if pull.base else None


def _check_head(pull: Pull, commit: CommitId) -> None:
    head = pull.head.sha if pull.head else None
    if head != commit:
        raise Conflict(f"#{pull.number} is at {str(head)[:12]} and not at {commit[:12]}")
