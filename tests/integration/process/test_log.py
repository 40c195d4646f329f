"""A log is read as text, and never fills the disk."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.process import output
from domain.errors import NotFound
from domain.events import Liveness, Outcome
from domain.masking import Mask
from ports.agent_runner import AgentSpec, LogChunk
from tests.contracts.agent_runner import ONE, SECRET, started, until
from tests.integration.process.theatre import ProcessTheatre, make_runner

LIMIT = 1_000_000


def test_a_character_is_never_split(tmp_path: Path) -> None:
    log = tmp_path / "log"
    whole = "aжя€😀".encode()
    text, cursor = "", 0
    for size in range(1, len(whole) + 1):
        log.write_bytes(whole[:size])
        chunk = output.read(log, cursor, ended=size == len(whole))
        text, cursor = text + chunk.text, chunk.next
    assert text == whole.decode()
    assert cursor == len(whole)


def test_what_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff\xfeok\xd0")
    assert output.read(log, 0, ended=False).text == "\ufffd\ufffdok"
    assert output.read(log, 0, ended=True) == LogChunk(
        text="\ufffd\ufffdok\ufffd", next=5, ended=True
    )


@pytest.mark.parametrize("cursor", [-5, 99])
def test_a_cursor_that_is_out_of_the_log_is_put_right(tmp_path: Path, cursor: int) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"hello")
    assert output.read(log, cursor, ended=True).next == 5


def test_a_long_log_comes_in_pieces(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes("ж".encode() * 100_000)
    text, cursor, pieces, ended = "", 0, 0, False
    while not ended:
        chunk = output.read(log, cursor, ended=True)
        text, cursor, pieces, ended = text + chunk.text, chunk.next, pieces + 1, chunk.ended
    assert text == "ж" * 100_000
    assert pieces == 4


def test_of_a_log_too_long_the_middle_is_cut_out_and_cursors_stay_good(tmp_path: Path) -> None:
    log = tmp_path / "log"
    lines = [f"{number:09}\n" for number in range(300_000)]
    log.write_text("".join(lines))
    assert output.trim(log, LIMIT)
    assert log.stat().st_blocks * 512 <= LIMIT
    assert log.stat().st_size == 3_000_000
    text, cursor, ended = "", 0, False
    while not ended:
        chunk = output.read(log, cursor, ended=True)
        text, cursor, ended = text + chunk.text, chunk.next, chunk.ended
    assert cursor == 3_000_000
    assert "\0" not in text
    assert "bytes cut out]" in text
    assert text.startswith(lines[0])
    assert text.endswith(lines[-1])
    assert output.read(log, 2_999_990, ended=True).text == lines[-1]


def test_where_no_holes_can_be_made_the_beginning_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_punch", lambda *_: False)
    log = tmp_path / "log"
    log.write_text("line\n" * 600_000)
    assert output.trim(log, LIMIT)
    assert log.stat().st_size <= LIMIT
    assert output.read(log, 0, ended=True).text.startswith("line\n")


async def test_an_agent_that_prints_for_ever_runs_on_and_the_disk_stays_free(
    theatre: ProcessTheatre,
) -> None:
    await theatre.runner.close()
    theatre.runner = make_runner(theatre.data, log_limit=LIMIT)
    spec = AgentSpec(
        command=["sh", "-c", "echo first; while :; do seq 2000; sleep 0.001; done"],
        workspace=theatre.workspace,
        brief="",
        environment={},
        time_limit=timedelta(hours=1),
        idle_limit=timedelta(hours=1),
    )
    await theatre.runner.ensure(ONE, spec)
    log = theatre.data / "runs" / ONE / "log"

    async def much() -> bool:
        return log.stat().st_size > 5 * LIMIT and log.stat().st_blocks * 512 < LIMIT

    await until(much)
    assert (await theatre.runner.observe(ONE)).liveness is Liveness.RUNNING
    assert (await theatre.runner.logs(ONE)).text.startswith("first\n")
    await asyncio.wait_for(theatre.runner.stop(ONE), 10)


def test_a_secret_is_masked_over_every_bound_of_a_piece(tmp_path: Path) -> None:
    log, secret = tmp_path / "log", "s3cret-value-0123"
    mask, hidden = Mask([secret]), "*" * len(secret)
    for before in range(output.CHUNK - len(secret) - 1, output.CHUNK + 2):
        log.write_text("-" * before + secret + "+" * 99)
        text, cursor, ended = "", 0, False
        while not ended:
            chunk = output.read(log, cursor, ended=True, mask=mask)
            text, cursor, ended = text + chunk.text, chunk.next, chunk.ended
        assert text == "-" * before + hidden + "+" * 99


def test_half_a_secret_waits_for_the_other_half(tmp_path: Path) -> None:
    log, mask = tmp_path / "log", Mask(["s3cret-value"])
    log.write_text("it is s3cret")
    first = output.read(log, 0, ended=False, mask=mask)
    assert (first.text, first.next) == ("it is ", 6)
    assert output.read(log, 6, ended=True, mask=mask).text == "******"
    log.write_text("it is s3cret-value.")
    assert output.read(log, 6, ended=False, mask=mask).text == "************."


def test_where_the_middle_was_cut_out_no_half_of_a_secret_is_left(tmp_path: Path) -> None:
    log, secret = tmp_path / "log", "0123456789" * 30_000
    log.write_text(secret)
    assert output.trim(log, 80_000)
    mask, text, cursor, ended = Mask([secret]), "", 0, False
    while not ended:
        chunk = output.read(log, cursor, ended=True, mask=mask)
        text, cursor, ended = text + chunk.text, chunk.next, chunk.ended
    assert set(text) <= set("*\n[] bytes cut out") | set("0123456789")
    assert "0123456789" not in text
    assert "bytes cut out" in text


def test_a_log_that_nobody_writes_to_any_more_holds_no_secret(tmp_path: Path) -> None:
    log, secret = tmp_path / "log", "s3cret-value"
    log.write_text(("-" * 65_530 + secret) * 3)
    output.scrub(log, Mask([secret]))
    assert log.read_text() == ("-" * 65_530 + "*" * len(secret)) * 3
    output.scrub(tmp_path / "none", Mask([secret]))


async def test_after_a_run_its_secrets_are_not_on_the_disk_either(theatre: ProcessTheatre) -> None:
    await theatre.runner.ensure(ONE, theatre.spec("printf", f"{SECRET[:9]}%s", f"{SECRET[9:]}\n"))
    log = theatre.data / "runs" / ONE / "log"

    async def scrubbed() -> bool:
        await theatre.runner.observe(ONE)
        return log.exists() and log.read_text().strip() == "*" * len(SECRET)

    await until(scrubbed)


async def test_who_only_looks_adopts_nothing_and_masks_nothing_in_the_file(
    theatre: ProcessTheatre,
) -> None:
    """A command beside the service, which keeps limits and files in order."""
    beside, tasks = make_runner(theatre.data, watches=False), len(asyncio.all_tasks())
    with pytest.raises(NotFound):
        await beside.logs(ONE)
    assert (await beside.observe(ONE)).outcome is Outcome.LOST
    await started(theatre, ONE)
    await theatre.runner.close()
    theatre.say(ONE, f"{SECRET}\n")

    async def seen() -> bool:
        return (await beside.logs(ONE)).text == "*" * len(SECRET) + "\n"

    await until(seen)
    assert (await beside.observe(ONE)).liveness is Liveness.RUNNING
    theatre.finish(ONE, 3)

    async def gone() -> bool:
        return (await beside.observe(ONE)).exit_code == 3

    await until(gone)
    assert (await beside.logs(ONE)).ended
    assert (theatre.data / "runs" / ONE / "log").read_text() == f"{SECRET}\n"
    assert len(asyncio.all_tasks()) == tasks
    await beside.close()
