"""The agents of a rehearsal, as programs in a real repository: each deed shows what it should."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.rehearsal.command import command
from adapters.rehearsal.plan import DEEDS, deed
from domain.evidence import Evidence
from domain.gates import Asked, Conflicting, Failing, NotPassed, Passed, Pending, judge
from domain.identifiers import CommitId
from domain.pipeline import DEFAULT_PIPELINE, Stage

FOLDER = "docs/work-items/ET-7"
BRIEF = "# Analysis of ET-7: Export {all} as CSV\n\nPeople want it. Really.\n"
STAGES = {str(stage.role): stage for stage in DEFAULT_PIPELINE.stages}


class Repository:
    """A repository in which agents work."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runs = 0
        self.git("init", "--quiet", "--initial-branch=main")
        self.git(
            *("-c", "user.name=a", "-c", "user.email=a@b"),
            *("commit", "--quiet", "--allow-empty", "--message", "base"),
        )

    def git(self, *arguments: str) -> str:
        """What git says."""
        return subprocess.run(
            ["git", *arguments], cwd=self.path, check=True, capture_output=True, text=True
        ).stdout.strip()

    @property
    def head(self) -> CommitId:
        """The last commit."""
        return CommitId(self.git("rev-parse", "HEAD"))

    def run(
        self, role: str, plan: str = "", attempt: int = 1, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Lets the agent do its work, with its brief on standard input."""
        return subprocess.run(
            command(role),
            cwd=self.path,
            env=self.orders(role, plan, attempt, **environment),
            input=BRIEF,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def orders(self, role: str, plan: str, attempt: int, **environment: str) -> dict[str, str]:
        """The environment of an agent."""
        self.runs += 1
        return {
            "PATH": os.environ["PATH"],
            "ORCHESTRATOR_KEY": "ET-7",
            "ORCHESTRATOR_ROLE": role,
            "ORCHESTRATOR_FOLDER": FOLDER,
            "ORCHESTRATOR_RUN": f"ET-7-{self.runs}",
            "ORCHESTRATOR_ATTEMPT": str(attempt),
            "REHEARSAL": plan,
            **environment,
        }

    def evidence(self, base: CommitId, stage: Stage) -> Evidence:
        """What the commits since the base show."""
        changed = self.git("diff", "--name-only", base, "HEAD", "--", FOLDER).split()
        there = [name for name in stage.files if (self.path / FOLDER / name).exists()]
        return Evidence(
            base=base,
            head=self.head,
            commits=int(self.git("rev-list", "--count", f"{base}..HEAD")),
            touched=frozenset(Path(each).name for each in changed),
            texts={name: (self.path / FOLDER / name).read_text("utf-8") for name in there},
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty one."""
    return Repository(tmp_path)


@pytest.mark.parametrize(
    ("role", "done", "expected", "code"),
    [
        ("analyst", "artifacts", Passed, 0),
        ("analyst", "partial", NotPassed, 0),
        ("analyst", "questions", Asked, 0),
        ("analyst", "nothing", NotPassed, 0),
        ("analyst", "stale", NotPassed, 0),
        ("analyst", "no-commit", NotPassed, 0),
        ("analyst", "crash", NotPassed, 13),
        ("analyst", "slow:0.1", Passed, 0),
        ("architect", "artifacts", Passed, 0),
        ("architect", "conflict", Conflicting, 0),
        ("developer", "artifacts", Pending, 0),
        ("developer", "nothing", NotPassed, 0),
        ("developer", "no-commit", NotPassed, 0),
        ("reviewer", "approve", Passed, 0),
        ("reviewer", "request-changes", Failing, 0),
        ("reviewer", "wrong-verdict", NotPassed, 0),
        ("tester", "pass", Passed, 0),
        ("tester", "fail", Failing, 0),
        ("tester", "stale", NotPassed, 0),
        ("tester", "wrong-verdict", NotPassed, 0),
        ("deployer", "deploy-ok", Passed, 0),
        ("deployer", "deploy-fail", NotPassed, 1),
    ],
)
def test_each_deed_shows_at_the_gate_what_it_should(
    repository: Repository, role: str, done: str, expected: type, code: int
) -> None:
    base, stage = repository.head, STAGES[role]
    end = repository.run(role, f"{role}={done}")
    assert end.returncode == code, end.stderr
    evidence = repository.evidence(base, stage)
    if done in {"no-commit", "crash"}:  # what was not committed is not at the head
        evidence = Evidence(
            base=base, head=evidence.head, commits=evidence.commits, touched=frozenset(), texts={}
        )
    assert isinstance(judge(stage, evidence, exit_code=code, forge=None), expected)


@pytest.mark.parametrize("role", sorted(STAGES))
def test_without_a_plan_every_role_does_well_and_leaves_a_clean_tree(
    repository: Repository, role: str
) -> None:
    base, stage = repository.head, STAGES[role]
    end = repository.run(role)
    assert end.returncode == 0, end.stderr
    judgement = judge(stage, repository.evidence(base, stage), exit_code=0, forge=None)
    assert isinstance(judgement, Passed | Pending)
    assert repository.git("status", "--porcelain") == ""
    assert end.stdout.startswith(f"[{role}] ET-7 Export {{all}} as CSV")


@pytest.mark.parametrize("role", sorted(STAGES))
def test_each_further_run_makes_a_commit_of_its_own(repository: Repository, role: str) -> None:
    repository.run(role)
    first = repository.head
    assert repository.run(role, attempt=2).returncode == 0
    assert repository.git("rev-list", "--count", f"{first}..HEAD") == "1"


def test_the_plan_names_a_deed_for_each_run_and_the_last_is_repeated() -> None:
    plan = "analyst=questions,artifacts; tester=fail,pass;"
    done = [deed(plan, "tester", attempt, good="x") for attempt in (1, 2, 3)]
    assert done == ["fail", "pass", "pass"]
    assert deed(plan, "analyst", 1, good="x") == "questions"
    assert deed(plan, "developer", 1, good="artifacts") == "artifacts"


@pytest.mark.parametrize(
    "plan",
    [
        *("tester", "tester=", "tester=fial", "=fail", "tester=fail pass", "a=fail;a=pass"),
        *("tester=slow", "tester=slow:x", "tester=slow:-1", "tester=slow:SECONDS"),
    ],
)
def test_a_bad_plan_is_refused_in_one_line_and_nothing_is_done(
    repository: Repository, plan: str
) -> None:
    base = repository.head
    end = repository.run("tester", plan)
    assert end.returncode == 2
    assert end.stderr.startswith("REHEARSAL: ")
    assert end.stderr.count("\n") == 1
    assert repository.head == base


def test_history_can_be_rewritten(repository: Repository) -> None:
    base = repository.head
    assert repository.run("developer", "developer=rewrite-history").returncode == 0
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge-base", "--is-ancestor", base, "HEAD")


@pytest.mark.parametrize(("done", "prints"), [("hang", False), ("chatter", True)])
def test_a_run_can_go_on_for_ever(repository: Repository, done: str, prints: bool) -> None:
    with subprocess.Popen(
        command("developer"),
        cwd=repository.path,
        env=repository.orders("developer", f"developer={done}", 1),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().endswith(f"{done}\n".encode())
        os.set_blocking(process.stdout.fileno(), False)
        until = time.monotonic() + (10 if prints else 0.3)
        heard = b""
        while not heard and time.monotonic() < until:
            heard = process.stdout.read() or b""
            time.sleep(0.01)
        assert bool(heard) is prints
        assert process.poll() is None
        process.kill()


def test_texts_tell_of_the_item_in_the_language_asked_for(repository: Repository) -> None:
    repository.run("analyst", ORCHESTRATOR_LOCALE="ru")
    russian = (repository.path / FOLDER / "01-brd.md").read_text("utf-8")
    assert "# ET-7: Export {all} as CSV" in russian
    assert "Бизнес-требования" in russian
    repository.run("analyst", ORCHESTRATOR_LOCALE="en")
    english = (repository.path / FOLDER / "01-brd.md").read_text("utf-8")
    assert "People want it. Really." in english


def test_a_pipeline_of_your_own_names_files_and_verdicts(repository: Repository) -> None:
    end = repository.run(
        "tester",
        "tester=fail",
        ORCHESTRATOR_FILES="qa.md",
        ORCHESTRATOR_FAILS="REJECT",
        ORCHESTRATOR_FOLDER="items/7",
    )
    assert end.returncode == 0, end.stderr
    text = (repository.path / "items/7/qa.md").read_text("utf-8")
    assert text.startswith("---\nverdict: REJECT\n")
    assert "3 of 4 passed" in text


def test_a_role_of_your_own_writes_the_files_it_is_asked_for(repository: Repository) -> None:
    end = repository.run("translator", ORCHESTRATOR_FILES="manual.md,glossary.md")
    assert end.returncode == 0, end.stderr
    assert repository.git("show", "--name-only", "--format=", "HEAD").split() == [
        f"{FOLDER}/glossary.md",
        f"{FOLDER}/manual.md",
    ]


def test_questions_and_conflict_are_no_files_to_write_unasked(repository: Repository) -> None:
    asked = ",".join(STAGES["architect"].files)
    assert "10-conflict.md" in asked
    repository.run("architect", ORCHESTRATOR_FILES=asked)
    assert [each.name for each in (repository.path / FOLDER).iterdir()] == ["05-architecture.md"]


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    end = subprocess.run(
        command("developer"),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert end.returncode == 1
    assert "not a git repository" in end.stderr


def test_every_deed_is_known_to_the_programs(repository: Repository) -> None:
    quick = [name.replace("SECONDS", "0") for name in DEEDS if name not in {"hang", "chatter"}]
    for name in quick:
        end = repository.run("developer", f"developer={name}")
        assert end.returncode in {0, 1, 13}, (name, end.stderr)
        assert "Traceback" not in end.stderr
        repository.git("reset", "--quiet", "--hard")


def test_programs_import_nothing_slow() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import adapters.rehearsal.deeds;"
        "print(*sorted({'pathlib', 're', 'subprocess', 'dataclasses'} & set(sys.modules)))"
    )
    source = Path(command("analyst")[-1]).parents[2]
    end = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, source],
        capture_output=True,
        text=True,
        check=True,
    )
    assert end.stdout.strip() == ""
