"""One event, of any kind, upon a task anywhere in its life: every law about a step holds."""

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.decision import Rules
from domain.events import ItemGone
from domain.gates import Judgement
from domain.identifiers import ItemId
from domain.task import ENDED, Task
from tests.unit.domain import given, laws
from tests.unit.domain.random_events import bodies, comments, events, judgements, tasks

ANYWHERE = st.sampled_from(
    [given.RU, given.EN, given.SECOND, given.PATIENT, given.MERGING, given.MERGING_LAST]
).flatmap(lambda rules: st.tuples(st.just(rules), tasks(rules)))


@settings(max_examples=800)
@for_all(ANYWHERE, st.data())
def test_every_law_holds_for_any_event_anywhere(
    where: tuple[Rules, Task], data: st.DataObject
) -> None:
    rules, task = where
    event = data.draw(events(task))
    decision = laws.step(task, event, now=given.NOW, rules=rules)
    assert decision is not None
    laws.somebody_has_the_next_move(decision.task)
    laws.a_run_is_wanted_or_stopped(decision.task)
    laws.memory_is_bounded(decision.task)
    if not isinstance(event, ItemGone) and decision.task.status not in ENDED:
        laws.the_tracker_shows_what_the_task_does(decision.task)


@settings(max_examples=400)
@for_all(st.sampled_from([given.RU, given.SECOND]), judgements, st.integers(0, 1), st.data())
def test_every_law_holds_for_whatever_a_run_shows(
    rules: Rules, judgement: Judgement, code: int, data: st.DataObject
) -> None:
    """At the limits above all: that is where a run must not lead to one more."""
    pipeline = rules.pipeline
    task = given.a_task(
        data.draw(st.sampled_from(pipeline.stages)).name,
        rules=rules,
        spent={str(s.name): data.draw(st.sampled_from([0, s.max_runs])) for s in pipeline.stages},
        rounds=data.draw(st.sampled_from([0, pipeline.question_rounds])),
        crashes=data.draw(st.sampled_from([0, pipeline.crash_retries])),
    )
    event = given.judged(task, judgement, exit_code=code)
    decision = laws.step(task, event, now=given.NOW, rules=rules)
    assert decision is not None
    laws.the_tracker_shows_what_the_task_does(decision.task)


@settings(max_examples=300)
@for_all(ANYWHERE, st.data())
def test_every_law_holds_when_the_table_was_changed_meanwhile(
    where: tuple[Rules, Task], data: st.DataObject
) -> None:
    """A stage may be gone, another may stand in its place; nothing may be raised."""
    rules, task = where
    other = given.RU if rules.pipeline == given.SECOND.pipeline else given.SECOND
    decision = laws.step(task, data.draw(events(task)), now=given.NOW, rules=other)
    assert decision is not None
    laws.somebody_has_the_next_move(decision.task)
    laws.a_run_is_wanted_or_stopped(decision.task)


@settings(max_examples=300)
@for_all(
    st.sampled_from([given.RU, given.SECOND]).flatmap(
        lambda rules: st.tuples(st.just(rules), tasks(rules))
    ),
    comments(st.sampled_from([given.MEMBER, given.GUEST, given.BOT]), bodies),
)
def test_who_may_not_decide_changes_no_stage(where: tuple[Rules, Task], comment: object) -> None:
    rules, task = where
    decision = laws.step(task, comment, now=given.NOW, rules=rules)  # type: ignore[arg-type]  # as drawn
    assert decision is not None
    assert decision.task.stage == task.stage


@settings(max_examples=60)
@for_all(st.data())
def test_no_task_is_begun_by_what_is_no_item(data: st.DataObject) -> None:
    event = data.draw(events(given.a_task("testing")))
    decision = laws.step(None, event, now=given.NOW, rules=given.RU)
    if decision is not None:
        assert decision.task.item == ItemId("item-7")
        laws.somebody_has_the_next_move(decision.task)


@pytest.mark.parametrize("text", ["Mind the locale.", ":rejected: no", ":approved:"])
def test_a_task_that_lives_long_stays_small(text: str) -> None:
    task = given.a_task("testing")
    for number in range(100):
        author = given.APPROVER if text.startswith(":") else given.MEMBER
        task = given.when(task, given.comment(f"{text} {number}", author)).task
        laws.memory_is_bounded(task)
    assert len(task.heard) == 64
