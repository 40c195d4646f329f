"""Where an agent of a rehearsal works: its orders, its files, its git.

Standard library only, and little of it: pathlib, subprocess, re or dataclasses each take longer to
import than a whole rehearsal run lasts.
"""
# ruff: noqa: PTH103, PTH113, PTH120, PTH123

import os
import sys
from collections.abc import Mapping, Sequence

FILES = {
    "analyst": ("01-brd.md", "02-trz.md", "03-acceptance-criteria.md", "04-test-plan.md"),
    "architect": ("05-architecture.md",),
    "reviewer": ("12-review.md",),
    "tester": ("13-test-report.md",),
    "deployer": ("14-deploy-report.md",),
}
VERDICTS = {"reviewer": ("APPROVED", "REQUEST_CHANGES"), "tester": ("PASS", "FAIL")}

_GIT = (
    *("git", "-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@localhost"),
    # The workspace's own: no keys to ask for, no hooks to run, no work left in the background.
    *("-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false"),
)


class Workplace:
    """An agent's orders, as any agent gets them, and its hands."""

    def __init__(self, role: str, environment: Mapping[str, str]) -> None:
        """Read the orders; what is missing is what the default pipeline would say."""
        self.environment = environment
        self.program = role
        told = environment.get
        self.role = told("ORCHESTRATOR_ROLE") or role
        self.key = told("ORCHESTRATOR_KEY") or "ITEM-1"
        self.run = told("ORCHESTRATOR_RUN") or "run"
        self.folder = told("ORCHESTRATOR_FOLDER") or f"docs/work-items/{self.key}"
        self.questions = told("ORCHESTRATOR_QUESTIONS") or "01-questions.md"
        self.conflict = told("ORCHESTRATOR_CONFLICT") or "10-conflict.md"
        attempt = told("ORCHESTRATOR_ATTEMPT") or ""
        self.attempt = int(attempt) if attempt.isdecimal() else 1
        self.russian = (told("ORCHESTRATOR_LOCALE") or "").startswith("ru")
        passes, fails = VERDICTS.get(role, ("", ""))
        self.passes = told("ORCHESTRATOR_PASSES") or passes
        self.fails = told("ORCHESTRATOR_FAILS") or fails
        names = told("ORCHESTRATOR_FILES")
        asked = FILES.get(role, ()) if names is None else [n.strip() for n in names.split(",")]
        self.files = [n for n in asked if n and n not in {self.questions, self.conflict}]
        self.brief = _brief(told("ORCHESTRATOR_BRIEF"))
        self.title, self.story = _gist(self._item_file() or self.brief, self.key)

    def _item_file(self) -> str:
        """Return what the item's own file says, nothing if there is none."""
        path = f"{self.folder}/00-work-item.md"
        if not os.path.isfile(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def usual_name(self, name: str) -> str:
        """Return what the default pipeline calls that file: it tells what belongs in it."""
        usual = FILES.get(self.program, ())
        at = self.files.index(name) if name in self.files else len(usual)
        return usual[at] if at < len(usual) else name

    def say(self, line: str) -> None:
        """Print a line at once: whoever watches a run sees it move."""
        sys.stdout.write(f"[{self.role}] {line}\n")
        sys.stdout.flush()

    def write(self, path: str, text: str, *, add: bool = False) -> None:
        """Write a file of the workspace, or add to it."""
        self.say(f"{'adding to' if add else 'writing'} {path}")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "a" if add else "w", encoding="utf-8") as file:
            file.write(text)

    def commit(self, message: str) -> None:
        """Commit all there is."""
        self.say(f"committing: {message}")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--no-verify", "--message", message)

    def amend(self, message: str) -> None:
        """Put another commit in place of the one we were given."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--no-verify", "--amend", "--message", message)

    def _git(self, *arguments: str) -> None:
        pid = os.posix_spawnp("git", [*_GIT, *arguments], self.environment)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            raise OSError(f"git {arguments[0]} ended with {status}")


def _brief(path: str | None) -> str:
    """Return the brief: from standard input, else from its file."""
    text = (
        ""
        if sys.stdin is None or sys.stdin.isatty()
        else sys.stdin.buffer.read().decode("utf-8", "replace")
    )
    if not text and path and os.path.isfile(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    return text


def _gist(brief: str, key: str) -> tuple[str, str]:
    """Return what the item is called and its first words, as far as the brief tells."""
    lines = [line.strip() for line in brief.splitlines()]
    title = next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")
    title = _after(title, key) or title or key
    story: Sequence[str] = [line for line in lines if line and line[0] not in "#->|`*"]
    return title[:120], (story[0] if story else title)[:400]


def _after(text: str, key: str) -> str:
    """Return what follows the key in a heading such as ``Analysis of ET-1: A title``."""
    return text.partition(key)[2].strip(" :.-–—\u2009") if key in text else ""
