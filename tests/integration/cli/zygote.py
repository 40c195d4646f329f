"""Forks `orchestrator` commands from a process that has everything imported.

Each is a process of its own that runs `main` as the console script does, and is there in a
hundredth of the time: what takes long is importing. One JSON object a line is asked and answered:
{"argv", "cwd", "env", "stdin", "out", "err"} → {"pid"}, and {"poll": pid} → {"code"} or {}.
"""

import json
import os
import sys
from typing import Any, NoReturn, TextIO

import entrypoints.cli.demo_run
import entrypoints.service  # noqa: F401 # and through it all that is slow
from entrypoints.cli.main import VERBS, cli, main


def child(order: dict[str, Any]) -> NoReturn:
    """Become the command, and end without this program's own clearing up."""
    code: object = 1
    try:
        os.setsid()
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        streams = (
            (order["stdin"], os.O_RDONLY),
            (order["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
            (order["err"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        )
        for number, (path, flags) in enumerate(streams):
            opened = os.open(path, flags, 0o600)
            if order["user"] is not None:
                os.fchown(opened, order["user"], -1)
            os.dup2(opened, number)
            os.close(opened)
        if order["user"] is not None:
            os.setuid(order["user"])
        sys.stdin, sys.stdout, sys.stderr = (stream(n) for n in range(3))
        sys.argv = ["orchestrator", *order["argv"]]
        main(order["argv"])
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 # what an interpreter does with it
        sys.excepthook(*sys.exc_info())
    finally:
        for written in (sys.stdout, sys.stderr):
            written.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def stream(number: int) -> TextIO:
    """The stream as the interpreter opens it where it leads into a pipe or a file."""
    return open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)


def answer(order: dict[str, Any]) -> dict[str, int]:
    """Do what is asked for."""
    if "poll" in order:
        pid, status = os.waitpid(order["poll"], os.WNOHANG)
        return {"code": os.waitstatus_to_exitcode(status)} if pid else {}
    pid = os.fork()
    if pid == 0:
        child(order)
    return {"pid": pid}


if __name__ == "__main__":
    for verb in VERBS:
        cli.get_command(None, verb)  # type: ignore[arg-type] # it is not looked at
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
