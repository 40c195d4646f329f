"""Statuses of commits, each and combined."""

from tests.integration.gitea_fake.call import MAX_PAGE, PAGE, Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.merging import merge_scheduled
from tests.integration.gitea_fake.records import Status
from tests.integration.gitea_fake.rest.route import Route


def _named(call: Call, name: str) -> str:
    sha = call.repo.git.resolve(name)
    if sha is None:
        raise NotThere(f'ref "{name}" does not exist' if call.forge.flavour.since(26) else "")
    return sha


def create(call: Call) -> Answer:
    """A status; the commit must be there, or the server errs, but the state may be any word."""
    repo, sha = call.repo, call.arguments["sha"]
    if repo.git.resolve(sha) is None:
        raise Refusal(500)
    known = repo.statuses.setdefault(sha, [])
    status = Status(
        id=call.forge.new_id(),
        index=len(known) + 1,
        state=call.given("state", "pending"),
        context=call.given("context", "default"),
        description=call.given("description", ""),
        target_url=call.given("target_url", ""),
        creator=call.user,
    )
    known.append(status)
    if "status" in call.forge.flavour.events:
        call.forge.announce(repo, "status", call.forge.payloads.status(repo, sha, status))
    merge_scheduled(call.forge, repo, sha)
    return Answer(status=201, body=call.forge.pull_shapes.status(repo, sha, status))


def _history(call: Call, sha: str) -> Answer:
    state = call.query.get("state")
    found = [s for s in reversed(call.repo.statuses.get(sha, [])) if state in (None, s.state)]
    return call.paged(found, lambda s: call.forge.pull_shapes.status(call.repo, sha, s))


def of_sha(call: Call) -> Answer:
    return _history(call, call.arguments["sha"])


def of_ref(call: Call) -> Answer:
    return _history(call, _named(call, call.arguments["ref"]))


def combined(call: Call) -> Answer:
    """The latest of each context; counts what is on this page."""
    sha = _named(call, call.arguments["ref"])
    state, latest = call.repo.combined(sha)
    limit = min(int(call.query.get("limit") or 0) or PAGE, MAX_PAGE)
    page = max(1, int(call.query.get("page") or 1))
    shown = latest[(page - 1) * limit : page * limit]
    shape = call.forge.pull_shapes.combined(call.repo, sha, state, shown, call.doer)
    return Answer(body=shape, headers={"X-Total-Count": str(len(latest))})


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("POST", f"{_REPO}/statuses/{{sha}}", create),
    Route("GET", f"{_REPO}/statuses/{{sha}}", of_sha),
    Route("GET", f"{_REPO}/commits/{{ref}}/statuses", of_ref),
    Route("GET", f"{_REPO}/commits/{{ref}}/status", combined),
)
