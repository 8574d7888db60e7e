"""The root command: turns every exception of a command into one line on stderr and an exit code."""

import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from flowsep_plugin.errors import Cancelled, FlowsepError, UsageError

from .stopping import CANCELLED
from .ways_out import message_of

UNEXPECTED = 5
"""Exit code of an exception that is not a FlowsepError."""


class DebugSwitch:
    """`on` is set by `--debug`; one process runs one command."""

    on = False


def fail(error: BaseException) -> int:
    """Print one line about `error` on stderr, after the traceback if `--debug` was typed. Returns the exit code."""
    if DebugSwitch.on:
        traceback.print_exception(error)
    if isinstance(error, FlowsepError):
        line, code = message_of(error), error.exit_code
    elif isinstance(error, KeyboardInterrupt):
        line, code = CANCELLED, Cancelled.exit_code
    elif isinstance(error, ImportError):
        line, code = f"{error}; run `flowsep doctor` to see what is missing and how to install it", UNEXPECTED
    else:
        hint = "" if DebugSwitch.on else "; please run it again with --debug and report the output"
        line, code = f"unexpected {type(error).__name__}: {error}{hint}", UNEXPECTED
    typer.echo(f"flowsep: {' '.join(line.split())}", err=True)
    return code


class Root(TyperGroup):
    """Group of all commands, which turns their exceptions into exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Raises typer.Exit with the exit code instead of the command's exception."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # `flowsep … | head`
            sys.stderr.close()
            raise typer.Exit(0) from None
        except (Exception, KeyboardInterrupt) as error:
            if _is_typers(error):
                raise
            raise typer.Exit(fail(error)) from None


def run(app: typer.Typer, arguments: list[str]) -> int:
    """Run `app` with `arguments` and return its exit code; 2 for arguments that typer refuses."""
    try:
        return int(app(arguments, prog_name="flowsep", standalone_mode=False) or 0)
    except Exception as error:
        if not _is_typers(error):
            raise
        return _fail_usage(error)


def _fail_usage(error: Any) -> int:
    """Print typer's usage error on one line. Typer does not export its error classes, so they are told by name."""
    if type(error).__name__ == "Abort":
        return fail(KeyboardInterrupt())
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(context.get_help(), err=True)
        return UsageError.exit_code
    command = context.command_path if context else "flowsep"
    typer.echo(f"flowsep: {' '.join(error.format_message().split()).rstrip('.')}; see `{command} --help`", err=True)
    return UsageError.exit_code


def _is_typers(error: BaseException) -> bool:
    """Return whether `error` is an exit or usage error of typer or of the click inside it."""
    return type(error).__module__.startswith(("click.", "typer."))
