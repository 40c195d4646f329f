"""What the settings mean, in the words of those who work by them. Names no adapter."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from application.projects import Project, Projects
from application.reconcile_tracker import Pace
from application.watch_webhooks import ExpectedWebhooks
from domain.decision import Merge, Rules
from domain.errors import Invalid
from domain.identifiers import Branch, PersonId, Repo, Role, TaskKey
from domain.item import Person, Standing
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE, Pipeline
from entrypoints.secrets import SECRETS, secret_if_readable, secrets_of
from entrypoints.settings import Settings
from ports.webhook_reader import WebhookReader


def pipeline_of(settings: Settings) -> Pipeline:
    """Return the configured pipeline, else the default one."""
    pipeline = settings.pipeline.pipeline() if settings.pipeline else DEFAULT_PIPELINE
    return settings.agents.model_away.given_to(pipeline)


def rules_of(settings: Settings) -> Rules:
    """Return what decisions go by."""
    board = {Locale.EN: "the tracker", Locale.RU: "трекере"}[settings.locale]
    if settings.tracker.kind == "plane":
        return Rules(
            pipeline=pipeline_of(settings),
            locale=settings.locale,
            merge=settings.forge.merge,
            begins_in=frozenset(settings.tracker.begins_in),
            settle=timedelta(seconds=settings.tracker.settle),
        )
    return Rules(
        pipeline=pipeline_of(settings),
        locale=settings.locale,
        tracker_name=board,
        merge=settings.forge.merge,
    )


def projects_of(settings: Settings) -> Projects:
    """Return the projects we look after."""
    return Projects(
        [
            Project(
                prefix=p.tracker_project if settings.tracker.kind == "local" else "",
                own=p.tracker_project,
                repo=repo_of(settings, p.repo),
                base=Branch(p.base_branch),
                image=p.image,
                slots=p.slots,
            )
            for p in settings.projects
        ]
    )


def repo_of(settings: Settings, name: str) -> Repo:
    """Return a repository as the forge calls it: on a server, each is somebody's."""
    owned = settings.forge.kind == "local" or "/" in name
    return Repo(name if owned else f"{settings.forge.owner}/{name}")


def bases_of(settings: Settings) -> Mapping[Repo, Branch]:
    """Return the base branch of each project's repository."""
    return {repo_of(settings, p.repo): Branch(p.base_branch) for p in settings.projects}


def git_login(token: str) -> str:
    """Return the header by which git shows the token; any user's name goes with it."""
    return f"Authorization: Basic {b64encode(f'orchestrator:{token}'.encode()).decode()}"


def hook_url_of(settings: Settings, tool: str) -> str:
    """Return where a tool is to send its deliveries."""
    return f"{settings.server.address}/webhooks/{tool}"


def merge_style_of(settings: Settings) -> str | None:
    """Return how we merge, None where we don't."""
    return None if settings.forge.merge is Merge.NEVER else settings.forge.merge_style


def readers_of(
    settings: Settings,
    *,
    gitea: Callable[[], WebhookReader],
    plane: Callable[[], WebhookReader],
) -> dict[str, WebhookReader]:
    """Return who reads the deliveries of each tool that we work with."""
    readers: dict[str, WebhookReader] = {}
    if settings.forge.kind == "gitea":
        readers["gitea"] = gitea()
    if settings.tracker.kind == "plane":
        readers["plane"] = plane()
    return readers


def webhook_windows_of(settings: Settings) -> Mapping[str, timedelta]:
    """Return how long an equal delivery is a repetition, where that is all there is to go by."""
    return {"plane": timedelta(seconds=settings.tracker.webhook_window)}


def tracker_projects_of(settings: Settings) -> Sequence[str]:
    """Return the projects by the tracker's own names."""
    return [project.tracker_project for project in settings.projects]


def expected_webhooks(settings: Settings) -> ExpectedWebhooks | None:
    """Return whose webhooks should come, None where none is set up."""
    if settings.tracker.kind != "plane" or not secrets_of("PLANE_WEBHOOK_SECRET"):
        return None
    remedy = (
        "in Plane's workspace settings see that the webhook is on (it switches itself off after six"
        f" failures) and leads to {hook_url_of(settings, 'plane')}, for issues and comments"
    )
    return ExpectedWebhooks(tool="plane", name="Plane", remedy=remedy)


def pace_of(settings: Settings) -> Pace:
    """Return how often the tracker is asked: each round, unless it counts our requests."""
    if settings.tracker.kind == "local":
        return Pace()
    return Pace(
        every=timedelta(seconds=settings.tracker.poll),
        gone=timedelta(minutes=10),
        comments=timedelta(minutes=15),
        comments_at_once=3,
        only_new=True,
    )


def role_slots_of(settings: Settings) -> Mapping[Role, int]:
    """Return how many agents of single roles may be at work at once."""
    roles = settings.agents.roles
    return {Role(name): choice.slots for name, choice in roles.items() if choice.slots}


def path_or_none(path: str) -> Path | None:
    """Return the path if there is one."""
    return Path(path) if path else None


def images_of(settings: Settings) -> list[str]:
    """Return every image that an agent may run in."""
    named = [
        settings.agents.image,
        *(role.image for role in settings.agents.roles.values()),
        *(project.image for project in settings.projects),
    ]
    return sorted(set(filter(None, named)))


def people_of(settings: Settings) -> list[Person]:
    """Return the people of the embedded board, and ourselves."""
    people = [
        Person(
            id=PersonId(person.name),
            name=person.name,
            standing=person.standing,
            approver=person.standing is Standing.MEMBER
            if person.approver is None
            else person.approver,
        )
        for person in settings.tracker.people
    ]
    bot = Person(id=PersonId("bot"), name="bot", standing=Standing.BOT, approver=False)
    return [*people, bot]


def item_url_of(settings: Settings) -> Callable[[TaskKey], str]:
    """Return how an item's page is addressed: on the board, or in Plane."""
    tracker = settings.tracker
    if tracker.kind == "plane":
        web = (tracker.web_url or (tracker.url or "").removesuffix("/api/v1")).rstrip("/")
        return lambda key: f"{web}/{tracker.workspace}/browse/{key}/"
    return lambda key: f"{settings.server.address}/items/{key}"


_KEY_NAME = re.compile(r"key|token|secret|passw|credential|auth|cookie|dsn", re.IGNORECASE)


def masked_values(settings: Settings) -> list[str]:
    """Return what no log may show: our secrets, the proxy's keys, and what agents are passed.

    What stands in the configuration is a secret only by its name.
    """
    agents = settings.agents
    keys = [key.secret for key in agents.docker.egress.keys.values()]
    found = [secret_if_readable(name) for name in (*SECRETS, *keys, *agents.pass_environment)]
    # One of several secrets in a variable, or of two halves of a login, tells as much.
    parts = [part for value in found if value for part in re.split(r"[,\s]+", value)]
    tables = [agents.environment, *(role.environment for role in agents.roles.values())]
    configured = [value for table in tables for n, value in table.items() if _KEY_NAME.search(n)]
    return [value for value in (*found, *parts, *configured) if value]


def read_certificates(key: str, file: str) -> str:
    """Return what is in a file of certificates, nothing where none is named."""
    try:
        return Path(file).read_text("ascii") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(key, f"cannot read {file}: {error}", "name a file of PEM") from None
