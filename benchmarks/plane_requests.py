"""Requests that an item costs in Plane, with webhooks and without, counted by a made-up Plane.

Agents take longer than it takes until what changed is asked again, as real ones do: otherwise two
steps would be seen in one look. Asking itself is counted apart: it costs the same for any number of
items.
"""

import tempfile
from collections import Counter
from pathlib import Path

from tests.integration.plane.controls import Json
from tests.integration.plane.process import Knobs
from tests.integration.plane.scene import scene
from tests.integration.plane.served import served
from tests.integration.plane_mock.settings import MockSettings

POLL = 5
PLAN = ";".join(
    f"{role}=slow:{POLL + 2}"
    for role in ("analyst", "architect", "developer", "reviewer", "tester", "deployer")
)
WITHIN = 180
LISTS = "workspaces/{slug}/projects/{project}/work-items/"
ITEMS = LISTS + "{item}/"


async def main() -> int:
    """Print what a straight run costs: of the second item, when states and people are known."""
    for webhooks in (True, False):
        with tempfile.TemporaryDirectory() as name:
            requests = await second_item(Path(name), webhooks=webhooks)
        own = Counter(
            f"{each['method']} {each['route'].removeprefix(ITEMS) or 'item'}"
            for each in requests
            if each["route"].startswith(ITEMS)
        )
        asking = len(requests) - own.total()
        mode = "with webhooks" if webhooks else "without webhooks"
        print(f"{mode}: {own.total()} requests, and {asking} for asking every {POLL} s")
        for what, number in own.most_common():
            print(f"  {number:3} {what}")
    return 0


async def second_item(folder: Path, *, webhooks: bool) -> list[Json]:
    """Take two items to done, one after the other; return what was asked for the second."""
    knobs = Knobs(webhooks=webhooks, poll=POLL, plan=PLAN, rate_limit=10_000)
    async with scene(folder, served, MockSettings(rate_limit=10_000), knobs) as here:
        for title in ("Export rides as GPX", "Export rides as KML"):
            await here.controls.call("DELETE", "/requests")
            key = await here.create(title)
            await here.until(key, "In Review", WITHIN)
            await here.comment(key, ":approved:")
            await here.until(key, "Done", WITHIN)
            await here.settled(WITHIN)
        return await here.controls.requests()
