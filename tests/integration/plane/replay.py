"""Plays the REST recordings to the mock, in order, with what happened in between unrecorded."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from tests.integration.plane.controls import Controls
from tests.integration.plane.receiver import Received, Receiver
from tests.integration.plane.recordings import (
    Names,
    Recording,
    differences,
    header_differences,
    recordings,
)
from tests.integration.plane_mock.people import SLUG, key_of, recorded_users
from tests.integration.plane_mock.seed import PROJECT_ID, STATE_IDS

P = f"/api/v1/workspaces/{SLUG}/projects/{PROJECT_ID}/"
HUMAN, BOT, GUEST, SERVICE = key_of("a"), key_of("b"), key_of("d"), key_of("e")
UI_ITEM = "0a60f643-1b6e-48c6-8dbc-6174e928f1bc"
RACED_ITEM = "515ddf1b-8ff2-47c4-b170-87e4185e66bc"
OTHER_PROJECT = "09b3df05-1bf0-4198-b3e0-e30e3d0b6318"
HUMAN_COMMENT = "7b482ff6-937e-4de5-9d3c-3b589ab9eb23"
FIRST_ITEM = "255c1a4a-f668-465b-9245-8c52fa1e7cf9"
LABEL = "b59b060a-a4e1-4cc7-9ee3-4ce1406b86ff"
HUMAN_ID, BOT_ID = (user.id for user in recorded_users()[:2])
ROUNDS = 25

Answers = Sequence[httpx.Response]


class Replay:
    """One play of all recordings."""

    def __init__(self, url: str, receiver: Receiver) -> None:
        """Play to the mock at that address, which holds people and a workspace, no project."""
        self.heard: dict[str, list[Received]] = {}
        self._receiver = receiver
        self._ui = {each.number: each for each in recordings("ui")}
        self.names = Names()
        self.controls = Controls(url)
        self.faults: dict[str, list[str]] = {}
        self._client = httpx.AsyncClient(base_url=url, timeout=30)
        self._before: dict[str, Callable[[], Awaitable[None]]] = {
            "022": self._states_in_order,
            "025": self._second_label,
            "108": self._number_put_right,
            "109": self._author_put_right,
            "146": self._item_of_the_web_app,
            "148": self._item_gone_from_the_web_app,
            "162": self._budget_used_up,
            "166": self._item_to_race_for,
            "167": self._bot_moves_to_india,
            "168": self._bot_comes_back,
            "169": self._described_once_before,
            "170": self._other_project,
            "171": self._broker_stops,
            "172": self._broker_starts,
            "173": self._humans_comment,
        }
        self._special: dict[str, Callable[[Recording], Awaitable[list[str]]]] = {
            "145": self._large_comment,
            "164": self._race,
            "166": self._lost_updates,
            "171": self._without_broker,
        }

    async def play(self) -> None:
        """Play all, and keep in what each answer differs from the recorded one."""
        async with self._client, aclosing(self.controls):
            await self.controls.call("POST", "/webhooks", {"url": f"{self._receiver.url}/ok"})
            for recording in recordings():
                await self.controls.call("DELETE", "/budgets")
                if recording.number in self._before:
                    await self._before[recording.number]()
                    await self._hear(f"before {recording.number}")
                special = self._special.get(recording.number, self._plain)
                self.faults[recording.name] = await special(recording)
                await self._hear(recording.number)

    async def _hear(self, step: str) -> None:
        """Keep what webhooks have told of a step."""
        await self.controls.until_idle()
        heard = self._receiver.take()
        if heard:
            self.heard.setdefault(step, []).extend(heard)

    async def _plain(self, recording: Recording) -> list[str]:
        request = recording.request
        body: bytes | None = None
        if recording.number == "144":
            body = json.dumps({"comment_html": "x" * 6 * 1024 * 1024}).encode()
        elif "json" in request:
            body = self.names.translated(json.dumps(request["json"])).encode()
        elif "body" in request:
            body = request["body"].encode()
        headers = dict(request.get("headers", {"X-API-Key": BOT}))
        headers.pop("Content-Length", None)
        answer = await self._client.request(
            request["method"], self.names.translated(request["url"]), content=body, headers=headers
        )
        return self._compared(recording, answer)

    def _compared(self, recording: Recording, answer: httpx.Response) -> list[str]:
        expected = recording.response
        found = []
        if expected["status"] != answer.status_code:
            found.append(f"{expected['status']} was recorded, {answer.status_code} came")
        own = _body(answer)
        found += differences(expected["body"], own, self.names)
        found += header_differences(expected["headers"], answer.headers, self.names)
        return found

    async def _ask(self, key: str, method: str, path: str, **body: Any) -> Any:
        answer = await self._client.request(
            method,
            self.names.translated(path),
            content=self.names.translated(json.dumps(body)) if body else None,
            headers={"X-API-Key": key, "Content-Type": "application/json"},
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return _body(answer)

    # ── what happened in between ─────────────────────────────────────────────────────────────────

    async def _states_in_order(self) -> None:
        for name, sequence in (("Needs Input", 40000), ("In Review", 41000)):
            await self._ask(BOT, "PATCH", f"{P}states/{STATE_IDS[name]}/", sequence=sequence)

    async def _second_label(self) -> None:
        await self._ask(HUMAN, "POST", f"{P}labels/", name="bug", color="#DC2626")

    async def _number_put_right(self) -> None:
        await self._ask(BOT, "PATCH", f"{P}work-items/{FIRST_ITEM}/", sequence_id=7)

    async def _author_put_right(self) -> None:
        await self._ask(BOT, "PATCH", f"{P}work-items/{FIRST_ITEM}/", created_by=HUMAN_ID)

    async def _item_of_the_web_app(self) -> None:
        for number in range(11, 26):
            if number == 25:
                await self._web_app("52", "PATCH", f"/items/{UI_ITEM}", state="Done")
            await self._by_web_app(f"{number}")

    async def _item_gone_from_the_web_app(self) -> None:
        await self._by_web_app("26")
        await self._by_web_app("27")
        made = await self._web_app("57", "POST", "/items", name="to bulk delete")
        await self._web_app("58", "DELETE", f"/items/{made['id']}")

    async def _by_web_app(self, number: str) -> None:
        """Do what a person did in the web app, as it was recorded."""
        recorded = self._ui[number].request
        rest = recorded["url"].partition("/issues/")[2].strip("/")
        if "/reactions/" in recorded["url"]:
            return  # nothing that an API or a webhook would show
        path = f"/items/{rest}".rstrip("/")
        body = recorded.get("json") or {}
        if self._ui[number].response["status"] >= 400:
            with pytest.raises(AssertionError, match="Can only archive"):
                await self._web_app(number, recorded["method"], path, **body)
            return
        answer = await self._web_app(number, recorded["method"], path, **body)
        if recorded["method"] == "POST" and answer and "id" in answer:
            self.names.bind(self._ui[number].response["body"]["id"], answer["id"])

    async def _web_app(self, number: str, method: str, path: str, **body: Any) -> Any:
        translated = json.loads(self.names.translated(json.dumps(body)))
        answer = await self.controls.person(
            "hanna", method, self.names.translated(path), **translated
        )
        await self._hear(f"ui {number}")
        return answer

    async def _budget_used_up(self) -> None:
        for _ in range(60):
            await self._ask(GUEST, "GET", "/api/v1/users/me/")

    async def _item_to_race_for(self) -> None:
        gone = await self._ask(BOT, "POST", f"{P}work-items/", name="gone")
        await self._ask(BOT, "DELETE", f"{P}work-items/{gone['id']}/")
        made = await self._ask(BOT, "POST", f"{P}work-items/", name="race")
        self.names.bind(RACED_ITEM, made["id"])

    async def _bot_moves_to_india(self) -> None:
        todo = STATE_IDS["Todo"]
        await self._ask(BOT, "PATCH", f"{P}work-items/{RACED_ITEM}/", name="name-24", state=todo)
        await self.controls.person("ag-bot", "PATCH", "", timezone="Asia/Kolkata")

    async def _bot_comes_back(self) -> None:
        await self.controls.person("ag-bot", "PATCH", "", timezone="UTC")

    async def _described_once_before(self) -> None:
        text = "<p>a</p><p>b</p>"
        await self._ask(BOT, "PATCH", f"{P}work-items/{RACED_ITEM}/", description_html=text)

    async def _other_project(self) -> None:
        path = f"/api/v1/workspaces/{SLUG}/projects/"
        made = await self._ask(BOT, "POST", path, name="Other Project", identifier="OP")
        self.names.bind(OTHER_PROJECT, made["id"])
        await self._hear("other project")
        await self._ask(BOT, "POST", f"{path}{OTHER_PROJECT}/work-items/", name="in other project")

    async def _broker_stops(self) -> None:
        await self.controls.fault(broker_down=True)

    async def _broker_starts(self) -> None:
        await self.controls.well()

    async def _humans_comment(self) -> None:
        path = f"{P}work-items/{FIRST_ITEM}/comments/"
        made = await self._ask(HUMAN, "POST", path, comment_html="<p>mine</p>")
        self.names.bind(HUMAN_COMMENT, made["id"])

    # ── recordings of more than one request ──────────────────────────────────────────────────────

    async def _large_comment(self, recording: Recording) -> list[str]:
        html = "x" * (4 * 1024 * 1024)
        path = self.names.translated(f"{P}work-items/{FIRST_ITEM}/comments/")
        answer = await self._client.post(
            path, json={"comment_html": html}, headers={"X-API-Key": BOT}
        )
        found = []
        if (answer.status_code, recording.response["status"]) != (201, 201):
            found.append(f"{answer.status_code} came")
        # How the comment was made up is not recorded: the rest of the answer is some 630 bytes.
        if not 0 <= recording.response["body_len"] - len(answer.content) <= 16:
            found.append(f"{len(answer.content)} bytes came")
        return found

    async def _race(self, recording: Recording) -> list[str]:
        async def post(number: int) -> httpx.Response:
            body = {"name": f"race {number}", "external_source": "ag", "external_id": "race-1"}
            path = self.names.translated(f"{P}work-items/")
            return await self._client.post(path, json=body, headers={"X-API-Key": BOT})

        answers: Answers = await asyncio.gather(*(post(number) for number in range(6)))
        found = []
        statuses = [answer.status_code for answer in answers]
        if statuses != recording.whole["statuses"]:
            found.append(f"{recording.whole['statuses']} were recorded, {statuses} came")
        own = sorted((_body(answer) for answer in answers), key=lambda each: each["sequence_id"])
        for one, other in zip(recording.whole["bodies"], own, strict=True):
            found += differences(one | {"name": ""}, other | {"name": ""}, self.names)
        return found

    async def _lost_updates(self, recording: Recording) -> list[str]:
        lost = 0
        path = f"{P}work-items/{RACED_ITEM}/"
        for number in range(ROUNDS):
            # A service's budget is larger than a person's.
            name, state = f"name-{number}", list(STATE_IDS.values())[number % 3]
            await asyncio.gather(
                self._ask(SERVICE, "PATCH", path, name=name),
                self._ask(SERVICE, "PATCH", path, state=state),
            )
            item = await self._ask(SERVICE, "GET", path)
            wanted = (name, self.names.translated(state))
            lost += (item["name"], item["state"]) != wanted
        return [] if lost >= ROUNDS // 2 else [f"{lost} of {ROUNDS} were lost"]

    async def _without_broker(self, recording: Recording) -> list[str]:
        request = recording.request
        answer = await self._client.post(
            self.names.translated(request["url"]),
            json=request["json"],
            headers={"X-API-Key": BOT},
        )
        found = []
        if answer.status_code != recording.response["status"]:
            found.append(f"{answer.status_code} came")
        if answer.text != recording.response["body"]:
            found.append(f"{answer.text} came")
        wanted = recording.whole["then_GET_by_external_id"]
        own = await self._ask(
            BOT, "GET", f"{P}work-items/?external_source=ag&external_id=brokerdown-1"
        )
        short = {name: own[name] for name in wanted["body"]}
        return found + list(differences(wanted["body"], short, self.names))


def _body(answer: httpx.Response) -> Any:
    kind = answer.headers.get("Content-Type", "")
    return answer.json() if kind == "application/json" else answer.text
