"""Who may come in: with a token whoever shows it, without one this machine alone."""

from datetime import timedelta

import pytest

from entrypoints.http.session import LASTS
from tests.unit.entrypoints.http.front import Behind, Client, bearer, proof_of

TOKEN = "correct horse battery staple"
ELSEWHERE = "203.0.113.9"
PUBLIC = "http://board.example.org"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
INSIDE = ["/api/tasks", "/api/dead-letters", "/", "/items/new", "/given-up", "/runs/ET-7-1"]


@pytest.mark.parametrize("address", [ELSEWHERE, "10.0.0.1", "172.17.0.1", "2001:db8::1", "me"])
async def test_without_a_token_others_are_told_to_set_one(address: str) -> None:
    async with Behind().client(address=address) as client:
        for path in INSIDE:
            answer = await client.get(path)
            assert answer.status_code == 403, path
            assert "ORCHESTRATOR_ADMIN_TOKEN" in answer.json()["detail"]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_without_a_token_this_machine_is_served(address: str) -> None:
    async with Behind().client(address=address) as client:
        for host in ("localhost", "localhost:8500", "LOCALHOST:1", "127.0.0.1", "[::1]:8500"):
            answer = await client.get("/api/tasks", headers={"Host": host})
            assert answer.status_code == 200, host


@pytest.mark.parametrize("path", ["/api/tasks", "/"])
async def test_a_foreign_name_for_this_machine_is_refused(path: str) -> None:
    async with Behind().client() as client:
        for host in (
            "rebound.example.org",
            "rebound.example.org:8500",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "localhost:8500.example.org",
            "localhost@example.org",
            "[::1",
            "",
        ):
            answer = await client.get(path, headers={"Host": host})
            assert answer.status_code == 403, host


async def test_a_proxy_on_this_machine_is_not_this_machine() -> None:
    async with Behind().client() as client:
        for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP"):
            answer = await client.get("/api/tasks", headers={header: "127.0.0.1"})
            assert answer.status_code == 403


async def test_with_a_token_whoever_shows_it_is_served_from_anywhere() -> None:
    async with Behind().client(ELSEWHERE, PUBLIC, admin_token=TOKEN) as client:
        answer = await client.get("/api/tasks", headers=bearer(TOKEN))
    assert answer.status_code == 200


async def test_with_a_token_nobody_else_is_served_not_even_from_here() -> None:
    async with Behind().client(admin_token=TOKEN) as client:
        for shown in (
            b"",
            TOKEN.encode(),
            b"Bearer",
            b"Bearer wrong",
            f"Bearer {TOKEN[:-1]}".encode(),
            f"Basic {TOKEN}".encode(),
            b"Bearer \xff\xfe",
        ):
            answer = await client.get("/api/tasks", headers={b"Authorization": shown})
            assert answer.status_code == 401, shown
            assert answer.headers["www-authenticate"] == "Bearer"
            assert TOKEN not in answer.text
        assert (await client.get("/api/tasks")).status_code == 401


async def test_a_token_may_have_any_letters() -> None:
    async with Behind().client(admin_token="пароль") as client:
        header = {b"Authorization": "Bearer пароль".encode()}
        assert (await client.get("/api/tasks", headers=header)).status_code == 200


async def sign_in(client: Client, token: str = TOKEN, then: str = "/items/new") -> str:
    proof = await proof_of(client, "/sign-in")
    answer = await client.post("/sign-in", data={"token": token, "proof": proof, "then": then})
    return answer.headers["location"] if answer.status_code == 303 else str(answer.status_code)


async def test_a_browser_signs_in_and_out() -> None:
    async with Behind().client(ELSEWHERE, PUBLIC, admin_token=TOKEN) as client:
        asked = await client.get("/items/new", headers=BROWSER)
        assert asked.status_code == 401
        assert 'type="password"' in asked.text
        assert await sign_in(client) == "/items/new"
        page = await client.get("/items/new", headers=BROWSER)
        assert page.status_code == 200
        assert (await client.get("/sign-in")).headers["location"] == "/"
        proof = await proof_of(client, "/items/new")
        await client.post("/sign-out", data={"proof": proof})
        assert (await client.get("/items/new", headers=BROWSER)).status_code == 401


async def test_a_wrong_token_is_said_to_be_wrong() -> None:
    async with Behind().client(admin_token=TOKEN) as client:
        assert await sign_in(client, "guess") == "401"
        assert not client.cookies.get("orchestrator_session")


async def test_the_session_cookie_is_not_the_token_and_no_script_or_other_site_gets_it() -> None:
    behind = Behind()
    async with behind.client(base_url="https://board.example.org", admin_token=TOKEN) as client:
        proof = await proof_of(client, "/sign-in")
        answer = await client.post("/sign-in", data={"token": TOKEN, "proof": proof})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("orchestrator_session=")
    assert TOKEN not in cookie
    for attribute in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert attribute in cookie


async def test_a_session_ends_by_itself() -> None:
    behind = Behind()
    async with behind.client(admin_token=TOKEN) as client:
        await sign_in(client)
        behind.clock.advance(LASTS - timedelta(minutes=1))
        assert (await client.get("/", headers=BROWSER)).status_code == 200
        behind.clock.advance(timedelta(minutes=2))
        assert (await client.get("/", headers=BROWSER)).status_code == 401


async def test_a_made_up_session_is_none() -> None:
    async with Behind().client(admin_token=TOKEN) as client:
        for made_up in ("", "x", "9999999999.", "9999999999.00", "x.y", f"1.{'0' * 64}", "²."):
            cookie = f"orchestrator_session={made_up}".encode()
            answer = await client.get("/", headers=[(b"Accept", b"text/html"), (b"Cookie", cookie)])
            assert answer.status_code == 401, made_up


async def test_another_token_ends_all_sessions() -> None:
    behind = Behind()
    async with behind.client(admin_token=TOKEN) as client:
        await sign_in(client)
        session = client.cookies["orchestrator_session"]
    async with behind.client(admin_token="another") as client:
        client.cookies.set("orchestrator_session", session)
        assert (await client.get("/", headers=BROWSER)).status_code == 401


async def test_a_session_is_no_way_into_the_api() -> None:
    async with Behind().client(admin_token=TOKEN) as client:
        await sign_in(client)
        assert (await client.get("/api/tasks")).status_code == 401


async def test_signing_in_leads_nowhere_else() -> None:
    async with Behind().client(admin_token=TOKEN) as client:
        for then in (
            "http://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "",
        ):
            assert await sign_in(client, then=then) == "/", then
            client.cookies.delete("orchestrator_session")


async def test_who_follows_a_link_from_another_site_need_not_sign_in_again() -> None:
    async with Behind().client(admin_token=TOKEN) as client:
        await sign_in(client)
        session = client.cookies["orchestrator_session"]
        client.cookies.delete("orchestrator_session")  # which is what SameSite=Strict does
        elsewhere = BROWSER | {"Sec-Fetch-Site": "cross-site"}
        first = await client.get("/items/new?x=1", headers=elsewhere)
        again = "/sign-in?then=%2Fitems%2Fnew%3Fx%3D1"
        assert f'content="0; url={again}"' in first.text
        client.cookies.set("orchestrator_session", session)
        assert (await client.get(again)).headers["location"] == "/items/new?x=1"
