"""Reads pull requests and people's reviews of them."""

import re
from collections.abc import Collection, Mapping

from adapters.gitea.client import GiteaClient, repo_path
from adapters.gitea.pages import GiteaPages
from adapters.gitea.payloads import Pull, Review, ReviewComment
from domain.errors import NotFound
from domain.evidence import (
    Closed,
    PersonReview,
    Proposal,
    PullRequest,
    ReviewVerdict,
)
from domain.identifiers import Branch, CommitId, Repo

_VERDICTS = {
    "APPROVED": ReviewVerdict.APPROVED,
    "REQUEST_CHANGES": ReviewVerdict.CHANGES_REQUESTED,
}
_TEXT_LIMIT = 16_000
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Proposals:
    """Finds a branch's pull request among all of them: the server filters by branch nowhere."""

    def __init__(
        self,
        client: GiteaClient,
        pages: GiteaPages,
        *,
        bases: Mapping[Repo, Branch],
        approvers: Collection[str] = (),
    ) -> None:
        """Approvers are these logins; none named, then whoever may merge into the base branch."""
        self._client = client
        self._pages = pages
        self._bases = bases
        self._approvers = frozenset(login.lower() for login in approvers)

    async def of(self, repo: Repo, branch: Branch, *, known: int | None) -> Proposal:
        """Return the branch's open pull request with its reviews, or how the known one ended."""
        before = None if known is None else await self.known(repo, branch, known)
        if before is not None and before.state == "open":
            return await self._opened(repo, before)
        opened = await self.open_of(repo, branch)
        if opened is not None:
            return await self._opened(repo, opened)
        if before is None:
            return Proposal()
        closed = Closed(
            pull_request=self.shown(repo, before),
            by=before.merged_by.name if before.merged_by else "",
            head=_commit(before),
        )
        return Proposal(closed=closed)

    async def open_of(self, repo: Repo, branch: Branch) -> Pull | None:
        """Return the branch's open pull request into the project's base branch, the oldest one."""
        pulls = [pull for pull in await self._open(repo) if pull.branch == branch]
        return min(pulls, key=lambda pull: pull.number, default=None)

    async def marks(self, repo: Repo) -> Mapping[Branch, str]:
        """Return a mark for each branch with an open pull request, of the oldest where of two."""
        pulls = sorted(await self._open(repo), key=lambda pull: -pull.number)
        return {
            Branch(pull.branch): f"{pull.number} {_commit(pull)} {pull.updated_at}"
            for pull in pulls
            if pull.branch
        }

    async def one(self, repo: Repo, number: int) -> Pull:
        """Return the pull request of that number. NotFound: there is none."""
        return await self._client.get(repo_path(repo, "pulls", number), Pull)

    async def known(self, repo: Repo, branch: Branch, number: int) -> Pull | None:
        """Return the pull request of that number, None where it is not the branch's."""
        try:
            pull = await self.one(repo, number)
        except NotFound:
            return None
        return pull if pull.branch == branch else None

    def shown(self, repo: Repo, pull: Pull) -> PullRequest:
        """Return a pull request as people know it."""
        url = self._pages.pull_request(repo, pull.number)
        return PullRequest(number=pull.number, url=url, merged=bool(pull.merged))

    async def _open(self, repo: Repo) -> list[Pull]:
        path = repo_path(repo, "pulls")
        # Without `state` the server would return all of them.
        pulls = await self._client.pages(path, Pull, {"state": "open"})
        base = self._bases.get(repo)
        return [p for p in pulls if base is None or (p.base is not None and p.base.ref == base)]

    async def _opened(self, repo: Repo, pull: Pull) -> Proposal:
        reviews = await self._reviews(repo, pull)
        return Proposal(pull_request=self.shown(repo, pull), reviews=reviews)

    async def _reviews(self, repo: Repo, pull: Pull) -> tuple[PersonReview, ...]:
        """Return each person's last word on the present head.

        A dismissed review was never given, a comment takes nothing back, and a verdict on an
        earlier commit is none on this one.
        """
        path = repo_path(repo, "pulls", pull.number, "reviews")
        last: dict[str, Review] = {}
        for review in await self._client.pages(path, Review):
            if review.user is None or review.state not in _VERDICTS or review.dismissed:
                continue
            before = last.get(review.user.name)
            if before is None or review.id > before.id:
                last[review.user.name] = review
        if not last:
            return ()
        bot, head = (await self._client.bot()).name, _commit(pull)
        return tuple(
            [
                await self._read(repo, pull, review)
                for user, review in sorted(last.items())
                if user != bot and not review.stale and review.commit_id == head
            ]
        )

    async def _read(self, repo: Repo, pull: Pull, review: Review) -> PersonReview:
        login = review.user.name if review.user else ""
        verdict = _VERDICTS[review.state or ""]
        text = (review.body or "").strip()
        if verdict is ReviewVerdict.CHANGES_REQUESTED and review.comments_count:
            text = "\n\n".join(
                part for part in (text, *await self._remarks(repo, pull, review)) if part
            )
        named = login.lower() in self._approvers
        return PersonReview(
            id=f"{pull.number}/{review.id}",
            by=login,
            verdict=verdict,
            text=text[:_TEXT_LIMIT],
            commit=CommitId(review.commit_id or ""),
            approver=named if self._approvers else bool(review.official),
        )

    async def _remarks(self, repo: Repo, pull: Pull, review: Review) -> list[str]:
        path = repo_path(repo, "pulls", pull.number, "reviews", review.id, "comments")
        try:
            remarks = await self._client.get(path, list[ReviewComment] | None)  # type: ignore[arg-type]  # a union is no type
        except NotFound:  # it was taken back a moment ago
            return []
        return [
            f"{remark.path or '?'}:{remark.position or remark.original_position or '?'}:"
            f" {(remark.body or '').strip()}"
            for remark in remarks or ()
        ]


def _commit(pull: Pull) -> CommitId | None:
    sha = pull.head.sha if pull.head else None
    return CommitId(sha) if sha and _COMMIT.fullmatch(sha) else None
