"""Who may go to work next."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import ItemId, Role, RunId
from domain.item import Priority
from domain.slots import Contender, Limits, next_runs

START = datetime(2026, 11, 25, 12, tzinfo=UTC)


def contender(
    run: str, priority: Priority = Priority.NONE, *, role: str = "developer", minute: int = 0
) -> Contender:
    """Return a run, of the project that its name begins with."""
    return Contender(
        run=RunId(run),
        item=ItemId(run.rpartition("-")[0]),
        project=run.partition("-")[0],
        role=Role(role),
        priority=priority,
        asked_at=START + timedelta(minutes=minute),
    )


def test_who_has_waited_longest_goes_first() -> None:
    waiting = [contender("ET-2-1", minute=5), contender("ET-1-1", minute=9)]
    assert next_runs(waiting, [], Limits(overall=1)) == ["ET-2-1"]


def test_a_pressing_item_goes_before_an_older_one() -> None:
    waiting = [contender("ET-1-1"), contender("ET-2-1", Priority.URGENT, minute=9)]
    assert next_runs(waiting, [], Limits(overall=2)) == ["ET-2-1", "ET-1-1"]


def test_a_project_with_none_at_work_goes_before_a_pressing_item_of_a_busy_one() -> None:
    waiting = [contender("ET-2-1", Priority.URGENT), contender("WEB-1-1", Priority.LOW, minute=9)]
    assert next_runs(waiting, [contender("ET-1-1")], Limits(overall=2)) == ["WEB-1-1"]


def test_two_projects_take_turns() -> None:
    waiting = [
        *(contender(f"ET-{n}-1") for n in (1, 2)),
        *(contender(f"WEB-{n}-1") for n in (1, 2)),
    ]
    chosen = next_runs(waiting, [], Limits(overall=4))
    assert [run.partition("-")[0] for run in chosen] == ["ET", "WEB", "ET", "WEB"]


def test_a_role_at_its_limit_holds_nobody_else_up() -> None:
    waiting = [contender("ET-2-1", Priority.URGENT), contender("ET-3-1", role="tester")]
    limits = Limits(overall=4, role={Role("developer"): 1})
    assert next_runs(waiting, [contender("ET-1-1")], limits) == ["ET-3-1"]


def test_a_project_at_its_limit_waits() -> None:
    waiting = [contender("ET-2-1"), contender("WEB-1-1")]
    limits = Limits(overall=4, project={"ET": 1})
    assert next_runs(waiting, [contender("ET-1-1")], limits) == ["WEB-1-1"]


def test_nobody_goes_where_all_slots_are_taken() -> None:
    assert next_runs([contender("ET-2-1")], [contender("ET-1-1")], Limits(overall=1)) == []


@given(
    waiting=st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(Priority)), max_size=12),
    busy=st.lists(st.sampled_from("AB"), max_size=6),
    overall=st.integers(1, 8),
    of_a=st.integers(1, 4),
)
def test_no_limit_is_ever_passed_and_no_slot_left_that_could_be_taken(
    waiting: list[tuple[str, Priority]], busy: list[str], overall: int, of_a: int
) -> None:
    wanted = [contender(f"{p}-{n}-1", priority) for n, (p, priority) in enumerate(waiting)]
    at_work = [contender(f"{p}-{n}-9") for n, p in enumerate(busy)]
    chosen = next_runs(wanted, at_work, Limits(overall=overall, project={"A": of_a}))
    assert len(set(chosen)) == len(chosen)
    total = len(busy) + len(chosen)
    in_a = busy.count("A") + sum(run.startswith("A-") for run in chosen)
    assert not chosen or total <= overall
    assert in_a <= of_a or not any(run.startswith("A-") for run in chosen)
    left = [run for run in wanted if run.run not in chosen]
    assert total >= overall or all(run.project == "A" and in_a >= of_a for run in left)
