"""Money: a limit is reached, or an approver allows an item more."""

from domain.decision import Draft
from domain.decisions.steps import resume
from domain.events import LimitReached
from domain.messages import Text
from domain.money import Account, Money, in_dollars
from domain.task import Status


def on_limit_reached(draft: Draft, event: LimitReached) -> None:
    """End the run. What it has committed is paid for and is kept: it is collected as always."""
    task = draft.task
    if task.run is None or task.run.id != event.run or task.stopping or task.over is not None:
        draft.note("ignored", f"run {event.run} is not at work any more")
        return
    draft.stop_within_budget(event.account)


def grant(draft: Draft, who: str, amount: Money | None) -> None:
    """Allow the item that much in all, and go on where money was what it waited for."""
    task = draft.task
    if amount is None:
        draft.comment(draft.text(Text.BUDGET_UNREADABLE, name=who))
        draft.note("ignored", "the amount cannot be read", who)
        return
    if task.over is not None and amount <= task.over.item:
        spent = in_dollars(task.over.item)
        draft.comment(draft.text(Text.BUDGET_TOO_SMALL, amount=in_dollars(amount), spent=spent))
        draft.note("ignored", f"it has cost {spent} already", who)
        return
    draft.change(budget=amount)
    draft.comment(draft.text(Text.BUDGET_RAISED, who=who, amount=in_dollars(amount)))
    draft.note("allowed money", f"{in_dollars(amount)} for the item in all", who)
    if task.status is Status.BLOCKED and task.over is not None:
        resume(draft, who)


def account_lines(draft: Draft, account: Account) -> str:
    """Return the account as a list: what was spent, of what may be."""
    limits = account.limits
    rows = (
        (Text.ACCOUNT_RUN, account.run, None if account.granted else limits.run),
        (Text.ACCOUNT_ITEM, account.item, account.granted or limits.item),
        (Text.ACCOUNT_DAY, account.day, None if account.granted else limits.day),
    )
    lines = [
        f"- {draft.text(text)}: {in_dollars(spent)}"
        + (f" / {in_dollars(limit)}" if limit is not None else "")
        for text, spent, limit in rows
    ]
    if account.estimated:
        lines.append(f"- {draft.text(Text.ACCOUNT_ESTIMATED)}")
    return "\n".join(lines)


def more(account: Account) -> str:
    """Return an amount that would let the item go on: twice what it has cost, in whole dollars."""
    doubled = 2 * account.item // 1_000_000 + 1
    return str(max(doubled, 2 * account.limits.item // 1_000_000))
