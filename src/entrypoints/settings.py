"""Every knob, its default and its unit.

From weakest to strongest: the defaults below, ``orchestrator.toml``, environment variables named
``ORCHESTRATOR_<SECTION>__<KEY>``. Secrets come by environment alone (`secrets`). A key
that nobody knows is refused with its path, because a knob that is misspelt and silently ignored
costs more than a start that fails.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from domain.decision import Merge
from domain.errors import Invalid
from domain.item import Standing, TrackerState
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE
from entrypoints.agent_settings import (
    AgentChoice,
    ModelAwaySettings,
    MoneySettings,
    RoleSettings,
    Slots,
)
from entrypoints.docker_settings import DockerSettings
from entrypoints.pipeline_settings import PipelineSettings
from entrypoints.secrets import SECRETS
from entrypoints.settings_faults import explained

PREFIX = "ORCHESTRATOR_"
CONFIG = "ORCHESTRATOR_CONFIG"
DEFAULT_CONFIG = Path("orchestrator.toml")
Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0)]
Days = Annotated[float, Meta(ge=1, le=36_500)]
Count = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
_HOST = r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
Url = Annotated[str, Meta(pattern=rf"^https?://{_HOST}(/[^\s?#]*)?$")]
ProxyUrl = Annotated[str, Meta(pattern=rf"^https?://([^\s/@]+@)?{_HOST}/?$")]
ChatName = Annotated[str, Meta(pattern=r"^(-?[0-9]{1,19}|@[A-Za-z]\w{3,31})?$")]
_PREFIX = "[A-Z][A-Z0-9_]{0,31}"
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ProjectName = Annotated[str, Meta(pattern=f"^({_PREFIX}|{_UUID})$")]
Slug = Annotated[str, Meta(pattern=r"^[\w-]{0,100}$")]


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the configuration file."""


class Server(Section, frozen=True, kw_only=True):
    """Where we listen, and how people reach us."""

    host: str = "127.0.0.1"
    port: Port = 8500
    public_url: str = ""
    """How links begin; without it as this machine reaches us."""

    @property
    def address(self) -> str:
        """Return how links begin."""
        return self.public_url.rstrip("/") or f"http://localhost:{self.port}"


class Database(Section, frozen=True, kw_only=True):
    """Where everything is written down."""

    url: Annotated[str, Meta(pattern="^sqlite:///.+")] = "sqlite:///var/orchestrator.db"


class PersonSettings(Section, frozen=True, kw_only=True):
    """Somebody on the embedded board."""

    name: Name
    standing: Standing = Standing.MEMBER
    approver: bool | None = None
    """Whether this person may approve and reject; members may, unless told otherwise."""


class Tracker(Section, frozen=True, kw_only=True):
    """Where people see and steer their work items."""

    kind: Literal["local", "plane"] = "local"
    people: Annotated[Sequence[PersonSettings], Meta(min_length=1)] = (
        PersonSettings(name="you"),
        PersonSettings(name="guest", standing=Standing.GUEST),
    )
    """Who there is on the embedded board."""
    url: Url | None = None
    """Plane's API, such as http://plane.lan:8091/api/v1."""
    web_url: Url | None = None
    """How people's browsers reach Plane; without it as we do."""
    workspace: Slug = ""
    """The workspace's name as it stands in addresses."""
    states: Mapping[TrackerState, Name] = {}
    """What states are called in Plane that are not called as we call them."""
    begins_in: Annotated[Sequence[TrackerState], Meta(min_length=1)] = (TrackerState.TODO,)
    """In which states an item must be seen for us to take it up."""
    approvers: Sequence[Name] = ()
    """Ids or e-mail addresses of those who approve; none: every member but the bot."""
    poll: Annotated[float, Meta(ge=5)] = 60
    """Seconds between two questions what has changed: one request for each project."""
    settle: Annotated[float, Meta(ge=0, le=3600)] = 10
    """Seconds that a new or mended text must stay as it is: Plane's editor saves by itself."""
    webhook_window: Seconds = 3600
    """Seconds within which an equal delivery is a repetition; Plane's are over in 50 minutes."""
    rate_limit: Annotated[int, Meta(ge=2)] = 60
    """Requests a minute that Plane allows each token: its API_KEY_RATE_LIMIT."""
    timeout: Seconds = 30
    """How long an answer may take."""


class Forge(Section, frozen=True, kw_only=True):
    """Where the repositories are."""

    kind: Literal["local", "gitea"] = "local"
    checks: Sequence[str] = ()
    """A command that checks a pull request, run in a clone of it; none, and nothing is checked.

    For the local forge; elsewhere the forge's own CI checks.
    """
    checks_time_limit: Seconds = 900
    url: Url | None = None
    """How we reach Gitea or Forgejo, such as http://gitea:3000."""
    public_url: Url | None = None
    """How people's browsers reach it; without it as we do."""
    owner: str = ""
    """Whose the repositories are that projects name without an owner."""
    timeout: Seconds = 15
    """How long an answer may take."""
    ci_required: bool = False
    """Whether a commit without a single check waits for one."""
    reviewers: Sequence[Name] = ()
    """Logins whose reviews count as approvers' words; none, then whoever may merge."""
    merge: Merge = Merge.NEVER
    """When we merge the pull request of an item that is through all its gates."""
    merge_style: Literal["merge", "rebase", "rebase-merge", "squash", "fast-forward-only"] = "merge"


class AgentSettings(AgentChoice, frozen=True, kw_only=True):
    """Who does the work, and within what bounds. Without any agent: rehearsal agents."""

    runner: Literal["process", "docker"] = "process"
    """Where agents run: as programs of this machine, or in containers."""
    docker: DockerSettings = DockerSettings()
    roles: Mapping[str, RoleSettings] = {}
    """Agents of single roles."""
    slots: Slots = 4
    """How many agents may be at work at once."""
    model_away: ModelAwaySettings = ModelAwaySettings()
    pass_environment: Sequence[str] = ()
    """Names in our own environment that agents get too, such as that of a model's key."""
    stop_grace: Seconds = 5
    """How long an agent may take to end when told to, before it is killed."""


class NotifierSettings(Section, frozen=True, kw_only=True):
    """How people hear of what waits for them."""

    kind: Literal["console", "telegram"] = "console"
    chat_id: int | ChatName = ""
    """The chat that notices go to: its number, or the @name of a channel."""
    thread_id: Count | None = None
    """The topic of a forum; none: the general one."""
    api_url: Url = "https://api.telegram.org"
    """Where the Bot API is, if not at Telegram itself."""
    proxy: ProxyUrl | None = None
    """A proxy on the way there."""


class ProjectSettings(Section, frozen=True, kw_only=True):
    """A project of the tracker and its repository."""

    tracker_project: ProjectName
    """What keys begin with on the embedded board; the project's id in Plane."""
    repo: Name
    base_branch: Name = "main"
    source: str | None = None
    """A repository, as a path or URL, to copy at the first start; the original is left alone."""
    image: str = ""
    """What agents run in at work on it, where they run in containers."""
    slots: Slots | None = None
    """How many agents may be at work on it at once; none: as many as on all together."""


class Settings(Section, frozen=True, kw_only=True):
    """The whole configuration."""

    locale: Locale = Locale.EN
    data: Name = "var"
    """The folder for repositories, workspaces and logs."""
    server: Server = Server()
    database: Database = Database()
    tracker: Tracker = Tracker()
    forge: Forge = Forge()
    agents: AgentSettings = AgentSettings()
    notifier: NotifierSettings = NotifierSettings()
    money: MoneySettings = MoneySettings()
    projects: Annotated[Sequence[ProjectSettings], Meta(min_length=1)] = (
        ProjectSettings(tracker_project="DEMO", repo="sample"),
    )
    pipeline: PipelineSettings | None = None
    logs_kept_days: Days = 90
    """Days until what a run or a check printed is removed; docs/disk.md says what else is kept."""
    reconcile_every: Seconds = 5
    """Seconds between two rounds of asking every tool what really is."""

    @property
    def data_folder(self) -> Path:
        """Return the data folder as an absolute path."""
        return Path(self.data).absolute()

    @property
    def database_file(self) -> Path:
        """Return the database's file as an absolute path."""
        return Path(self.database.url.removeprefix("sqlite:///")).absolute()


def load_settings(
    file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings; Invalid names the key that is wrong and what would be right."""
    environ = os.environ if environment is None else environment
    named = file or (Path(environ[CONFIG]) if environ.get(CONFIG) else None)
    raw = _read(named or DEFAULT_CONFIG, must_exist=named is not None)
    _default_locale(raw, environ)
    for path, value in _overrides(environ):
        _put(raw, path, value)
    try:
        settings = msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise explained(str(error), Settings) from None
    _keep_secrets(settings.agents)
    _know_roles(settings)
    _complete_tracker(settings)
    _complete_docker(settings.agents)
    _complete_forge(settings)
    _tell_apart(settings.projects)
    _require_chat(settings.notifier)
    return settings


def _know_roles(settings: Settings) -> None:
    pipeline = settings.pipeline or DEFAULT_PIPELINE
    roles = list(dict.fromkeys(str(stage.role) for stage in pipeline.stages))
    for role in settings.agents.roles:
        if role not in roles:
            remedy = f"use one of {', '.join(roles)}"
            raise Invalid(f"agents.roles.{role}", "no stage has that role", remedy)


def _tell_apart(projects: Sequence[ProjectSettings]) -> None:
    names = [project.tracker_project for project in projects]
    for number, name in enumerate(names):
        if name in names[:number]:
            path = f"projects[{number}].tracker_project"
            raise Invalid(path, f"{name} is there already", "give each project one of its own")


def _require_chat(notifier: NotifierSettings) -> None:
    if notifier.kind == "telegram" and notifier.chat_id in {0, ""}:
        remedy = "let the bot into the chat and name the chat's number, -100… for a group"
        raise Invalid("notifier.chat_id", "missing", remedy)


def _complete_tracker(settings: Settings) -> None:
    tracker, plane = settings.tracker, settings.tracker.kind == "plane"
    if plane and tracker.url is None:
        example = "as in http://plane.lan:8091/api/v1"
        raise Invalid("tracker.url", "is missing", f"say where Plane's API is, {example}")
    if plane and tracker.url and not tracker.url.rstrip("/").endswith("/api/v1"):
        raise Invalid("tracker.url", f"{tracker.url} is not Plane's API", "end it in /api/v1")
    if plane and not tracker.workspace:
        raise Invalid(
            "tracker.workspace", "is missing", "write it as it stands in the addresses of Plane"
        )
    for number, project in enumerate(settings.projects):
        is_id = re.fullmatch(_UUID, project.tracker_project) is not None
        if is_id is not plane:
            raise Invalid(
                f"projects[{number}].tracker_project",
                f"{project.tracker_project} is not what the tracker calls a project",
                "copy the project's id from its address in Plane: …/projects/<id>/…"
                if plane
                else "use what keys shall begin with, such as ET",
            )


def _complete_forge(settings: Settings) -> None:
    forge = settings.forge
    if forge.kind == "local":
        return
    if forge.url is None:
        raise Invalid("forge.url", "is missing", "say where Gitea is, as in http://gitea:3000")
    for number, project in enumerate(settings.projects):
        path = f"projects[{number}]"
        if "/" not in project.repo and not forge.owner:
            raise Invalid(f"{path}.repo", "has no owner", "write owner/name, or set forge.owner")
        if project.source is not None:
            raise Invalid(f"{path}.source", "is for the local forge", "remove it")


def _complete_docker(agents: AgentSettings) -> None:
    if agents.runner == "docker":
        if not agents.image:
            raise Invalid("agents.image", "is missing", "name the image that agents run in")
        agents.docker.check(agents.pass_environment)


def _keep_secrets(agents: AgentSettings) -> None:
    for section, names in (
        ("agents.pass_environment", agents.pass_environment),
        ("agents.environment", agents.environment),
        *((f"agents.roles.{name}.environment", r.environment) for name, r in agents.roles.items()),
    ):
        for name in names:
            if name.removesuffix("_FILE") in SECRETS:
                raise Invalid(section, f"{name} is a secret of ours", "agents get none: remove it")


def _read(file: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if must_exist:
            raise Invalid("--config", f"there is no file {file}", "name an existing one") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("--config", f"cannot read {file}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise Invalid(str(file), f"not valid TOML: {error}") from None


def _default_locale(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Speak Russian where the machine does, unless the configuration says otherwise."""
    language = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    if language.lower().startswith("ru"):
        raw.setdefault("locale", Locale.RU.value)


def _overrides(environ: Mapping[str, str]) -> list[tuple[list[str], object]]:
    found: list[tuple[list[str], object]] = []
    for name, value in sorted(environ.items()):
        if not name.startswith(PREFIX) or name == CONFIG:
            continue
        if name.removesuffix("_FILE") in SECRETS:
            continue
        path = name.removeprefix(PREFIX).lower().split("__")
        if len(path) > 1 or path[0] in Settings.__struct_fields__:
            found.append((path, _value(value)))
    return found


def _value(text: str) -> object:
    """Return lists and tables written as JSON, anything else as it is; Settings checks both."""
    if text[:1] in {"[", "{"}:
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text


def _put(raw: dict[str, Any], path: Sequence[str], value: object) -> None:
    table = raw
    for part in path[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            name = PREFIX + "__".join(path).upper()
            raise Invalid(name, f"{part} is not a table", "remove the variable, or correct it")
        table = inner
    table[path[-1]] = value
