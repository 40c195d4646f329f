"""Money: limits end runs, keep what was paid for, and an approver's word lifts them."""

import pytest

from domain.events import Outcome
from domain.gates import NotPassed
from domain.instructions import Approve, Budget, Reject, Remark, read_instruction
from domain.item import Person
from domain.money import money
from domain.task import Status, Task
from tests.unit.domain.given import (
    EN,
    GUEST,
    MEMBER,
    a_task,
    an_account,
    comment,
    ended,
    judged,
    limit_reached,
    notices,
    prose,
    said,
    started,
    stopped,
    the_start,
    when,
)

MISSING = NotPassed(missing=("01-brd.md",))


def stopped_for_money(**amounts: float) -> Task:
    """A task whose run has been stopped and judged."""
    task = a_task()
    halted = when(task, limit_reached(task, an_account(**amounts)), rules=EN).task
    over = when(halted, ended(halted, Outcome.OUT_OF_BUDGET), rules=EN).task
    return when(
        over, judged(over, MISSING, exit_code=124, outcome=Outcome.OUT_OF_BUDGET), rules=EN
    ).task


def test_a_run_over_its_limit_is_stopped_and_what_it_committed_is_collected() -> None:
    task = a_task()
    halted = when(task, limit_reached(task), rules=EN)
    assert stopped(halted) == ["ET-7-3"]
    assert halted.task.status is Status.WORKING
    assert not halted.task.stopping
    collecting = when(halted.task, ended(halted.task, Outcome.OUT_OF_BUDGET), rules=EN)
    assert [type(effect).__name__ for effect in collecting.effects] == ["CollectRun"]


def test_the_account_is_shown_in_the_item() -> None:
    task = a_task()
    halted = when(task, limit_reached(task), rules=EN).task
    event = judged(halted, MISSING, exit_code=124, outcome=Outcome.OUT_OF_BUDGET)
    blocked = when(halted, event, rules=EN)
    assert blocked.task.status is Status.BLOCKED
    assert "- this run: $5.02 / $5.00\n- this item: $6.50 / $10.00" in said(blocked)
    assert "- today, all items (UTC): $11.00 / $50.00" in said(blocked)
    assert "`/budget 20`" in said(blocked)
    assert "💸" in notices(blocked)
    assert started(blocked) is None


def test_the_agents_own_budget_ends_it_the_same_way() -> None:
    task = a_task()
    event = judged(
        task, MISSING, exit_code=124, outcome=Outcome.OUT_OF_BUDGET, account=an_account()
    )
    blocked = when(task, event, rules=EN)
    assert "this run: $5.02" in said(blocked)
    assert blocked.task.over == an_account()


def test_a_limit_is_told_once() -> None:
    task = a_task()
    halted = when(task, limit_reached(task), rules=EN).task
    assert when(halted, limit_reached(halted), rules=EN).effects == ()


def test_an_approver_allows_more_and_the_work_goes_on() -> None:
    blocked = stopped_for_money()
    resumed = when(blocked, comment("/budget 20"), rules=EN)
    assert resumed.task.budget == money(20)
    assert resumed.task.over is None
    assert the_start(resumed).run.stage == "analysis"
    assert "$20.00 in all" in said(resumed)


def test_too_little_is_refused_with_what_it_has_cost() -> None:
    blocked = stopped_for_money(item=12)
    after = when(blocked, comment("/budget 12"), rules=EN)
    assert after.task.status is Status.BLOCKED
    assert after.task.budget is None
    assert "this item has cost $12.00 already" in said(after)


@pytest.mark.parametrize("by", [MEMBER, GUEST], ids=lambda person: person.name)
def test_only_approvers_allow_money(by: Person) -> None:
    blocked = stopped_for_money()
    after = when(blocked, comment("/budget 20", by), rules=EN)
    assert after.task.budget is None
    assert after.task.status is Status.BLOCKED
    assert "🚫" in said(after)


def test_money_for_an_item_that_is_blocked_for_another_reason_resumes_nothing() -> None:
    task = a_task(status=Status.BLOCKED)
    after = when(task, comment("/budget 30"), rules=EN)
    assert after.task.budget == money(30)
    assert after.task.status is Status.BLOCKED


def test_money_while_questions_are_open_is_no_answer() -> None:
    task = a_task(status=Status.NEEDS_INPUT)
    after = when(task, comment("/budget 30"), rules=EN)
    assert after.task.status is Status.NEEDS_INPUT
    assert started(after) is None


def test_an_amount_that_cannot_be_read_is_told() -> None:
    after = when(a_task(), comment("/budget a lot"), rules=EN)
    assert "`/budget 20`" in said(after)
    assert after.task.budget is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("/budget 20", 20.0),
        ("/budget $20", 20.0),
        ("/budget 20$", 20.0),
        ("/budget 12.5", 12.5),
        ("/budget 12,75 USD", 12.75),
        ("Go on.\n/Budget 3\nThanks!", 3.0),
        ("/budget", None),
        ("/budget 0", None),
        ("/budget -5", None),
        ("/budget 1e9", None),
        ("/budget 12345678", None),
        ("/budget 20 or so", None),
    ],
)
def test_how_an_amount_is_written(text: str, amount: float | None) -> None:
    asked = read_instruction(prose(text))
    assert asked == Budget(None if amount is None else money(amount))


def test_a_comment_asks_for_one_thing() -> None:
    assert isinstance(read_instruction(prose(":rejected: no\n/budget 20")), Reject)
    assert read_instruction(prose(":approved:\n/budget 20")) == Budget(money(20))
    assert isinstance(read_instruction(prose(":approved:")), Approve)


@pytest.mark.parametrize(
    "body",
    [
        prose("The budget is 20."),
        prose("see docs/budget 20"),
        prose("Write `/budget 20`."),
        prose("As I said:", quoted="/budget 20"),
        prose("Try:", code="/budget 20"),
        prose("/budgets 20"),
    ],
    ids=str,
)
def test_speaking_of_money_allows_none(body: object) -> None:
    assert isinstance(read_instruction(body), Remark)  # type: ignore[arg-type]  # a Prose
