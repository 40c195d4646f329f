"""Where people see and steer their work items: the embedded board, or Plane."""

from collections.abc import Sequence
from datetime import timedelta

from dependency_injector import containers, providers

from adapters.board.board import LocalBoard
from adapters.board.tracker import BoardTracker
from adapters.plane.budget import Budget
from adapters.plane.client import PlaneClient
from adapters.plane.examiner import PlaneExaminer, PlaneSetUp
from adapters.plane.http import http_to
from adapters.plane.people import People
from adapters.plane.states import States
from adapters.plane.tracker import PlaneTracker
from adapters.plane.webhook_reader import PlaneWebhookReader
from adapters.sql.database import Database
from adapters.sql.store import SqlStore
from application.examine import AnswerExaminer
from entrypoints.choices import hook_url_of, people_of, tracker_projects_of
from entrypoints.secrets import secrets_of
from entrypoints.settings import Settings
from ports.board import Board
from ports.clock import Clock
from ports.examination import Examiner
from ports.issue_tracker import IssueTracker
from ports.rich_text import RichText
from ports.webhook_reader import WebhookReader


def plane_set_up(
    settings: Settings, tokens: Sequence[str], webhook_secrets: Sequence[str]
) -> PlaneSetUp:
    """Return what of the configuration Plane's examiner looks at."""
    tracker = settings.tracker
    return PlaneSetUp(
        api_url=tracker.url or "",
        projects=tracker_projects_of(settings),
        approvers=tracker.approvers,
        webhook_url=hook_url_of(settings, "plane"),
        webhook_secrets=webhook_secrets,
        poll=timedelta(seconds=tracker.poll),
        rate_limit=tracker.rate_limit,
        tokens=len(tokens),
    )


class Trackers(containers.DeclarativeContainer):
    """The tracker that `tracker.kind` names, and what belongs to it."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    clock: providers.Dependency[Clock] = providers.Dependency()
    text: providers.Dependency[RichText] = providers.Dependency()
    database: providers.Dependency[Database] = providers.Dependency(instance_of=Database)
    store: providers.Dependency[SqlStore] = providers.Dependency()

    # ── the board in our own database ────────────────────────────────────────────────────────

    people = providers.Singleton(people_of, settings)
    own_project = settings.provided.projects[0].tracker_project
    board_tracker: providers.Provider[IssueTracker] = providers.Singleton(
        BoardTracker, database, text, clock, people=people, project=own_project
    )
    local_board: providers.Provider[Board] = providers.Singleton(
        LocalBoard,
        database,
        store.provided.announce,
        text,
        clock,
        people=people,
        project=own_project,
    )

    # ── Plane ────────────────────────────────────────────────────────────────────────────────

    projects = providers.Singleton(tracker_projects_of, settings)
    tokens = providers.Singleton(secrets_of, "PLANE_API_KEY")
    webhook_secrets = providers.Singleton(secrets_of, "PLANE_WEBHOOK_SECRET")
    plane = providers.Singleton(
        PlaneClient,
        providers.Singleton(
            http_to, settings.provided.tracker.url, timeout=settings.provided.tracker.timeout
        ),
        providers.Singleton(Budget, tokens, clock, per_minute=settings.provided.tracker.rate_limit),
        clock,
        workspace=settings.provided.tracker.workspace,
    )
    plane_states = providers.Singleton(States, plane, clock, settings.provided.tracker.states)
    plane_people = providers.Singleton(
        People, plane, clock, approvers=settings.provided.tracker.approvers
    )
    plane_tracker: providers.Provider[IssueTracker] = providers.Singleton(
        PlaneTracker, plane, plane_states, plane_people, text, clock, projects=projects
    )
    plane_reader: providers.Provider[WebhookReader] = providers.Singleton(
        PlaneWebhookReader, webhook_secrets, plane_people, projects=projects
    )

    # ── the one that is configured ───────────────────────────────────────────────────────────

    tracker: providers.Provider[IssueTracker] = providers.Selector(
        settings.provided.tracker.kind, local=board_tracker, plane=plane_tracker
    )
    board: providers.Provider[Board | None] = providers.Selector(
        settings.provided.tracker.kind, local=local_board, plane=providers.Object(None)
    )
    examiner: providers.Provider[Examiner] = providers.Selector(
        settings.provided.tracker.kind,
        local=providers.Factory(
            AnswerExaminer, board_tracker, remedy="see database.url: the board is kept there"
        ),
        plane=providers.Factory(
            PlaneExaminer,
            plane,
            plane_states,
            plane_people,
            clock,
            providers.Factory(plane_set_up, settings, tokens, webhook_secrets),
        ),
    )
