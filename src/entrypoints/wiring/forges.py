"""Where the repositories are: in our data folder, or on Gitea; and git at work on them."""

from collections.abc import Mapping
from datetime import timedelta

from dependency_injector import containers, providers

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
from application.examine import AnswerExaminer
from entrypoints.choices import (
    bases_of,
    git_login,
    hook_url_of,
    merge_style_of,
)
from entrypoints.secrets import newest_secret, required_secret, secrets_of
from entrypoints.settings import Settings
from ports.code_forge import CodeForge
from ports.examination import Examiner
from ports.repo_inspector import RepoInspector
from ports.webhook_reader import WebhookReader
from ports.workspaces import Workspaces


class Forges(containers.DeclarativeContainer):
    """The forge that `forge.kind` names, and what belongs to it."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    environment: providers.Dependency[Mapping[str, str]] = providers.Dependency()

    git = providers.Singleton(Git, environment)
    bases = providers.Singleton(bases_of, settings)

    # ── repositories of our own ──────────────────────────────────────────────────────────────

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

    # ── Gitea ────────────────────────────────────────────────────────────────────────────────

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
        Proposals, gitea, gitea_pages, bases=bases, approvers=settings.provided.forge.reviewers
    )
    gitea_forge: providers.Provider[CodeForge] = providers.Singleton(
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
        formerly=gitea.provided.formerly,
    )

    # ── the one that is configured ───────────────────────────────────────────────────────────

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
    examiner: providers.Provider[Examiner] = providers.Selector(
        settings.provided.forge.kind,
        local=providers.Factory(
            AnswerExaminer, local_forge, remedy="see data: the repositories are kept there"
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
    services = providers.Selector(
        settings.provided.forge.kind,
        local=providers.List(local_forge.provided.run_checks),
        gitea=providers.List(),
    )
    """What runs beside the loops for as long as they do."""
