"""Does a tool still tell us by itself?

A webhook can fall silent for good and nobody is told: Plane switches it off after six failures. So
what is found by looking is held against when we last heard: two changes in a row of which nothing
was told, the first of them some time ago, mean silence. One may be of a kind that is never told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.decision import Rules
from domain.effects import Notify
from domain.identifiers import ItemId, TaskKey
from domain.messages import Text, say
from ports.clock import Clock
from ports.examination import Finding, Verdict
from ports.store import Store, Transaction

NOBODYS = ItemId("")
"""The item of a notice that is about none."""
_SLACK = timedelta(minutes=1)
"""By how much clocks may differ, and how long a delivery may be on its way."""
_PATIENCE = timedelta(minutes=10)
_CHANGES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedWebhooks:
    """Whose webhooks are expected, and what is done where they don't come."""

    tool: str
    name: str
    """What people call the tool."""
    remedy: str


class WatchWebhooks:
    """Notices that a tool's webhooks have fallen silent, and says so once."""

    def __init__(
        self, store: Store, clock: Clock, rules: Rules, expected: ExpectedWebhooks | None = None
    ) -> None:
        """Watch these; None: none are expected."""
        self._store = store
        self._clock = clock
        self._rules = rules
        self._expected = expected

    def saw(self, tx: Transaction, newest: datetime) -> None:
        """Take note of the newest change that was found by looking, and give notice of silence."""
        if self._expected is None:
            return
        tool, now = self._expected.tool, self._clock.now()
        heard = _moment(tx, f"webhook.heard:{tool}")
        if heard is not None and newest <= heard + _SLACK:
            return
        changes = (tx.marks.get(f"webhook.missed:{tool}") or "").split()
        if newest.isoformat() not in changes:
            changes = [*changes, newest.isoformat()][:_CHANGES]
            tx.marks.put(f"webhook.missed:{tool}", " ".join(changes))
        told = tx.marks.get(f"webhook.told:{tool}") or ""
        since = _silent_since(changes, now)
        if since is not None and told != changes[0]:
            tx.marks.put(f"webhook.told:{tool}", changes[0])
            self._give_notice(tx, self._expected, since, now)

    async def silence(self) -> str | None:
        """Return since when nothing is told, in words; None where all is well."""
        if self._expected is None:
            return None
        mark, now = f"webhook.missed:{self._expected.tool}", self._clock.now()
        missed = await self._store.transact(lambda tx: tx.marks.get(mark))
        since = _silent_since((missed or "").split(), now)
        if since is None:
            return None
        return f"changes since {since:%Y-%m-%d %H:%M} UTC were not told, but found by asking"

    async def examine(self) -> Sequence[Finding]:
        """Return whether webhooks come; nothing where none are expected."""
        if self._expected is None:
            return []
        silence = await self.silence()
        if silence is not None:
            return [_finding(Verdict.WARNING, silence, self._expected.remedy)]
        mark = f"webhook.heard:{self._expected.tool}"
        heard = await self._store.transact(lambda tx: _moment(tx, mark))
        if heard is None:
            return [_finding(Verdict.WARNING, "none has come yet", self._expected.remedy)]
        return [_finding(Verdict.OK, f"the last one came on {heard:%Y-%m-%d at %H:%M} UTC")]

    async def init(self) -> Sequence[Finding]:
        """Return nothing: only a person can make a webhook."""
        return []

    def _give_notice(
        self, tx: Transaction, expected: ExpectedWebhooks, since: datetime, now: datetime
    ) -> None:
        text = say(
            self._rules.locale,
            Text.NOTICE_WEBHOOKS_SILENT,
            tool=expected.name,
            since=f"{since:%Y-%m-%d %H:%M} UTC",
        )
        notice = Notify(item=NOBODYS, key=TaskKey(expected.name), text=text)
        key = f"webhook.silent:{expected.tool}:{since.isoformat()}"
        lane = f"webhook:{expected.tool}/notifier"
        tx.outbox.put(notice, lane=lane, key=key, at=now, item=None)


def heard(tx: Transaction, tool: str, now: datetime) -> None:
    """Take note that a delivery of the tool has come: whatever was missed, it speaks again."""
    tx.marks.put(f"webhook.heard:{tool}", now.isoformat())
    if tx.marks.get(f"webhook.missed:{tool}"):
        tx.marks.put(f"webhook.missed:{tool}", "")


def _silent_since(changes: Sequence[str], now: datetime) -> datetime | None:
    if len(changes) < _CHANGES:
        return None
    first = datetime.fromisoformat(changes[0])
    return first if now - first >= _PATIENCE else None


def _moment(tx: Transaction, mark: str) -> datetime | None:
    found = tx.marks.get(mark)
    return datetime.fromisoformat(found) if found else None


def _finding(verdict: Verdict, text: str, remedy: str = "") -> Finding:
    return Finding(subject="webhook", verdict=verdict, text=text, remedy=remedy)
