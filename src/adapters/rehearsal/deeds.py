"""What the agents of a rehearsal do: well by default, badly in every way we must withstand.

Steered by REHEARSAL (see ``plan``). Exit code 2: the plan cannot be read.
"""

import os
import sys
import time

from adapters.rehearsal import texts_en, texts_ru
from adapters.rehearsal.plan import deed
from adapters.rehearsal.workplace import Workplace

GOOD = {
    "analyst": "artifacts",
    "architect": "artifacts",
    "developer": "artifacts",
    "reviewer": "approve",
    "tester": "pass",
    "deployer": "deploy-ok",
}


def rehearse(role: str) -> int:
    """Do the deed that the plan has for this run, and return the exit code."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # whatever the locale is
    environment = dict(os.environ)  # noqa: TID251 # a program of its own, with orders of its own
    place = Workplace(role, environment)
    good = GOOD.get(role) or ("approve" if place.passes else "artifacts")
    try:
        chosen = deed(environment.get("REHEARSAL", ""), place.role, place.attempt, good=good)
    except ValueError as error:
        sys.stderr.write(f"REHEARSAL: {error}\n")
        return 2
    place.say(f"{place.key} {place.title} · run {place.attempt} · {chosen}")
    try:
        return _do(chosen, place, good)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _do(chosen: str, place: Workplace, good: str) -> int:
    kind, _, seconds = chosen.partition(":")
    match kind:
        case "slow":
            _wait(place, float(seconds))
            return _do(good, place, good)
        case "nothing":
            return 0
        case "crash":
            _write(place, place.files[:1])
            sys.stderr.write("RuntimeError: this is a rehearsal of a crash\n")
            return 13
        case "hang":
            while True:
                time.sleep(3600)
        case "chatter":
            while True:
                place.say("thinking about it")
                time.sleep(0.001)
        case "no-commit":
            _write(place, place.files, _verdict(good, place))
            return 0
        case "rewrite-history":
            _write(place, place.files, _verdict(good, place))
            place.amend(f"{place.key}: all this was always so ({place.run})")
            return 0
        case _:
            _write_for(kind, place)
    if kind == "deploy-fail":
        place.say("smoke test failed, rolled back")
        return 1
    place.say("done")
    return 0


def _write_for(kind: str, place: Workplace) -> None:
    """Write the files of a deed that ends in a commit, and commit them."""
    match kind:
        case "questions":
            place.write(f"{place.folder}/{place.questions}", _text(place, "questions"))
        case "conflict":
            place.write(f"{place.folder}/{place.conflict}", _text(place, "conflict"))
        case "partial":
            _write(place, place.files[: len(place.files) // 2], _verdict(kind, place))
        case "stale":
            _change(place)
        case _:
            _write(place, place.files, _verdict(kind, place))
    place.commit(f"{place.key}: {place.role}, {kind} ({place.run})")


def _verdict(kind: str, place: Workplace) -> str:
    match kind:
        case "approve" | "pass":
            return place.passes or "PASS"
        case "request-changes" | "fail":
            return place.fails or "FAIL"
        case "wrong-verdict":
            return "PERHAPS"
        case "deploy-fail":
            return "ROLLED_BACK"
        case _:
            return ""


def _write(place: Workplace, files: list[str], verdict: str = "") -> None:
    """Write those files of the item's folder; where there are none, change something else."""
    for name in files:
        place.write(f"{place.folder}/{name}", _text(place, name, verdict))
    if not files:
        _change(place)


def _change(place: Workplace) -> None:
    """Change a file that harms nobody, differently on each run."""
    path = f"rehearsal/{place.key}.md"
    if not os.path.exists(path):  # noqa: PTH110 # pathlib is too slow to import
        place.write(path, f"# {place.key}: {place.title}\n\n")
    place.write(path, f"- {place.run}: {place.role}, {place.attempt}\n", add=True)


def _text(place: Workplace, name: str, verdict: str = "") -> str:
    texts = texts_ru if place.russian else texts_en
    bad = verdict and verdict in {place.fails, "FAIL", "ROLLED_BACK"}
    failed = " failed" if bad else ""
    body = texts.BODIES.get(place.usual_name(name) + failed, texts.OTHER)
    front = f"---\nverdict: {verdict}\nrun: {place.run}\n---\n" if verdict else ""
    heading = f"# {place.key}: {place.title}\n"
    values = {"key": place.key, "title": place.title, "story": place.story, "name": name}
    ending = f"\n_{place.role} · {place.run} · {place.attempt}_\n"
    return f"{front}{heading}\n{body.format(**values)}{ending}"


def _wait(place: Workplace, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        place.say(f"working, {left:.0f} s to go")
        time.sleep(min(left, 1.0))
