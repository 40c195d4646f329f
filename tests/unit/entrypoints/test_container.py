"""The composition root: everything in it can be made, of nothing but settings."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from dependency_injector import providers
from dependency_injector.errors import Error
from msgspec.structs import replace

from adapters.telegram.examiner import TelegramExaminer
from adapters.telegram.notifier import TelegramNotifier
from domain.identifiers import Role, TaskKey
from domain.item import Standing
from domain.pipeline import DEFAULT_PIPELINE
from entrypoints.agent_settings import RoleSettings
from entrypoints.choices import people_of, role_slots_of, rules_of
from entrypoints.container import Container, build_container
from entrypoints.settings import (
    AgentSettings,
    Forge,
    NotifierSettings,
    PersonSettings,
    ProjectSettings,
    Server,
    Settings,
    Tracker,
)
from entrypoints.wiring.runners import agents_of

PROVIDERS = sorted(Container.providers)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Everything that any of the tools could want to know."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:made-up")
    monkeypatch.setenv("GITEA_TOKEN", "t0ken")
    monkeypatch.setenv("PLANE_API_KEY", "plane_api_one,plane_api_two")
    return Settings(
        data=str(tmp_path),
        forge=Forge(url="http://gitea.test"),
        tracker=Tracker(url="http://plane.test/api/v1", workspace="ag_proj"),
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_can_be_built(settings: Settings, name: str) -> None:
    """The type checker proves that an adapter fits its port, but not how it is called."""
    container = build_container(settings)
    assert getattr(container, name)() is not None


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_thing_is_made_once_and_a_deed_each_time(settings: Settings, name: str) -> None:
    container = build_container(settings)
    provider = getattr(container, name)
    if isinstance(provider, providers.Singleton):
        assert provider() is provider()
    elif isinstance(provider, providers.Factory):
        assert provider() is not provider()


def test_nothing_is_touched_by_building(settings: Settings, tmp_path: Path) -> None:
    container = build_container(settings)
    for name in PROVIDERS:
        getattr(container, name)()
    assert list(tmp_path.iterdir()) == []


def test_settings_that_are_none_are_refused() -> None:
    with pytest.raises(Error):
        build_container({"server": {"port": 1}}).database()  # type: ignore[arg-type]
    with pytest.raises(Error):
        Container().database()


def test_only_the_service_takes_the_database_for_itself(settings: Settings) -> None:
    assert build_container(settings).database().exclusive
    assert not build_container(settings, exclusive=False).database().exclusive


def test_containers_share_nothing(settings: Settings) -> None:
    one, other = build_container(settings), build_container(settings)
    assert one.database() is not other.database()
    assert one.owner() != other.owner()


def test_without_a_command_every_stage_has_a_rehearsal_agent(settings: Settings) -> None:
    rules = rules_of(settings)
    agents = agents_of(settings, rules)
    for stage in DEFAULT_PIPELINE.stages:
        assert f"{stage.role}.py" in agents.of(stage.role).command[-1]


def test_a_command_is_everybodys_but_for_those_who_have_their_own() -> None:
    roles = {"tester": RoleSettings(command=["t"])}
    given = AgentSettings(command=["a", "{role}"], roles=roles, environment={"A": "1"})
    settings = Settings(agents=given)
    agents = agents_of(settings, rules_of(settings))
    assert agents.of(Role("analyst")).command == ["a", "analyst"]
    assert agents.of(Role("tester")).command == ["t"]
    assert agents.of(Role("tester")).environment == {"A": "1"}


def test_a_roles_limit_says_nothing_of_its_agent() -> None:
    limited = {
        "analyst": RoleSettings(slots=1),
        "tester": RoleSettings(slots=1, command=["t"]),
    }
    settings = Settings(agents=AgentSettings(roles=limited))
    agents = agents_of(settings, rules_of(settings))
    assert "analyst.py" in agents.of(Role("analyst")).command[-1]
    assert agents.of(Role("tester")).command == ["t"]
    assert role_slots_of(settings) == {"analyst": 1, "tester": 1}


def test_members_approve_unless_told_otherwise_and_guests_do_not() -> None:
    told = [
        PersonSettings(name="ann"),
        PersonSettings(name="bob", approver=False),
        PersonSettings(name="cat", standing=Standing.GUEST),
        PersonSettings(name="dan", standing=Standing.GUEST, approver=True),
    ]
    found = {p.name: p.approver for p in people_of(Settings(tracker=Tracker(people=told)))}
    assert found == {"ann": True, "bob": False, "cat": False, "dan": True, "bot": False}


def test_links_lead_to_where_we_are(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path), server=Server(port=9000))
    assert build_container(settings).item_url()(TaskKey("ET-1")) == (
        "http://localhost:9000/items/ET-1"
    )


def test_keys_begin_with_the_first_projects_name(tmp_path: Path) -> None:
    projects = (
        ProjectSettings(tracker_project="ET", repo="trails"),
        ProjectSettings(tracker_project="XY", repo="other", slots=2),
    )
    container = build_container(Settings(data=str(tmp_path), projects=projects))
    assert container.projects().of(TaskKey("XY-3")).repo == "other"
    assert container.projects().of(TaskKey("XY-3")).slots == 2


def test_with_plane_there_is_no_board_and_items_are_shown_there(settings: Settings) -> None:
    tracker = msgspec.structs.replace(settings.tracker, kind="plane", web_url="https://plane.test")
    project = ProjectSettings(tracker_project=str(UUID(int=7)), repo="trails")
    plane = msgspec.structs.replace(settings, tracker=tracker, projects=(project,))
    container = build_container(plane)
    assert container.board() is None
    assert container.front_door().board is None
    assert container.item_url()(TaskKey("ET-7")) == "https://plane.test/ag_proj/browse/ET-7/"
    assert list(container.readers()) == ["plane"]
    assert len(container.trackers.tokens()) == 2


def test_notices_go_to_telegram_where_it_is_chosen(settings: Settings) -> None:
    chosen = NotifierSettings(kind="telegram", chat_id=-100123, thread_id=7)
    container = build_container(replace(settings, notifier=chosen))
    notifier = container.notifier()
    assert isinstance(notifier, TelegramNotifier)
    assert (notifier.chat, notifier.thread) == ("-100123", 7)
    assert isinstance(container.notifiers.examiner(), TelegramExaminer)
