"""The server, the user, tokens, and repositories with their people."""

from tests.integration.gitea_fake.call import MAX_PAGE, PAGE, Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.records import Json, Protection, Token
from tests.integration.gitea_fake.rest.route import Route


def version(call: Call) -> Answer:
    return Answer(body={"version": call.forge.flavour.version})


def settings(call: Call) -> Answer:
    return Answer(
        body={
            "max_response_items": MAX_PAGE,
            "default_paging_num": PAGE,
            "default_git_trees_per_page": 1000,
            "default_max_blob_size": 10485760,
            "default_max_response_size": 104857600,
        }
    )


def own_user(call: Call) -> Answer:
    return Answer(body=call.forge.shapes.user(call.user))


def user(call: Call) -> Answer:
    account = call.forge.accounts.get(call.arguments["username"].lower())
    if account is None:
        raise NotThere
    return Answer(body=call.forge.shapes.user(account))


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────


def _token(token: Token, *, secret: bool) -> Json:
    return {
        "id": token.id,
        "name": token.name,
        "sha1": token.secret if secret else "",
        "token_last_eight": token.secret[-8:],
        "scopes": sorted(token.scopes),
    }


def create_token(call: Call) -> Answer:
    name, scopes = call.required("name", "Name"), call.given("scopes", [])
    taken = {t.name for t in call.forge.tokens.values() if t.account is call.user}
    if name in taken:
        raise Refusal(400, "access token name has been used already")
    if not scopes:
        raise Refusal(400, "access token must have a scope")
    token = call.forge.issue_token(call.user, scopes, name=name)
    return Answer(status=201, body=_token(token, secret=True))


def tokens(call: Call) -> Answer:
    own = [token for token in call.forge.tokens.values() if token.account is call.user]
    return call.paged(own, lambda token: _token(token, secret=False))


def delete_token(call: Call) -> Answer:
    asked = call.arguments["token"]
    for secret, token in call.forge.tokens.items():
        if token.account is call.user and asked in {token.name, str(token.id)}:
            del call.forge.tokens[secret]
            return Answer(status=204)
    raise NotThere


# ── repositories ─────────────────────────────────────────────────────────────────────────────────


def create_repository(call: Call) -> Answer:
    name = call.required("name", "Name")
    try:
        call.forge.repository(call.user.login, name)
    except NotThere:
        files = {"README.md": f"# {name}\n"} if call.given("auto_init", False) else None
        private = call.given("private", False)
        repo = call.forge.create_repository(call.user.login, name, files, private=private)
        return Answer(status=201, body=call.forge.shapes.repository(repo, call.user))
    raise Refusal(409, "The repository with the same name already exists.")


def own_repositories(call: Call) -> Answer:
    own = [repo for repo in call.forge.repositories.values() if repo.allows(call.user, "write")]
    return call.paged(own, lambda repo: call.forge.shapes.repository(repo, call.user))


def repository(call: Call) -> Answer:
    return Answer(body=call.forge.shapes.repository(call.repo, call.doer))


def edit_repository(call: Call) -> Answer:
    repo = call.repo
    repo.archived = call.given("archived", repo.archived)
    repo.private = call.given("private", repo.private)
    repo.description = call.given("description", repo.description)
    branch = call.given("default_branch", repo.default_branch)
    if branch != repo.default_branch and repo.git.head(branch) is None and not repo.empty:
        raise NotThere
    repo.default_branch = branch
    if (name := call.given("name", repo.name)) != repo.name:
        call.forge.rename(repo, name)
    return Answer(body=call.forge.shapes.repository(repo, call.doer))


def delete_repository(call: Call) -> Answer:
    del call.forge.repositories[call.repo.id]
    return Answer(status=204)


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def collaborators(call: Call) -> Answer:
    known = [call.forge.account(login) for login in call.repo.levels]
    return call.paged(known, call.forge.shapes.user)


def is_collaborator(call: Call) -> Answer:
    if call.arguments["collaborator"] not in call.repo.levels:
        raise NotThere
    return Answer(status=204)


def add_collaborator(call: Call) -> Answer:
    login = call.arguments["collaborator"]
    if login.lower() not in call.forge.accounts:
        raise Refusal(422, f"user does not exist [uid: 0, name: {login}]")
    call.repo.levels[login] = call.given("permission", "write")
    return Answer(status=204)


def remove_collaborator(call: Call) -> Answer:
    call.repo.levels.pop(call.arguments["collaborator"], None)
    return Answer(status=204)


def permission(call: Call) -> Answer:
    account = call.forge.accounts.get(call.arguments["collaborator"].lower())
    if account is None:
        raise NotThere
    if account is not call.user and not call.repo.allows(call.doer, "admin"):
        raise Refusal(403, "Only admins can query all permissions, repo admins can query all")
    level = call.repo.level(account)
    user = call.forge.shapes.user(account)
    return Answer(body={"permission": level, "role_name": level, "user": user})


# ── protected branches ───────────────────────────────────────────────────────────────────────────


def protections(call: Call) -> Answer:
    rules = call.repo.protections.values()
    return Answer(body=[call.forge.shapes.protection(rule) for rule in rules])


def protection(call: Call) -> Answer:
    rule = call.repo.protections.get(call.arguments["name"])
    if rule is None:
        raise NotThere
    return Answer(body=call.forge.shapes.protection(rule))


def protect(call: Call) -> Answer:
    name = call.given("rule_name") or call.required("branch_name", "RuleName")
    if name in call.repo.protections:
        raise Refusal(403, "Branch protection already exist")
    rule = call.repo.protections[name] = Protection(
        rule=name,
        push=call.given("enable_push", False),
        push_allowed=tuple(call.given("push_whitelist_usernames", ()))
        if call.given("enable_push_whitelist", False)
        else None,
        required_approvals=call.given("required_approvals", 0),
        contexts=tuple(call.given("status_check_contexts", ()))
        if call.given("enable_status_check", False)
        else None,
        block_on_rejected=call.given("block_on_rejected_reviews", False),
        block_on_outdated=call.given("block_on_outdated_branch", False),
    )
    return Answer(status=201, body=call.forge.shapes.protection(rule))


def unprotect(call: Call) -> Answer:
    if call.repo.protections.pop(call.arguments["name"], None) is None:
        raise NotThere
    return Answer(status=204)


_REPO = "/repos/{owner}/{repo}"
_PERSON = f"{_REPO}/collaborators/{{collaborator}}"
_RULES = f"{_REPO}/branch_protections"
ROUTES = (
    Route("GET", "/version", version, area=None),
    Route("GET", "/settings/api", settings, area=None),
    Route("GET", "/user", own_user, area="user"),
    Route("GET", "/users/{username}", user, area="user"),
    Route("GET", "/users/{username}/tokens", tokens, area=None, basic=True),
    Route("POST", "/users/{username}/tokens", create_token, area=None, basic=True),
    Route("DELETE", "/users/{username}/tokens/{token}", delete_token, area=None, basic=True),
    Route("POST", "/user/repos", create_repository),
    Route("GET", "/user/repos", own_repositories),
    Route("GET", _REPO, repository),
    Route("PATCH", _REPO, edit_repository, level="admin", when_archived=True),
    Route("DELETE", _REPO, delete_repository, level="admin", when_archived=True),
    Route("GET", f"{_REPO}/collaborators", collaborators),
    Route("GET", _PERSON, is_collaborator),
    Route("PUT", _PERSON, add_collaborator, level="admin"),
    Route("DELETE", _PERSON, remove_collaborator, level="admin"),
    Route("GET", f"{_PERSON}/permission", permission),
    Route("GET", _RULES, protections, level="admin"),
    Route("POST", _RULES, protect, level="admin"),
    Route("GET", f"{_RULES}/{{name}}", protection, level="admin"),
    Route("DELETE", f"{_RULES}/{{name}}", unprotect, level="admin"),
)
