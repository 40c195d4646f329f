"""What doctor and init are told by the tools."""

from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.memory.clock import SteppedClock
from adapters.memory.issue_tracker import MemoryTracker
from application.examine import AnswerExaminer, Examine
from domain.errors import ToolFailed
from ports.examination import Finding, Verdict

CLOCK = SteppedClock(datetime(2026, 11, 25, tzinfo=UTC))


class Broken:
    """An examiner that cannot ask anything."""

    async def examine(self) -> Sequence[Finding]:
        raise ToolFailed("nobody is at home")

    async def init(self) -> Sequence[Finding]:
        raise ToolFailed("nobody is at home")


async def test_a_tool_that_answers_is_well() -> None:
    tracker = MemoryTracker(CLOCK)
    (finding,) = await AnswerExaminer(tracker, remedy="start it").examine()
    assert finding.verdict is Verdict.OK


async def test_a_tool_that_does_not_answer_has_failed_and_the_remedy_is_told() -> None:
    tracker = MemoryTracker(CLOCK)
    tracker.fail_next(ToolFailed("it is down"))
    (finding,) = await AnswerExaminer(tracker, remedy="start it").examine()
    assert (finding.verdict, finding.text) == (Verdict.FAILED, "it is down")
    assert finding.remedy == "start it"


async def test_one_tool_that_cannot_be_asked_hides_no_other() -> None:
    well = AnswerExaminer(MemoryTracker(CLOCK), remedy="start it")
    found = await Examine({"forge": Broken(), "tracker": well})()
    assert [one.verdict for one in found["forge"]] == [Verdict.FAILED]
    assert "forge" in found["forge"][0].remedy
    assert [one.verdict for one in found["tracker"]] == [Verdict.OK]


async def test_what_needs_no_setting_up_has_nothing_created() -> None:
    examine = Examine({"tracker": AnswerExaminer(MemoryTracker(CLOCK), remedy="none")})
    assert await examine.init() == {"tracker": []}
