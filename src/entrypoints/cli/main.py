"""The ``orchestrator`` command: one file a verb, and one way to fail.

Exit code 0, or 1 with one clear line on standard error. Verbs import what they need when they are
called: ``orchestrator tasks`` must not wait for a web framework to load.
"""

import errno
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from domain.errors import Failure

VERBS = {
    "serve": "serve",
    "work": "serve",
    "demo": "demo",
    "tasks": "tasks",
    "task": "tasks",
    "item": "item",
    "comment": "item",
    "retry": "commands",
    "cancel": "commands",
    "dead-letters": "dead_letters",
    "replay": "dead_letters",
    "logs": "logs",
    "migrate": "migrate",
    "pipeline": "pipeline",
    "doctor": "doctor",
    "init": "doctor",
}
"""Each verb and the file it is in."""


class Verbs(click.Group):
    """Finds a verb's file when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb, loaded now; None if there is none of that name."""
        if cmd_name not in VERBS:
            return None
        module = import_module(f"entrypoints.cli.{VERBS[cmd_name]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Configuration file; without one, orchestrator.toml in this folder, if it is there.",
)
@click.version_option(package_name="orchestrator", prog_name="orchestrator")
@click.pass_context
def cli(context: click.Context, config: Path | None) -> object:
    """Take work items through software delivery: agents do the work, people decide.

    Without a command it serves.
    """
    context.obj = config
    if context.invoked_subcommand is not None:
        return None
    serve = cli.get_command(context, "serve")
    return context.invoke(serve) if serve else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    _fill_standard_streams()
    gc.disable()  # importing makes much and drops nothing: a third of the time of a start
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every terminal can show ❓
    try:
        code = cli.main(arguments, prog_name="orchestrator", standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as refusal:
        click.echo(f"orchestrator: {_in_one_line(refusal)}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except (Failure, OSError) as failure:
        _refuse(failure)
    except BaseExceptionGroup as group:
        failures: BaseExceptionGroup[Failure | OSError] | None = group.subgroup((Failure, OSError))
        if failures is None:
            raise
        _refuse(_first(failures))
    sys.exit(code if isinstance(code, int) else 0)


def _refuse(failure: Failure | OSError) -> NoReturn:
    """End with one line. What the machine refuses, such as a full disk, is no fault of ours."""
    if not isinstance(failure, BrokenPipeError):
        click.echo(f"orchestrator: {_told(failure)}", err=True)
    try:
        sys.stdout.flush()
    except OSError:
        # Nobody takes what we print: what is left of it must not fail once more at our end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


def _told(failure: Failure | OSError) -> str:
    if isinstance(failure, Failure):
        return str(failure)
    place = f"{failure.filename}: " if failure.filename else ""
    full = failure.errno == errno.ENOSPC
    remedy = "; make room, or print to another place" if full else ""
    return f"{place}{failure.strerror or failure}{remedy}"


def _in_one_line(refusal: click.ClickException) -> str:
    words = " ".join(refusal.format_message().split()).removesuffix(".")
    if isinstance(refusal, click.UsageError):
        path = refusal.ctx.command_path if refusal.ctx else "orchestrator"
        return f"{words} (see {path} --help)"
    return words


def _fill_standard_streams() -> None:
    """Open those that we were started without: what is opened first would be taken for them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(null, mode, encoding="utf-8", closefd=False))


def _first(failures: BaseExceptionGroup[Failure | OSError]) -> Failure | OSError:
    """Return one failure of a group: tasks that ran side by side fail together, for one reason."""
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
