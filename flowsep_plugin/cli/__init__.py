"""The command line `flowsep`.

Exit codes: 0 done, 2 wrong use, 3 bad input or model, 4 cancelled, 5 engine failure (see `flowsep_plugin.errors`).
Command modules import heavy modules inside their functions, so that `flowsep --help` starts fast.
"""

import sys
from typing import Annotated

import typer

from . import doctor, effects, evaluate, hosts, jobs, listening, models, panel, separate, session
from .app import DebugSwitch, Root, run, use_plain_flags
from .config import commands as config
from .config.defaults import ValueOrigins
from .listening.queries import with_count
from .options import option
from .terminal import echo

app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Separate sounds by name: type a sound, get it as a stem. Stems and rest sum to the clip.",
)

app.command("separate")(separate.separate)
listening.register(app)
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)
app.command("evaluate")(evaluate.evaluate)
jobs.register(app)
session.register(app)
hosts.register(app)
effects.register(app)
panel.register(app)
config.register(app)
use_plain_flags(app)


def _print_version(requested: bool) -> None:
    if requested:
        from flowsep_plugin.version import __version__

        echo(f"flowsep {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", metavar="", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, option("--debug", help="Show tracebacks; may be anywhere on the line.")] = False,
) -> None:
    DebugSwitch.on = debug


def main(arguments: list[str] | None = None) -> None:
    """Run `flowsep` with `arguments` (the process's own where None) and exit with its code."""
    line = sys.argv[1:] if arguments is None else list(arguments)
    options = line[: line.index("--")] if "--" in line else line
    if "--debug" in options:
        line.remove("--debug")
        line.insert(0, "--debug")
    ValueOrigins.places = {}
    sys.exit(run(app, with_count(line)))
