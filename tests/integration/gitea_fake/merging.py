"""Merging, in every style, with git itself."""

from tests.integration.gitea_fake.call import Refusal
from tests.integration.gitea_fake.forge import Forge
from tests.integration.gitea_fake.mergeability import protected_against, refuse_unmergeable
from tests.integration.gitea_fake.records import Account, Json, PullRequest, Repository, now

# Accepted in both spellings from 1.26 on; before, only as on the left.
SPELLINGS = {
    "Do": "do",
    "MergeTitleField": "merge_title_field",
    "MergeMessageField": "merge_message_field",
    "MergeCommitID": "merge_commit_id",
}


def understood(body: Json, *, both: bool) -> Json:
    """The request in today's spelling; ``do`` has been read in any casing all along."""
    plain = {SPELLINGS.get(name, name): value for name, value in body.items()}
    if not both:
        for old, new in SPELLINGS.items():
            if new != "do" and old not in body:
                plain.pop(new, None)
    return plain


def merge(forge: Forge, repo: Repository, pull: PullRequest, doer: Account, asked: Json) -> bool:
    """Merge it, or tell with False that this waits for the checks."""
    style = asked.get("do")
    if not style:
        raise Refusal(422, "[Do]: Required")
    if style == "fast-forward-only" and not forge.flavour.since(22):
        raise Refusal(422, "[Do]: In")
    waits = asked.get("merge_when_checks_succeed", False)
    if waits and pull.state == "open" and repo.combined(pull.head_sha)[0] == "pending":
        pull.scheduled = {**asked, "merge_when_checks_succeed": False, "doer": doer.login}
        return False
    force = asked.get("force_merge", False)
    refuse_unmergeable(repo, pull, doer, style=style, force=force)
    head = asked.get("head_commit_id")
    if head and head != pull.head_sha:
        raise Refusal(409, "head out of date")
    if pull.depends_on_open_issues:
        raise Refusal(500)
    base = repo.git.head(pull.base)
    assert base is not None
    sha = _result(forge, repo, pull, doer, asked)
    pull.merged_base = repo.git.merge_base(base, pull.head_sha)
    pull.merge_commit = sha
    pull.merged_at = now()
    pull.merged_by = doer
    pull.scheduled = None
    pull.state = "closed"
    with forge.moving(repo, doer):
        repo.git.point(f"refs/heads/{pull.base}", sha)
    forge.close(repo, doer, pull)
    if asked.get("delete_branch_after_merge", repo.default_delete_branch):
        with forge.moving(repo, doer):
            repo.git.point(f"refs/heads/{pull.head}", None)
    return True


def merge_scheduled(forge: Forge, repo: Repository, sha: str) -> None:
    """Carry out what has waited for these checks, if they are good now."""
    for pull in repo.open_pulls():
        good = pull.head_sha == sha and repo.combined(sha)[0] == "success"
        if pull.scheduled and good and not protected_against(repo, pull):
            pull.looks_left = 0
            merge(forge, repo, pull, forge.account(pull.scheduled["doer"]), pull.scheduled)


def _result(forge: Forge, repo: Repository, pull: PullRequest, doer: Account, asked: Json) -> str:
    git, head, style = repo.git, pull.head_sha, asked["do"]
    base = git.head(pull.base)
    tree = git.merged_tree(base, head) if base else None
    assert base is not None
    assert tree is not None, "conflicts are refused before"
    committer = forge.signature(doer)
    title = f"Merge pull request '{pull.title}' (#{pull.number}) from {pull.head} into {pull.base}"
    if style == "squash":
        title = f"{pull.title} (#{pull.number})"
    title = asked.get("merge_title_field") or title
    text = asked.get("merge_message_field") or ""
    message = f"{title}\n\n{text}\n" if text else f"{title}\n"
    match style:
        case "merge":
            return git.commit_tree(tree, [base, head], message, committer, committer)
        case "squash":
            return git.commit_tree(tree, [base], message, forge.signature(pull.user), committer)
        case "fast-forward-only":
            if not git.contains(head, base):
                raise _conflict(style, "fatal: Not possible to fast-forward, aborting.")
            return head
    rebased = git.rebased(head, base, committer)
    if rebased is None:
        raise _conflict(style, "could not apply")
    if style == "rebase":
        return rebased
    whole = git.commit(rebased).tree
    return git.commit_tree(whole, [base, rebased], message, committer, committer)


def _conflict(style: str, said: str) -> Refusal:
    """What git says at the merge itself comes without a message."""
    return Refusal(409, body={"Style": style, "StdOut": "", "StdErr": said, "Err": {}})
