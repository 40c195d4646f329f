"""The composition root: the only module that names adapters.

No logic here. A Singleton is a thing, a Factory is a deed. Each adapter stands under its port's
type, so that the type checker proves at that line that it fits.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom
from secrets import token_hex

from dependency_injector import containers, providers

from adapters.agents.acp import AnyAcpAgent
from adapters.agents.claude_code import ClaudeCode
from adapters.agents.codex import Codex
from adapters.agents.command import AnyCommand
from adapters.agents.opencode import OpenCode
from adapters.board.board import LocalBoard
from adapters.board.tracker import BoardTracker
from adapters.briefs.writer import TemplateBriefs
from adapters.console.notice_log import NoticeLog
from adapters.console.notifier import ConsoleNotifier
from adapters.docker.agent_runner import DockerRunner
from adapters.docker.blueprint import MB, Bounds
from adapters.docker.containers import Containers
from adapters.docker.egress import EgressNetwork, Key, Policy
from adapters.docker.engine import Engine
from adapters.docker.examiner import DockerExaminer
from adapters.docker.images import Pull
from adapters.docker.installation import kept_id
from adapters.docker.network import Network, PlainNetwork
from adapters.git.command import Git
from adapters.git.inspector import GitInspector
from adapters.git.local_forge import LocalForge
from adapters.git.mirrors import Mirrors
from adapters.git.remote_branches import RemoteBranches
from adapters.git.repositories import GitRepositories
from adapters.git.workspaces import GitWorkspaces
from adapters.gitea.client import GiteaClient
from adapters.gitea.examiner import GiteaExaminer
from adapters.gitea.forge import GiteaForge
from adapters.gitea.merging import Merging
from adapters.gitea.pages import GiteaPages
from adapters.gitea.proposals import Proposals
from adapters.gitea.webhook_reader import GiteaWebhookReader
from adapters.gitea.webhooks import GiteaWebhooks
from adapters.html.rich_text import HtmlRichText
from adapters.plane.budget import Budget
from adapters.plane.client import PlaneClient
from adapters.plane.examiner import PlaneExaminer, PlaneSetUp
from adapters.plane.http import http_to
from adapters.plane.people import People
from adapters.plane.states import States
from adapters.plane.tracker import PlaneTracker
from adapters.plane.webhook_reader import PlaneWebhookReader
from adapters.process.agent_runner import ProcessRunner
from adapters.rehearsal.command import command as rehearsal_command
from adapters.sql.database import Database
from adapters.sql.store import SqlStore
from adapters.system.clock import SystemClock
from adapters.telegram.bot_api import BotApi
from adapters.telegram.examiner import TelegramExaminer
from adapters.telegram.notifier import TelegramNotifier
from application.advance_stage import AdvanceStage
from application.agents import Agents
from application.ask_questions import AskQuestions
from application.block import Block
from application.book_keeping import BookKeeping
from application.carry_out import CarryOut
from application.check_readiness import CheckReadiness
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
from application.show_log import ShowLog
from application.slots import Slots
from application.tidy import Tidy
from application.validate_qg0 import ValidateQG0
from application.watch_runs import WatchRuns
from application.watch_spending import WatchSpending
from application.watch_webhooks import WatchWebhooks
from application.write_brief import WriteBrief
from domain.decision import Rules
from domain.identifiers import Role, TaskKey
from domain.masking import Mask
from entrypoints.agent_settings import MoneySettings
from entrypoints.choices import (
    bases_of,
    expected_webhooks,
    git_login,
    hook_url_of,
    images_of,
    item_url_of,
    merge_style_of,
    newest_secret,
    pace_of,
    path_or_none,
    people_of,
    projects_of,
    readers_of,
    role_slots_of,
    rules_of,
    secrets_of,
    tracker_projects_of,
    webhook_windows_of,
)
from entrypoints.docker_settings import DockerSettings
from entrypoints.http.front_door import FrontDoor
from entrypoints.settings import (
    Settings,
    masked_values,
    own_environment,
    read_certificates,
    required_secret,
    secret,
    telegram_token,
)
from entrypoints.worker import Loops
from ports.agent_runner import AgentRunner
from ports.agent_runtime import AgentRuntime, AgentSetup
from ports.board import Board
from ports.brief_writer import BriefWriter
from ports.clock import Clock
from ports.code_forge import CodeForge
from ports.examination import Examiner
from ports.issue_tracker import IssueTracker
from ports.notifier import Notifier
from ports.repo_inspector import RepoInspector
from ports.rich_text import RichText
from ports.store import Store
from ports.webhook_reader import WebhookReader
from ports.workspaces import Workspaces


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


def agents_of(settings: Settings, rules: Rules) -> Agents:
    """Return who does the work: what is configured, else a rehearsal agent for each role."""
    given = settings.agents
    # The image for all is what the runner falls back on: a project's own goes before it.
    otherwise = replace(given.setup(AgentSetup(runtime="command")), image="")
    setups = {
        Role(role): choice.setup(otherwise)
        for role, choice in given.roles.items()
        if choice.chooses
    }
    if otherwise.runtime == "command" and not otherwise.command:
        for role in {stage.role for stage in rules.pipeline.stages} - setups.keys():
            setups[role] = replace(otherwise, command=rehearsal_command(role))
    return Agents(otherwise=otherwise, setups=setups)


def kept_id_of(settings: Settings, name: str) -> Callable[[], str]:
    """Return what reads an id of this installation, and makes it the first time."""
    return partial(kept_id, settings.data_folder / name, partial(token_hex, 16))


def bounds_of(docker: DockerSettings) -> Bounds:
    """Return how much of a machine an agent may take."""
    return Bounds(
        memory=docker.memory_mb * MB,
        cpus=docker.cpus,
        processes=docker.processes,
        disk=docker.disk_mb * MB,
        scratch=docker.scratch_mb * MB,
    )


def egress_policy_of(settings: Settings) -> Policy:
    """Return what agents in containers reach; Invalid where a key is missing."""
    egress = settings.agents.docker.egress
    return Policy(
        allow=[*egress.allow, *egress.keys],
        keys={
            host: Key(header=key.header, value=f"{key.prefix}{required_secret(key.secret)}")
            for host, key in egress.keys.items()
        },
        placeholders=[key.secret for key in egress.keys.values()],
        authority=read_certificates("agents.docker.egress.authority", egress.authority),
    )


def runtimes_of() -> dict[str, AgentRuntime]:
    """Return the kinds of agents that we know."""
    return {
        "command": AnyCommand(),
        "claude-code": ClaudeCode(),
        "codex": Codex(),
        "opencode": OpenCode(),
        "acp": AnyAcpAgent(),
    }


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
    agents = providers.Singleton(agents_of, settings, rules)
    slots = providers.Singleton(
        Slots,
        projects,
        settings.provided.agents.slots,
        providers.Callable(role_slots_of, settings),
    )
    runtimes: providers.Provider[Mapping[str, AgentRuntime]] = providers.Singleton(runtimes_of)
    briefs: providers.Provider[BriefWriter] = providers.Singleton(TemplateBriefs)
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

    people = providers.Singleton(people_of, settings)
    board_tracker: providers.Singleton[BoardTracker] = providers.Singleton(
        BoardTracker,
        database,
        text,
        clock,
        people=people,
        project=settings.provided.projects[0].tracker_project,
    )
    local_board: providers.Singleton[LocalBoard] = providers.Singleton(
        LocalBoard,
        database,
        store.provided.announce,
        text,
        clock,
        people=people,
        project=settings.provided.projects[0].tracker_project,
    )
    tracker_projects = providers.Singleton(tracker_projects_of, settings)
    plane_tokens = providers.Singleton(secrets_of, "PLANE_API_KEY")
    plane_webhook_secrets = providers.Singleton(secrets_of, "PLANE_WEBHOOK_SECRET")
    plane = providers.Singleton(
        PlaneClient,
        providers.Singleton(
            http_to, settings.provided.tracker.url, timeout=settings.provided.tracker.timeout
        ),
        providers.Singleton(
            Budget, plane_tokens, clock, per_minute=settings.provided.tracker.rate_limit
        ),
        clock,
        workspace=settings.provided.tracker.workspace,
    )
    plane_states = providers.Singleton(States, plane, clock, settings.provided.tracker.states)
    plane_people = providers.Singleton(
        People, plane, clock, approvers=settings.provided.tracker.approvers
    )
    plane_tracker: providers.Singleton[PlaneTracker] = providers.Singleton(
        PlaneTracker, plane, plane_states, plane_people, text, clock, projects=tracker_projects
    )
    plane_reader: providers.Provider[WebhookReader] = providers.Singleton(
        PlaneWebhookReader, plane_webhook_secrets, plane_people, projects=tracker_projects
    )
    tracker: providers.Provider[IssueTracker] = providers.Selector(
        settings.provided.tracker.kind, local=board_tracker, plane=plane_tracker
    )
    board: providers.Provider[Board | None] = providers.Selector(
        settings.provided.tracker.kind, local=local_board, plane=providers.Object(None)
    )

    git = providers.Singleton(Git, environment)
    local_repositories = providers.Singleton(GitRepositories, git, settings.provided.data_folder)
    local_forge: providers.Singleton[LocalForge] = providers.Singleton(
        LocalForge,
        git,
        local_repositories,
        settings.provided.data_folder,
        checks=settings.provided.forge.checks,
        environment=environment,
        time_limit=providers.Factory(timedelta, seconds=settings.provided.forge.checks_time_limit),
    )
    bases = providers.Singleton(bases_of, settings)
    gitea_token = providers.Callable(required_secret, "GITEA_TOKEN")
    gitea = providers.Singleton(
        GiteaClient,
        settings.provided.forge.url,
        gitea_token,
        public_url=settings.provided.forge.public_url,
        timeout=settings.provided.forge.timeout,
    )
    mirrors = providers.Singleton(
        Mirrors,
        git,
        settings.provided.data_folder,
        url=settings.provided.forge.url,
        header=providers.Callable(git_login, gitea_token),
        bases=bases,
    )
    remote_branches = providers.Singleton(RemoteBranches, git, mirrors)
    gitea_pages = providers.Singleton(
        GiteaPages,
        providers.Callable(lambda forge: forge.public_url or forge.url, settings.provided.forge),
    )
    proposals = providers.Singleton(
        Proposals,
        gitea,
        gitea_pages,
        bases=bases,
        approvers=settings.provided.forge.reviewers,
    )
    gitea_forge: providers.Singleton[GiteaForge] = providers.Singleton(
        GiteaForge,
        gitea,
        remote_branches,
        proposals,
        providers.Singleton(Merging, gitea, proposals, style=settings.provided.forge.merge_style),
        gitea_pages,
        ci_required=settings.provided.forge.ci_required,
    )
    gitea_reader: providers.Provider[WebhookReader] = providers.Singleton(
        GiteaWebhookReader,
        providers.Callable(secrets_of, "GITEA_WEBHOOK_SECRET"),
        bases,
        bot=gitea.provided.known_bot,
    )
    repositories: providers.Provider[GitRepositories] = providers.Selector(
        settings.provided.forge.kind, local=local_repositories, gitea=mirrors
    )
    forge: providers.Provider[CodeForge] = providers.Selector(
        settings.provided.forge.kind, local=local_forge, gitea=gitea_forge
    )
    inspector: providers.Provider[RepoInspector] = providers.Singleton(
        GitInspector, git, repositories, forge
    )
    workspaces: providers.Provider[Workspaces] = providers.Singleton(
        GitWorkspaces, git, repositories, settings.provided.data_folder
    )
    mask = providers.Singleton(Mask, providers.Callable(masked_values, settings))
    process_runner: providers.Provider[AgentRunner] = providers.Singleton(
        ProcessRunner,
        settings.provided.data_folder,
        clock,
        environment,
        names=settings.provided.agents.pass_environment,
        grace=providers.Factory(timedelta, seconds=settings.provided.agents.stop_grace),
        mask=mask,
        watches=exclusive,
    )
    engine = providers.Singleton(
        Engine,
        settings.provided.agents.docker.host,
        certificates=providers.Callable(path_or_none, settings.provided.agents.docker.certificates),
    )
    agent_containers = providers.Singleton(
        Containers, engine, providers.Factory(kept_id_of, settings, "installation")
    )
    agent_network: providers.Provider[Network] = providers.Selector(
        settings.provided.agents.docker.network_kind,
        plain=providers.Singleton(PlainNetwork, settings.provided.agents.docker.network),
        egress=providers.Singleton(
            EgressNetwork,
            engine,
            agent_containers,
            settings.provided.data_folder,
            providers.Callable(egress_policy_of, settings),
            image=settings.provided.agents.docker.egress.image,
            secret=providers.Factory(kept_id_of, settings, "egress.secret"),
            outside=settings.provided.agents.docker.egress.network,
        ),
    )
    docker_runner: providers.Provider[AgentRunner] = providers.Singleton(
        DockerRunner,
        engine,
        agent_containers,
        agent_network,
        settings.provided.data_folder,
        clock,
        image=settings.provided.agents.image,
        environment=environment,
        user=providers.Callable(DockerSettings.agent_user, settings.provided.agents.docker),
        names=settings.provided.agents.pass_environment,
        bounds=providers.Callable(bounds_of, settings.provided.agents.docker),
        pull_policy=providers.Callable(Pull, settings.provided.agents.docker.pull),
        data_on_engine=providers.Callable(
            path_or_none, settings.provided.agents.docker.data_on_engine
        ),
        grace=providers.Factory(timedelta, seconds=settings.provided.agents.stop_grace),
        mask=mask,
        watches=exclusive,
    )
    runner: providers.Provider[AgentRunner] = providers.Selector(
        settings.provided.agents.runner, process=process_runner, docker=docker_runner
    )
    console_notifier: providers.Provider[Notifier] = providers.Singleton(
        ConsoleNotifier,
        providers.Callable(lambda: sys.stdout),
        providers.Factory(NoticeLog, settings.provided.data_folder),
    )
    bot_api = providers.Singleton(
        BotApi,
        providers.Callable(telegram_token),
        settings.provided.notifier.api_url,
        proxy=settings.provided.notifier.proxy,
    )
    telegram_notifier: providers.Provider[Notifier] = providers.Singleton(
        TelegramNotifier,
        bot_api,
        store,
        clock,
        chat=providers.Callable(str, settings.provided.notifier.chat_id),
        thread=settings.provided.notifier.thread_id,
    )
    notifier: providers.Provider[Notifier] = providers.Selector(
        settings.provided.notifier.kind, console=console_notifier, telegram=telegram_notifier
    )
    readers: providers.Provider[Mapping[str, WebhookReader]] = providers.Singleton(
        readers_of, settings, gitea=gitea_reader.provider, plane=plane_reader.provider
    )

    database_examiner: providers.Provider[Examiner] = providers.Factory(
        AnswerExaminer, store, remedy="see database.url, and that its disk has room"
    )
    tracker_examiner: providers.Provider[Examiner] = providers.Selector(
        settings.provided.tracker.kind,
        local=providers.Factory(
            AnswerExaminer, tracker, remedy="see database.url: the board is kept there"
        ),
        plane=providers.Factory(
            PlaneExaminer,
            plane,
            plane_states,
            plane_people,
            clock,
            providers.Factory(plane_set_up, settings, plane_tokens, plane_webhook_secrets),
        ),
    )
    forge_examiner: providers.Provider[Examiner] = providers.Selector(
        settings.provided.forge.kind,
        local=providers.Factory(
            AnswerExaminer, forge, remedy="see data: the repositories are kept there"
        ),
        gitea=providers.Factory(
            GiteaExaminer,
            gitea,
            remote_branches,
            providers.Factory(
                GiteaWebhooks,
                gitea,
                url=providers.Callable(hook_url_of, settings, "gitea"),
                secret=providers.Callable(newest_secret, "GITEA_WEBHOOK_SECRET"),
            ),
            bases=bases,
            style=providers.Callable(merge_style_of, settings),
        ),
    )
    place_examiner: providers.Provider[Examiner] = providers.Selector(
        settings.provided.agents.runner,
        process=providers.Factory(
            AnswerExaminer, process_runner, remedy="see data: the runs are kept there"
        ),
        docker=providers.Factory(
            DockerExaminer,
            engine,
            agent_network,
            images=providers.Callable(images_of, settings),
            pull_policy=providers.Callable(Pull, settings.provided.agents.docker.pull),
        ),
    )
    examine_agents = providers.Factory(
        ExamineAgents,
        place=place_examiner,
        agents=agents,
        runtimes=runtimes,
        rules=rules,
        here=providers.Callable("process".__eq__, settings.provided.agents.runner),
    )
    console_examiner: providers.Provider[Examiner] = providers.Factory(
        AnswerExaminer, console_notifier, remedy="see data: the notices are kept there"
    )
    telegram_examiner: providers.Provider[Examiner] = providers.Factory(
        TelegramExaminer, bot_api, telegram_notifier, links=settings.provided.server.address
    )
    notifier_examiner: providers.Provider[Examiner] = providers.Selector(
        settings.provided.notifier.kind, console=console_examiner, telegram=telegram_examiner
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
        providers.Callable(expected_webhooks, settings, plane_webhook_secrets),
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
            database=database_examiner,
            tracker=tracker_examiner,
            webhooks=watch_webhooks,
            forge=forge_examiner,
            agents=examine_agents,
            notifier=notifier_examiner,
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
    carry_out = providers.Factory(
        CarryOut,
        store=store,
        clock=clock,
        random=random,
        owner=owner,
        patience=patience,
        rules=rules,
        projects=projects,
        agents=agents,
        slots=slots,
        tracker=tracker,
        forge=forge,
        inspector=inspector,
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

    tidy = providers.Factory(Tidy, store, clock, runner)

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
        services=providers.Selector(
            settings.provided.forge.kind,
            local=providers.List(local_forge.provided.run_checks),
            gitea=providers.List(),
        ),
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
