"""Answers of the engine's that make no sense: that run, that moment suffers, and nothing else."""

import asyncio
import errno
import io
import json
import struct
import tarfile
from typing import Literal

import pytest

from adapters.docker import containers, endings, follower
from adapters.docker.follower import Gap
from adapters.docker.installation import LABEL, PROBE, RUN
from adapters.docker.kept_log import KeptLog
from domain.errors import NotAllowed, ToolFailed, Unavailable
from domain.events import Liveness, Outcome
from tests.contracts.agent_excess import printed, stopped
from tests.contracts.agent_runner import ONE, PATIENCE, TWO, ended, started, until
from tests.integration.docker.gate import Gate
from tests.integration.docker.outside import Outside
from tests.integration.docker.theatre import DockerTheatre, docker

pytestmark = pytest.mark.docker

PAGE = b"<html><h1>502 Bad Gateway</h1></html>"
DEEP = b'{"Id": "x", "Mounts": ' + b"[" * 100_000
NO_TEXT = b'{"Id": "x", "State": {"Status": "\xff\xfe"}, "Config": {}}'


def framed(*lines: bytes) -> bytes:
    """Output as the engine gives it, if what is in it makes sense."""
    return b"".join(struct.pack(">BxxxI", 1, len(line)) + line for line in lines)


ODD = {
    "logs are a page": ("GET /containers/{one}/logs", (200, PAGE)),
    "logs have no time": ("GET /containers/{one}/logs", (200, framed(b"2026-02-31T00:00:00Z x\n"))),
    "logs are words": ("GET /containers/{one}/logs", (200, framed(b"Error grabbing logs\n"))),
    "logs fail": ("GET /containers/{one}/logs", (500, PAGE)),
    "logs are elsewhere": ("GET /containers/{one}/logs", (301, b"")),
    "it is a page": ("GET /containers/{one}/json", (200, PAGE)),
    "it is too deep": ("GET /containers/{one}/json", (200, DEEP)),
    "it is no text": ("GET /containers/{one}/json", (200, NO_TEXT)),
    "it fails without words": ("GET /containers/{one}/json", (500, b"\xff\xfe")),
    "it is refused in no text": ("GET /containers/{one}/json", (400, b'{"message": "\xff"}')),
    "too many ask": ("GET /containers/{one}/json", (429, PAGE)),
    "events are a page": ("GET /events", (200, PAGE)),
    "events are too deep": ("GET /events", (200, b'{"x":' + b"[" * 100_000 + b"\n")),
    "events are no text": ("GET /events", (200, b'{"Action": "\xff"}\n')),
    "events are nobody's": ("GET /events", (200, b'{"Actor": {"Attributes": null}}\n')),
    "the list is a page": ("GET /containers/json", (200, PAGE)),
    "the list is too deep": ("GET /containers/json", (200, b'[{"Id":' + b"[" * 100_000)),
    "the list fails": ("GET /containers/json", (503, PAGE)),
}


async def told(gate: Gate) -> None:
    """Returns when one of the answers was given."""

    async def some() -> bool:
        return bool(gate.told)

    await until(some)


@pytest.mark.parametrize("kind", ODD)
async def test_an_answer_that_makes_no_sense_keeps_no_other_run_from_its_end(
    stage: DockerTheatre, gate: Gate, kind: str
) -> None:
    await started(stage, ONE)
    await started(stage, TWO)
    ends = stage.runner.ends()
    call, answer = ODD[kind]
    name = stage.container(ONE)
    found = docker("inspect", "--format", "{{.Id}}", name)
    gate.answers[call.format(one=f"({name}|{found})")] = answer
    gate.cut()
    if "/json" in call and "one" in call:
        with pytest.raises((Unavailable, NotAllowed)):
            await stage.runner.observe(ONE)
    await told(gate)
    stage.finish(TWO, 3)
    async with asyncio.timeout(PATIENCE):  # nobody asks: it is those who watch who find it
        assert await anext(ends) == TWO
    gate.answers.clear()
    assert (await stage.runner.observe(TWO)).exit_code == 3
    assert (await stage.runner.observe(ONE)).liveness is Liveness.RUNNING
    stage.finish(ONE, 4)
    async with asyncio.timeout(PATIENCE):
        assert await anext(ends) == ONE
    assert (await stage.runner.observe(ONE)).exit_code == 4


async def test_containers_are_not_removed_by_a_list_that_heeds_no_filter(
    stage: DockerTheatre, gate: Gate
) -> None:
    await started(stage, ONE)
    found = docker("inspect", "--format", "{{.Id}}", stage.container(ONE))
    ours = {"Id": found, "State": "running", "Labels": {LABEL: stage.id, RUN: ONE}, "Created": 1}
    others = [
        {**ours, "Labels": {LABEL: "another's", RUN: TWO, PROBE: "1"}},
        {**ours, "Labels": None},
    ]
    gate.answers["GET /containers/json"] = (200, json.dumps([ours, *others]).encode())
    await stage.restarted()
    assert await stage.runner.live() == [ONE]
    await told(gate)
    assert [call for call in gate.asked if call.startswith("DELETE")] == []


async def test_an_engine_that_lets_go_of_us_without_a_word_is_asked_again(
    stage: DockerTheatre, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "_SILENCE", 0.5)
    gate.answers["GET /containers/[^/]*/logs"] = None
    await started(stage, ONE)
    await told(gate)
    gate.answers.clear()  # of the new ones: who waits for the first answer waits for ever
    stage.say(ONE, "here\n")
    stage.finish(ONE, 3)
    assert (await ended(stage, ONE)).exit_code == 3
    assert await printed(stage, ONE) == "here\n"


async def test_output_that_an_engine_keeps_back_for_good_is_given_up_and_said_to_be(
    stage: DockerTheatre, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "_HOPE", 0.5)
    monkeypatch.setattr(endings, "_COPY_PATIENCE", 0.2)
    gate.answers["GET /containers/[^/]*/logs"] = (500, b'{"message": "no such log"}')
    await started(stage, ONE)
    await told(gate)
    stage.finish(ONE, 3)
    assert (await ended(stage, ONE)).exit_code == 3
    with pytest.raises(Unavailable, match=f"keeps back the output of {ONE}"):
        await stage.runner.logs(ONE)
    assert await printed(stage, ONE) == Gap.UNREADABLE.value.decode()


async def test_a_disk_that_is_full_for_a_moment_costs_no_line(
    stage: DockerTheatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, tries = True, 0
    really = KeptLog._write

    def write(log: KeptLog, data: bytes) -> int:
        nonlocal tries
        tries += 1
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return really(log, data)

    monkeypatch.setattr(KeptLog, "_write", write)
    await started(stage, ONE)
    stage.say(ONE, "first\n")

    async def tried() -> bool:
        return tries > 0

    await until(tried)
    full = False
    stage.say(ONE, "second\n")
    stage.finish(ONE, 0)
    await ended(stage, ONE)
    assert await printed(stage, ONE) == "first\nsecond\n"


async def test_an_engine_that_does_not_end_a_run_is_not_waited_for_longer_than_promised(
    stage: DockerTheatre, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert containers._PATIENCE < 10
    monkeypatch.setattr(containers, "_PATIENCE", 0.5)
    await started(stage, ONE)
    gate.answers["POST /containers/[^/]*/(stop|kill)"] = None
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(Unavailable, match="does not die"):
        await stage.runner.stop(ONE)
    assert loop.time() - begun < endings._COPY_PATIENCE  # far less than an engine may hang
    gate.answers.clear()
    await stopped(stage, ONE)
    assert (await stage.runner.observe(ONE)).outcome is Outcome.STOPPED


def packed(name: str, text: bytes, *, mode: Literal["w", "w:gz"] = "w") -> bytes:
    """An archive of one file, or of a link that leads to itself."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        entry = tarfile.TarInfo(name)
        if text:
            entry.size = len(text)
        else:
            entry.type, entry.linkname = tarfile.SYMTYPE, name
        archive.addfile(entry, io.BytesIO(text))
    return made.getvalue()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        PAGE,
        packed("ca.pem", b""),
        packed("ca.pem", b"no certificate"),
        packed("ca.pem", b"-----BEGIN CERTIFICATE-----" * 100)[:600],
        packed("ca.pem", b"-----BEGIN CERTIFICATE-----", mode="w:gz")[:40],
    ],
    ids=["nothing", "a page", "a link to itself", "something else", "cut short", "packed"],
)
async def test_a_certificate_of_the_proxy_that_is_none_is_not_given_to_agents(
    stage: DockerTheatre, world: Outside, gate: Gate, answer: bytes
) -> None:
    stage.network = world.reached_by
    await stage.restarted()
    gate.answers["GET /containers/[^/]*/archive"] = (200, answer)
    with pytest.raises(ToolFailed, match="certificate cannot be kept"):
        await stage.runner.ensure(ONE, stage.spec("true"))
    assert not list(stage.data.glob("egress/*.pem"))
    gate.answers.clear()
    assert (await stage.play(ONE, "true")).exit_code == 0
