"""A run that has ended and whose commits are on the branch: the facts its deed starts from."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.events import Link, Outcome, RunJudged, Statement
from domain.evidence import Evidence
from domain.gates import Judgement
from domain.identifiers import EventId, Repo
from domain.money import Account
from domain.pipeline import Stage
from domain.signals import Signal
from domain.task import Run, Task
from ports.code_forge import CodeForge
from ports.store import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """What is known of the run, and what its evidence says."""

    claim: Claim[Signal]
    task: Task
    run: Run
    stage: Stage
    repo: Repo
    folder: str
    evidence: Evidence
    outcome: Outcome
    exit_code: int | None
    judgement: Judgement
    statement: Statement
    account: Account | None

    def judged(self, links: Sequence[Link] = ()) -> RunJudged:
        """Return the event, with links to the files that people should read."""
        return RunJudged(
            id=EventId(self.claim.entry.key),
            item=self.task.item,
            run=self.run.id,
            base=self.evidence.base,
            head=self.evidence.head,
            exit_code=self.exit_code,
            outcome=self.outcome,
            judgement=self.judgement,
            links=tuple(links),
            statement=self.statement,
            account=self.account,
        )

    def links(self, forge: CodeForge, files: Sequence[str]) -> list[Link]:
        """Return links to those of the files that are there, at the very commit."""
        found: list[Link] = []
        for name in files:
            url = forge.file_url(self.repo, self.evidence.head, f"{self.folder}/{name}")
            if url and name in self.evidence.texts:
                found.append(Link(name=name, url=url))
        return found
