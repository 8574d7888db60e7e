"""`flowsep hosts ardour`: what is selected in a running Ardour."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from flowsep_plugin.errors import FlowsepError

from .options import Device, Draft, Model, Negative, NoRest, Queries
from .stopping import stoppable

if TYPE_CHECKING:
    from flowsep_plugin.hosts.ardour import ArdourSelection, Exchange, Trigger
    from flowsep_plugin.hosts.session import SessionRequest
    from flowsep_plugin.jobs.batch.run import Runner


def ardour(
    query: Queries = None,
    negative: Negative = None,
    model: Model = "default",
    device: Device = "auto",
    draft: Draft = False,
    no_rest: NoRest = False,
    mute_source: Annotated[bool, typer.Option("--mute-source", help="Mute the regions that were separated.")] = False,
    slot: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Script slot of the action; default: where it is.")
    ] = None,
    osc_port: Annotated[int, typer.Option(metavar="PORT", help="Where Ardour listens for OSC.")] = 3819,
    asked: Annotated[bool, typer.Option("--asked", hidden=True, help="Do what was asked for in Ardour.")] = False,
) -> None:
    """Separate the regions selected in Ardour, and place the stems on tracks under theirs, in one step of undo."""
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.hosts.ardour import (
        FAILED,
        PLACEMENT,
        Exchange,
        bound_slot,
        default_folder,
        request_selection,
        trigger,
        user_selection,
    )
    from flowsep_plugin.hosts.session import SessionRequest
    from flowsep_plugin.jobs.batch.runners import WorkerRunner

    exchange, press = Exchange(default_folder()), trigger(slot or bound_slot() or 1, osc_port)
    if not asked:
        Request(query or (), negative or ())  # says what is wrong before Ardour is asked
    selection = user_selection(exchange) if asked else request_selection(exchange, press)
    try:
        with stoppable(lambda line: typer.echo(line, err=True)) as stop:
            request = Request(query or selection.queries, negative or (), draft=draft)
            wanted = SessionRequest(
                request,
                residual=not no_rest,
                mute_source=mute_source or selection.mute_source,
                model=model,
                device=device,
            )
            for name in _work(exchange, press, selection, wanted, WorkerRunner(check=stop.check)):
                typer.echo(f"+ track {name!r}")
    except FlowsepError as error:
        if asked and not exchange.contains(PLACEMENT):  # nobody looks at a terminal
            exchange.write(FAILED, [("token", selection.token), ("error", str(error))])
            with suppress(FlowsepError):
                press()
        raise
    finally:
        selection.forget()


def _work(
    exchange: "Exchange", press: "Trigger", selection: "ArdourSelection", wanted: "SessionRequest", runner: "Runner"
) -> list[str]:
    from flowsep_plugin.hosts.ardour import place_in_ardour, separate_selection

    made = separate_selection(selection, wanted, runner)
    for name, reason in made.skipped:
        typer.echo(f"left out: region {name!r} {reason}", err=True)
    return place_in_ardour(exchange, press, selection, made, ", ".join(wanted.request.queries))
