"""Another pipeline by configuration alone: other stages, files, words and roles."""

from pathlib import Path

from domain.messages import Locale
from entrypoints.pipeline_settings import PipelineSettings
from entrypoints.settings import load_settings
from tests.integration.scenarios.conftest import Begin

CONFIGURATION = """
[pipeline]
folder = "items"
question_rounds = 1
crash_retries = 0

[[pipeline.stages]]
name = "drafting"
role = "writer"
questions = "open-questions.md"
gate = { kind = "artifacts", files = ["outline.md"] }

[[pipeline.stages]]
name = "checking"
role = "checker"
approval = true
gate = { kind = "verdict", file = "verdict.md", passes = "GOOD", fails = "BAD", \
review = "tests", back_to = "drafting" }

[[pipeline.stages]]
name = "rollout"
role = "operator"
gate = { kind = "exit-code", back_to = "drafting" }
"""


def configured(tmp_path: Path, text: str = CONFIGURATION) -> PipelineSettings:
    file = tmp_path / "orchestrator.toml"
    file.write_text(text, encoding="utf-8")
    pipeline = load_settings(file, {}).pipeline
    assert pipeline is not None
    return pipeline


async def test_it_is_driven_to_done_with_an_approval_before_the_rollout(
    begin: Begin, tmp_path: Path
) -> None:
    world = await begin(pipeline=configured(tmp_path), locale=Locale.EN)
    key = await world.item()
    task = await world.until(key, status="in-review", stage="checking")
    assert await world.roles(key) == ["writer", "checker"]
    last = (await world.comments(key))[-1]
    assert "📋 Stage checking is complete." in last
    assert "to move on to Rollout." in last
    files = world.forge.commits[task["head"]].files
    assert {name for name in files if name.startswith("items/")} == {
        f"items/{key}/00-work-item.md",
        f"items/{key}/outline.md",
        f"items/{key}/verdict.md",
    }
    await world.comment(key, ":approved:")
    await world.until(key, status="done")
    assert await world.roles(key) == ["writer", "checker", "operator"]
    assert "✅ Stage: rollout → done" in (await world.comments(key))[-1]
    assert world.states(key) == ["in-progress", "in-review", "in-progress", "done"]


async def test_its_agents_are_told_its_names_and_words(begin: Begin, tmp_path: Path) -> None:
    world = await begin(pipeline=configured(tmp_path), plan="checker=hang", locale=Locale.EN)
    key = await world.item()
    run = (await world.until(key, status="working", stage="checking"))["run"]["id"]
    told = world.hands.specs[run].environment
    assert told["ORCHESTRATOR_ROLE"] == "checker"
    assert (told["ORCHESTRATOR_PASSES"], told["ORCHESTRATOR_FAILS"]) == ("GOOD", "BAD")
    assert told["ORCHESTRATOR_FILES"] == "verdict.md"
    brief = await world.brief(key)
    assert f"`items/{key}/verdict.md`" in brief
    assert "verdict: GOOD\n" in brief
    assert "or `verdict: BAD`" in brief


async def test_its_failing_word_goes_back_to_its_own_stage(begin: Begin, tmp_path: Path) -> None:
    world = await begin(pipeline=configured(tmp_path), plan="checker=fail,pass", locale=Locale.EN)
    key = await world.item()
    await world.until(key, status="in-review")
    assert await world.roles(key) == ["writer", "checker", "writer", "checker"]
    said = await world.comments(key)
    assert any("❌ Tests failed" in text and "Writer was restarted" in text for text in said)


async def test_its_limit_of_rounds_holds(begin: Begin, tmp_path: Path) -> None:
    world = await begin(pipeline=configured(tmp_path), plan="writer=questions", locale=Locale.EN)
    key = await world.item()
    await world.until(key, status="needs-input")
    await world.comment(key, "Everybody.")
    await world.until(key, status="blocked", runs=2)
    assert "🚨 1 rounds of clarification" in (await world.comments(key))[-1]


async def test_its_crashes_are_not_repeated(begin: Begin, tmp_path: Path) -> None:
    world = await begin(pipeline=configured(tmp_path), plan="writer=crash", locale=Locale.EN)
    key = await world.item()
    await world.until(key, status="blocked")
    assert await world.roles(key) == ["writer"]


async def test_its_failed_rollout_goes_back_to_the_first_stage(
    begin: Begin, tmp_path: Path
) -> None:
    plan = "operator=deploy-fail"
    world = await begin(pipeline=configured(tmp_path), plan=plan, locale=Locale.EN)
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, ":approved:")
    task = await world.until(key, status="blocked")
    assert task["stage"] == "drafting"
    assert "Writer is needed for a fix." in (await world.comments(key))[-1]


async def test_an_approval_of_a_verdict_holds_only_for_the_commit_it_was_about(
    begin: Begin, tmp_path: Path
) -> None:
    world = await begin(pipeline=configured(tmp_path), locale=Locale.EN)
    key = await world.item()
    await world.until(key, status="in-review")
    await world.push(key, {"greeter.py": "print('past the checker')\n"})
    await world.comment(key, ":approved:")
    await world.until(key, status="in-review", says="approve again")
    assert await world.roles(key) == ["writer", "checker"]
