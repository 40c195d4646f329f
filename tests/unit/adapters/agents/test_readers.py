"""Readers take output as it comes, believe nothing of its form, and keep little of it."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.agents.acp import AcpReader
from adapters.agents.claude_code import ClaudeReader
from adapters.agents.codex import CodexReader
from adapters.agents.command import PlainReader
from adapters.agents.lines import LINE_LIMIT, TEXT_LIMIT
from adapters.agents.opencode import OpenCodeReader
from domain.money import Usage
from domain.reading import Ending, Step, StepKind
from ports.agent_runtime import OutputReader
from tests.integration.agents.recordings import RECORDED, Recorded

READERS: list[Callable[[], OutputReader]] = [
    AcpReader,
    ClaudeReader,
    CodexReader,
    OpenCodeReader,
    PlainReader,
]
WORDS = (
    "type",
    "subtype",
    "message",
    "usage",
    "item",
    "part",
    "result",
    "content",
    "acp",
    "update",
)
TYPES = (
    *("system", "assistant", "user", "result", "init", "api_retry", "text", "tool_use"),
    *("turn.completed", "item.completed", "turn.failed", "error", "step_finish", "end", "failed"),
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(TYPES) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
LINES = st.dictionaries(st.sampled_from(WORDS), _values, max_size=5).map(json.dumps) | st.text()


@pytest.mark.parametrize("new", READERS)
@given(lines=st.lists(LINES, max_size=6))
def test_nothing_that_an_agent_prints_stops_its_reader(
    new: Callable[[], OutputReader], lines: list[str]
) -> None:
    reader = new()
    steps = [*reader.feed("\n".join(lines)), *reader.close()]
    assert reader.reading.usage.total >= 0
    assert all(len(step.text) <= TEXT_LIMIT for step in steps)


@pytest.mark.parametrize(
    "told", [told for told in RECORDED if told.output], ids=lambda told: f"{told.name}-{told.seen}"
)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_where_output_is_cut_makes_no_difference(told: Recorded, size: int) -> None:
    whole, pieces = told.runtime.reader(), told.runtime.reader()
    steps = [*whole.feed(told.output), *whole.close()]
    found: list[Step] = []
    for start in range(0, len(told.output), size):
        found += pieces.feed(told.output[start : start + size])
    found += pieces.close()
    assert found == steps
    assert pieces.reading == whole.reading


def test_a_line_without_end_is_dropped_and_the_next_one_read() -> None:
    reader = ClaudeReader()
    for _ in range(2 * LINE_LIMIT // 500_000):
        reader.feed("x" * 500_000)
    kept = sum(len(part) for part in reader._lines._parts)
    assert kept <= LINE_LIMIT
    reader.feed('x\n{"type":"result","subtype":"success","terminal_reason":"completed"}\n')
    assert reader.reading.ending is Ending.FINISHED


def test_what_is_told_a_million_times_is_kept_once() -> None:
    reader = ClaudeReader()
    denied = (
        '{"type":"system","subtype":"permission_denied","tool_name":"Bash","message":"no %d"}\n'
    )
    for number in range(1000):
        reader.feed(denied % number)
    assert len(reader.reading.refusals) == 20


def test_what_is_counted_while_it_runs_is_near_what_it_says_at_the_end() -> None:
    told = next(told for told in RECORDED if told.name == "claude-ok")
    *lines, _ = told.output.splitlines(keepends=True)
    reader = ClaudeReader()
    reader.feed("".join(lines))
    assert reader.reading.usage == Usage(input=2400, output=2, cached=1000, written=600)
    assert reader.reading.ending is None


def test_what_codex_has_used_is_known_after_each_answer_of_its_model() -> None:
    told = next(told for told in RECORDED if told.name == "codex-logged")
    reader, seen = CodexReader(), [Usage()]
    for line in told.output.splitlines(keepends=True):
        reader.feed(line)
        if reader.reading.usage != seen[-1]:
            seen.append(reader.reading.usage)
    assert [usage.input for usage in seen] == [0, 1200, 2400, 3600]
    assert [usage.output for usage in seen] == [0, 42, 84, 126]
    assert reader.reading.model == "scripted-model"


def test_the_log_of_codex_is_no_part_of_its_story() -> None:
    told = next(told for told in RECORDED if told.name == "codex-logged")
    steps = CodexReader().feed(told.output)
    assert not any("codex_otel" in step.text for step in steps)


def test_an_event_of_codex_is_read_though_its_log_came_before_the_lines_end() -> None:
    reader = CodexReader()
    logged = (
        "2026-11-25T22:03:51.851693Z  INFO codex_otel.trace_safe: "
        'event.name="codex.sse_event" event.kind=response.completed input_token_count=50'
        " output_token_count=5 cached_token_count=30 cache_write_token_count=10"
        " reasoning_token_count=2 tool_token_count=55 ttft_ms=0 model=m slug=m\n"
    )
    said = {"type": "item.completed", "item": {"type": "agent_message", "text": "Hello"}}
    steps = reader.feed(f"{json.dumps(said)}{logged}\n")
    assert [step.text for step in steps] == ["Hello"]
    assert reader.reading.usage == Usage(input=10, output=5, cached=30, written=10)


def test_what_is_wrong_is_forgotten_when_the_model_answers_again() -> None:
    reader = ClaudeReader()
    reader.feed('{"type":"system","subtype":"api_retry","attempt":1,"error_status":529}\n')
    assert "529" in reader.reading.detail
    reader.feed('{"type":"assistant","message":{"id":"m","usage":{"output_tokens":1}}}\n')
    assert reader.reading.detail == ""


def test_opencode_that_falls_silent_between_two_steps_waits_for_its_model() -> None:
    told = next(told for told in RECORDED if told.name == "opencode-ok")
    reader = OpenCodeReader()
    troubles = []
    for line in told.output.splitlines(keepends=True):
        reader.feed(line)
        troubles.append((json.loads(line)["type"], reader.reading.trouble))
    away = Ending.MODEL_UNAVAILABLE
    assert troubles == [
        *(("step_start", None), ("tool_use", None), ("step_finish", away)),
        *(("step_start", None), ("text", None), ("step_finish", None)),
    ]


def test_a_count_beyond_all_reason_does_not_break_the_books() -> None:
    reader = ClaudeReader()
    message = {"id": "m", "usage": {"output_tokens": 2**63}}
    reader.feed(json.dumps({"type": "assistant", "message": message}) + "\n")
    assert 0 < reader.reading.usage.output < 2**40


def test_steps_tell_what_an_agent_did() -> None:
    told = next(told for told in RECORDED if told.name == "claude-ok")
    reader = ClaudeReader()
    steps = [*reader.feed(told.output), *reader.close()]
    kinds = [step.kind for step in steps]
    assert kinds == [
        StepKind.SAID,
        StepKind.TOOL,
        StepKind.RESULT,
        StepKind.SAID,
        StepKind.ENDED,
    ]
    assert steps[1].tool == "Write"


def test_an_agent_that_gets_through_at_last_is_no_longer_in_trouble() -> None:
    reader = ClaudeReader()
    reader.feed('{"type":"system","subtype":"api_retry","attempt":1,"error_status":529}\n')
    assert reader.reading.trouble is Ending.MODEL_UNAVAILABLE
    usage = {"input_tokens": 5, "output_tokens": 1}
    message = {"id": "m", "usage": usage, "content": []}
    reader.feed(json.dumps({"type": "assistant", "message": message}) + "\n")
    assert reader.reading.trouble is None


def test_a_warning_among_the_lines_is_something_printed() -> None:
    steps = CodexReader().feed("WARNING: proceeding\n")
    assert [(step.kind, step.text) for step in steps] == [(StepKind.PRINTED, "WARNING: proceeding")]
