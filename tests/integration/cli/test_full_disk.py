"""A disk that is full while the service runs: said in few words, and over when there is room."""

import httpx
import psutil
import pytest

from tests.integration.cli.started import PATIENCE, Terminal, until
from tests.integration.cli.test_stopping import make_item

pytestmark = pytest.mark.slow

FULL = 16 * 1024
"""No file may grow beyond it: the database's cannot, while that of the log still can."""


@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_a_full_disk_is_told_in_a_line_and_waited_for(
    terminal: Terminal, port: int, verb: str
) -> None:
    terminal.configure('[agents]\nenvironment = { REHEARSAL = "analyst=questions,artifacts" }')
    server = terminal.serve(verb)
    if verb == "serve":
        make_item(port)
    terminal.reaches("needs-input")
    process = psutil.Process(server.process.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (FULL, before[1]))
    assert terminal.run("comment", "DEMO-1", "Everybody.").wait() == 0
    until(lambda: "the database failed" in server.stderr, server)
    ready = httpx.get(f"http://127.0.0.1:{port}/ready", timeout=PATIENCE)
    assert (ready.status_code, list(ready.json()["out"])) == (503, ["database"])
    process.rlimit(psutil.RLIMIT_FSIZE, before)
    terminal.reaches("in-review")
    assert "Traceback" not in server.stderr, server
    assert len(server.stderr.splitlines()) < 10, server
