"""An agent of the crash tests: a rehearsal that writes down when it was there, and stays alone.

Called with our sources, its diary and its role. Isolated, for the speed of it.
"""

import os
import sys
import time

SOURCES, DIARY, ROLE = sys.argv[1:]
sys.path.insert(0, SOURCES)

from adapters.rehearsal.deeds import rehearse  # noqa: E402 # only now can it be found

KEY, RUN = (os.environ[f"ORCHESTRATOR_{name}"] for name in ("KEY", "RUN"))
INTRUDED = 97


def note(what: str) -> None:
    """Add a line to the diary: in one write, so that no two mix."""
    line = f"{what} {KEY} {RUN} {os.getpid()} {time.monotonic_ns()}\n"
    diary = os.open(DIARY, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(diary, line.encode())
    os.close(diary)


if __name__ == "__main__":
    LOCK = f"{DIARY}.{KEY}.lock"
    try:
        os.close(os.open(LOCK, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        note("intruded")
        sys.exit(INTRUDED)
    note("started")
    code = rehearse(ROLE)
    note("ended")
    os.unlink(LOCK)  # noqa: PTH108 # pathlib is too slow to import
    sys.exit(code)
