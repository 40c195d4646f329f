"""The ``orchestrator`` command: one file a verb, and one way to fail.

Exit code 0, or 1 with one clear line on standard error. Verbs import what they need when they are
called: ``orchestrator tasks`` must not wait for a web framework to load.
"""

import gc
import io
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

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


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file.")
@click.version_option(package_name="orchestrator", prog_name="orchestrator")
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Take work items through software delivery: agents do the work, people decide."""
    context.obj = config


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    gc.disable()  # importing makes much and drops nothing: a third of the time of a start
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every terminal can show ❓
    try:
        code = cli.main(arguments, prog_name="orchestrator", standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as refusal:
        click.echo(f"orchestrator: {refusal.format_message()}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Failure as failure:
        click.echo(f"orchestrator: {failure}", err=True)
        sys.exit(1)
    except BaseExceptionGroup as group:
        if group.subgroup(BrokenPipeError):
            sys.exit(1)
        failures = group.subgroup(Failure)
        if failures is None:
            raise
        click.echo(f"orchestrator: {_first(failures)}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _first(failures: BaseExceptionGroup[Failure]) -> Failure:
    """Return one failure of a group: tasks that ran side by side fail together, for one reason."""
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
