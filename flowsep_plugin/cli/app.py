"""The root of the command line: how every command ends, whatever happens in it."""

import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from flowsep_plugin.errors import Cancelled, FlowsepError, UsageError

from .ways_out import message_of

UNEXPECTED = 5
"""Exit code of a failure that nobody foresaw."""


class Ending:
    """What `--debug` sets; one process runs one command."""

    debug = False


def fail(error: BaseException) -> int:
    """Say in one line on stderr what went wrong, with the traceback under `--debug`; returns the exit code."""
    if Ending.debug:
        traceback.print_exception(error)
    if isinstance(error, FlowsepError):
        line, code = message_of(error), error.exit_code
    elif isinstance(error, KeyboardInterrupt):
        line, code = "cancelled; nothing half-made is left behind", Cancelled.exit_code
    elif isinstance(error, ImportError):
        line, code = f"{error}; `flowsep doctor` says what is missing and how to install it", UNEXPECTED
    else:
        hint = "" if Ending.debug else "; run it again with --debug and report what it prints"
        line, code = f"an unforeseen {type(error).__name__}: {error}{hint}", UNEXPECTED
    typer.echo(f"flowsep: {' '.join(line.split())}", err=True)
    return code


class Root(TyperGroup):
    """Turns every exception of a command into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
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
    """Run `app` and return its exit code; wrong use is said in one line too, and is 2."""
    try:
        return int(app(arguments, prog_name="flowsep", standalone_mode=False) or 0)
    except Exception as error:
        if not _is_typers(error):
            raise
        return _wrong_use(error)


def _wrong_use(error: Any) -> int:
    """Say what typer found wrong with the line; it keeps its error classes to itself, so they are told by name."""
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
    """Whether it is an exit or a usage error of typer, or of the click under it."""
    return type(error).__module__.startswith(("click.", "typer."))
