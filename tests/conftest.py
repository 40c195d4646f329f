"""What all tests share: the event loop, the recordings, and an honest list of what was left out."""

import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from xdist.remote import Producer
from xdist.scheduler import Scheduling

from tests.clients.script import NODE_MODULES, PYTHON
from tests.workers import ONE_ENGINE, ByFile

# Contract suites are no test files, so their asserts would otherwise fail without saying why.
pytest.register_assert_rewrite("tests.contracts")

SHARED = Path(__file__).parents[2] / "shared"
REQUIRE_ALL = os.environ.get("REQUIRE_ALL", "") not in {"", "0"}


# Property tests may be slow on a busy machine, never wrong.
settings.register_profile(
    "patient",
    deadline=None,
    print_blob=True,
    phases=set(Phase) - {Phase.explain},  # it traces every line, which takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in `make test &`; what the tests start would ignore it as well, and some is to end by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    """The service runs on asyncio, and so do its tests."""
    return "asyncio"


@pytest.fixture
def shared() -> Path:
    """The folder of recordings; tests that use it are marked `shared`."""
    return SHARED


@pytest.fixture(scope="session")
def base_image() -> str:
    """The image that ours are built on; `.ci/engine` makes one where none can be pulled."""
    return os.environ.get("BASE_IMAGE", "python:3.12-slim")


@pytest.fixture(scope="session")
def clients() -> None:
    """Other people's clients, which tests/clients/script.py runs scripts with."""
    if not PYTHON.exists():
        pytest.skip("needs other people's clients: make clients")


@pytest.fixture(scope="session")
def node_clients() -> None:
    """Those in JavaScript."""
    if shutil.which("node") is None or not NODE_MODULES.exists():
        pytest.skip(
            "needs other people's clients in JavaScript: install Node and npm, make clients"
        )


@functools.cache
def has_engine() -> bool:
    """Tell whether a Docker engine answers."""
    docker = shutil.which("docker")
    return (
        docker is not None
        and not subprocess.run([docker, "info"], check=False, capture_output=True).returncode
    )


@pytest.hookimpl(optionalhook=True)  # there is none with -p no:xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Shares out the tests in the order in which they are collected, the quickest last."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out the tests whose recordings, or whose engine, are not there; the longest first."""
    items.sort(key=lambda item: not item.nodeid.startswith(ONE_ENGINE))
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason="needs the recordings in ../shared"))
        if item.get_closest_marker("docker") and not has_engine():
            item.add_marker(pytest.mark.skip(reason="needs a Docker engine that answers"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_ALL, what is left out has failed, but for the recordings."""
    report = yield
    if REQUIRE_ALL and not (item.get_closest_marker("shared") and not SHARED.is_dir()):
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a file that leaves itself out."""
    report = yield
    if REQUIRE_ALL:
        refuse_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("Left out")
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {reason(report)}")


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns a skip into a failure that gives its reason; an expected failure is no skip."""
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Left out, and REQUIRE_ALL is set: {reason(report)}"


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason that was given for a skip."""
    where = report.longrepr
    return where[2].removeprefix("Skipped: ") if isinstance(where, tuple) else str(where)
