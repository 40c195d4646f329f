"""What is wrong is told in one clear line on standard error, with exit code 1 and no traceback."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sql.database import migrate
from tests.integration.cli.started import SCRIPT, Terminal, Zygote

SERVING = (("serve",), ("work",), ("demo", "--unattended"))
NOBODY = 65534
ANY = (*SERVING, ("tasks",), ("migrate",), ("comment", "DEMO-1", "Hello."))

FAULTS = {
    "[agents]\nsolts = 3": ("agents.solts", "write slots"),
    "lokale = 'en'": ("lokale", "write locale"),
    "[pipeline]\nstage = []": ("pipeline.stage", "write stages"),
    "locale = 'de'": ("locale", "use one of: en, ru"),
    "[agents]\nslots = 'many'": ("agents.slots", "int"),
    "[agents]\nslots = 0": ("agents.slots", "1 or more"),
    "[agents.roles.developer]\nslots = 0": ("agents.roles", "slots", "1 or more"),
    "[[projects]]\ntracker_project = 'A'\nrepo = 'a'\nslots = 'all'": (
        "projects[0].slots",
        "leave it out",
    ),
    "[agents]\ncommand = 'claude -p'": ("agents.command", 'write a list: ["claude", "-p"]'),
    "[tracker]\nkind = 'jira'": ("tracker.kind", "local"),
    "[agents]\nrunner = 'abacus'": ("agents.runner", "process"),
    "[notifier]\nkind = 'pigeon'": ("notifier.kind", "console"),
    "[notifier]\nkind = 'telegram'": ("notifier.chat_id", "-100…"),
    "[notifier]\nkind = 'telegram'\nchat_id = 1": ("TELEGRAM_BOT_TOKEN", "@BotFather"),
    "[tracker]\npeople = []": ("tracker.people", ">= 1"),
    "[[tracker.people]]\nname = 'bot'": ("people", "id of his own"),
    "[database]\nurl = 'mysql://x'": ("database.url", "use sqlite:///path/to/file"),
    "projects = []": ("projects", ">= 1"),
    "[[projects]]\ntracker_project = 'demo'\nrepo = 'sample'": (
        "projects[0].tracker_project",
        "capital letters",
    ),
    "[[projects]]\ntracker_project = 'A'\nrepo = 'sample'\n"
    "[[projects]]\ntracker_project = 'A'\nrepo = 'sample'": (
        "projects[1].tracker_project",
        "one of its own",
    ),
    "[[projects]]\ntracker_project = 'A'\nrepo = '../../x'": ("repo", "owner/name"),
    "[[projects]]\ntracker_project = 'A'\nrepo = 'none'": ("projects.repo", "projects.source"),
    "[agents]\nenvironment = { PLANE_API_KEY = 'x' }": ("agents.environment", "remove it"),
    "[agents]\npass_environment = ['GITEA_TOKEN_FILE']": ("agents.pass_environment", "remove it"),
    "[[pipeline.stages]]\nname = 'a'\nrole = 'b'\ngate = { kind = 'magic' }": (
        "pipeline.stages[0].gate.kind",
        "correct",
    ),
    "[[pipeline.stages]]\nname = 'a'\nrole = 'b'\ngate = { kind = 'exit-code', back_to = 'z' }": (
        "back_to",
        "use one of",
    ),
    "[server\nport = 1": ("orchestrator.toml", "line 1"),
    "[server]\nhost = 'nowhere.invalid'": ("nowhere.invalid", "set server.host"),
}


@pytest.mark.parametrize(("text", "named"), FAULTS.items())
def test_a_broken_configuration_names_the_key_and_the_remedy(
    terminal: Terminal, text: str, named: tuple[str, str]
) -> None:
    terminal.configure(text)
    line = terminal.run("serve").refusal()
    assert all(part in line for part in named), line


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ORCHESTRATOR_SERVER__PROT", "1", "server.prot"),
        ("ORCHESTRATOR_SERVER__PORT", "70000", "server.port"),
        ("ORCHESTRATOR_SERVER__PORT__X", "1", "ORCHESTRATOR_SERVER__PORT__X"),
        ("ORCHESTRATOR_AGENTS__COMMAND", "claude -p", "agents.command"),
        ("ORCHESTRATOR_CONFIG", "/nowhere.toml", "/nowhere.toml"),
        ("ORCHESTRATOR_ADMIN_TOKEN_FILE", "/nowhere", "ORCHESTRATOR_ADMIN_TOKEN_FILE"),
    ],
)
def test_a_broken_environment_names_the_key(
    terminal: Terminal, name: str, value: str, told: str
) -> None:
    terminal.configure("[server]\nport = 1")
    assert told in terminal.run("serve", environment={name: value}).refusal()


def test_a_configuration_file_that_is_none(terminal: Terminal) -> None:
    assert "nothere.toml" in terminal.run("--config", "nothere.toml", "tasks").refusal()
    (terminal.folder / "orchestrator.toml").write_bytes(b'locale = "\xff"')
    assert "orchestrator.toml" in terminal.run("tasks").refusal()
    assert "cannot read" in terminal.run("--config", ".", "tasks").refusal()


@pytest.mark.parametrize("verb", [*SERVING, ("demo", "--repo", ".", "--title", "A title",
                                             "--description-file", "item.md")])  # fmt: skip
def test_a_machine_without_git(terminal: Terminal, verb: tuple[str, ...]) -> None:
    (terminal.folder / "item.md").write_text("One sentence. And another.", "utf-8")
    empty = terminal.folder / "bin"
    empty.mkdir()
    assert "install git" in terminal.run(*verb, environment={"PATH": str(empty)}).refusal()


@pytest.mark.parametrize("verb", ANY)
def test_a_data_folder_that_is_a_file(terminal: Terminal, verb: tuple[str, ...]) -> None:
    (terminal.folder / "var").write_text("", "utf-8")
    assert str(terminal.folder / "var") in terminal.run(*verb).refusal()


@pytest.mark.parametrize("name", ["repositories", "runs", "workspaces"])
def test_a_folder_in_the_data_folder_that_is_a_file(terminal: Terminal, name: str) -> None:
    (terminal.folder / "var").mkdir()
    (terminal.folder / "var" / name).write_text("", "utf-8")
    line = terminal.run("serve").refusal()
    assert str(terminal.folder / "var" / name) in line
    assert "name a folder" in line


@pytest.mark.parametrize("verb", ANY)
def test_a_data_folder_that_may_not_be_written_to(zygote: Zygote, verb: tuple[str, ...]) -> None:
    """As somebody who is not root: rights do not bind root."""
    with tempfile.TemporaryDirectory() as public:
        terminal = Terminal(Path(public) / "folder", zygote)
        (terminal.folder / "var").mkdir(mode=0o555)
        for folder in (Path(public), terminal.folder, terminal.printed):
            folder.chmod(0o755)
        line = terminal.start(*verb, user=NOBODY if os.getuid() == 0 else None).refusal()
    assert str(terminal.folder / "var") in line
    told = ("cannot be written to", "Permission denied", "writable")
    assert any(words in line for words in told), line


@pytest.mark.parametrize("verb", ANY)
def test_a_database_that_is_none(terminal: Terminal, verb: tuple[str, ...]) -> None:
    data = terminal.folder / "var"
    data.mkdir()
    (data / "orchestrator.db").write_text("Dear diary, " * 1000, "utf-8")
    line = terminal.run(*verb).refusal()
    assert str(data / "orchestrator.db") in line
    assert "is not an SQLite database" in line


def test_a_database_of_somebody_else(terminal: Terminal) -> None:
    data = terminal.folder / "var"
    data.mkdir()
    connection = sqlite3.connect(data / "orchestrator.db")
    connection.execute("CREATE TABLE task (what TEXT)")
    connection.close()
    assert str(data / "orchestrator.db") in terminal.run("serve").refusal()


@pytest.mark.parametrize("verb", ANY)
def test_a_database_of_a_newer_version(
    terminal: Terminal, migrated: Path, verb: tuple[str, ...]
) -> None:
    data = terminal.folder / "var"
    data.mkdir()
    shutil.copy(migrated, data / "orchestrator.db")
    line = terminal.run(*verb).refusal()
    assert str(data / "orchestrator.db") in line
    assert "install the newer version" in line


def test_what_doctor_says_of_a_database_that_cannot_be_opened(
    terminal: Terminal, migrated: Path
) -> None:
    """The remedy is the fault's own."""
    (terminal.folder / "var").mkdir()
    shutil.copy(migrated, terminal.folder / "var" / "orchestrator.db")
    for verb in ("doctor", "init"):
        told = terminal.run(verb)
        assert (told.wait(), told.stderr) == (1, "")
        assert "→ install the newer version, or restore a backup" in told.stdout


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that a version of the future was at."""
    path = tmp_path_factory.mktemp("future") / "new.db"
    asyncio.run(migrate(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    return path


@pytest.mark.parametrize("argv", [("tasks",), ("demo", "--unattended"), ("--help",)])
def test_what_cannot_be_printed(terminal: Terminal, argv: tuple[str, ...]) -> None:
    """As where a disk is full that the output goes to."""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [SCRIPT, *argv],
            stdout=full,
            stderr=subprocess.PIPE,
            env=terminal.environment,
            cwd=terminal.folder,
            text=True,
            check=False,
        )
    told = "orchestrator: No space left on device; make room, or print to another place\n"
    assert (ended.returncode, ended.stderr) == (1, told)


@pytest.mark.parametrize("verb", [("serve",), ("demo", "--unattended")])
def test_a_port_that_is_taken(terminal: Terminal, port: int, verb: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", port)):
        line = terminal.run(*verb).refusal()
    assert f"127.0.0.1:{port}: Address already in use; " in line
    assert "server.port" in line
    assert not terminal.json("tasks"), "something was done before the port was looked at"


@pytest.mark.parametrize("verb", [*SERVING, ("migrate",)])
def test_a_second_process_on_the_same_data_folder(
    terminal: Terminal, verb: tuple[str, ...]
) -> None:
    first = terminal.serve()
    line = terminal.run(*verb).refusal()
    assert f"in use by process {first.process.pid}" in line
    assert first.running()


WRONG = {
    ("nonsense",): "see orchestrator --help",
    ("tasks", "--jsn"): "--json",
    ("task",): "see orchestrator task --help",
    ("task", "DEMO-9"): "there is no task DEMO-9; see orchestrator tasks",
    ("task", "demo-1"): "use one like ET-7",
    ("task", "../x"): "is not a work item's key",
    ("retry", "DEMO-9"): "DEMO-9",
    ("cancel", "DEMO-9"): "DEMO-9",
    ("item",): "item KEY state NAME",
    ("item", "DEMO-9"): "item KEY state NAME",
    ("item", "DEMO-9", "stage", "todo"): "item KEY state NAME",
    ("item", "DEMO-9", "state", "finished"): "needs-input",
    ("item", "DEMO-9", "state", "todo"): "DEMO-9",
    ("item", "DEMO-9", "state"): "needs-input",
    ("comment", "DEMO-9"): "TEXT",
    ("comment", "DEMO-9", ""): "empty",
    ("comment", "DEMO-9", "Hello.", "--by", "nobody"): "nobody",
    ("comment", "DEMO-9", "Hello."): "DEMO-9",
    ("logs", "DEMO-9-1"): "DEMO-9-1",
    ("logs", "DEMO-9"): "DEMO-9",
    ("logs", "DEMO-9-1", "--run", "1"): "DEMO-9-1",
    ("logs", "../../x"): "../../x",
    ("replay", "77"): "there is no dead letter 77; see orchestrator dead-letters",
    ("replay", "x"): "x",
    ("demo", "--repo", "nowhere"): "nowhere",
    ("demo", "--repo", "."): "--title",
    ("demo", "--title", "A title"): "--description-file",
    ("demo", "--agent", ""): "--agent",
    ("demo", "--agent", '"'): "--agent",
}


@pytest.mark.parametrize(("argv", "told"), WRONG.items())
def test_a_command_that_cannot_be_followed(
    terminal: Terminal, argv: tuple[str, ...], told: str
) -> None:
    assert told in terminal.run(*argv).refusal()


def test_text_that_is_no_text(terminal: Terminal, tmp_path: Path) -> None:
    item = tmp_path / "item.md"
    item.write_bytes(b"caf\xe9")
    line = terminal.run("demo", "--title", "A title", "--description-file", str(item)).refusal()
    assert "--description-file" in line
    assert "UTF-8" in line


def test_a_folder_that_is_no_repository(terminal: Terminal) -> None:
    argv = ("demo", "--repo", ".", "--title", "A title", "--description-file", "-")
    assert "is no git repository" in terminal.run(*argv).refusal()
    line = terminal.run(*argv, "--base-branch", "main").refusal()
    assert f"repository '{terminal.folder}' does not exist" in line


def test_who_starts_us_without_standard_streams(terminal: Terminal) -> None:
    """As some supervisors do: no file of ours may be taken for what is printed."""
    for argv, ends in ((("task", "DEMO-9"), 1), (("tasks",), 0)):
        ended = subprocess.run(
            ["sh", "-c", 'exec "$@" <&- >&-', "sh", SCRIPT, *argv],
            stderr=subprocess.PIPE,
            env=terminal.environment,
            cwd=terminal.folder,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr.count("\n")) == (ends, ends), ended.stderr
