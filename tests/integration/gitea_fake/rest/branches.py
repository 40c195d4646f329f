"""Branches, commits and files."""

import base64
import binascii
from collections.abc import Sequence

from tests.integration.gitea_fake.bare_repository import BareRepository, GitRefused
from tests.integration.gitea_fake.call import Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.git_objects import Entry
from tests.integration.gitea_fake.records import Json
from tests.integration.gitea_fake.rest.route import Route
from tests.integration.gitea_fake.shapes import UNSIGNED

MAX_BLOB = 10 * 1024 * 1024
MAX_BRANCH = 100
Files = dict[str, tuple[str, bytes] | None]


def _commit_at(call: Call, name: str) -> str:
    found = call.repo.git.resolve(name)
    if found is None:
        raise NotThere(f"object does not exist [id: {name}, rel_path: ]")
    return found


# ── branches ─────────────────────────────────────────────────────────────────────────────────────


def branches(call: Call) -> Answer:
    asked = call.query.get("q", "")
    heads = [(name, sha) for name, sha in call.repo.git.branches().items() if asked in name]
    return call.paged(
        heads, lambda head: call.forge.shapes.branch(call.repo, head[0], head[1], call.doer)
    )


def branch(call: Call) -> Answer:
    name = call.arguments["branch"]
    sha = call.repo.git.head(name)
    if sha is None:
        raise NotThere(
            f"branch does not exist [name: {name}]" if call.forge.flavour.since(26) else ""
        )
    return Answer(body=call.forge.shapes.branch(call.repo, name, sha, call.doer))


def create_branch(call: Call) -> Answer:
    """A branch at a ref; where that is unknown the server errs, as Gitea does."""
    repo = call.repo
    if repo.empty:
        raise NotThere("Git Repository is empty.")
    name = call.required("new_branch_name", "NewBranchName")
    _check_branch_name(repo.git, name)
    if (old := call.given("old_ref_name")) is not None:
        sha = repo.git.resolve(old)
        if sha is None:
            raise Refusal(500)
    else:
        old = call.given("old_branch_name", repo.default_branch)
        sha = repo.git.head(old)
        if sha is None:
            raise NotThere("The old branch does not exist")
    _refuse_taken(repo.git, name)
    rule = repo.protection(name)
    if rule is not None and not rule.admits_push(call.user.login):
        raise Refusal(500)
    with call.forge.moving(repo, call.user):
        repo.git.point(f"refs/heads/{name}", sha)
    return Answer(status=201, body=call.forge.shapes.branch(repo, name, sha, call.doer))


def _check_branch_name(git: BareRepository, name: str) -> None:
    if len(name) > MAX_BRANCH:
        raise Refusal(422, "[NewBranchName]: MaxSize")
    try:
        git.git("check-ref-format", f"refs/heads/{name}")
    except GitRefused:
        raise Refusal(422, "[NewBranchName]: GitRefName") from None


def _refuse_taken(git: BareRepository, name: str) -> None:
    names = git.branches()
    if name in names:
        raise Refusal(409, "The branch already exists.")
    if any(n.startswith(f"{name}/") or name.startswith(f"{n}/") for n in names):
        raise Refusal(409, "The branch with the same name already exists.")
    if f"refs/tags/{name}" in git.refs("refs/tags"):
        raise Refusal(409, "The branch with the same tag already exists.")


def delete_branch(call: Call) -> Answer:
    repo, name = call.repo, call.arguments["branch"]
    if repo.git.head(name) is None:
        raise NotThere
    if name == repo.default_branch:
        raise Refusal(403, "can not delete default or pull request target branch")
    if repo.protection(name) is not None:
        raise Refusal(403, "branch protected")
    with call.forge.moving(repo, call.user):
        repo.git.point(f"refs/heads/{name}", None)
    return Answer(status=204)


# ── commits ──────────────────────────────────────────────────────────────────────────────────────


def commits(call: Call) -> Answer:
    repo = call.repo
    if repo.empty:
        raise Refusal(409, "Git Repository is empty.")
    start = _commit_at(call, call.query.get("sha") or repo.default_branch)
    path = call.query.get("path")
    shas = repo.git.log(start, *(["--", path] if path else []))
    return call.paged(shas, lambda sha: call.forge.shapes.full_commit(repo, repo.git.commit(sha)))


def commit(call: Call) -> Answer:
    sha = _commit_at(call, call.arguments["sha"])
    return Answer(body=call.forge.shapes.full_commit(call.repo, call.repo.git.commit(sha)))


def compare(call: Call) -> Answer:
    base, _, head = call.arguments["basehead"].partition("...")
    shas = call.repo.git.log(f"{_commit_at(call, base)}..{_commit_at(call, head)}")
    shown = [call.forge.shapes.full_commit(call.repo, call.repo.git.commit(s)) for s in shas]
    return Answer(body={"total_commits": len(shas), "commits": shown})


# ── reading files ────────────────────────────────────────────────────────────────────────────────


def contents(call: Call) -> Answer:
    """A file, or a list of what a folder holds."""
    repo, path = call.repo, call.arguments.get("filepath", "").strip("/")
    if repo.empty:
        raise NotThere
    ref = call.query.get("ref") or repo.default_branch
    sha = _commit_at(call, ref)
    found = repo.git.entries(sha, path) if path else []
    if path and not found:
        raise NotThere(f"object does not exist [id: , rel_path: {path}]")
    shapes = call.forge.shapes
    if found and found[0].kind != "tree":
        content = _content(repo.git, found[0])
        return Answer(body=shapes.entry(repo, found[0], ref, sha, content=content))
    inside = repo.git.entries(sha, path, inside=True)
    return Answer(body=[shapes.entry(repo, each, ref, sha, content=None) for each in inside])


def _content(git: BareRepository, entry: Entry) -> str | None:
    if entry.kind != "blob" or entry.size > MAX_BLOB:
        return None
    return base64.b64encode(git.blob(entry.sha)).decode()


def raw(call: Call) -> Answer:
    repo, path = call.repo, call.arguments["filepath"]
    sha = _commit_at(call, call.query.get("ref") or repo.default_branch)
    found = repo.git.entries(sha, path)
    if not found or found[0].kind != "blob":
        raise NotThere(f"object does not exist [id: , rel_path: {path}]")
    return Answer(raw=repo.git.blob(found[0].sha), headers={"X-Gitea-Object-Type": "blob"})


# ── writing files ────────────────────────────────────────────────────────────────────────────────


def create_file(call: Call) -> Answer:
    path = call.arguments["filepath"]
    operation = {
        "operation": "create",
        "path": path,
        "content": call.required("content", "Content"),
    }
    return _one_file(call, operation, 201)


def update_file(call: Call) -> Answer:
    """Without a sha it creates the file, from 1.26 on."""
    path, sha = call.arguments["filepath"], call.given("sha", "")
    if not sha and not call.forge.flavour.since(26):
        raise Refusal(422, "[SHA]: Required")
    content = call.required("content", "Content")
    operation = {"operation": "update" if sha else "create", "path": path, "content": content}
    return _one_file(call, {**operation, "sha": sha}, 200 if sha else 201)


def delete_file(call: Call) -> Answer:
    path, sha = call.arguments["filepath"], call.required("sha", "SHA")
    return _one_file(call, {"operation": "delete", "path": path, "sha": sha}, 200)


def _one_file(call: Call, operation: Json, status: int) -> Answer:
    """What the three operations on one file share: one of several, shown alone."""
    body = _written(call, [operation])
    return Answer(
        status=status,
        body={
            "content": body["files"][0],
            "commit": body["commit"],
            "verification": body["verification"],
        },
    )


def change_files(call: Call) -> Answer:
    return Answer(status=201, body=_written(call, call.required("files", "Files")))


def _written(call: Call, operations: Sequence[Json]) -> Json:
    """One commit of all of it, or none."""
    repo, git, shapes = call.repo, call.repo.git, call.forge.shapes
    source = call.given("branch") or repo.default_branch
    target = call.given("new_branch") or source
    base = git.head(source)
    if base is None and not repo.empty:
        raise NotThere(f"branch does not exist [name: {source}]")
    if target != source and not call.given("force_push", False):
        if git.head(target) is not None:
            raise Refusal(422, f"branch already exists [name: {target}]")
        _refuse_taken(git, target)
    rule = repo.protection(target)
    if rule is not None and not rule.admits_push(call.user.login):
        raise Refusal(403, "branch protected")
    files: Files = {}
    for operation in operations:
        _change(git, base, operation, files)
    message = call.given("message") or f"Update {', '.join(files)}"
    author = call.forge.signature(call.user)
    sha = git.commit_tree(
        git.tree_with(base, files), [base] if base else [], f"{message}\n", author, author
    )
    with call.forge.moving(repo, call.user):
        git.point(f"refs/heads/{target}", sha)
    shown = []
    for operation in operations:
        entries = git.entries(sha, operation["path"])
        entry = entries[0] if entries else None
        shown.append(entry and shapes.entry(repo, entry, target, sha, content=_content(git, entry)))
    return {
        "files": shown,
        "commit": shapes.file_commit(repo, git.commit(sha)),
        "verification": dict(UNSIGNED),
    }


def _change(git: BareRepository, base: str | None, operation: Json, files: Files) -> None:
    kind, path = operation["operation"], operation["path"]
    former = operation.get("from_path") or path
    there = git.entries(base, former) if base else []
    if kind == "create":
        if there:
            raise Refusal(422, f"repository file already exists [path: {path}]")
    elif kind in {"update", "delete"}:
        _check_lock(former, operation.get("sha"), there)
    elif kind != "upload":
        raise Refusal(422, "[Files]: In")
    if kind == "delete" or former != path:
        files[former] = None
    if kind != "delete":
        mode = there[0].mode if there else "100644"
        files[path] = (mode, _decoded(operation.get("content", "")))


def _check_lock(path: str, given: str | None, there: list[Entry]) -> None:
    if not there:
        raise NotThere(f"repository file does not exist [path: {path}]")
    if not given:
        raise Refusal(422, "a SHA or commit ID must be proved when updating a file")
    if given != there[0].sha:
        raise Refusal(422, f"sha does not match [given: {given}, expected: {there[0].sha}]")


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise Refusal(422, f"illegal base64 data: {error}") from None


_REPO = "/repos/{owner}/{repo}"
_FILE = f"{_REPO}/contents/{{filepath}}"
ROUTES = (
    Route("GET", f"{_REPO}/branches", branches),
    Route("POST", f"{_REPO}/branches", create_branch),
    Route("GET", f"{_REPO}/branches/{{branch}}", branch),
    Route("DELETE", f"{_REPO}/branches/{{branch}}", delete_branch),
    Route("GET", f"{_REPO}/commits", commits),
    Route("GET", f"{_REPO}/git/commits/{{sha}}", commit),
    Route("GET", f"{_REPO}/compare/{{basehead}}", compare),
    Route("GET", f"{_REPO}/contents", contents),
    Route("POST", f"{_REPO}/contents", change_files),
    Route("GET", _FILE, contents),
    Route("POST", _FILE, create_file),
    Route("PUT", _FILE, update_file),
    Route("DELETE", _FILE, delete_file),
    Route("GET", f"{_REPO}/raw/{{filepath}}", raw),
)
