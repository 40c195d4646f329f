"""Are we alive, and can we do our work? Anybody may ask."""

from tests.unit.entrypoints.http.front import Behind

ELSEWHERE = {"address": "203.0.113.9", "base_url": "http://example.org"}


async def test_health_answers_while_the_process_serves() -> None:
    behind = Behind()
    behind.store.down = True
    async with behind.client(**ELSEWHERE, admin_token="t") as client:
        answer = await client.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["version"]) == ("ok", "1.2.3")
    assert body["uptime_seconds"] >= 0


async def test_ready_when_everything_answers() -> None:
    async with Behind().client(**ELSEWHERE) as client:
        answer = await client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "out": {}})


async def test_not_ready_says_what_is_out_and_why() -> None:
    behind = Behind()
    behind.store.down = True
    async with behind.client(**ELSEWHERE) as client:
        answer = await client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["out"] == {"database": "the database cannot be written to: disk full"}


async def test_whoever_only_wants_the_head_gets_it() -> None:
    async with Behind().client() as client:
        for path, kind in (("/health", "application/json"), ("/", "text/html; charset=utf-8")):
            answer = await client.head(path)
            assert (answer.status_code, answer.content) == (200, b"")
            assert answer.headers["content-type"] == kind
        assert (await client.head("/webhooks/plane")).status_code == 405
