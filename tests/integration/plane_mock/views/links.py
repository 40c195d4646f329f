"""What hangs on an item: links, relations, its history, attachments. No webhook tells of them."""

from base64 import b64encode
from hashlib import sha256
from json import dumps
from uuid import uuid4

from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.history import HIDDEN
from tests.integration.plane_mock.people import WORKSPACE_ID
from tests.integration.plane_mock.refusals import Refused, bad_request, invalid, missing
from tests.integration.plane_mock.rows import Row, link_row, row
from tests.integration.plane_mock.tables import alive
from tests.integration.plane_mock.views import checks

FILE_LIMIT = 5 * 1024 * 1024
_INVERSE = {
    "blocking": "blocked_by",
    "blocked_by": "blocking",
    "duplicate": "duplicate",
    "relates_to": "relates_to",
    "start_after": "start_before",
    "start_before": "start_after",
    "finish_after": "finish_before",
    "finish_before": "finish_after",
}
_FILE_TYPES = ("text/", "image/", "application/pdf", "application/json", "application/zip")
_ICON = (
    "data:image/svg+xml;base64," + b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode()
)


async def list_links(call: Call) -> Answer:
    """Answer a page of links."""
    return call.many(_links(call))


async def create_link(call: Call) -> Answer:
    """Add a link; Plane then fetches it for a title, and forgets who made it."""
    body, plane, item = call.data(), call.plane, call.item()
    checks.refuse_invalid(body, ["url"])
    scheme, separator, rest = str(body["url"]).partition("://")
    if not separator or not rest:
        raise invalid(url=["Invalid URL format."])
    if scheme not in {"http", "https"}:
        raise invalid(url=["Invalid URL scheme."])
    if any(link["url"] == body["url"] for link in _links(call)):
        raise bad_request("URL already exists for this Issue")
    await call.think()
    given = {name: body[name] for name in ("url", "title", "metadata") if name in body}
    link = link_row(plane.now(), call.user.id, project=call.project, issue=item["id"], **given)
    link["updated_by"] = call.user.id
    plane.links[link["id"]] = link
    answer = call.one(link, 201)
    await _told(call, "created", link)
    return answer


async def get_link(call: Call) -> Answer:
    """Answer one link."""
    return call.one(_link(call))


async def patch_link(call: Call) -> Answer:
    """Change a link; what is in `metadata` is overwritten once more by what is fetched."""
    link, body = _link(call), call.data()
    await call.think()
    link |= {name: body[name] for name in ("url", "title", "metadata") if name in body}
    link |= {"updated_at": call.plane.now(), "updated_by": call.user.id}
    answer = call.one(link)
    await _told(call, "updated", link)
    return answer


async def delete_link(call: Call) -> Answer:
    """Remove a link."""
    link = _link(call)
    link["deleted_at"] = call.plane.now()
    await _told(call, "deleted", link)
    return Answer(status=204)


async def list_relations(call: Call) -> Answer:
    """Answer the items that are related to this one, by kind."""
    related: dict[str, list[Row]] = {kind: [] for kind in _INVERSE}
    for relation in call.plane.relations:
        if relation["from"] == call.parts["item"]:
            other = call.plane.items[relation["to"]]
            related[relation["kind"]].append(
                {"project_id": other["project"], "issue_id": other["id"]}
            )
    return Answer(status=200, body=related)


async def create_relation(call: Call) -> Answer:
    """Relate items; seen from the other side it is the inverse relation."""
    body, plane, item = call.data(), call.plane, call.item()
    kind = body.get("relation_type")
    if kind not in _INVERSE:
        raise bad_request("Please provide valid relation_type")
    made = []
    for ident in body.get("issues", []):
        other = plane.items.get(ident)
        if other is None:
            raise bad_request("The payload is not valid")
        plane.relations.append({"from": item["id"], "to": ident, "kind": kind})
        plane.relations.append({"from": ident, "to": item["id"], "kind": _INVERSE[kind]})
        at = plane.now()
        made.append(
            {
                "id": ident,
                "project_id": other["project"],
                "sequence_id": other["sequence_id"],
                "relation_type": kind,
                "name": other["name"],
                "state_id": other["state"],
                "priority": other["priority"],
                "created_by": call.user.id,
                "created_at": at,
                "updated_at": at,
                "updated_by": call.user.id,
            }
        )
        for mine, its, word in ((item, other, kind), (other, item, _INVERSE[kind])):
            requested = {"relation_type": word, "other": its["id"]}
            await call.tell("relation", "created", mine, item=mine["id"], body=requested)
    return call.plain(made, 201)


async def list_activities(call: Call) -> Answer:
    """Answer a page of the item's history, the oldest first unless told otherwise; no comments."""
    mine = [
        entry
        for entry in call.plane.activities
        if entry["issue"] == call.parts["item"] and entry["field"] not in HIDDEN
    ]
    newest_first = call.query.get("order_by") == "-created_at"
    return call.many(sorted(mine, key=lambda e: e["created_at"], reverse=newest_first))


async def list_attachments(call: Call) -> Answer:
    """Answer what was uploaded, as a bare list."""
    mine = [
        each
        for each in alive(call.plane.attachments)
        if each["issue"] == call.parts["item"] and each["is_uploaded"]
    ]
    return call.plain(mine)


async def create_attachment(call: Call) -> Answer:
    """Answer a form by which the file may be uploaded to a store that is not there."""
    body = call.data()
    kind = body.get("type", "")
    if not str(kind).startswith(_FILE_TYPES):
        raise Refused(400, {"error": "Invalid file type.", "status": False})
    size = min(int(body.get("size", FILE_LIMIT)), FILE_LIMIT)
    asset = f"{WORKSPACE_ID}/{uuid4().hex}-{body['name']}"
    made = row(call.plane.now(), call.user.id)
    attachment = {
        "id": made["id"],
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "deleted_at": None,
        "attributes": {"name": body["name"], "type": kind, "size": size},
        "asset": asset,
        "entity_type": "ISSUE_ATTACHMENT",
        "entity_identifier": None,
        "is_deleted": False,
        "is_archived": False,
        "external_id": body.get("external_id"),
        "external_source": body.get("external_source"),
        "size": float(size),
        "is_uploaded": False,
        "storage_metadata": {},
        "created_by": call.user.id,
        "updated_by": None,
        "user": None,
        "workspace": WORKSPACE_ID,
        "draft_issue": None,
        "project": call.project,
        "issue": call.parts["item"],
        "comment": None,
        "page": None,
    }
    call.plane.attachments[made["id"]] = attachment
    return call.plain(
        {
            "upload_data": _upload(made, asset, kind, size),
            "asset_id": made["id"],
            "attachment": attachment,
            "asset_url": f"/api/assets/v2/workspaces/{call.parts['slug']}/projects/{call.project}"
            f"/issues/{call.parts['item']}/attachments/{made['id']}/",
        }
    )


def _upload(made: Row, asset: str, kind: str, size: int) -> Row:
    stamp = made["created_at"].strftime("%Y%m%dT%H%M%SZ")
    credential = f"access-key/{stamp[:8]}//s3/aws4_request"
    conditions = [{"bucket": "uploads"}, ["content-length-range", 1, size], {"key": asset}]
    policy = b64encode(dumps({"conditions": conditions}).encode()).decode()
    fields = {
        "Content-Type": kind,
        "key": asset,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": credential,
        "x-amz-date": stamp,
        "policy": policy,
        "x-amz-signature": sha256(policy.encode()).hexdigest(),
    }
    return {"url": "http://127.0.0.1:9/uploads", "fields": fields}


def _links(call: Call) -> list[Row]:
    return [link for link in alive(call.plane.links) if link["issue"] == call.parts["item"]]


def _link(call: Call) -> Row:
    link = call.plane.links.get(call.parts["link"])
    if link is None or link["deleted_at"] or link["issue"] != call.parts["item"]:
        raise missing()
    return link


async def _told(call: Call, action: str, link: Row) -> None:
    await call.tell("link", action, link, item=link["issue"], body={"url": link["url"]})
    if action != "deleted":
        fetched = {"url": link["url"], "title": None, "favicon": _ICON, "favicon_url": None}
        link |= {"metadata": fetched, "created_by": None, "updated_by": None}
        link["updated_at"] = call.plane.now()
