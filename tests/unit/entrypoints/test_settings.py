"""Every knob can be turned, from a file and from the environment, and none by mistake."""

import re
import textwrap
import tomllib
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from domain.decision import Merge
from domain.errors import Invalid
from domain.identifiers import Role, TaskKey
from domain.item import Standing
from domain.messages import Locale
from domain.money import Limits, Price, money
from domain.pipeline import DEFAULT_PIPELINE, ArtifactsGate, VerdictGate
from entrypoints.choices import item_url_of, masked_values, pipeline_of, rules_of
from entrypoints.secrets import SECRETS, own_environment, secret, telegram_token
from entrypoints.settings import Settings, load_settings
from entrypoints.wiring.runners import agents_of
from ports.agent_runtime import Access

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    pytest.param(textwrap.dedent(block), id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^ *```toml\n(.*?)^ *```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    )
]

SECOND_PIPELINE = """
[pipeline]
folder = "items"
question_rounds = 1
reminder_hours = 2

[[pipeline.stages]]
name = "writing"
role = "writer"
gate = { kind = "artifacts", files = ["text.md"] }
approval = true
questions = "questions.md"

[[pipeline.stages]]
name = "proof"
role = "reader"
gate = { kind = "verdict", file = "proof.md", passes = "GOOD", fails = "BAD", \
review = "tests", back_to = "writing" }
max_runs = 2
time_limit_minutes = 30

[[pipeline.stages]]
name = "printing"
role = "printer"
gate = { kind = "exit-code", back_to = "writing" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def load(file: Path, text: str = "", **environment: str) -> Settings:
    file.write_text(text, "utf-8")
    return load_settings(file, environment)


def refusal(file: Path, text: str = "", **environment: str) -> str:
    with pytest.raises(Invalid) as refused:
        load(file, text, **environment)
    return str(refused.value)


# ── where settings come from ─────────────────────────────────────────────────────────────────────


def test_without_a_file_and_a_variable_all_is_as_it_is_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}) == Settings()
    assert Settings().server.port == 8500
    assert Settings().server.host == "127.0.0.1"
    assert Settings().locale is Locale.EN


def test_a_file_that_is_named_must_be_there(file: Path) -> None:
    with pytest.raises(Invalid, match=re.escape(str(file))):
        load_settings(file, {})
    with pytest.raises(Invalid, match=re.escape(str(file))):
        load_settings(None, {"ORCHESTRATOR_CONFIG": str(file)})


def test_a_file_can_be_named_by_the_environment_and_the_command_line_wins(
    file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[server]\nport = 2", "utf-8")
    environment = {"ORCHESTRATOR_CONFIG": str(other)}
    assert load_settings(None, environment).server.port == 2
    assert load(file, "[server]\nport = 1", **environment).server.port == 1


@pytest.mark.parametrize(
    ("name", "value", "path", "wanted"),
    [
        ("ORCHESTRATOR_SERVER__PORT", "9000", "server.port", 9000),
        ("ORCHESTRATOR_SERVER__HOST", "0.0.0.0", "server.host", "0.0.0.0"),  # noqa: S104
        ("ORCHESTRATOR_LOCALE", "ru", "locale", Locale.RU),
        ("ORCHESTRATOR_DATA", "/srv", "data", "/srv"),
        ("ORCHESTRATOR_RECONCILE_EVERY", "0.5", "reconcile_every", 0.5),
        ("ORCHESTRATOR_LOGS_KEPT_DAYS", "30", "logs_kept_days", 30.0),
        ("ORCHESTRATOR_DATABASE__URL", "sqlite:///x.db", "database.url", "sqlite:///x.db"),
        ("ORCHESTRATOR_AGENTS__SLOTS", "2", "agents.slots", 2),
        ("ORCHESTRATOR_AGENTS__COMMAND", '["a", "{role}"]', "agents.command", ["a", "{role}"]),
        ("ORCHESTRATOR_AGENTS__ENVIRONMENT", '{"A": "b"}', "agents.environment", {"A": "b"}),
        ("ORCHESTRATOR_AGENTS__ENVIRONMENT__a", "b", "agents.environment", {"a": "b"}),
        ("ORCHESTRATOR_FORGE__CHECKS", '["make"]', "forge.checks", ["make"]),
    ],
)
def test_any_key_can_be_given_by_environment_and_wins_over_the_file(
    file: Path, name: str, value: str, path: str, wanted: object
) -> None:
    found: object = load(file, "[server]\nport = 1\n[agents]\nslots = 9", **{name: value})
    for part in path.split("."):
        found = getattr(found, part)
    assert found == wanted


def test_projects_can_be_given_by_environment(file: Path) -> None:
    value = '[{"tracker_project": "ET", "repo": "trails", "base_branch": "dev"}]'
    (project,) = load(file, ORCHESTRATOR_PROJECTS=value).projects
    assert (project.tracker_project, project.repo, project.base_branch) == ("ET", "trails", "dev")


def test_what_agents_are_told_by_environment_is_no_setting_of_ours(file: Path) -> None:
    """A service that an agent starts finds ORCHESTRATOR_RUN and others in its environment."""
    told = {"ORCHESTRATOR_RUN": "ET-1-1", "ORCHESTRATOR_KEY": "ET-1", "ORCHESTRATOR_BRIEF": "/b"}
    assert load(file, **told) == Settings()


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, Locale.EN),
        ({"LANG": "ru_RU.UTF-8"}, Locale.RU),
        ({"LANG": "en_US.UTF-8"}, Locale.EN),
        ({"LANG": "de_DE.UTF-8"}, Locale.EN),
        ({"LANG": "C", "LC_MESSAGES": "ru_RU.UTF-8"}, Locale.RU),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, Locale.EN),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, Locale.RU),
        ({"LANG": "ru_RU.UTF-8", "ORCHESTRATOR_LOCALE": "en"}, Locale.EN),
    ],
)
def test_the_machines_language_is_spoken(
    file: Path, environment: dict[str, str], locale: Locale
) -> None:
    assert load(file, **environment).locale is locale
    assert load(file, "locale = 'en'", LANG="ru_RU.UTF-8").locale is Locale.EN


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("prot = 1", "prot"),
        ("[server]\nprot = 1", "server.prot"),
        ("[[projects]]\ntracker_project = 'A'\nrepo = 'r'\nbranch = 'x'", "projects[0].branch"),
        ("[[tracker.people]]\nname = 'a'\nrole = 'b'", "tracker.people[0].role"),
        ("[pipeline]\nstages = []\nx = 1", "pipeline"),
    ],
)
def test_an_unknown_key_is_refused_with_its_path(file: Path, text: str, path: str) -> None:
    assert refusal(file, text).startswith(path)


@pytest.mark.parametrize(
    ("text", "path", "remedy"),
    [
        ("[server]\nport = 'x'", "server.port", "0 to 65535"),
        ("[server]\nport = 65536", "server.port", "0 to 65535"),
        ("[agents]\nslots = 0", "agents.slots", ""),
        ("[agents]\nstop_grace = 0", "agents.stop_grace", ""),
        ("[agents]\ncommand = 'claude'", "agents.command", "write a list"),
        ("[tracker]\nkind = 'plain'", "tracker.kind", "local"),
        ("locale = 'fr'", "locale", "use one of: en, ru"),
        ("[[projects]]\ntracker_project = 'a-b'\nrepo = 'r'", "projects[0].tracker_project", "A"),
        ("server = 7", "server", ""),
        ("[database]\nurl = 'sqlite://'", "database.url", "sqlite:///path"),
    ],
)
def test_a_wrong_value_is_refused_with_path_and_remedy(
    file: Path, text: str, path: str, remedy: str
) -> None:
    told = refusal(file, text)
    assert told.startswith(f"{path}: ")
    assert remedy in told


def test_two_projects_of_one_name_are_refused(file: Path) -> None:
    project = "[[projects]]\ntracker_project = 'A'\nrepo = 'r'\n"
    assert refusal(file, project * 2).startswith("projects[1].tracker_project: ")


def test_a_value_in_a_table_that_is_none_is_refused_by_the_variables_name(file: Path) -> None:
    told = refusal(file, "[server]\nport = 1", ORCHESTRATOR_SERVER__PORT__X="1")
    assert told.startswith("ORCHESTRATOR_SERVER__PORT__X: ")


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────


def test_a_secret_comes_by_variable_or_by_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("from the file\n", "utf-8")
    name = "ORCHESTRATOR_ADMIN_TOKEN"
    assert secret(name, {}) is None
    assert secret(name, {name: ""}) is None
    assert secret(name, {name: "x"}) == "x"
    assert secret(name, {f"{name}_FILE": str(token)}) == "from the file"
    assert secret(name, {name: "x", f"{name}_FILE": str(token)}) == "from the file"
    token.write_text("\n", "utf-8")
    assert secret(name, {f"{name}_FILE": str(token)}) is None


def test_logs_hide_our_secrets_the_proxys_keys_and_the_keys_that_agents_are_given(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("tg-secret\n")
    for name, value in {
        "PLANE_API_KEY": "plane-one, plane-two",
        "TELEGRAM_BOT_TOKEN_FILE": str(tmp_path / "token"),
        "GITEA_TOKEN_FILE": str(tmp_path / "none"),
        "ANTHROPIC_API_KEY": "sk-proxy",
        "OPENAI": "sk-given",
    }.items():
        monkeypatch.setenv(name, value)
    file.write_text(
        "[agents]\npass_environment = ['OPENAI']\n"
        "environment = { MY_TOKEN = 'configured', COLOUR = 'blue' }\n"
        "[agents.docker.egress.keys.'api.example.com']\nsecret = 'ANTHROPIC_API_KEY'\n"
    )
    masked = set(masked_values(load_settings(file)))
    assert {"plane-one", "plane-two", "tg-secret", "sk-proxy", "sk-given", "configured"} <= masked
    assert not {"blue", ""} & masked


def test_a_secrets_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for broken in (tmp_path / "none", tmp_path):
        with pytest.raises(Invalid, match=r"ORCHESTRATOR_ADMIN_TOKEN_FILE.*cannot read"):
            secret("ORCHESTRATOR_ADMIN_TOKEN", {"ORCHESTRATOR_ADMIN_TOKEN_FILE": str(broken)})


@pytest.mark.parametrize("name", [*SECRETS, *(f"{name}_FILE" for name in SECRETS)])
def test_no_secret_of_ours_reaches_agents_or_settings(
    file: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(file, **{name: "x"}) == Settings()
    assert name in refusal(file, f"[agents]\nenvironment = {{ {name} = 'x' }}")
    assert name in refusal(file, f"[agents]\npass_environment = ['{name}']")
    monkeypatch.setenv(name, "hidden")
    monkeypatch.setenv("SHOWN", "shown")
    assert name not in own_environment()
    assert own_environment()["SHOWN"] == "shown"


# ── Telegram ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "chat"), [("-1001", -1001), ("'-1001'", "-1001"), ("'@riders'", "@riders")]
)
def test_a_chat_is_a_number_or_a_name(file: Path, given: str, chat: str | int) -> None:
    text = f"[notifier]\nkind = 'telegram'\nchat_id = {given}\nthread_id = 4"
    assert load(file, text).notifier.chat_id == chat
    assert load(file, text).notifier.thread_id == 4


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("", "notifier.chat_id: missing; let the bot into the chat"),
        ("chat_id = ''", "notifier.chat_id: missing"),
        ("chat_id = 'riders'", "notifier.chat_id"),
        ("chat_id = 1\nthread_id = 0", "notifier.thread_id"),
        ("chat_id = 1\napi_url = 'telegram'", "notifier.api_url"),
        ("chat_id = 1\nproxy = 'socks5://here:1'", "notifier.proxy"),
    ],
)
def test_telegram_without_what_it_needs_names_the_key_and_the_remedy(
    file: Path, told: str, named: str
) -> None:
    assert refusal(file, f"[notifier]\nkind = 'telegram'\n{told}").startswith(named)


def test_a_bots_token_is_read(file: Path) -> None:
    file.write_text(" 123:AAE-x_y\n", "utf-8")
    assert telegram_token({"TELEGRAM_BOT_TOKEN_FILE": str(file)}) == "123:AAE-x_y"


@pytest.mark.parametrize("token", ["", "bot123:AAE", "AAF", "123:AAE/../x", "123:AA E", "123:ё"])
def test_what_is_no_bots_token_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(Invalid, match="TELEGRAM_BOT_TOKEN") as refused:
        telegram_token({"TELEGRAM_BOT_TOKEN": token})
    assert "@BotFather" in str(refused.value)
    assert not token or token not in str(refused.value)


# ── what follows from them ───────────────────────────────────────────────────────────────────────


def test_links_follow_the_port_unless_told_otherwise(file: Path) -> None:
    assert load(file, "[server]\nport = 9000").server.address == "http://localhost:9000"
    told = load(file, "[server]\npublic_url = 'https://example.org/o/'")
    assert told.server.address == "https://example.org/o"


def test_paths_are_absolute(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(file, "data = 'd'\n[database]\nurl = 'sqlite:///d/o.db'")
    assert settings.data_folder == tmp_path / "d"
    assert settings.database_file == tmp_path / "d" / "o.db"
    assert load(file, f"[database]\nurl = 'sqlite:///{tmp_path}/o.db'").database_file == (
        tmp_path / "o.db"
    )


def test_people_are_read(file: Path) -> None:
    text = "[[tracker.people]]\nname = 'ann'\n[[tracker.people]]\nname = 'bob'\nstanding = 'guest'"
    ann, bob = load(file, text).tracker.people
    assert (ann.standing, ann.approver) == (Standing.MEMBER, None)
    assert bob.standing is Standing.GUEST


def test_a_second_pipeline_comes_from_the_file(file: Path) -> None:
    settings = load(file, SECOND_PIPELINE).pipeline
    assert settings is not None
    pipeline = settings.pipeline()
    assert [stage.name for stage in pipeline.stages] == ["writing", "proof", "printing"]
    writing, proof, _ = pipeline.stages
    assert writing.gate == ArtifactsGate(files=("text.md",))
    assert writing.approval
    assert isinstance(proof.gate, VerdictGate)
    assert (proof.gate.back_to, proof.max_runs) == ("writing", 2)
    assert proof.time_limit == timedelta(minutes=30)
    assert (pipeline.folder, pipeline.question_rounds) == ("items", 1)
    assert pipeline.reminder == timedelta(hours=2)
    assert pipeline != DEFAULT_PIPELINE


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "exit-code"', 'kind = "magic"', "pipeline.stages[2].gate.kind"),
        ("approval = true", "approval = 'perhaps'", "pipeline.stages[0].approval"),
        ("max_runs = 2", "max_runs = -1", "pipeline.stages[1].max_runs"),
        ("question_rounds = 1", "rounds = 1", "pipeline.rounds"),
        ('role = "reader"', "", "pipeline.stages[1]"),
    ],
)
def test_a_broken_pipeline_is_refused_with_the_path(
    file: Path, old: str, new: str, told: str
) -> None:
    assert old in SECOND_PIPELINE
    assert refusal(file, SECOND_PIPELINE.replace(old, new)).startswith(told)


@pytest.mark.parametrize("said", ["slots = 1", 'runtime = "codex"'])
def test_a_role_that_no_stage_has_is_refused_with_those_there_are(file: Path, said: str) -> None:
    told = refusal(file, f"[agents.roles.develloper]\n{said}\n")
    assert told == (
        "agents.roles.develloper: no stage has that role; use one of analyst, architect,"
        " developer, reviewer, tester, deployer"
    )
    told = refusal(file, f"{SECOND_PIPELINE}\n[agents.roles.analyst]\n{said}\n")
    assert told.startswith("agents.roles.analyst: no stage has that role; use one of writer, ")
    load(file, f"{SECOND_PIPELINE}\n[agents.roles.writer]\n{said}\n")


def test_how_long_a_model_may_be_away_is_told_for_any_pipeline(file: Path) -> None:
    away = "[agents.model_away]\npause_minutes = 5\npatience_hours = 1\nretries = 3\n"
    for text in (away, SECOND_PIPELINE + away):
        pipeline = pipeline_of(load(file, text))
        assert pipeline.model_pause == timedelta(minutes=5)
        assert pipeline.longest_model_pause == timedelta(minutes=30)
        assert (pipeline.model_patience, pipeline.model_retries) == (timedelta(hours=1), 3)
    assert pipeline_of(load(file, "")) == DEFAULT_PIPELINE


@pytest.mark.parametrize("block", EXAMPLES)
def test_every_configuration_in_the_documents_is_one(block: str) -> None:
    assert msgspec.convert(tomllib.loads(block), Settings) != Settings()


# ── the forge ────────────────────────────────────────────────────────────────────────────────────

GITEA = """
[forge]
kind = "gitea"
url = "http://gitea:3000/git/"
owner = "team"
merge = "before_deploy"
merge_style = "squash"
reviewers = ["alice"]

[[projects]]
tracker_project = "ET"
repo = "shop"
"""


def test_a_forge_on_the_network_is_told_with_its_own_knobs(file: Path) -> None:
    forge = load(file, GITEA).forge
    assert (forge.url, forge.owner) == ("http://gitea:3000/git/", "team")
    assert (forge.merge, forge.merge_style) == (Merge.BEFORE_DEPLOY, "squash")
    assert (forge.ci_required, list(forge.reviewers)) == (False, ["alice"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('url = "http://gitea:3000/git/"\n', "", "forge.url: is missing; say where Gitea is"),
        ("http://gitea:3000/git/", "gitea:3000", "forge.url"),
        ("http://", "http://bot:t0ken@", "without a user or a token"),
        ('owner = "team"\n', "", "projects[0].repo: has no owner; write owner/name"),
        ('repo = "shop"', 'repo = "shop"\nsource = "/srv/shop"', "projects[0].source"),
        ("before_deploy", "always", "use one of: never, before_deploy, after_deploy"),
        ("squash", "octopus", "use one of: fast-forward-only, merge, rebase"),
    ],
)
def test_what_a_forge_cannot_be_told_is_named_with_its_remedy(
    file: Path, old: str, new: str, words: str
) -> None:
    assert old in GITEA
    told = refusal(file, GITEA.replace(old, new))
    assert words in told
    assert "t0ken" not in told


def test_where_a_role_may_write_can_be_told(file: Path) -> None:
    told = SECOND_PIPELINE.replace("max_runs = 2", 'max_runs = 2\nwrites = ["{folder}/", "ref/"]')
    settings = load(file, told)
    assert settings.pipeline is not None
    assert settings.pipeline.pipeline().stages[1].writes == ("{folder}/", "ref/")
    with pytest.raises(Invalid, match=r"pipeline\.stages\.proof\.writes"):
        outside = load(file, told.replace('"ref/"', '"../"')).pipeline
        assert outside is not None
        outside.pipeline()


# ── agents and money ─────────────────────────────────────────────────────────────────────────────


def test_a_role_has_what_holds_for_all_unless_its_agent_is_of_another_kind(file: Path) -> None:
    settings = load(
        file,
        """
        [agents]
        runtime = "claude-code"
        model = "m"
        arguments = ["--effort", "low"]
        environment = { A = "1" }
        [agents.roles.tester]
        access = "read"
        environment = { B = "2" }
        [agents.roles.reviewer]
        runtime = "codex"
        """,
    )
    agents = agents_of(settings, rules_of(settings))
    tester, reviewer = agents.of(Role("tester")), agents.of(Role("reviewer"))
    assert (tester.runtime, tester.model, tester.access) == ("claude-code", "m", Access.READ)
    assert tester.environment == {"A": "1", "B": "2"}
    assert (reviewer.runtime, reviewer.model, list(reviewer.arguments)) == ("codex", "", [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[agents]\nruntime = "claude"', "agents.runtime"),
        ('[agents.roles.tester]\nmodle = "m"', "agents.roles"),
        ("[agents]\nmax_turns = 0", "agents.max_turns"),
        ("[money]\nitem = 0", "money.item"),
        ("[money]\nitme = 5", "money.itme"),
        ('[money.prices."m"]\ninput = -1\noutput = 1', "money.prices"),
        ('[agents.roles.tester.environment]\nGITEA_TOKEN = "x"', "agents.roles.tester.environment"),
    ],
)
def test_what_is_wrong_with_agents_and_money_is_refused_with_its_path(
    file: Path, text: str, told: str
) -> None:
    assert refusal(file, text).startswith(told)


def test_limits_and_prices_are_what_was_written(file: Path) -> None:
    settings = load(file, '[money]\nrun = 2.5\n[money.prices."m"]\ninput = 1\noutput = 2')
    assert settings.money.limits() == Limits(run=money(2.5))
    assert settings.money.price_list().own == {"m": Price(input=1, output=2)}


PLANE = """
[tracker]
kind = "plane"
url = "http://plane.lan:8091/api/v1"
workspace = "ag_proj"
{more}
[[projects]]
tracker_project = "256aa4f4-bd52-4ae1-994e-d5ecb32d6df4"
repo = "trails"
"""


def test_plane_is_configured_in_a_few_lines(tmp_path: Path) -> None:
    settings = load(tmp_path / "c.toml", PLANE.format(more='states = { todo = "Ready" }'))
    assert settings.tracker.states == {"todo": "Ready"}
    rules = rules_of(settings)
    assert rules.begins_in == {"todo"}
    assert rules.settle == timedelta(seconds=10)


def test_links_lead_to_plane_wherever_its_api_is(tmp_path: Path) -> None:
    for url in ("http://plane.lan:8091/api/v1", "http://plane.lan:8091/api/v1/"):
        text = PLANE.format(more="").replace("http://plane.lan:8091/api/v1", url)
        link = item_url_of(load(tmp_path / "c.toml", text))
        assert link(TaskKey("ET-1")) == "http://plane.lan:8091/ag_proj/browse/ET-1/"


@pytest.mark.parametrize(
    ("instead_of", "given", "refusal"),
    [
        ('url = "http://plane.lan:8091/api/v1"', "", "tracker.url: is missing; say where"),
        ("/api/v1", "", "tracker.url: http://plane.lan:8091 is not Plane's API; end it in /api/v1"),
        ('workspace = "ag_proj"', "", "tracker.workspace: is missing; write it"),
        ("256aa4f4-bd52-4ae1-994e-d5ecb32d6df4", "ET", "copy the project's id from its address"),
        ('kind = "plane"', "", "use what keys shall begin with, such as ET"),
        ("{more}", "poll = 1", "tracker.poll"),
        ("{more}", 'states = { later = "Later" }', "tracker.states"),
        ("{more}", 'begins_in = ["soon"]', "tracker.begins_in"),
    ],
)
def test_what_is_wrong_with_plane_is_told_by_its_key(
    tmp_path: Path, instead_of: str, given: str, refusal: str
) -> None:
    text = PLANE.replace(instead_of, given).replace("{more}", "")
    with pytest.raises(Invalid, match=re.escape(refusal)):
        load(tmp_path / "c.toml", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lokale = 'en'", "lokale: there is no such key; write locale, or remove it"),
        ("[agents.docker.egres]\na = 1", "egres: there is no such key; write egress, or"),
        ("[agents.roles.analyst]\nmodell = 'x'", "modell: there is no such key; write model, or"),
        ("[pipeline]\nfolders = 'x'", "pipeline.folders: there is no such key; write folder, or"),
        ("[zzz]\na = 1", "zzz: there is no such key; look for a misspelling, or remove it"),
        ("logs_kept_days = 0", "logs_kept_days: .*; write a number of days, 1 or more"),
    ],
)
def test_of_a_misspelt_key_it_is_said_what_may_have_been_meant(
    file: Path, text: str, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        load(file, text)
