"""Is Plane set up as we need it? Every finding with what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime

from adapters.plane.budget import Urgency
from adapters.plane.client import PlaneClient
from adapters.plane.people import MEMBER, People
from adapters.plane.states import States
from adapters.plane.webhook_address import judge_address, release
from adapters.plane.wire import InstanceWire, UserWire
from domain.errors import Failure, Invalid, RateLimited
from domain.identifiers import parse_task_key
from domain.item import TrackerState
from ports.clock import Clock
from ports.examination import Finding, Verdict

_TELLS_PATCHES = (1, 3, 0)
"""Before that an item changed through the API was told by no webhook."""
_OFFSET = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneSetUp:
    """What is configured, as far as it can be wrong."""

    api_url: str
    projects: Sequence[str]
    approvers: Sequence[str] = ()
    webhook_url: str = ""
    """Where our webhooks would arrive."""
    webhook_secrets: Sequence[str] = field(default=(), repr=False)
    poll: timedelta = timedelta(minutes=1)
    rate_limit: int = 60
    tokens: int = 1


class PlaneExaminer:
    """Looks at server, tokens, projects, states, people, webhook, clock and budget."""

    def __init__(
        self, client: PlaneClient, states: States, people: People, clock: Clock, set_up: PlaneSetUp
    ) -> None:
        """Hold Plane against this set-up."""
        self._client = client
        self._states = states
        self._people = people
        self._clock = clock
        self._set_up = set_up

    async def examine(self) -> Sequence[Finding]:
        """Look at everything; where Plane cannot be reached, that is all there is to say."""
        try:
            instance, date = await self._client.instance()
        except Failure as failure:
            remedy = "see tracker.url: it ends in /api/v1, and Plane must run there"
            return [_trouble("server", failure, remedy)]
        found = [*_version(instance), *self._clocks(date)]
        tokens = await self._tokens()
        found += tokens
        if any(each.verdict is not Verdict.FAILED for each in tokens):
            found += await self._workspace()
            for project in self._set_up.projects:
                found += await self._project(project)
            found += await self._approvers()
        found += await self._webhook(instance.current_version)
        found.append(self._budget())
        return found

    async def init(self) -> Sequence[Finding]:
        """Make the states that are missing in each project."""
        found: list[Finding] = []
        for project in self._set_up.projects:
            have = {row.name.casefold(): row for row in await self._states.list(project)}
            for state in TrackerState:
                row = self._states.wanted(state)
                if row.name.casefold() in have:
                    continue
                made = await self._client.create_state(
                    project, name=row.name, group=row.group, color=row.color
                )
                if made:
                    found.append(_ok("states", f"made {row.name} ({row.group}) in {project}"))
            self._states.forget(project)
        return found

    # ── one by one ───────────────────────────────────────────────────────────────────────────────

    def _clocks(self, date: str | None) -> list[Finding]:
        try:
            offset = abs(self._clock.now() - parsedate_to_datetime(date or ""))
        except (TypeError, ValueError):
            return []
        if offset > _OFFSET:
            remedy = "set the clocks of both machines by NTP: what changed is found by its time"
            return [_warning("clock", f"{offset} apart from Plane's", remedy)]
        return [_ok("clock", "less than a minute apart from Plane's")]

    async def _tokens(self) -> list[Finding]:
        found: list[Finding] = []
        owners: set[str] = set()
        for number, owner in enumerate(await self._client.owners(), 1):
            subject = "token" if self._set_up.tokens == 1 else f"token {number}"
            if isinstance(owner, UserWire):
                owners.add(owner.id)
                found.append(_ok(subject, f"is {owner.name}'s ({owner.id})"))
            else:
                remedy = "sign in to Plane as the bot, make a token and set PLANE_API_KEY to it"
                found.append(_trouble(subject, owner, remedy))
        if len(owners) > 1:
            remedy = "give tokens of the one bot only: we know our own doings by who did them"
            found.append(_failed("tokens", "they are of different people", remedy))
        return found

    async def _workspace(self) -> list[Finding]:
        try:
            members = await self._client.workspace_members(Urgency.PEOPLE)
            bot = await self._people.bot()
        except Failure as failure:
            return [_trouble("workspace", failure, "see tracker.workspace")]
        role = next((user.role for user in members if user.id == bot), None)
        if (role or 0) < MEMBER:
            remedy = "make the bot a Member of the workspace (role 15)"
            return [_failed("role", f"the bot's role is {role}, too low to move items", remedy)]
        return [_ok("role", f"the bot's role in the workspace is {role}")]

    async def _project(self, project: str) -> list[Finding]:
        try:
            row = await self._client.project(project)
            members = await self._client.project_members(project, Urgency.PEOPLE)
            rows = await self._states.list(project)
            bot = await self._people.bot()
        except Failure as failure:
            remedy = "copy projects.tracker_project from the project's address and invite the bot"
            return [_trouble(f"project {project}", failure, remedy)]
        subject = f"project {row.identifier}"
        found: list[Finding] = []
        try:
            parse_task_key(f"{row.identifier}-1")
        except Invalid:
            remedy = (
                "give it an identifier of capital letters and digits, in the project's settings"
            )
            found.append(_failed(subject, "its keys cannot be branch names", remedy))
        if row.archived_at is not None:
            found.append(_failed(subject, "it is archived", "restore it in Plane"))
        remedy = "add the bot to the project as a Member (role 15)"
        if bot not in {user.id for user in members}:
            found.append(_failed(subject, "the bot is not in it", remedy))
        elif row.member_role is not None and row.member_role < MEMBER:
            text = f"the bot's role in it is {row.member_role}, too low to move items"
            found.append(_failed(subject, text, remedy))
        found = found or [_ok(subject, f"{row.name}, and the bot is in it")]
        groups = {state.name.casefold(): state.group for state in rows}
        return [*found, *self._state_findings(row.identifier, groups)]

    def _state_findings(self, identifier: str, groups: dict[str, str]) -> list[Finding]:
        subject = f"states of {identifier}"
        found: list[Finding] = []
        for state in TrackerState:
            row = self._states.wanted(state)
            group = groups.get(row.name.casefold())
            if group is None:
                remedy = f"run 'orchestrator init', or name yours as tracker.states.{state}"
                found.append(_failed(subject, f"there is no {row.name}", remedy))
            elif group != row.group:
                remedy = f"move it there in Plane, or name another one as tracker.states.{state}"
                text = f"{row.name} is in group {group}, not in {row.group}"
                found.append(_failed(subject, text, remedy))
        return found or [_ok(subject, "all eight are there")]

    async def _approvers(self) -> list[Finding]:
        found: list[Finding] = []
        try:
            for project in self._set_up.projects:
                if not await self._people.approvers(project):
                    remedy = "invite a person as Member, or name one in tracker.approvers"
                    found.append(_failed("approvers", f"nobody approves in {project}", remedy))
        except Failure as failure:
            return [_trouble("approvers", failure, "run this again")]
        for name in self._set_up.approvers:
            if self._people.named(name) is None:
                remedy = "write the id or e-mail address that Plane knows, or remove it"
                found.append(_warning("approvers", f"Plane knows no {name}", remedy))
        return found or [_ok("approvers", "somebody can approve in every project")]

    async def _webhook(self, version: str) -> list[Finding]:
        url = self._set_up.webhook_url
        if not self._set_up.webhook_secrets:
            seconds = self._set_up.poll.total_seconds()
            remedy = (
                f"in Plane's workspace settings make a webhook to {url} for issues and comments,"
                " and set PLANE_WEBHOOK_SECRET to its secret"
            )
            text = f"none is expected: changes are found by asking, up to {seconds:.0f} s later"
            return [_warning("webhook address", text, remedy)]
        return await judge_address(url, self._set_up.api_url, version)

    def _budget(self) -> Finding:
        minutes = self._set_up.poll.total_seconds() / 60
        asking = len(self._set_up.projects) / minutes + len(self._set_up.projects) * 0.3
        whole = self._set_up.rate_limit * self._set_up.tokens
        text = (
            f"{whole} requests a minute are allowed, {self._client.budget.left} are left now;"
            f" asking what changed takes {asking:.1f}"
        )
        if asking > whole / 3:
            remedy = "raise tracker.poll, or give more tokens of the bot in PLANE_API_KEY"
            return _warning("budget", text, remedy)
        return _ok("budget", text)


def _version(instance: InstanceWire) -> list[Finding]:
    text = f"Plane {instance.current_version}, {instance.edition or 'unknown edition'}"
    found: list[Finding] = []
    if release(instance.current_version) < _TELLS_PATCHES:
        remedy = "upgrade Plane to 1.3.1 or newer"
        text_of_it = f"{text}: what is changed through its API is told by no webhook"
        found.append(_warning("version", text_of_it, remedy))
    if instance.edition not in {"", "PLANE_COMMUNITY"}:
        remedy = "use the Community edition, or leave webhooks off: others have another form"
        found.append(_warning("edition", f"{text}: not the one that this was made for", remedy))
    return found or [_ok("version", text)]


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.OK, text=text)


def _warning(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.WARNING, text=text, remedy=remedy)


def _trouble(subject: str, failure: Failure, remedy: str) -> Finding:
    """Return what could not be found out; that the budget is used up is nobody's fault."""
    if isinstance(failure, RateLimited):
        remedy = "run this again in a minute: the service has just used all of its requests"
        return _warning(subject, str(failure), remedy)
    return _failed(subject, str(failure), remedy)


def _failed(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.FAILED, text=text, remedy=remedy)
