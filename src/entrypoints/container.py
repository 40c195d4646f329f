"""The composition root: with its parts in `wiring`, the only modules that name adapters.

No logic here. A Singleton is a thing, a Factory is a deed. Each adapter stands under its port's
type, so that the type checker proves at that line that it fits.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom
from secrets import token_hex

from dependency_injector import containers, providers

from adapters.board.board import LocalBoard
from adapters.git.repositories import GitRepositories
from adapters.html.rich_text import HtmlRichText
from adapters.sql.database import Database
from adapters.sql.store import SqlStore
from adapters.system.clock import SystemClock
from application.advance_stage import AdvanceStage
from application.agents import Agents
from application.ask_questions import AskQuestions
from application.block import Block
from application.book_keeping import BookKeeping
from application.carry_out import CarryOut
from application.check_readiness import CheckReadiness
from application.collect_work import CollectWork
from application.end_run import EndRun
from application.examine import AnswerExaminer, Examine
from application.examine_agents import ExamineAgents
from application.find_item import FindItem
from application.finish_run import FinishRun
from application.fire_timers import FireTimers
from application.follow_person import FollowPerson
from application.give_command import GiveCommand
from application.handle_comment import HandleComment
from application.hold_to_limits import HoldToLimits
from application.look_up import LookUp
from application.open_delivery import OpenDelivery
from application.patience import Patience
from application.read_inbox import ReadInbox
from application.read_runs import ReadRuns
from application.receive_webhook import ReceiveWebhook
from application.reconcile import Reconcile
from application.reconcile_tracker import ReconcileTracker
from application.record import Record
from application.remind import Remind
from application.request_review import RequestReview
from application.rollback_on_conflict import RollbackOnConflict
from application.rollback_on_deploy_fail import RollbackOnDeployFail
from application.rollback_on_review import RollbackOnReview
from application.rollback_on_test_fail import RollbackOnTestFail
from application.settle import Settle
from application.show_log import ShowLog
from application.slots import Slots
from application.start_agent import StartAgent
from application.tidy import Tidy
from application.validate_qg0 import ValidateQG0
from application.watch_runs import WatchRuns
from application.watch_spending import WatchSpending
from application.watch_webhooks import WatchWebhooks
from application.write_brief import WriteBrief
from domain.identifiers import TaskKey
from entrypoints.agent_settings import MoneySettings
from entrypoints.choices import (
    expected_webhooks,
    item_url_of,
    pace_of,
    projects_of,
    readers_of,
    role_slots_of,
    rules_of,
    webhook_windows_of,
)
from entrypoints.http.front_door import FrontDoor
from entrypoints.secrets import own_environment, secret
from entrypoints.settings import Settings
from entrypoints.wiring.forges import Forges
from entrypoints.wiring.notifiers import Notifiers
from entrypoints.wiring.runners import Runners
from entrypoints.wiring.trackers import Trackers
from entrypoints.worker import Loops
from ports.agent_runner import AgentRunner
from ports.agent_runtime import AgentRuntime
from ports.board import Board
from ports.brief_writer import BriefWriter
from ports.clock import Clock
from ports.code_forge import CodeForge
from ports.issue_tracker import IssueTracker
from ports.log_keeper import LogKeeper
from ports.notifier import Notifier
from ports.repo_inspector import RepoInspector
from ports.rich_text import RichText
from ports.store import Store
from ports.webhook_reader import WebhookReader
from ports.workspaces import Workspaces


class Container(containers.DeclarativeContainer):
    """All things and deeds of the service."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    exclusive: providers.Dependency[bool] = providers.Dependency(instance_of=bool, default=True)
    environment: providers.Provider[Mapping[str, str]] = providers.Singleton(own_environment)

    # ── things ───────────────────────────────────────────────────────────────────────────────

    clock: providers.Provider[Clock] = providers.Singleton(SystemClock)
    random = providers.Singleton(SystemRandom)
    owner = providers.Singleton(token_hex, 8)
    rules = providers.Singleton(rules_of, settings)
    projects = providers.Singleton(projects_of, settings)
    slots = providers.Singleton(
        Slots,
        projects,
        settings.provided.agents.slots,
        providers.Callable(role_slots_of, settings),
    )
    books = providers.Singleton(
        BookKeeping,
        providers.Callable(MoneySettings.price_list, settings.provided.money),
        providers.Callable(MoneySettings.limits, settings.provided.money),
    )
    patience = providers.Singleton(Patience)
    item_url = providers.Singleton(item_url_of, settings)
    text: providers.Provider[RichText] = providers.Singleton(HtmlRichText)

    database = providers.Singleton(Database, settings.provided.database_file, exclusive=exclusive)
    store: providers.Provider[Store] = providers.Singleton(SqlStore, database)

    # ── tools ────────────────────────────────────────────────────────────────────────────────

    trackers = providers.Container(
        Trackers, settings=settings, clock=clock, text=text, database=database, store=store
    )
    tracker: providers.Provider[IssueTracker] = trackers.tracker
    board: providers.Provider[Board | None] = trackers.board
    local_board: providers.Provider[LocalBoard] = trackers.local_board

    forges = providers.Container(Forges, settings=settings, environment=environment)
    repositories: providers.Provider[GitRepositories] = forges.repositories
    forge: providers.Provider[CodeForge] = forges.forge
    inspector: providers.Provider[RepoInspector] = forges.inspector
    workspaces: providers.Provider[Workspaces] = forges.workspaces

    runners = providers.Container(
        Runners,
        settings=settings,
        exclusive=exclusive,
        environment=environment,
        clock=clock,
        rules=rules,
    )
    agents: providers.Provider[Agents] = runners.agents
    runtimes: providers.Provider[Mapping[str, AgentRuntime]] = runners.runtimes
    briefs: providers.Provider[BriefWriter] = runners.briefs
    runner: providers.Provider[AgentRunner] = runners.runner
    examine_agents: providers.Provider[ExamineAgents] = runners.examine

    log_keepers: providers.Provider[Sequence[LogKeeper]] = providers.Selector(
        settings.provided.forge.kind,
        local=providers.List(runner, forges.local_forge),
        gitea=providers.List(runner),
    )

    notifiers = providers.Container(Notifiers, settings=settings, clock=clock, store=store)
    notifier: providers.Provider[Notifier] = notifiers.notifier

    readers: providers.Provider[Mapping[str, WebhookReader]] = providers.Singleton(
        readers_of,
        settings,
        gitea=forges.gitea_reader.provider,
        plane=trackers.plane_reader.provider,
    )

    # ── deeds ────────────────────────────────────────────────────────────────────────────────

    record = providers.Factory(Record, store, clock, rules)
    receive_webhook = providers.Factory(
        ReceiveWebhook, store, clock, readers, providers.Singleton(webhook_windows_of, settings)
    )
    watch_webhooks = providers.Factory(
        WatchWebhooks,
        store,
        clock,
        rules,
        providers.Callable(expected_webhooks, settings),
    )
    read_runs = providers.Singleton(ReadRuns, runner, runtimes, agents)
    watch_spending = providers.Factory(WatchSpending, store, clock, read_runs, books)
    look_up = providers.Factory(LookUp, store, clock)
    show_log = providers.Factory(ShowLog, store, runner, runtimes, agents, settings.provided.locale)
    give_command = providers.Factory(GiveCommand, store, clock)
    check_readiness = providers.Factory(
        CheckReadiness,
        providers.Dict(
            database=store, tracker=tracker, forge=forge, agents=runner, notifier=notifier
        ),
        watch_webhooks,
    )
    examine = providers.Factory(
        Examine,
        providers.Dict(
            database=providers.Factory(
                AnswerExaminer, store, remedy="see database.url, and that its disk has room"
            ),
            tracker=trackers.examiner,
            webhooks=watch_webhooks,
            forge=forges.examiner,
            agents=examine_agents,
            notifier=notifiers.examiner,
        ),
    )
    request_review = providers.Factory(RequestReview, forge, record)
    ask_questions = providers.Factory(AskQuestions, forge, record)
    advance_stage = providers.Factory(AdvanceStage, store, inspector, projects, record)
    rollback_on_conflict = providers.Factory(RollbackOnConflict, forge, record)
    rollback_on_review = providers.Factory(RollbackOnReview, forge, record)
    rollback_on_test_fail = providers.Factory(RollbackOnTestFail, forge, record)
    rollback_on_deploy_fail = providers.Factory(RollbackOnDeployFail, forge, record)
    block = providers.Factory(Block, forge, record)
    finish_run = providers.Factory(
        FinishRun,
        store=store,
        clock=clock,
        read_runs=read_runs,
        books=books,
        inspector=inspector,
        projects=projects,
        rules=rules,
        record=record,
        request_review=request_review,
        ask_questions=ask_questions,
        advance_stage=advance_stage,
        rollback_on_conflict=rollback_on_conflict,
        rollback_on_review=rollback_on_review,
        rollback_on_test_fail=rollback_on_test_fail,
        rollback_on_deploy_fail=rollback_on_deploy_fail,
        block=block,
    )
    read_inbox = providers.Factory(
        ReadInbox,
        store=store,
        clock=clock,
        random=random,
        owner=owner,
        patience=patience,
        rules=rules,
        record=record,
        open_delivery=providers.Factory(OpenDelivery, store, clock, readers),
        validate_qg0=providers.Factory(ValidateQG0, store, tracker, record),
        follow_person=providers.Factory(FollowPerson, store, tracker, record),
        handle_comment=providers.Factory(
            HandleComment,
            store=store,
            tracker=tracker,
            inspector=inspector,
            projects=projects,
            record=record,
            rules=rules,
        ),
        end_run=providers.Factory(
            EndRun,
            store=store,
            clock=clock,
            runner=runner,
            read_runs=read_runs,
            books=books,
            record=record,
            slots=slots,
        ),
        finish_run=finish_run,
        hold_to_limits=providers.Factory(HoldToLimits, store, clock, books, record),
        find_item=providers.Factory(FindItem, store, clock, projects),
        advance_stage=advance_stage,
        remind=providers.Factory(Remind, store, runner, record),
    )
    settle = providers.Factory(Settle, store, clock)
    start_agent = providers.Factory(
        StartAgent,
        store=store,
        clock=clock,
        settle=settle,
        rules=rules,
        projects=projects,
        agents=agents,
        slots=slots,
        workspaces=workspaces,
        runner=runner,
        runtimes=runtimes,
        books=books,
        write_brief=providers.Factory(
            WriteBrief,
            inspector=inspector,
            projects=projects,
            rules=rules,
            writer=briefs,
        ),
    )
    collect_work = providers.Factory(
        CollectWork,
        settle=settle,
        rules=rules,
        projects=projects,
        forge=forge,
        inspector=inspector,
        workspaces=workspaces,
    )
    carry_out = providers.Factory(
        CarryOut,
        store=store,
        clock=clock,
        random=random,
        owner=owner,
        patience=patience,
        rules=rules,
        projects=projects,
        settle=settle,
        start_agent=start_agent,
        collect_work=collect_work,
        tracker=tracker,
        forge=forge,
        inspector=inspector,
        runner=runner,
        notifier=notifier,
        item_url=item_url,
    )
    fire_timers = providers.Factory(FireTimers, store, clock)
    watch_runs = providers.Factory(WatchRuns, store, clock, runner)
    reconcile_tracker = providers.Factory(
        ReconcileTracker,
        store=store,
        clock=clock,
        tracker=tracker,
        projects=projects,
        rules=rules,
        pace=providers.Factory(pace_of, settings),
        webhooks=watch_webhooks,
    )
    reconcile = providers.Factory(
        Reconcile,
        store=store,
        clock=clock,
        tracker=reconcile_tracker,
        inspector=inspector,
        runner=runner,
        workspaces=workspaces,
        projects=projects,
        watch_runs=watch_runs,
    )

    tidy = providers.Factory(
        Tidy,
        store,
        clock,
        runner,
        board,
        keepers=log_keepers,
        logs_kept=providers.Factory(timedelta, days=settings.provided.logs_kept_days),
    )

    # ── the whole ────────────────────────────────────────────────────────────────────────────

    loops = providers.Factory(
        Loops,
        store=store,
        clock=clock,
        read_inbox=read_inbox,
        carry_out=carry_out,
        fire_timers=fire_timers,
        watch_runs=watch_runs,
        watch_spending=watch_spending,
        reconcile=reconcile,
        tidy=tidy,
        reconcile_every=providers.Factory(timedelta, seconds=settings.provided.reconcile_every),
        services=forges.services,
    )
    front_door = providers.Factory(
        FrontDoor,
        receive_webhook=receive_webhook,
        look_up=look_up,
        give_command=give_command,
        check_readiness=check_readiness,
        board=board,
        show_log=show_log,
        clock=clock,
        new_id=providers.Object(partial(token_hex, 16)),
        stages=rules.provided.pipeline.names,
        version=providers.Callable(version, "orchestrator"),
        locale=settings.provided.locale,
        admin_token=providers.Callable(secret, "ORCHESTRATOR_ADMIN_TOKEN"),
        item_url=item_url,
    )


def build_container(settings: Settings, *, exclusive: bool = True) -> Container:
    """Return the container of a service, or of something that goes in beside one."""
    return Container(settings=settings, exclusive=exclusive)


def repository_path(container: Container, key: TaskKey) -> Path:
    """Return where the repository lies that the item is worked on in."""
    return container.repositories().path(container.projects().of(key).repo)
