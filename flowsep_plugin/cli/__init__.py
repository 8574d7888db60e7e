"""The command line `flowsep`.

Exit codes: 0 done, 2 wrong use, 3 bad input or model, 4 cancelled, 5 engine failure (see `flowsep_plugin.errors`).
Modules of commands import what is heavy inside their functions: `flowsep --help` answers at once.
"""

import sys
from typing import Annotated

import typer

from . import doctor, evaluate, hosts, jobs, models, panel, separate, session
from .app import Ending, Root, run

app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Type a sound, get it as a stem that nulls: text-queried separation for timelines.",
)

app.command("separate")(separate.separate)
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)
app.command("evaluate")(evaluate.evaluate)
jobs.register(app)
session.register(app)
hosts.register(app)
panel.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        from flowsep_plugin.version import __version__

        typer.echo(f"flowsep {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks (anywhere on the line).")] = False,
) -> None:
    Ending.debug = debug


def main(arguments: list[str] | None = None) -> None:
    """Run `flowsep` with `arguments` (the process's own where None) and exit with its code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    words = given[: given.index("--")] if "--" in given else given
    if "--debug" in words:
        given.remove("--debug")
        given.insert(0, "--debug")
    sys.exit(run(app, given))
