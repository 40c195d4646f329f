"""Comments and webhooks stored and acknowledged, beside a handler that does nothing.

Each is served by the same server in turn, under the same load, in the same run; what counts is the
ratio, taken within each round, since machines are quicker at times. The load comes from a process
of its own, over kept connections.
"""

import asyncio
import hashlib
import hmac
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import uvicorn
from litestar import Litestar, post

from adapters.memory.webhook_reader import MemoryWebhookReader
from benchmarks.embedded import embedded
from entrypoints.http.app import create_app

CONNECTIONS = 32
SECONDS = 2.0
ROUNDS = 7
SECRET = "benchmark"  # noqa: S105 - of a webhook that nobody has


@post("/bare", status_code=202)
async def bare(data: dict[str, object]) -> None:
    """Take a body and forget it."""


async def main() -> int:
    """Print requests a second of each, and the ratios."""
    figures: dict[str, list[float]] = {"bare": [], "comment": [], "webhook": []}
    with tempfile.TemporaryDirectory() as name:
        container = await embedded(Path(name), git=False)
        container.readers.override({"bench": MemoryWebhookReader(SECRET)})
        await container.store().open()
        item = await container.local_board().create(
            "An item", "It is there. It is good.", "low", "you"
        )
        app = create_app(container.front_door())
        floor = Litestar([bare], openapi_config=None, logging_config=None)
        ports = [await serve(floor), await serve(app)]
        targets = {
            "bare": (ports[0], "/bare"),
            "comment": (ports[1], f"/api/items/{item.key}/comments"),
            "webhook": (ports[1], "/webhooks/bench"),
        }
        for _ in range(ROUNDS):
            for what, (port, path) in targets.items():
                figures[what].append(await load(what, port, path))
        await stop()
        await container.store().close()
    print(f"medians of {ROUNDS} rounds, {CONNECTIONS} connections:")
    for what, seen in figures.items():
        ratios = [rate / most for rate, most in zip(seen, figures["bare"], strict=True)]
        shown = f"x{statistics.median(ratios):.2f} of bare ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{what:8} {statistics.median(seen):7.0f} requests/s  {shown}")
    return 0


async def serve(app: Litestar) -> int:
    """Serve the app from now on; return its port."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http="httptools", log_config=None, access_log=False)
    )
    serving[server] = asyncio.get_running_loop().create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


async def stop() -> None:
    """Stop all servers."""
    for server, task in serving.items():
        server.should_exit = True
        await task


serving: dict[uvicorn.Server, asyncio.Task[None]] = {}


async def load(what: str, port: int, path: str) -> float:
    """Return how many requests a second were answered with 2xx; any other answer fails."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.intake", what, str(port), path),
        stdout=subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return float(out)


def request(what: str, path: str, number: int) -> bytes:
    """Return one request, no two alike."""
    if what == "comment":
        body = json.dumps({"text": f"Comment {number}. " + "x" * 800, "author": "you"})
    else:
        body = json.dumps({"item": f"ITEM-{number}", "actor": "x" * 900})
    raw = body.encode()
    signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Signature: {signature}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


async def hammer(what: str, port: int, path: str) -> float:
    """Send requests over all connections for SECONDS; return the rate of answers."""
    loop = asyncio.get_running_loop()
    stop, answered = loop.time() + SECONDS, 0

    async def one(start: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number, count = start, 0
        while loop.time() < stop:
            writer.write(request(what, path, number))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith((b"HTTP/1.1 201", b"HTTP/1.1 202")), head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
            number, count = number + CONNECTIONS, count + 1
        writer.close()
        return count

    answered = sum(await asyncio.gather(*(one(n) for n in range(CONNECTIONS))))
    return answered / SECONDS


if __name__ == "__main__":
    import uvloop

    print(uvloop.run(hammer(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
