"""`flowsep hosts midi`: ports, the playhead, a controller learnt by touch, and a session bound to it."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import Cancelled

from .options import Device, Model, NoRest
from .stopping import stoppable

if TYPE_CHECKING:
    from flowsep_plugin.hosts.midi_learn import MidiMap

midi = typer.Typer(no_args_is_help=True, help="Follow a DAW and take orders from a controller, over MIDI.")

Ports = Annotated[
    list[str] | None, typer.Option("--port", help="Part of a port's name; repeat for more. Default: all.")
]
Api = Annotated[
    str | None, typer.Option(metavar="alsa|jack|core|windows", help="MIDI system, where there are several.")
]
Virtual = Annotated[bool, typer.Option("--virtual", help="Listen at a port of our own, `flowsep`.")]
Json = Annotated[bool, typer.Option("--json", help="A JSON object a line, for programs.")]
Controls = Annotated[Path | None, typer.Option("--map", metavar="FILE", help="Where learnt controls are kept.")]
Seconds = Annotated[float | None, typer.Option(metavar="S", help="End after so long.")]

_SHOW_SECONDS = 0.1


@midi.command("ports")
def list_ports(api: Api = None, as_json: Json = False) -> None:
    """List the MIDI ports of this machine."""
    from flowsep_plugin.hosts.midi_ports import input_names, output_names

    found = {"inputs": input_names(api), "outputs": output_names(api)}
    if as_json:
        typer.echo(json.dumps(found))
        return
    for kind, names in found.items():
        typer.echo(f"{kind}:" + ("" if names else " none"))
        for name in names:
            typer.echo(f"  {name}")


@midi.command("follow")
def follow(
    port: Ports = None,
    session: Annotated[Path | None, typer.Option(metavar="SESSION", help="Say its sample and bar too.")] = None,
    virtual: Virtual = False,
    api: Api = None,
    as_json: Json = False,
    seconds: Seconds = None,
) -> None:
    """Show the playhead of the DAW that sends time code (MTC), machine control (MMC), or clock and song position."""
    from flowsep_plugin.hosts.midi_ports import messages, open_inputs
    from flowsep_plugin.hosts.midi_session import playhead_words
    from flowsep_plugin.hosts.midi_time import PlayheadFollower
    from flowsep_plugin.timeline import read_session

    timeline = None if session is None else read_session(session)
    follower, show = PlayheadFollower(), _Display(as_json)
    with open_inputs(port or (), api, virtual=virtual) as inputs, _Until(seconds) as check:
        for message in messages(inputs, check):
            now = time.monotonic()
            if follower.tick(now) if message is None else follower.receive(message, now):
                show.tell("playhead", playhead_words(follower, timeline))
            show.flush()
    show.flush(last=True)


@midi.command("learn")
def learn(
    action: Annotated[str, typer.Argument(metavar="ACTION")],
    port: Ports = None,
    controls: Controls = None,
    virtual: Virtual = False,
    api: Api = None,
    seconds: Seconds = None,
) -> None:
    """Bind an action to the key, pad or knob that is touched next.

    Actions: separate, audition, compare, next_query, previous_query, cancel.
    """
    from flowsep_plugin.hosts.midi_learn import load_map
    from flowsep_plugin.hosts.midi_ports import messages, open_inputs

    path = _map_path(controls)
    known = load_map(path)
    known.learn(action)
    with open_inputs(port or (), api, virtual=virtual) as inputs, _Until(seconds) as check:
        typer.echo(f"touch the control for {action} (Ctrl-C ends)", err=True)
        for message in messages(inputs, check):
            if message is not None:
                known.receive(message)
            if known.learning is None:
                break
    if known.learning is not None:
        typer.echo("no control was touched; nothing has changed", err=True)
        raise typer.Exit(Cancelled.exit_code)
    path.parent.mkdir(parents=True, exist_ok=True)
    known.save(path)
    _show_map(known)


@midi.command("controls")
def show_controls(controls: Controls = None) -> None:
    """List what has been learnt."""
    from flowsep_plugin.hosts.midi_learn import load_map

    _show_map(load_map(_map_path(controls)))


@midi.command("run")
def run(
    session: Annotated[Path, typer.Argument(metavar="SESSION")],
    query: Annotated[
        list[str] | None, typer.Option("--query", "-q", help="A sound to choose; repeat for more.")
    ] = None,
    track: Annotated[list[str] | None, typer.Option(help="Only clips of this track; repeat for more.")] = None,
    port: Ports = None,
    controls: Controls = None,
    mute_source: Annotated[bool, typer.Option("--mute-source", help="Mute the clips that were separated.")] = False,
    no_rest: NoRest = False,
    model: Model = "default",
    device: Device = "auto",
    virtual: Virtual = False,
    api: Api = None,
    as_json: Json = False,
    seconds: Seconds = None,
) -> None:
    """Separate the clip under the playhead, hear it, compare it and change the sound, from a controller.

    Stems are placed in SESSION, with a backup beside it; reload it in your program.
    """
    from flowsep_plugin.audition import Transport
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.hosts.midi_learn import load_map
    from flowsep_plugin.hosts.midi_ports import messages, open_inputs
    from flowsep_plugin.hosts.midi_session import MidiSession
    from flowsep_plugin.hosts.session import SessionRequest
    from flowsep_plugin.jobs.batch.runners import WorkerRunner

    asked = SessionRequest(
        Request(query or ()), tracks=tuple(track or ()), residual=not no_rest, mute_source=mute_source, model=model,
        device=device,
    )  # fmt: skip
    show, deck = _Display(as_json), Transport()
    try:
        with open_inputs(port or (), api, virtual=virtual) as inputs, _Until(seconds) as check:
            known = load_map(_map_path(controls))
            bound = MidiSession(
                session.absolute(),
                asked,
                controls=known,
                make_runner=lambda check: WorkerRunner(check=check),
                player=deck,
                notify=show.tell,
            )
            if not known.actions:
                typer.echo("no control is learnt yet: flowsep hosts midi learn separate", err=True)
            try:
                for message in messages(inputs, check):
                    bound.receive(message, time.monotonic())
                    show.flush()
            finally:
                bound.close()
    finally:
        deck.close()
    show.flush(last=True)


class _Display:
    """Says events as they come, and the playhead ten times a second at most."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._head: Mapping[str, Any] | None = None
        self._due = 0.0

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "playhead":
            self._head = data
            return
        self._say(kind, data)

    def flush(self, *, last: bool = False) -> None:
        if self._head is not None and (last or time.monotonic() >= self._due):
            self._say("playhead", self._head)
            self._head, self._due = None, time.monotonic() + _SHOW_SECONDS

    def _say(self, kind: str, data: Mapping[str, Any]) -> None:
        if self._as_json:
            typer.echo(json.dumps({"event": kind, **data}))
            return
        words = (f"{name} {value}" for name, value in data.items() if value is not None and value != [])
        typer.echo(f"{kind}: " + ", ".join(words))


class _Until:
    """Until Ctrl-C, or for so many seconds; both are an end like any other."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._stopping = stoppable(lambda line: None)

    def __enter__(self) -> Callable[[], None]:
        stop = self._stopping.__enter__()

        def check() -> None:
            stop.check()
            if self._end is not None and time.monotonic() >= self._end:
                raise Cancelled("the time is over")

        return check

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        self._stopping.__exit__(None, None, None)
        return kind is not None and issubclass(kind, Cancelled)


def _map_path(given: Path | None) -> Path:
    import platformdirs

    return given or Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "midi.json"


def _show_map(known: "MidiMap") -> None:
    for (kind, channel, number), action in known.actions.items():
        typer.echo(f"{action}: {kind} {number} on channel {channel + 1}")
