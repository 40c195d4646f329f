"""Pull requests."""

from tests.integration.gitea_fake.call import Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.git_objects import Change
from tests.integration.gitea_fake.mergeability import looked_at
from tests.integration.gitea_fake.merging import merge, understood
from tests.integration.gitea_fake.records import Json, PullRequest, Repository, now
from tests.integration.gitea_fake.rest.route import Route


def _shown(call: Call, pull: PullRequest, *, listed: bool = False) -> Json:
    return call.forge.pull_shapes.pull(call.repo, pull, call.doer, listed=listed)


def _announce(call: Call, pull: PullRequest, action: str) -> None:
    payload = call.forge.payloads.pull(call.repo, pull, action, call.user)
    call.forge.announce(call.repo, "pull_request", payload)


def pulls(call: Call) -> Answer:
    """All of them, closed ones too, unless told otherwise; ``head`` is no parameter at all."""
    repo, flavour = call.repo, call.forge.flavour
    if repo.empty and flavour.forgejo:
        raise NotThere
    found = sorted(repo.pulls.values(), key=lambda pull: pull.number, reverse=True)
    if (state := call.query.get("state")) in {"open", "closed"}:
        found = [pull for pull in found if pull.state == state]
    base = call.query.get("base_branch")
    if base and flavour.since(24) and not flavour.forgejo:
        found = [pull for pull in found if pull.base == base]
    poster = call.query.get("poster")
    if poster and (flavour.since(23) or flavour.forgejo):
        found = [pull for pull in found if pull.user.login == poster]
    if call.query.get("sort") in {"oldest", "leastupdate"}:
        found.reverse()
    for pull in found:
        looked_at(pull)
    return call.paged(found, lambda pull: _shown(call, pull, listed=True))


def create(call: Call) -> Answer:
    """A pull request; only an open one between the same branches is in the way."""
    repo = call.repo
    if repo.empty:
        raise NotThere
    head, base = call.required("head", "Head"), call.required("base", "Base")
    title = call.required("title", "Title")
    head = _own_branch(repo, head)
    head_sha, base_sha = repo.git.head(head), repo.git.head(base)
    if head_sha is None or base_sha is None:
        raise NotThere
    if head == base:
        raise Refusal(422, f"head and base branch are the same: {head}")
    for pull in repo.open_pulls():
        if (pull.head, pull.base) == (head, base):
            raise Refusal(
                409,
                "pull request already exists for these targets "
                f"[id: {pull.id}, issue_id: {pull.number}, head_repo_id: {repo.id}, "
                f"base_repo_id: {repo.id}, head_branch: {head}, base_branch: {base}]",
            )
    number, repo.next_number = repo.next_number, repo.next_number + 1
    pull = repo.pulls[number] = PullRequest(
        id=call.forge.new_id(),
        number=number,
        user=call.user,
        title=title,
        body=call.given("body", ""),
        base=base,
        head=head,
        head_sha=head_sha,
        looks_left=call.forge.trouble.conflict_check_takes,
        requested_reviewers=[call.forge.account(r) for r in call.given("reviewers", [])],
    )
    repo.git.point(f"refs/pull/{number}/head", head_sha)
    _announce(call, pull, "opened")
    return Answer(status=201, body=_shown(call, pull))


def _own_branch(repo: Repository, head: str) -> str:
    """The branch in this repository that the head names; there are no forks here."""
    owner, _, branch = head.partition(":")
    if not branch:
        return head
    if owner.lower() not in {repo.owner.login.lower(), repo.full_name.lower()}:
        raise NotThere
    return branch


def pull(call: Call) -> Answer:
    looked_at(call.pull)
    return Answer(body=_shown(call, call.pull))


def by_branches(call: Call) -> Answer:
    """The first between two branches, in whatever order: mostly the oldest, perhaps long closed."""
    if not call.forge.flavour.since(22):
        raise NotThere
    base, head = call.arguments["base"], _own_branch(call.repo, call.arguments["head"])
    for found in call.repo.pulls.values():
        if (found.base, found.head) == (base, head):
            looked_at(found)
            return Answer(body=_shown(call, found))
    raise NotThere


def edit(call: Call) -> Answer:
    found, state = call.pull, call.given("state")
    version = call.given("content_version")
    if version is not None and call.forge.flavour.since(26) and version != found.version:
        raise Refusal(409, "content version mismatch")
    if not (call.repo.allows(call.user, "write") or found.user is call.user):
        raise Refusal(403)
    if state is not None and found.merged_at is not None:
        raise Refusal(412, "cannot change state of this pull request, it was already merged")
    before = (found.title, found.body, found.base)
    found.title = call.given("title", found.title)
    found.body = call.given("body", found.body)
    if (base := call.given("base", found.base)) != found.base:
        if call.repo.git.head(base) is None:
            raise NotThere(f"branch does not exist [name: {base}]")
        found.base, found.looks_left = base, call.forge.trouble.conflict_check_takes
    if (found.title, found.body, found.base) != before:
        found.version += 1
        found.updated = now()
        _announce(call, found, "edited")
    if state == "closed" and found.state == "open":
        call.forge.close(call.repo, call.user, found)
    elif state == "open" and found.state == "closed":
        _reopen(call, found)
    return Answer(status=201, body=_shown(call, found))


def _reopen(call: Call, found: PullRequest) -> None:
    head = call.repo.git.head(found.head)
    if head is None:
        raise NotThere
    found.state, found.closed, found.head_sha = "open", None, head
    found.looks_left = call.forge.trouble.conflict_check_takes
    call.repo.git.point(f"refs/pull/{found.number}/head", head)
    _announce(call, found, "reopened")


def is_merged(call: Call) -> Answer:
    if call.pull.merged_at is None:
        raise NotThere
    return Answer(status=204)


def merge_pull(call: Call) -> Answer:
    """Merge it: 200 without a body; 201 says that it will be once its checks have succeeded."""
    asked = understood(call.body or {}, both=call.forge.flavour.since(26))
    found = call.pull
    try:
        done = merge(call.forge, call.repo, found, call.user, asked)
    finally:
        looked_at(found)
    return Answer(status=200 if done else 201, raw=b"")


def cancel_merge(call: Call) -> Answer:
    if call.pull.scheduled is None:
        raise NotThere
    call.pull.scheduled = None
    return Answer(status=204)


def update(call: Call) -> Answer:
    """Merge the base branch into the head."""
    repo, found = call.repo, call.pull
    base = repo.git.head(found.base)
    assert base is not None
    tree = repo.git.merged_tree(found.head_sha, base)
    if found.state != "open" or tree is None:
        raise Refusal(409, "merge failed because of conflict")
    signer = call.forge.signature(call.user)
    message = f"Merge branch '{found.base}' into {found.head}\n"
    sha = repo.git.commit_tree(tree, [found.head_sha, base], message, signer, signer)
    with call.forge.moving(repo, call.user):
        repo.git.point(f"refs/heads/{found.head}", sha)
    return Answer(status=200, raw=b"")


# ── what is in it ────────────────────────────────────────────────────────────────────────────────


def _range(call: Call) -> tuple[str, str]:
    found, git = call.pull, call.repo.git
    base = found.merged_base or git.merge_base(git.head(found.base) or "", found.head_sha)
    return base, found.head_sha


def files(call: Call) -> Answer:
    before, after = _range(call)
    page, api = call.forge.shapes.page(call.repo), call.forge.shapes.api(call.repo)
    words = {"A": "added", "D": "deleted", "M": "changed", "R": "renamed", "C": "copied"}

    def shape(change: Change) -> Json:
        shape: Json = {
            "filename": change.path,
            "status": words.get(change.status, "changed"),
            "additions": change.additions,
            "deletions": change.deletions,
            "changes": change.additions + change.deletions,
            "html_url": f"{page}/src/commit/{after}/{change.path}",
            "contents_url": f"{api}/contents/{change.path}?ref={after}",
            "raw_url": f"{page}/raw/commit/{after}/{change.path}",
        }
        if change.former:
            shape["previous_filename"] = change.former
        return shape

    return call.paged(call.repo.git.changes(before, after), shape)


def commits(call: Call) -> Answer:
    before, after = _range(call)
    git, shapes = call.repo.git, call.forge.shapes
    shas = git.log(f"{before}..{after}")
    return call.paged(shas, lambda sha: shapes.full_commit(call.repo, git.commit(sha)))


def diff(call: Call) -> Answer:
    before, after = _range(call)
    if call.arguments["diffType"] == "diff":
        return Answer(raw=call.repo.git.diff(before, after))
    return Answer(raw=call.repo.git.run("format-patch", "--stdout", f"{before}..{after}"))


def of_commit(call: Call) -> Answer:
    """The merged pull request that a commit came by."""
    sha = call.arguments["sha"]
    for found in call.repo.pulls.values():
        if found.merge_commit == sha:
            return Answer(body=_shown(call, found))
    raise NotThere


def issue(call: Call) -> Answer:
    return Answer(body=call.forge.pull_shapes.issue(call.repo, call.pull))


_REPO = "/repos/{owner}/{repo}"
_PULL = f"{_REPO}/pulls/{{index}}"
ROUTES = (
    Route("GET", f"{_REPO}/pulls", pulls),
    Route("POST", f"{_REPO}/pulls", create, level="read"),
    Route("GET", _PULL, pull),
    Route("PATCH", _PULL, edit, level="read"),
    Route("GET", f"{_PULL}/merge", is_merged),
    Route("POST", f"{_PULL}/merge", merge_pull, level="read"),
    Route("DELETE", f"{_PULL}/merge", cancel_merge),
    Route("POST", f"{_PULL}/update", update),
    Route("GET", f"{_PULL}/files", files),
    Route("GET", f"{_PULL}/commits", commits),
    Route("GET", f"{_PULL}.{{diffType}}", diff),
    Route("GET", f"{_REPO}/commits/{{sha}}/pull", of_commit),
    Route("GET", f"{_REPO}/issues/{{index}}", issue, area="issue"),
)
# Behind those of reviews: "pulls/{index}/reviews" would be a base and a head as well.
LAST_ROUTES = (Route("GET", f"{_REPO}/pulls/{{base}}/{{head}}", by_branches),)
