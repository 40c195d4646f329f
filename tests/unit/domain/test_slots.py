"""Who may go to work next."""

from collections.abc import Sequence
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


RUNS = st.lists(
    st.tuples(
        st.sampled_from(["ET", "WEB", "API"]),
        st.sampled_from(["developer", "tester"]),
        st.sampled_from(Priority),
        st.integers(0, 3),
    ),
    max_size=12,
)
LIMITS = st.builds(
    lambda overall, project, role: Limits(
        overall=overall, project=project, role={Role(name): most for name, most in role.items()}
    ),
    st.integers(1, 8),
    st.dictionaries(st.sampled_from(["ET", "WEB"]), st.integers(1, 4)),
    st.dictionaries(st.sampled_from(["developer", "tester"]), st.integers(1, 4)),
)


def contenders(runs: list[tuple[str, str, Priority, int]], number: int) -> list[Contender]:
    """These runs, the n-th of its item each."""
    return [
        contender(f"{project}-{item}-{number}", priority, role=role, minute=minute)
        for item, (project, role, priority, minute) in enumerate(runs, start=1)
    ]


def has_room(run: Contender, at_work: Sequence[Contender], limits: Limits) -> bool:
    """Whether no limit holds the run back."""
    of_project = sum(each.project == run.project for each in at_work)
    of_role = sum(each.role == run.role for each in at_work)
    return (
        len(at_work) < limits.overall
        and of_project < limits.project.get(run.project, limits.overall)
        and of_role < limits.role.get(run.role, limits.overall)
    )


@given(wanted=RUNS, busy=RUNS, limits=LIMITS)
def test_each_that_goes_had_room_and_was_next_and_nobody_is_left_who_has_room(
    wanted: list[tuple[str, str, Priority, int]],
    busy: list[tuple[str, str, Priority, int]],
    limits: Limits,
) -> None:
    """Limits may have been lowered since: more may be at work than they allow."""
    waiting, at_work = contenders(wanted, 1), contenders(busy, 2)
    pressing = list(Priority)
    for name in next_runs(waiting, at_work, limits):
        (run,) = [each for each in waiting if each.run == name]
        waiting.remove(run)
        assert has_room(run, at_work, limits)

        def at_work_on(project: str) -> int:
            return sum(each.project == project for each in at_work)

        for other in waiting:
            if not has_room(other, at_work, limits):
                continue
            assert at_work_on(run.project) <= at_work_on(other.project)
            if at_work_on(run.project) == at_work_on(other.project):
                urgency, others = map(pressing.index, (run.priority, other.priority))
                assert urgency <= others
                assert urgency < others or run.asked_at <= other.asked_at
        at_work.append(run)
    assert not any(has_room(run, at_work, limits) for run in waiting)


@given(wanted=RUNS, limits=LIMITS)
def test_the_order_in_which_runs_are_looked_at_changes_nothing(
    wanted: list[tuple[str, str, Priority, int]], limits: Limits
) -> None:
    waiting = contenders(wanted, 1)
    assert next_runs(waiting, [], limits) == next_runs(waiting[::-1], [], limits)


def test_with_every_slot_freed_in_turn_no_project_waits_for_anothers_backlog() -> None:
    """Fifty urgent items of one project, and one unimportant of another: it is second."""
    waiting = [
        *(contender(f"ET-{n}-1", Priority.URGENT) for n in range(1, 51)),
        contender("WEB-1-1", Priority.NONE, minute=99),
    ]
    assert "WEB-1-1" in next_runs(waiting, [], Limits(overall=2))
