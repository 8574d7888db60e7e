"""`flowsep hosts`: install and use flowsep inside running DAWs."""

from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.cli.options import Absent, ModelOptions, NoRest, RequestOptions, absent_policy, option, with_options
from flowsep_plugin.cli.stopping import stoppable
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.errors import UsageError

from .ardour import ardour
from .midi import midi

hosts = typer.Typer(no_args_is_help=True, help="Use flowsep from inside a DAW.")
hosts.add_typer(midi, name="midi")
hosts.command("ardour")(ardour)


@hosts.command("install")
def install_host(
    host: Annotated[str, typer.Argument(metavar="reaper|ardour|desktop")],
    resources: Annotated[
        Path | None,
        option("--resources", metavar="DIR", help="The DAW's settings folder.", default="the DAW's usual one"),
    ] = None,
    python: Annotated[
        bool, option("--python", help="Install the script for REAPER's Python instead of the Lua script.")
    ] = False,
) -> None:
    """Install flowsep's script in REAPER or Ardour, or the panel in the desktop's menu."""
    if host == "ardour":
        _install_ardour(resources)
        return
    if host == "desktop":
        from flowsep_plugin.hosts import desktop

        for path in desktop.install(resources):
            echo(f"{path}")
        return
    if host != "reaper":
        raise UsageError(f"no host is called {host!r}; choose reaper, ardour or desktop")
    from flowsep_plugin.hosts.reaper import install

    echo(f"{install(resources, python=python)}")
    echo("In REAPER: Actions > Show action list > New action > Load ReaScript, then choose this file.")


def _install_ardour(folder: Path | None) -> None:
    from flowsep_plugin.hosts.ardour import install

    installation = install(folder)
    echo(f"{installation.script}")
    if installation.slot is None:
        echo("In Ardour: Edit > Lua Scripts > Script Manager, choose a slot, Add/Set, FlowSep.")
    else:
        echo(f"It uses script slot {installation.slot}. Restart Ardour; Edit > Lua Scripts > FlowSep runs it.")
    echo("For `flowsep hosts ardour`: switch on Open Sound Control (OSC) in Preferences > Control Surfaces.")


@hosts.command("relay", hidden=True)
def relay_order(order: Annotated[Path, typer.Argument(metavar="ORDER.json")]) -> None:
    """Run the job in ORDER.json on the worker, and write its progress to ORDER.json.state."""
    from flowsep_plugin.hosts.relay import relay

    relay(order.absolute())


@hosts.command("audacity")
@with_options
def audacity(*, request: RequestOptions, model: ModelOptions, no_rest: NoRest = False, absent: Absent = None) -> None:
    """Separate the selection in Audacity 3, and place the stems on new tracks at its start."""
    from flowsep_plugin.hosts.audacity import separate_selection
    from flowsep_plugin.hosts.audacity_pipe import AudacityPipe
    from flowsep_plugin.jobs.batch.runners import WorkerRunner

    job, policy = request.request(), absent_policy(absent, "leave_out")
    with stoppable(lambda line: echo(line, err=True)) as stop, AudacityPipe.open() as pipe:

        def check() -> None:
            stop.check()
            pipe.check()

        runner = WorkerRunner(check=check)
        names = separate_selection(
            pipe, job, runner, model=model.name, device=model.device, residual=not no_rest, absent=policy
        )
        for name in names:
            echo(f"+ track {name!r}")
        if missing := [query for query in job.queries if query not in names]:
            echo(f"not found, so not placed: {', '.join(map(repr, missing))}", err=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.add_typer(hosts, name="hosts")
