"""Who does the work, and where: as programs of this machine, or in containers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from secrets import token_hex

from dependency_injector import containers, providers

from adapters.agents.acp import AnyAcpAgent
from adapters.agents.claude_code import ClaudeCode
from adapters.agents.codex import Codex
from adapters.agents.command import AnyCommand
from adapters.agents.opencode import OpenCode
from adapters.briefs.writer import TemplateBriefs
from adapters.docker.agent_runner import DockerRunner
from adapters.docker.blueprint import MB, Bounds
from adapters.docker.containers import Containers
from adapters.docker.egress import EgressNetwork, Key, Policy
from adapters.docker.engine import Engine
from adapters.docker.examiner import DockerExaminer
from adapters.docker.images import Pull
from adapters.docker.installation import kept_id
from adapters.docker.network import Network, PlainNetwork
from adapters.process.agent_runner import ProcessRunner
from adapters.rehearsal.command import command as rehearsal_command
from application.agents import Agents
from application.examine import AnswerExaminer
from application.examine_agents import ExamineAgents
from domain.decision import Rules
from domain.identifiers import Role
from domain.masking import Mask
from entrypoints.agent_settings import MoneySettings
from entrypoints.choices import images_of, masked_values, path_or_none, read_certificates
from entrypoints.docker_settings import DockerSettings
from entrypoints.secrets import required_secret
from entrypoints.settings import Settings
from ports.agent_runner import AgentRunner
from ports.agent_runtime import AgentRuntime, AgentSetup
from ports.brief_writer import BriefWriter
from ports.clock import Clock
from ports.examination import Examiner


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


def runtimes_of() -> dict[str, AgentRuntime]:
    """Return the kinds of agents that we know."""
    return {
        "command": AnyCommand(),
        "claude-code": ClaudeCode(),
        "codex": Codex(),
        "opencode": OpenCode(),
        "acp": AnyAcpAgent(),
    }


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


class Runners(containers.DeclarativeContainer):
    """The agents that `agents` describes, and the runner that `agents.runner` names."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    exclusive: providers.Dependency[bool] = providers.Dependency(instance_of=bool)
    environment: providers.Dependency[Mapping[str, str]] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    rules: providers.Dependency[Rules] = providers.Dependency(instance_of=Rules)

    agents = providers.Singleton(agents_of, settings, rules)
    runtimes: providers.Provider[Mapping[str, AgentRuntime]] = providers.Singleton(runtimes_of)
    briefs: providers.Provider[BriefWriter] = providers.Singleton(TemplateBriefs)
    mask = providers.Singleton(Mask, providers.Callable(masked_values, settings))

    # ── programs of this machine ─────────────────────────────────────────────────────────────

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

    # ── containers ───────────────────────────────────────────────────────────────────────────

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

    # ── the place that is configured ─────────────────────────────────────────────────────────

    runner: providers.Provider[AgentRunner] = providers.Selector(
        settings.provided.agents.runner, process=process_runner, docker=docker_runner
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
    examine = providers.Factory(
        ExamineAgents,
        place=place_examiner,
        agents=agents,
        runtimes=runtimes,
        rules=rules,
        prices=providers.Callable(MoneySettings.price_list, settings.provided.money),
        here=providers.Callable("process".__eq__, settings.provided.agents.runner),
    )
