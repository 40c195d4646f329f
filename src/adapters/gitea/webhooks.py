"""Has the forge tell us what happens: one webhook for each repository."""

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from adapters.gitea.client import GiteaClient, repo_path
from adapters.gitea.payloads import Hook
from domain.errors import Rejected
from domain.identifiers import Repo
from ports.examination import Finding, Verdict

EVENTS = ("push", "create", "delete", "pull_request", "status", "workflow_run")
"""What we ask for. Older servers pass over the names they don't know."""
_NEEDED = frozenset({"push", "delete", "pull_request"})
_ALL_BRANCHES = (None, "", "*", "**")
_SUBJECT = "webhook of {repo}"


class GiteaWebhooks:
    """Looks for our webhook, and registers it."""

    def __init__(self, client: GiteaClient, *, url: str, secret: str | None) -> None:
        """Have deliveries sent to ``url``, signed with the secret.

        No forge tells a webhook's secret again, so the address says which one it was given.
        """
        self._client = client
        self._url = url
        self._secret = secret
        self._address = f"{url}?key_id={_key_id(secret or '')}"

    async def examine(self, repo: Repo) -> Sequence[Finding]:
        """Return whether the repository tells us of everything."""
        subject = _SUBJECT.format(repo=repo)
        if not self._secret:
            return [_no_secret(subject)]
        try:
            hook, others = await self._find(repo)
        except Rejected as refusal:
            return [_unseen(subject, str(refusal), self._url)]
        if hook is None:
            text = "there is none: what happens on the forge is noticed late"
            if others:
                text = f"#{others[0].id} was not registered with this GITEA_WEBHOOK_SECRET"
            return [_warning(subject, text, "run `orchestrator init`")]
        if not hook.active or _lacks(hook):
            text = f"#{hook.id} is {'incomplete' if hook.active else 'switched off'}"
            return [_warning(subject, text, "run `orchestrator init`")]
        found = [Finding(subject=subject, verdict=Verdict.OK, text=f"#{hook.id} to {self._url}")]
        if _is_private(self._url):
            found.append(
                _warning(
                    subject,
                    f"{self._url} is no public address, and Gitea delivers to none unless told so",
                    "let it by ALLOWED_HOST_LIST in section [webhook] of its app.ini, such as"
                    " `ALLOWED_HOST_LIST = external,loopback,private`; else all is only noticed"
                    " later",
                )
            )
        return found

    async def init(self, repo: Repo) -> Sequence[Finding]:
        """Register it, or mend the one that is there; one with another secret is replaced."""
        subject = _SUBJECT.format(repo=repo)
        if not self._secret:
            return [_no_secret(subject)]
        found: list[Finding] = []
        try:
            hook, others = await self._find(repo)
            if hook is None:
                found.append(await self._register(repo, self._secret))
            elif not hook.active or _lacks(hook):
                found.append(await self._mend(repo, hook))
            for other in others:
                await self._client.send("DELETE", repo_path(repo, "hooks", other.id), accept=(404,))
                text = f"#{other.id}, of another secret, is removed"
                found.append(Finding(subject=subject, verdict=Verdict.OK, text=text))
        except Rejected as refusal:
            found.append(_unseen(subject, str(refusal), self._url))
        return found

    async def _register(self, repo: Repo, secret: str) -> Finding:
        asked = {
            "type": "gitea",  # Forgejo takes it as well
            "config": {"url": self._address, "content_type": "json", "secret": secret},
            "events": list(EVENTS),
            "active": True,  # not the default
            "branch_filter": "*",
        }
        made = await self._client.post(repo_path(repo, "hooks"), asked, Hook)
        text = f"#{made.id} to {self._url} is registered"
        return Finding(subject=_SUBJECT.format(repo=repo), verdict=Verdict.OK, text=text)

    async def _mend(self, repo: Repo, hook: Hook) -> Finding:
        """Switch it on and complete it. What an edit does not name, Gitea empties."""
        asked = {
            "active": True,
            "events": sorted({*EVENTS, *(hook.events or ())}),
            "branch_filter": "*",
            "authorization_header": hook.authorization_header or "",
        }
        await self._client.send("PATCH", repo_path(repo, "hooks", hook.id), body=asked)
        text = f"#{hook.id} is switched on and complete"
        return Finding(subject=_SUBJECT.format(repo=repo), verdict=Verdict.OK, text=text)

    async def _find(self, repo: Repo) -> tuple[Hook | None, list[Hook]]:
        """Return our webhook, and those that come to us, too, but were given another secret.

        Told by the address: nothing else keeps it from being there twice.
        """
        ours, others = [], []
        for hook in await self._client.pages(repo_path(repo, "hooks"), Hook):
            address = (hook.config.url if hook.config else None) or ""
            if address == self._address:
                ours.append(hook)
            elif address.partition("?")[0] == self._url:
                others.append(hook)
        return min(ours, key=lambda hook: (not hook.active, hook.id), default=None), others


def _key_id(secret: str) -> str:
    """Return what tells one secret from another: too little to find it by."""
    return hmac.new(secret.encode(), b"key id", hashlib.sha256).hexdigest()[:4]


def _lacks(hook: Hook) -> bool:
    return not set(hook.events or ()) >= _NEEDED or hook.branch_filter not in _ALL_BRANCHES


def _is_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:  # a name: one without a dot is known in this network only
        return "." not in host or host.endswith((".local", ".lan", ".internal"))


def _warning(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.WARNING, text=text, remedy=remedy)


def _no_secret(subject: str) -> Finding:
    text = "GITEA_WEBHOOK_SECRET is not set: no delivery is believed, all is noticed late"
    return _warning(subject, text, "set it to a long random text, then run `orchestrator init`")


def _unseen(subject: str, problem: str, url: str) -> Finding:
    remedy = (
        "give the token's owner administrative rights in the repository, or register a webhook by"
        f" hand: POST to {url}, application/json, active, with the secret, for pushes, branches,"
        " pull requests, reviews and statuses"
    )
    return _warning(subject, problem, remedy)
