"""Comments on pull requests, which are issues underneath."""

from tests.integration.gitea_fake.call import Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.records import Comment, Json, PullRequest, now
from tests.integration.gitea_fake.rest.route import Route


def _commented(call: Call) -> PullRequest:
    """The pull request; a number that is none makes the server err, as Gitea does."""
    found = call.repo.pulls.get(int(call.arguments["index"]))
    if found is None:
        raise Refusal(500)
    return found


def comments(call: Call) -> Answer:
    """All of them: here nothing is paged."""
    found = _commented(call)
    shape = call.forge.pull_shapes.comment
    since, before = call.query.get("since", ""), call.query.get("before", "9999")
    shown = [shape(call.repo, found, comment) for comment in found.comments]
    return Answer(body=[c for c in shown if since <= c["updated_at"] <= before])


def add_comment(call: Call) -> Answer:
    body = call.required("body", "Body")
    found = _commented(call)
    comment = Comment(id=call.forge.new_id(), user=call.user, body=body)
    found.comments.append(comment)
    found.updated = now()
    return Answer(status=201, body=_told(call, found, comment, "created"))


def _of_id(call: Call) -> tuple[PullRequest, Comment]:
    for found in call.repo.pulls.values():
        for comment in found.comments:
            if comment.id == int(call.arguments["id"]):
                return found, comment
    raise NotThere


def comment(call: Call) -> Answer:
    return Answer(body=call.forge.pull_shapes.comment(call.repo, *_of_id(call)))


def edit_comment(call: Call) -> Answer:
    found, comment = _of_id(call)
    _refuse_others(call, comment)
    comment.body, comment.updated = call.required("body", "Body"), now()
    return Answer(body=_told(call, found, comment, "edited"))


def delete_comment(call: Call) -> Answer:
    found, comment = _of_id(call)
    _refuse_others(call, comment)
    found.comments.remove(comment)
    _told(call, found, comment, "deleted")
    return Answer(status=204)


def _refuse_others(call: Call, comment: Comment) -> None:
    if comment.user is not call.user and not call.repo.allows(call.user, "write"):
        raise Refusal(403)


def _told(call: Call, found: PullRequest, comment: Comment, action: str) -> Json:
    payload = call.forge.payloads.comment(call.repo, found, comment, action, call.user)
    call.forge.announce(call.repo, "pull_request_comment", payload)
    return call.forge.pull_shapes.comment(call.repo, found, comment)


_ISSUES = "/repos/{owner}/{repo}/issues"
_COMMENT = f"{_ISSUES}/comments/{{id}}"
ROUTES = (
    Route("GET", f"{_ISSUES}/{{index}}/comments", comments, area="issue"),
    Route("POST", f"{_ISSUES}/{{index}}/comments", add_comment, area="issue", level="read"),
    Route("GET", _COMMENT, comment, area="issue"),
    Route("PATCH", _COMMENT, edit_comment, area="issue", level="read"),
    Route("DELETE", _COMMENT, delete_comment, area="issue", level="read"),
)
