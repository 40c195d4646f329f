"""`python -m tests.integration.gitea_fake`: the fake as a program, with an account for a test.

It prints, as assignments for a shell, what the tests of a server want to know; see docs/gitea.md.
"""

import signal
import sys
import tempfile
from pathlib import Path

from tests.integration.gitea_fake.flavour import GITEA_1_27
from tests.integration.gitea_fake.gitea import running


def main() -> None:
    """Serve until told to stop."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), GITEA_1_27, allowed_hosts="loopback") as gitea,
    ):
        told = {
            "GITEA_TEST_URL": gitea.url,
            "GITEA_TEST_TOKEN": gitea.token,
            "GITEA_TEST_PERSON_TOKEN": gitea.person("alice").token,
        }
        sys.stdout.write("".join(f"{name}={value}\n" for name, value in told.items()))
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
