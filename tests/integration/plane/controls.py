"""What a test says to the mock, over HTTP: the same for a thread as for a container."""

import asyncio
from typing import Any

import httpx

Json = dict[str, Any]
PATIENCE = 30.0


class Controls:
    """The mock's `/mock`."""

    def __init__(self, url: str) -> None:
        """Talk to the mock at that address."""
        self.url = url
        self._client = httpx.AsyncClient(base_url=f"{url}/mock", timeout=PATIENCE)

    async def aclose(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Say something, and return what is answered."""
        answer = await self._client.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def fault(self, **faults: object) -> None:
        """Turn faults on."""
        await self.call("PATCH", "/faults", faults)

    async def well(self) -> None:
        """Turn all faults off."""
        await self.call("DELETE", "/faults")

    async def person(self, who: str, method: str, path: str, /, **body: object) -> Any:
        """Let somebody do something in the web app."""
        return await self.call(method, f"/people/{who}{path}", body or None)

    async def items(self) -> list[Json]:
        """Return every item with its key, its state's name and its comments."""
        return list(await self.call("GET", "/items"))

    async def item(self, ident: str) -> Json:
        """Return one of them, by id or key."""
        return next(item for item in await self.items() if ident in {item["id"], item["key"]})

    async def deliveries(self) -> list[Json]:
        """Return every attempt to deliver."""
        return list(await self.call("GET", "/deliveries"))

    async def requests(self) -> list[Json]:
        """Return every request by API."""
        return list((await self.call("GET", "/requests"))["log"])

    async def until_idle(self) -> None:
        """Wait until the worker has done all there was to do."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if (await self.call("GET", "/idle"))["idle"]:
                    return
                await asyncio.sleep(0.01)
