"""`flowsep hosts ardour`: separate the selection of a running Ardour."""

from contextlib import suppress
from typing import Annotated

import typer

from flowsep_plugin.cli.options import (
    Absent,
    ModelOptions,
    MuteSource,
    NoRest,
    RequestOptions,
    absent_policy,
    with_options,
)
from flowsep_plugin.cli.stopping import stoppable
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.errors import FlowsepError


@with_options
def ardour(
    *,
    request: RequestOptions,
    model: ModelOptions,
    no_rest: NoRest = False,
    absent: Absent = None,
    mute_source: MuteSource = False,
    slot: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help=r"Script slot of FlowSep's action in Ardour. \[default: detected]"),
    ] = None,
    osc_port: Annotated[int, typer.Option(metavar="PORT", help="UDP port on which Ardour listens for OSC.")] = 3819,
    from_dialog: Annotated[
        bool, typer.Option("--asked", hidden=True, help="Carry out the request that Ardour's dialog wrote.")
    ] = False,
) -> None:
    """Separate the regions selected in Ardour, and place the stems on tracks below theirs, as one undo step."""
    from flowsep_plugin.hosts.ardour import (
        FAILED,
        PLACEMENT,
        Exchange,
        bound_slot,
        default_folder,
        place_in_ardour,
        request_selection,
        separate_selection,
        trigger,
        user_selection,
    )
    from flowsep_plugin.hosts.session import SessionRequest, stems_note
    from flowsep_plugin.jobs.batch.runners import WorkerRunner

    exchange, press = Exchange(default_folder()), trigger(slot or bound_slot() or 1, osc_port)
    if not from_dialog:
        request.request()  # refuses a wrong request before Ardour is called
    selection = user_selection(exchange) if from_dialog else request_selection(exchange, press)
    try:
        with stoppable(lambda line: echo(line, err=True)) as stop:
            job = SessionRequest(
                request=request.request(selection.queries),
                residual=not no_rest,
                absent=absent_policy(absent, "leave_out"),
                mute_source=mute_source or selection.mute_source,
                model=model.name,
                device=model.device,
            )
            separation = separate_selection(selection, job, WorkerRunner(check=stop.check))
            for name, reason in separation.skipped:
                echo(f"skipped: region {name!r} {reason}", err=True)
            regions = [clip for _, clip in separation.timeline.clips() if clip.id in selection.regions]
            if note := stems_note(separation.timeline, regions, None):
                echo(note, err=True)
            if separation.files and separation.absent_line is not None:
                echo(separation.absent_line, err=True)
            for name in place_in_ardour(exchange, press, selection, separation, title=", ".join(job.request.queries)):
                echo(f"+ track {name!r}")
    except FlowsepError as error:
        if from_dialog and not exchange.contains(PLACEMENT):  # there is no terminal to print to
            exchange.write(FAILED, [("token", selection.token), ("error", str(error))])
            with suppress(FlowsepError):
                press()
        raise
    finally:
        selection.forget()
