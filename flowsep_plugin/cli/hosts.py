"""`flowsep hosts`: links into running programs."""

from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.errors import UsageError

hosts = typer.Typer(no_args_is_help=True, help="Use flowsep from inside a DAW.")


@hosts.command("install")
def install_host(
    host: Annotated[str, typer.Argument(metavar="reaper")],
    resources: Annotated[
        Path | None, typer.Option(metavar="DIR", help="REAPER's resource folder, where it is not the usual one.")
    ] = None,
) -> None:
    """Put flowsep's script where a DAW finds it."""
    if host != "reaper":
        raise UsageError(f"the host {host!r} is not known; there is reaper")
    from flowsep_plugin.hosts.reaper import install

    typer.echo(f"{install(resources)}")
    typer.echo("In REAPER: Actions, Show action list, New action, Load ReaScript, and choose this file.")


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.add_typer(hosts, name="hosts")
