"""Reviews, and who is asked for one."""

from tests.integration.gitea_fake.call import Answer, Call, NotThere, Refusal
from tests.integration.gitea_fake.records import Json, PullRequest, Review, now
from tests.integration.gitea_fake.rest.route import Route

VERBS = {"APPROVED", "REQUEST_CHANGES", "COMMENT", "PENDING"}
OWN = {"APPROVED": "approve", "REQUEST_CHANGES": "reject"}


def _shown(call: Call, review: Review) -> Json:
    return call.forge.pull_shapes.review(call.repo, call.pull, review)


def _of_id(call: Call) -> Review:
    for review in call.pull.reviews:
        if review.id == int(call.arguments["id"]):
            return review
    raise NotThere


def _visible(call: Call) -> list[Review]:
    """All but what others have not submitted yet."""
    return [r for r in call.pull.reviews if r.state != "PENDING" or r.user is call.doer]


def reviews(call: Call) -> Answer:
    return call.paged(_visible(call), lambda review: _shown(call, review))


def review(call: Call) -> Answer:
    return Answer(body=_shown(call, _of_id(call)))


def create(call: Call) -> Answer:
    """A review; a verb that is unknown, such as APPROVE, makes one that nobody sees."""
    pull, body = call.pull, call.given("body", "")
    event, comments = call.given("event", ""), call.given("comments", [])
    state = event if event in VERBS else "PENDING"
    if pull.state != "open":
        raise Refusal(422, "pull request is closed")
    _refuse_verdict(call, pull, state, body, has_comments=bool(comments))
    made = Review(
        id=call.forge.new_id(),
        user=call.user,
        state=state,
        body=body,
        commit=call.given("commit_id") or pull.head_sha,
        official=call.repo.allows(call.user, "write"),
        comments=list(comments),
    )
    pull.reviews.append(made)
    _announce(call, pull, made)
    return Answer(body=_shown(call, made))


def submit(call: Call) -> Answer:
    """Bring a pending review out."""
    made, pull = _of_id(call), call.pull
    state = call.given("event", "")
    if made.state != "PENDING":
        raise Refusal(422, "only pending reviews can be submitted")
    if state not in VERBS - {"PENDING"}:
        raise Refusal(422, "review stay pending")
    body = call.given("body", made.body)
    _refuse_verdict(call, pull, state, body, has_comments=bool(made.comments))
    made.state, made.body, made.submitted = state, body, now()
    _announce(call, pull, made)
    return Answer(body=_shown(call, made))


def _refuse_verdict(
    call: Call, pull: PullRequest, state: str, body: str, *, has_comments: bool
) -> None:
    if state in OWN and pull.user is call.user:
        raise Refusal(422, f"{OWN[state]} your own pull is not allowed")
    if state != "APPROVED" and not body and not (has_comments and state != "REQUEST_CHANGES"):
        raise Refusal(422, f"review event {state} need body")


def _announce(call: Call, pull: PullRequest, made: Review) -> None:
    if made.state == "PENDING":
        return
    pull.updated = now()
    if call.user in pull.requested_reviewers:
        pull.requested_reviewers.remove(call.user)
    kind = {"APPROVED": "approved", "REQUEST_CHANGES": "rejected"}.get(made.state, "comment")
    payload = call.forge.payloads.pull(call.repo, pull, "reviewed", call.user, review=made)
    call.forge.announce(call.repo, f"pull_request_review_{kind}", payload)


def delete(call: Call) -> Answer:
    made = _of_id(call)
    if made.user is not call.user and not call.repo.allows(call.user, "admin"):
        raise Refusal(403)
    call.pull.reviews.remove(made)
    return Answer(status=204)


def dismiss(call: Call) -> Answer:
    made = _of_id(call)
    made.dismissed = True
    call.pull.updated = now()
    return Answer(body=_shown(call, made))


def undismiss(call: Call) -> Answer:
    made = _of_id(call)
    made.dismissed = False
    return Answer(body=_shown(call, made))


def comments(call: Call) -> Answer:
    """The remarks on lines."""
    made, pull, page = _of_id(call), call.pull, call.forge.shapes.page(call.repo)
    user = call.forge.shapes.user(made.user)
    at = _shown(call, made)["submitted_at"]
    return Answer(
        body=[
            {
                "id": made.id * 1000 + number,
                "body": comment.get("body", ""),
                "user": user,
                "resolver": None,
                "pull_request_review_id": made.id,
                "created_at": at,
                "updated_at": at,
                "path": comment.get("path", ""),
                "commit_id": made.commit,
                "original_commit_id": made.commit,
                "diff_hunk": "",
                "position": comment.get("new_position", 0),
                "original_position": comment.get("old_position", 0),
                "html_url": f"{page}/pulls/{pull.number}#issuecomment-{made.id}",
                "pull_request_url": f"{page}/pulls/{pull.number}",
            }
            for number, comment in enumerate(made.comments)
        ]
    )


def request(call: Call) -> Answer:
    pull = call.pull
    asked = [call.forge.account(login) for login in call.given("reviewers", [])]
    pull.requested_reviewers += [a for a in asked if a not in pull.requested_reviewers]
    pull.updated = now()
    for _ in asked:
        payload = call.forge.payloads.pull(call.repo, pull, "review_requested", call.user)
        call.forge.announce(call.repo, "pull_request_review_request", payload)
    return Answer(status=201, body=[])


def withdraw_request(call: Call) -> Answer:
    asked = set(call.given("reviewers", []))
    pull = call.pull
    pull.requested_reviewers = [a for a in pull.requested_reviewers if a.login not in asked]
    return Answer(status=204)


_PULL = "/repos/{owner}/{repo}/pulls/{index}"
_REVIEW = f"{_PULL}/reviews/{{id}}"
ROUTES = (
    Route("GET", f"{_PULL}/reviews", reviews),
    Route("POST", f"{_PULL}/reviews", create, level="read"),
    Route("GET", _REVIEW, review),
    Route("POST", _REVIEW, submit, level="read"),
    Route("DELETE", _REVIEW, delete, level="read"),
    Route("GET", f"{_REVIEW}/comments", comments),
    Route("POST", f"{_REVIEW}/dismissals", dismiss, level="admin"),
    Route("POST", f"{_REVIEW}/undismissals", undismiss, level="admin"),
    Route("POST", f"{_PULL}/requested_reviewers", request),
    Route("DELETE", f"{_PULL}/requested_reviewers", withdraw_request),
)
