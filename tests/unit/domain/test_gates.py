"""Gates open by fresh evidence only, and an exit code can only make things worse."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.evidence import BranchState, Checks, Evidence, PullRequest
from domain.gates import (
    Asked,
    Conflicting,
    Failing,
    Judgement,
    NotPassed,
    Passed,
    Pending,
    judge,
    judge_forge,
    read_verdict,
)
from domain.identifiers import Branch
from domain.pipeline import DEFAULT_PIPELINE, REQUIREMENTS, Stage, VerdictGate
from tests.unit.domain.given import BASE, BRANCH, HEAD, PULL_REQUEST, SECOND_PIPELINE, evidence

ANALYSIS, ARCHITECTURE, DEVELOPMENT, REVIEW, TESTING, DEPLOY = DEFAULT_PIPELINE.stages
COMPLETE = dict.fromkeys(REQUIREMENTS, "text")
EVERY_STAGE = [*DEFAULT_PIPELINE.stages, *SECOND_PIPELINE.stages]


def _judge(
    stage: Stage, seen: Evidence, *, exit_code: int | None = 0, forge: BranchState | None = None
) -> Judgement:
    return judge(stage, seen, exit_code=exit_code, forge=forge)


def _forge(checks: Checks, pull_request: PullRequest | None = PULL_REQUEST) -> BranchState:
    return BranchState(branch=Branch(BRANCH), head=HEAD, pull_request=pull_request, checks=checks)


# ── artifacts, questions, conflict ───────────────────────────────────────────────────────────────


def test_the_four_artifacts_open_the_gate_whoever_wrote_them() -> None:
    assert _judge(ANALYSIS, evidence(COMPLETE)) == Passed()


def test_a_missing_artifact_is_named() -> None:
    texts = {name: "text" for name in REQUIREMENTS if name != "02-trz.md"}
    assert _judge(ANALYSIS, evidence(texts)) == NotPassed(("02-trz.md",))


@pytest.mark.parametrize("blank", ["", " \n\t\n"])
def test_a_blank_artifact_is_missing(blank: str) -> None:
    assert _judge(ANALYSIS, evidence({**COMPLETE, "01-brd.md": blank})) == NotPassed(("01-brd.md",))


def test_fresh_questions_count_where_artifacts_are_missing() -> None:
    seen = evidence({"01-questions.md": "Which?"}, touched=["01-questions.md"])
    assert _judge(ANALYSIS, seen) == Asked("Which?")


def test_questions_do_not_hold_up_artifacts_that_the_run_completed() -> None:
    touched = ["01-questions.md", "04-test-plan.md"]
    seen = evidence({**COMPLETE, "01-questions.md": "Which?"}, touched=touched)
    assert _judge(ANALYSIS, seen) == Passed()


def test_a_run_that_only_asked_is_not_complete_by_what_was_there_before() -> None:
    seen = evidence({**COMPLETE, "01-questions.md": "Which?"}, touched=["01-questions.md"])
    assert _judge(ANALYSIS, seen) == Asked("Which?")


def test_an_approver_may_go_on_over_open_questions_if_the_artifacts_are_there() -> None:
    seen = evidence({**COMPLETE, "01-questions.md": "Which?"}, touched=["01-questions.md"])
    assert _judge(ANALYSIS, seen, exit_code=None) == Passed()


def test_questions_of_an_earlier_run_are_not_asked_again() -> None:
    seen = evidence({"01-questions.md": "Which?"}, touched=["01-brd.md"])
    assert isinstance(_judge(ANALYSIS, seen), NotPassed)


def test_questions_a_run_deleted_are_not_asked() -> None:
    assert isinstance(_judge(ANALYSIS, evidence({}, touched=["01-questions.md"])), NotPassed)


def test_a_role_that_may_not_ask_asks_nothing() -> None:
    seen = evidence({"01-questions.md": "Which?"}, touched=["01-questions.md"])
    assert isinstance(_judge(ARCHITECTURE, seen), NotPassed)


def test_a_fresh_conflict_counts_though_the_architecture_is_there() -> None:
    texts = {"05-architecture.md": "old", "10-conflict.md": "AC 3 cannot be met"}
    seen = evidence(texts, touched=["10-conflict.md"])
    assert _judge(ARCHITECTURE, seen) == Conflicting("AC 3 cannot be met")


def test_a_conflict_of_an_earlier_run_is_settled() -> None:
    texts = {"05-architecture.md": "new", "10-conflict.md": "AC 3 cannot be met"}
    assert _judge(ARCHITECTURE, evidence(texts, touched=["05-architecture.md"])) == Passed()


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stage", "file", "word"),
    [(REVIEW, "12-review.md", "APPROVED"), (TESTING, "13-test-report.md", "PASS")],
)
def test_a_fresh_passing_verdict_opens_its_gate(stage: Stage, file: str, word: str) -> None:
    assert _judge(stage, evidence({file: f"verdict: {word}"}, touched=[file])) == Passed()


@pytest.mark.parametrize("word", ["PASS", "FAIL"])
def test_a_verdict_of_an_earlier_run_decides_nothing(word: str) -> None:
    seen = evidence({"13-test-report.md": f"verdict: {word}"}, touched=["12-review.md"])
    assert _judge(TESTING, seen) == NotPassed(("13-test-report.md: verdict PASS",))


def test_a_fresh_failing_verdict_carries_its_report() -> None:
    report = "verdict: FAIL\n\nTwo tests fail."
    seen = evidence({"13-test-report.md": report}, touched=["13-test-report.md"])
    assert _judge(TESTING, seen) == Failing(report)


@pytest.mark.parametrize("word", ["APPROVED", "MAYBE", "PASSED", "PASS_"])
def test_another_stages_word_is_no_verdict(word: str) -> None:
    seen = evidence({"13-test-report.md": f"verdict: {word}"}, touched=["13-test-report.md"])
    assert isinstance(_judge(TESTING, seen), NotPassed)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("verdict: PASS", "PASS"),
        ("Verdict: pass", "PASS"),
        ("**Verdict:** PASS", "PASS"),
        ("**Verdict: PASS**", "PASS"),
        ("**Verdict**: `FAIL`", "FAIL"),
        ("## Verdict: REQUEST_CHANGES", "REQUEST_CHANGES"),
        ("## Verdict:\n\n**PASS**", "PASS"),
        ("- Вердикт: FAIL", "FAIL"),
        ("ВЕРДИКТ: FAIL", "FAIL"),
        ("Verdict: PASS — all 12 tests are green.", "PASS"),
        ("Verdict: PASS\n\nOr so it seems.", "PASS"),
        ("Verdict: PASS\n\n| a | b |", "PASS"),
        ("---\nverdict: PASS\n---\n# Report", "PASS"),
        ("---\r\nauthor: tester\r\nverdict: FAIL\r\n---\r\n", "FAIL"),
        ("---\nverdict: PASS\n---\nVerdict: FAIL in the last run", "PASS"),
        ("---\nauthor: tester\n---\nVerdict: FAIL", "FAIL"),
        ("Verdict: PASS\n\nVerdict: PASS", "PASS"),
        ("Verdict: PASS\n\nVerdict: FAIL", None),
        ("---\nverdict: PASS\nverdict: FAIL\n---\n", None),
        ("Verdict: PASS / FAIL", None),
        ("Verdict: PASS/FAIL", None),
        ("Verdict: `PASS` | `FAIL`", None),
        ("Verdict: PASS or FAIL", None),
        ("Вердикт: PASS или FAIL", None),
        ("The verdict: PASS", None),
        ("My verdict is PASS", None),
        ("PASS", None),
        ("Verdict:", None),
        ("Verdict: 12 of 12", None),
        ("", None),
    ],
)
def test_a_report_states_one_verdict_on_a_line_of_its_own(text: str, verdict: str | None) -> None:
    assert read_verdict(text) == verdict


# ── pull request, exit code ──────────────────────────────────────────────────────────────────────


def test_commits_wait_for_the_forge() -> None:
    assert _judge(DEVELOPMENT, evidence()) == Pending()


def test_a_run_without_commits_has_delivered_nothing() -> None:
    assert _judge(DEVELOPMENT, replace(evidence(), commits=0)) == NotPassed(("commits",))


@pytest.mark.parametrize(
    ("forge", "judgement"),
    [
        (None, Pending()),
        (_forge(Checks.PASSED), Passed()),
        (_forge(Checks.NONE), Passed()),
        (_forge(Checks.PENDING), Pending()),
        (_forge(Checks.FAILED), NotPassed(("checks",))),
        (_forge(Checks.PASSED, None), Pending()),
        (_forge(Checks.FAILED, None), Pending()),
    ],
)
def test_the_forge_decides_on_pull_request_and_checks(
    forge: BranchState | None, judgement: Judgement
) -> None:
    assert judge_forge(forge) == judgement
    assert _judge(DEVELOPMENT, evidence(), forge=forge) == judgement


@pytest.mark.parametrize(("exit_code", "opened"), [(0, True), (1, False), (137, False)])
def test_the_deployers_exit_code_is_its_gate(*, exit_code: int, opened: bool) -> None:
    assert isinstance(_judge(DEPLOY, evidence(), exit_code=exit_code), Passed) is opened


def test_an_exit_code_nobody_knows_opens_no_deployers_gate() -> None:
    assert isinstance(_judge(DEPLOY, evidence(), exit_code=None), NotPassed)


def test_complete_artifacts_of_a_run_that_failed_do_not_pass() -> None:
    assert _judge(ANALYSIS, evidence(COMPLETE), exit_code=1) == NotPassed(
        ("exit code 1, wanted 0",)
    )


def test_what_is_there_counts_by_itself_where_no_run_is_judged() -> None:
    assert _judge(ANALYSIS, evidence(COMPLETE), exit_code=None) == Passed()


# ── whatever the evidence ────────────────────────────────────────────────────────────────────────

stages = st.sampled_from(EVERY_STAGE)
names = st.sampled_from(sorted({name for stage in EVERY_STAGE for name in stage.files}))
texts = st.one_of(
    st.text(max_size=40),
    st.builds(
        "{}{}: {}{}".format,
        st.sampled_from(["", "---\n", "**", "> ", "# "]),
        st.sampled_from(["verdict", "Вердикт"]),
        st.sampled_from(["PASS", "FAIL", "LGTM", "NOPE", "APPROVED", "REQUEST_CHANGES"]),
        st.sampled_from(["", "\n---\n", "**", " / FAIL", "\nverdict: NOPE"]),
    ),
)
evidences = st.builds(
    Evidence,
    base=st.just(BASE),
    head=st.just(HEAD),
    commits=st.integers(0, 2),
    touched=st.frozensets(names),
    texts=st.dictionaries(names, texts),
)
forges = st.one_of(
    st.none(),
    st.builds(_forge, st.sampled_from(Checks), st.sampled_from([None, PULL_REQUEST])),
)


@for_all(stage=stages, seen=evidences, forge=forges, exit_code=st.integers(1, 255))
def test_an_exit_code_only_makes_things_worse(
    stage: Stage, seen: Evidence, forge: BranchState | None, exit_code: int
) -> None:
    well = judge(stage, seen, exit_code=0, forge=forge)
    badly = judge(stage, seen, exit_code=exit_code, forge=forge)
    if isinstance(well, Passed | Pending):
        # Questions are the one thing that a failed run of a complete stage may still have to say.
        assert isinstance(badly, NotPassed | Asked)
    elif isinstance(well, NotPassed):
        assert isinstance(badly, NotPassed)
    else:
        assert badly == well


@for_all(stage=stages, seen=evidences, forge=forges, exit_code=st.none() | st.integers(0, 2))
def test_a_run_that_touched_nothing_decides_nothing_against_its_stage(
    stage: Stage, seen: Evidence, forge: BranchState | None, exit_code: int | None
) -> None:
    stale = replace(seen, touched=frozenset())
    judgement = judge(stage, stale, exit_code=exit_code, forge=forge)
    assert not isinstance(judgement, Asked | Conflicting | Failing)
    if isinstance(stage.gate, VerdictGate):
        assert isinstance(judgement, NotPassed)


@for_all(text=st.text(alphabet="verdictВердикт:*`_-#>/| \r\nPASFIL", max_size=60))
def test_reading_a_verdict_never_fails(text: str) -> None:
    verdict = read_verdict(text)
    assert verdict is None or verdict == verdict.upper()
