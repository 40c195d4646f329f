"""What a rehearsal is to show: ``analyst=questions,artifacts;tester=fail,pass``.

The n-th run of a role does the n-th deed, every further one the last; who is not named does well.
"""

DEEDS = (
    *("artifacts", "partial", "questions", "conflict", "approve", "request-changes"),
    *("pass", "fail", "deploy-ok", "deploy-fail", "nothing", "crash", "hang", "chatter"),
    *("slow:SECONDS", "stale", "rewrite-history", "no-commit", "wrong-verdict"),
)


def deed(plan: str, role: str, attempt: int, *, good: str) -> str:
    """Return what the role does in that run; raise ValueError, in words, for a bad plan."""
    told: dict[str, list[str]] = {}
    for part in plan.split(";"):
        if not part.strip():
            continue
        name, equals, deeds = part.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ValueError(f"{part.strip()!r} is not ROLE=DEED,DEED")
        if name in told:
            raise ValueError(f"{name} is named twice")
        told[name] = [_checked(each.strip()) for each in deeds.split(",")]
    mine = told.get(role)
    return mine[min(max(attempt, 1), len(mine)) - 1] if mine else good


def _checked(name: str) -> str:
    if name in DEEDS and ":" not in name:
        return name
    kind, _, seconds = name.partition(":")
    try:
        if kind == "slow" and 0 <= float(seconds) < 1_000_000:
            return name
    except ValueError:
        pass
    raise ValueError(f"{name!r} is no deed, use one of: {' '.join(DEEDS)}")
