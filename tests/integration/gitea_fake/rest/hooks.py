"""Webhooks of a repository."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from tests.integration.gitea_fake.call import Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.flavour import Flavour
from tests.integration.gitea_fake.records import Hook, now
from tests.integration.gitea_fake.rest.route import Route

TYPES = {
    *("dingtalk", "discord", "gitea", "gogs", "msteams", "slack", "telegram", "feishu"),
    *("wechatwork", "packagist"),
}
PULL_REQUEST = frozenset(
    {"pull_request", "pull_request_review"}
    | {f"pull_request_{part}" for part in ("assign", "comment", "label", "milestone")}
    | {f"pull_request_{part}" for part in ("review_request", "sync")}
)


def subscribed(asked: Iterable[str], flavour: Flavour) -> frozenset[str]:
    """What these names subscribe to; ``pull_request`` means all that can happen to one."""
    events: set[str] = set()
    for name in flavour.events.intersection(asked):
        if name == "pull_request":
            events |= PULL_REQUEST
        else:
            events.add("pull_request" if name == "pull_request_only" else name)
    return frozenset(events)


def _of_id(call: Call) -> Hook:
    found = call.repo.hooks.get(int(call.arguments["id"]))
    if found is None:
        raise NotThere
    return found


def hooks(call: Call) -> Answer:
    return call.paged(list(call.repo.hooks.values()), call.forge.pull_shapes.hook)


def hook(call: Call) -> Answer:
    return Answer(body=call.forge.pull_shapes.hook(_of_id(call)))


def create(call: Call) -> Answer:
    """A webhook, inactive unless asked for; the same twice makes two."""
    kind, config = call.required("type", "Type"), call.given("config", {})
    forgejo = {"forgejo"} if call.forge.flavour.forgejo else set()
    if kind not in TYPES | forgejo:
        raise Refusal(422, f"Invalid hook type: {kind}")
    for name in ("url", "content_type"):
        if name not in config:
            raise Refusal(422, f"Missing config option: {name}")
    if config["content_type"] not in {"json", "form"}:
        raise Refusal(422, "Invalid content type")
    if urlsplit(config["url"]).scheme not in {"http", "https"}:
        raise Refusal(422, "Invalid url")
    made = Hook(
        id=call.forge.new_id(),
        type=kind,
        url=config["url"],
        content_type=config["content_type"],
        secret=config.get("secret", ""),
        events=subscribed(call.given("events") or ["push"], call.forge.flavour),
        active=call.given("active", False),
        branch_filter=call.given("branch_filter", ""),
        authorization=call.given("authorization_header", ""),
        name=call.given("name", ""),
    )
    call.repo.hooks[made.id] = made
    return Answer(status=201, body=call.forge.pull_shapes.hook(made))


def edit(call: Call) -> Answer:
    """Change it; of events, filter and authorization what is not named is not kept either."""
    made, config = _of_id(call), call.given("config", {})
    made.url = config.get("url", made.url)
    made.content_type = config.get("content_type", made.content_type)
    made.secret = config.get("secret", made.secret)
    made.events = subscribed(call.given("events") or ["push"], call.forge.flavour)
    made.active = call.given("active", made.active)
    made.branch_filter = call.given("branch_filter", "")
    made.authorization = call.given("authorization_header", "")
    made.updated = now()
    return Answer(body=call.forge.pull_shapes.hook(made))


def delete(call: Call) -> Answer:
    del call.repo.hooks[_of_id(call).id]
    return Answer(status=204)


def test(call: Call) -> Answer:
    """Send a push that says that nothing has moved."""
    made, repo = _of_id(call), call.repo
    head = repo.git.head(repo.default_branch)
    if head is not None:
        ref = f"refs/heads/{repo.default_branch}"
        payload = call.forge.payloads.push(repo, ref, head, head, call.user)
        call.forge.deliveries.announce(made, "push", payload)
    return Answer(status=204)


_HOOKS = "/repos/{owner}/{repo}/hooks"
ROUTES = (
    Route("GET", _HOOKS, hooks, level="admin"),
    Route("POST", _HOOKS, create, level="admin"),
    Route("GET", f"{_HOOKS}/{{id}}", hook, level="admin"),
    Route("PATCH", f"{_HOOKS}/{{id}}", edit, level="admin"),
    Route("DELETE", f"{_HOOKS}/{{id}}", delete, level="admin"),
    Route("POST", f"{_HOOKS}/{{id}}/tests", test, level="admin"),
)
