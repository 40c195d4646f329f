"""Whether a pull request can be merged, and what Gitea says where it cannot."""

from tests.integration.gitea_fake.call import NotThere, Refusal
from tests.integration.gitea_fake.records import Account, PullRequest, Repository

LATER = "Please try again later"


def conflicts(repo: Repository, pull: PullRequest) -> bool:
    """Whether git cannot merge it by itself."""
    base = repo.git.head(pull.base)
    return base is None or repo.git.merged_tree(base, pull.head_sha) is None


def looks_mergeable(repo: Repository, pull: PullRequest) -> bool:
    """What ``mergeable`` says: false while it is checked; merged or closed makes no difference."""
    if pull.looks_left > 0 or pull.draft:
        return False
    return pull.merged_at is not None or not conflicts(repo, pull)


def looked_at(pull: PullRequest) -> None:
    """Let the conflict check come nearer to its end."""
    pull.looks_left = max(0, pull.looks_left - 1)


def refuse_unmergeable(
    repo: Repository, pull: PullRequest, doer: Account, *, style: str, force: bool
) -> None:
    """Refuse in the order in which Gitea looks at things; 405 for whatever is not mergeable."""
    if pull.merged_at is not None:
        raise Refusal(405, "The PR is already merged")
    if pull.state == "closed":
        raise NotThere
    if not repo.allows(doer, "write"):
        raise Refusal(405, "User not allowed to merge PR")
    if pull.draft:
        raise Refusal(405, "Work in progress PRs cannot be merged")
    if pull.looks_left > 0 or conflicts(repo, pull):
        raise Refusal(405, LATER)
    reason = protected_against(repo, pull)
    if reason and not (force and repo.allows(doer, "admin")):
        raise Refusal(405, f"not ready to merge: {reason}")
    if style not in repo.styles:
        raise Refusal(405, f"{style} is not allowed an allowed merge style for this repository")


def protected_against(repo: Repository, pull: PullRequest) -> str:
    """What the rule of the base branch still wants."""
    rule = repo.protection(pull.base)
    if rule is None:
        return ""
    verdicts = {
        review.user.login: review.state
        for review in pull.reviews
        if review.official
        and not review.dismissed
        and review.state in {"APPROVED", "REQUEST_CHANGES"}
    }
    state, shown = repo.combined(pull.head_sha)
    if rule.contexts is not None:
        latest = {status.context: status.state for status in shown}
        wanted = rule.contexts or tuple(latest)
        good = all(latest.get(context) in {"success", "skipped"} for context in wanted)
        if not good or (not rule.contexts and state != "success"):
            return "Not all required status checks successful"
    if list(verdicts.values()).count("APPROVED") < rule.required_approvals:
        return "Does not have enough approvals"
    if rule.block_on_rejected and "REQUEST_CHANGES" in verdicts.values():
        return "There are requested changes"
    base = repo.git.head(pull.base) or ""
    if rule.block_on_outdated and not repo.git.contains(pull.head_sha, base):
        return "The head branch is behind the base branch"
    return ""
