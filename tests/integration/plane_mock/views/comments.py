"""Comments: any member may write, change and delete anybody's, and HTML is stored as it comes.

No call looks whether the item is there (by the code, not recorded): comments of a deleted item are
an empty page, and one can be added.
"""

from datetime import datetime

from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.changes import before
from tests.integration.plane_mock.refusals import bad_request, double, missing
from tests.integration.plane_mock.rows import Row, comment_row
from tests.integration.plane_mock.tables import same_external
from tests.integration.plane_mock.views import checks

_DOUBLE = "Work item comment with the same external id and external source already exists"
_WRITABLE = ("comment_html", "access", "external_source", "external_id")


async def list_comments(call: Call) -> Answer:
    """Answer a page, the newest first, whatever order is asked for."""
    comments = call.plane.comments_of(call.project, call.parts["item"])
    return call.many([_with_membership(comment) for comment in comments])


async def create(call: Call) -> Answer:
    """Add a comment, under an external id at most once unless two come at the same time."""
    body, plane = call.data(), call.plane
    checks.refuse_invalid(body, [], access=checks.choice("INTERNAL", "EXTERNAL"))
    for there in same_external(plane.comments, call.project, body):
        raise double(_DOUBLE, there["id"])
    if call.parts["item"] not in plane.items:
        raise bad_request("The payload is not valid")
    await call.think()
    given = {name: body[name] for name in _WRITABLE if body.get(name) is not None}
    comment = comment_row(
        plane.now(), call.user.id, project=call.project, issue=call.parts["item"], **given
    )
    author = body.get("created_by") if plane.user(body.get("created_by")) else None
    made = body.get("created_at")
    comment["created_at"] = datetime.fromisoformat(made) if made else plane.now()
    comment["created_by"] = author or call.user.id
    plane.comments[comment["id"]] = comment
    # The answer shows as actor whoever is named as the author; what is stored is who called.
    answer = call.one(comment, 201, updated_by=call.user.id, actor=comment["created_by"])
    await call.tell("issue_comment", "created", comment, item=comment["issue"])
    return answer


async def get(call: Call) -> Answer:
    """Answer one comment."""
    return call.one(_with_membership(_comment(call)))


async def patch(call: Call) -> Answer:
    """Change a comment; only a person's change in the web app is shown as an edit."""
    comment, body = _comment(call), call.data()
    was = before(comment, by_web_app=False)
    given = {"external_source": comment["external_source"]} | body
    for there in same_external(call.plane.comments, call.project, given):
        if there is not comment and "external_id" in body:
            raise double(_DOUBLE, comment["id"])
    await call.think()
    comment |= {name: body[name] for name in _WRITABLE if name in body}
    edited = {"edited_at": call.plane.now()} if call.by_web_app else {}
    comment |= edited | {"updated_at": call.plane.now(), "updated_by": call.user.id}
    answer = call.one(comment)
    await call.tell("issue_comment", "updated", comment, item=comment["issue"], was=was, body=body)
    return answer


async def delete(call: Call) -> Answer:
    """Delete a comment; nobody is told by webhook."""
    comment = _comment(call)
    await call.think()
    comment["deleted_at"] = call.plane.now()
    await call.tell("issue_comment", "deleted", comment, item=comment["issue"])
    return Answer(status=204)


def _comment(call: Call) -> Row:
    found = call.plane.comments.get(call.parts["comment"])
    where = (call.project, call.parts["item"])
    if found is None or found["deleted_at"] or (found["project"], found["issue"]) != where:
        raise missing()
    return found


def _with_membership(comment: Row) -> Row:
    rest = {name: value for name, value in comment.items() if name != "id"}
    return {"id": comment["id"], "is_member": True} | rest
