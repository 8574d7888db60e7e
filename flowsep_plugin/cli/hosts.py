"""`flowsep hosts`: links into running programs."""

from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.errors import UsageError

from .ardour import ardour
from .midi import midi
from .options import Device, Model, Negative, NoRest, Queries
from .stopping import stoppable

hosts = typer.Typer(no_args_is_help=True, help="Use flowsep from inside a DAW.")
hosts.add_typer(midi, name="midi")
hosts.command("ardour")(ardour)


@hosts.command("install")
def install_host(
    host: Annotated[str, typer.Argument(metavar="reaper|ardour|desktop")],
    resources: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The DAW's settings folder, where it is not the usual one.")
    ] = None,
    python: Annotated[
        bool, typer.Option("--python", help="The twin for REAPER's Python instead of the Lua script.")
    ] = False,
) -> None:
    """Put flowsep's script where a DAW finds it, or the panel into the desktop's menu."""
    if host == "ardour":
        _install_ardour(resources)
        return
    if host == "desktop":
        from flowsep_plugin.hosts import desktop

        for path in desktop.install(resources):
            typer.echo(f"{path}")
        return
    if host != "reaper":
        raise UsageError(f"the host {host!r} is not known; there are reaper, ardour and desktop")
    from flowsep_plugin.hosts.reaper import install

    typer.echo(f"{install(resources, python=python)}")
    typer.echo("In REAPER: Actions, Show action list, New action, Load ReaScript, and choose this file.")


def _install_ardour(folder: Path | None) -> None:
    from flowsep_plugin.hosts.ardour import install

    made = install(folder)
    typer.echo(f"{made.script}")
    if made.slot is None:
        typer.echo("In Ardour: Edit, Lua Scripts, Script Manager, choose a slot, Add/Set, FlowSep.")
    else:
        typer.echo(f"It is in script slot {made.slot}. Start Ardour (again); Edit, Lua Scripts, FlowSep runs it.")
    typer.echo("For `flowsep hosts ardour`: Preferences, Control Surfaces, switch on Open Sound Control (OSC).")


@hosts.command("relay", hidden=True)
def relay_order(order: Annotated[Path, typer.Argument(metavar="ORDER.json")]) -> None:
    """Have the worker do what a script wrote down, and say in ORDER.json.state how far it is."""
    from flowsep_plugin.hosts.relay import relay

    relay(order.absolute())


@hosts.command("audacity")
def audacity(
    query: Queries = None,
    negative: Negative = None,
    model: Model = "default",
    device: Device = "auto",
    no_rest: NoRest = False,
) -> None:
    """Separate what is selected in Audacity 3, and place the stems on tracks that start where it does."""
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.hosts.audacity import separate_selection
    from flowsep_plugin.hosts.audacity_pipe import AudacityPipe
    from flowsep_plugin.jobs.batch.runners import WorkerRunner

    request = Request(query or (), negative or ())
    with stoppable(lambda line: typer.echo(line, err=True)) as stop, AudacityPipe.open() as pipe:

        def check() -> None:
            stop.check()
            pipe.check()

        for title in separate_selection(pipe, request, WorkerRunner(check=check), model, device, residual=not no_rest):
            typer.echo(f"+ track {title!r}")


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.add_typer(hosts, name="hosts")
