"""Agents that need no processes: the deeds of a rehearsal, done at once in workspaces in memory.

The same plans steer them as steer the real rehearsal agents (``adapters.rehearsal.plan``), so a
scenario can be played with either.
"""

from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.workspaces import MemoryWorkspaces
from adapters.rehearsal.deeds import GOOD
from adapters.rehearsal.plan import deed
from domain.identifiers import RunId
from ports.agent_runner import AgentSpec
from ports.clock import Clock

QUESTIONS = "1. Кому это доступно?\n2. Что делать со старыми данными?"
CONFLICT = "BR-2 и ТЗ требуют разного."
REPORTS = {
    "APPROVED": "Исправлять нечего.",
    "REQUEST_CHANGES": "Ввод не проверяется.",
    "PASS": "Пройдено 4 из 4.",
    "FAIL": "Пустое название даёт 500.",
}
_VERDICTS = {"approve": "PASSES", "pass": "PASSES", "request-changes": "FAILS", "fail": "FAILS"}
_ENDS = {"deploy-fail": 1, "crash": 13}


class StageHands(MemoryRunner):
    """Does what the plan says as soon as an agent is started; ``hang`` waits to be told."""

    def __init__(self, clock: Clock, workspaces: MemoryWorkspaces, plan: str = "") -> None:
        super().__init__(clock)
        self.workspaces = workspaces
        self.plan = plan

    async def ensure(self, run: RunId, spec: AgentSpec) -> None:
        new = run not in self.place.runs
        try:
            await super().ensure(run, spec)
        finally:
            if new and run in self.specs:  # also where the answer that it was started is lost
                self._begin(run, spec)

    def _begin(self, run: RunId, spec: AgentSpec) -> None:
        told = spec.environment
        role, attempt = told["ORCHESTRATOR_ROLE"], int(told["ORCHESTRATOR_ATTEMPT"])
        good = GOOD.get(role) or ("pass" if "ORCHESTRATOR_PASSES" in told else "artifacts")
        self.act(run, deed(self.plan, role, attempt, good=good))

    def act(self, run: RunId, done: str) -> None:
        """Let the agent do that and end."""
        if done == "hang":
            return
        if done == "rewrite-history":
            self.workspaces.rewrite(run)
        elif done not in {"nothing", "crash", "no-commit"}:
            self.workspaces.commit(run, dict(self._files(run, done)))
        self.finish(run, _ENDS.get(done, 0))

    def brief(self, run: RunId) -> str:
        """What the agent was told."""
        return self.specs[run].brief

    def _files(self, run: RunId, done: str) -> dict[str, str]:
        told = self.specs[run].environment
        folder, attempt = told["ORCHESTRATOR_FOLDER"], told["ORCHESTRATOR_ATTEMPT"]
        asked = [name for name in told["ORCHESTRATOR_FILES"].split(",") if name]
        said = f"\n\n_{run}, {attempt}_\n"
        match done:
            case "questions":
                return {f"{folder}/{_named(asked, 'questions')}": QUESTIONS + said}
            case "conflict":
                return {f"{folder}/{_named(asked, 'conflict')}": CONFLICT + said}
        written = [name for name in asked if "questions" not in name and "conflict" not in name]
        if done == "partial":
            written = written[: len(written) // 2]
        if done == "stale" or not written:
            return {f"{folder}/work-{run}.txt": said}
        word = told.get(f"ORCHESTRATOR_{_VERDICTS.get(done, '')}", "")
        if done == "wrong-verdict":
            word = "PERHAPS"
        front = f"---\nverdict: {word}\n---\n" if word else ""
        text = REPORTS.get(word, "Всё описано.")
        return {f"{folder}/{name}": f"{front}# {name}\n\n{text}{said}" for name in written}


def _named(asked: list[str], part: str) -> str:
    return next(name for name in asked if part in name)
