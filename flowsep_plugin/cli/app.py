"""The root command: turns every exception of a command into one line on stderr and an exit code."""

import io
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from flowsep_plugin.errors import Cancelled, FlowsepError, UsageError

from .stopping import CANCELLED
from .terminal import echo
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
    echo(f"flowsep: {' '.join(line.split())}", err=True)
    return code


class _PlainFlags:
    """Mixin of commands: flags have no type in the help, where typer prints <bool>."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, those of `--help` and completion included."""
        parameters = super().get_params(ctx)  # type: ignore[misc]  # a command's, next in the order of classes
        for parameter in parameters:
            if getattr(parameter, "is_flag", False) and parameter.metavar is None:
                parameter.metavar = ""
        return parameters


class PlainCommand(_PlainFlags, TyperCommand):
    """A command whose flags have no type in the help."""


class PlainGroup(_PlainFlags, TyperGroup):
    """A group of commands whose flags have no type in the help."""


class Root(PlainGroup):
    """Group of all commands, which turns their exceptions into exit codes."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line, with a terminal that shows any text."""
        _escape_what_cannot_be_encoded()
        return super().main(*args, **kwargs)

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


def use_plain_flags(app: typer.Typer) -> None:
    """Make every command below `app` a `PlainCommand` and every group a `PlainGroup`."""
    for command in app.registered_commands:
        command.cls = PlainCommand
    for group in app.registered_groups:
        if group.typer_instance is not None:
            group.typer_instance.info.cls = PlainGroup
            use_plain_flags(group.typer_instance)


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
    echo(f"flowsep: {' '.join(error.format_message().split()).rstrip('.')}; see `{command} --help`", err=True)
    return UsageError.exit_code


def _escape_what_cannot_be_encoded() -> None:
    """Let the terminal show names of files that are not UTF-8 with their bytes escaped, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_typers(error: BaseException) -> bool:
    """Return whether `error` is an exit or usage error of typer or of the click inside it."""
    return type(error).__module__.startswith(("click.", "typer."))
