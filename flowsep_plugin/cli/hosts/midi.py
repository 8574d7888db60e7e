"""`flowsep hosts midi`: list ports, follow the playhead, learn a controller, and run a session from it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.cli.options import (
    Absent,
    Json,
    ModelOptions,
    MuteSource,
    NoRest,
    OptionGroup,
    RequestOptions,
    absent_policy,
    option,
    with_options,
)
from flowsep_plugin.cli.stopping import stoppable
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.errors import Cancelled

if TYPE_CHECKING:
    import mido

    from flowsep_plugin.hosts.midi_learn import MidiMap

midi = typer.Typer(no_args_is_help=True, help="Follow a DAW's playhead and control flowsep over MIDI.")

Api = Annotated[
    str | None,
    option("--api", metavar="alsa|jack|core|windows", help="MIDI system, if there are several.", default="automatic"),
]
ControlsFile = Annotated[
    Path | None,
    option("--map", metavar="FILE", help="File of the learnt controls.", default="midi.json in the settings folder"),
]


@dataclass(frozen=True, kw_only=True)
class MidiOptions(OptionGroup):
    """Which MIDI ports are listened to."""

    port: Annotated[
        list[str] | None,
        option("--port", metavar="NAME", help="Part of a port's name; repeat for more.", default="all ports"),
    ] = None
    virtual: Annotated[bool, option("--virtual", help="Open a virtual port called flowsep and listen to it.")] = False
    api: Api = None
    seconds: Annotated[
        float | None, option("--seconds", metavar="SECONDS", help="Stop after this time.", default="at Ctrl-C")
    ] = None

    @contextmanager
    def messages(self) -> "Iterator[Iterator[mido.Message | None]]":
        """Open the ports and yield their messages, and None in pauses, until Ctrl-C or for `seconds`."""
        from flowsep_plugin.hosts.midi_ports import messages, open_inputs

        with open_inputs(self.port or (), self.api, virtual=self.virtual) as inputs, _Until(self.seconds) as check:
            yield messages(inputs, check)


_SHOW_SECONDS = 0.1


@midi.command("ports")
def list_ports(api: Api = None, as_json: Json = False) -> None:
    """List the MIDI ports of this machine."""
    from flowsep_plugin.hosts.midi_ports import input_names, output_names

    ports = {"inputs": input_names(api), "outputs": output_names(api)}
    if as_json:
        echo(json.dumps(ports))
        return
    for kind, names in ports.items():
        echo(f"{kind}:" + ("" if names else " none"))
        for name in names:
            echo(f"  {name}")


@midi.command("follow")
@with_options
def follow(
    *,
    session: Annotated[
        Path | None, option("--session", metavar="SESSION", help="Also print the frame and bar in this session.")
    ] = None,
    ports: MidiOptions,
    as_json: Json = False,
) -> None:
    """Print the playhead of a DAW that sends time code (MTC), machine control (MMC), or clock and song position."""
    from flowsep_plugin.hosts.midi_session import playhead_words
    from flowsep_plugin.hosts.midi_time import PlayheadFollower
    from flowsep_plugin.timeline import read_session

    timeline = None if session is None else read_session(session)
    follower, display = PlayheadFollower(), _Display(as_json)
    with ports.messages() as messages:
        for message in messages:
            now_s = time.monotonic()
            if follower.tick(now_s) if message is None else follower.receive(message, now_s):
                display.show("playhead", playhead_words(follower, timeline))
            display.flush()
    display.flush(last=True)


@midi.command("learn")
@with_options
def learn(
    *,
    action: Annotated[str, typer.Argument(metavar="ACTION")],
    controls: ControlsFile = None,
    ports: MidiOptions,
) -> None:
    """Bind an action to the key, pad or knob that is touched next.

    Actions: separate, audition, compare, next_query, previous_query, cancel.
    """
    from flowsep_plugin.hosts.midi_learn import load_map

    path = _map_path(controls)
    midi_map = load_map(path)
    midi_map.learn(action)
    with ports.messages() as messages:
        echo(f"touch the control for {action} (Ctrl-C cancels)", err=True)
        for message in messages:
            if message is not None:
                midi_map.receive(message)
            if midi_map.learning is None:
                break
    if midi_map.learning is not None:
        echo("no control was touched; nothing has changed", err=True)
        raise typer.Exit(Cancelled.exit_code)
    path.parent.mkdir(parents=True, exist_ok=True)
    midi_map.save(path)
    _print_map(midi_map)


@midi.command("controls")
def show_controls(controls: ControlsFile = None) -> None:
    """List the learnt controls and their actions."""
    from flowsep_plugin.hosts.midi_learn import load_map

    _print_map(load_map(_map_path(controls)))


@midi.command("run")
@with_options
def run(
    *,
    session: Annotated[Path, typer.Argument(metavar="SESSION")],
    request: RequestOptions,
    track: Annotated[
        list[str] | None, option("--track", metavar="NAME", help="Only clips of this track; repeat for more.")
    ] = None,
    mute_source: MuteSource = False,
    no_rest: NoRest = False,
    absent: Absent = None,
    model: ModelOptions,
    controls: ControlsFile = None,
    ports: MidiOptions,
    as_json: Json = False,
) -> None:
    """Separate the clip under the playhead, play it, compare it and change the query, from a MIDI controller.

    Stems are placed in SESSION, with a backup next to it; reload it in your DAW.
    """
    from flowsep_plugin.audition import ClipPlayer, Transport
    from flowsep_plugin.hosts.midi_learn import load_map
    from flowsep_plugin.hosts.midi_session import MidiSession
    from flowsep_plugin.hosts.session import SessionRequest
    from flowsep_plugin.jobs.batch.runners import WorkerRunner

    job = SessionRequest(
        request.request(),
        tracks=tuple(track or ()),
        residual=not no_rest,
        absent=absent_policy(absent, "leave_out"),
        mute_source=mute_source,
        model=model.name,
        device=model.device,
    )
    display, transport = _Display(as_json), Transport()
    try:
        with ports.messages() as messages:
            midi_map = load_map(_map_path(controls))
            midi_session = MidiSession(
                session.absolute(),
                job,
                controls=midi_map,
                make_runner=lambda check: WorkerRunner(check=check),
                player=ClipPlayer(transport),
                notify=display.show,
            )
            if not midi_map.actions:
                echo("no control is learnt yet; run `flowsep hosts midi learn separate` first", err=True)
            try:
                for message in messages:
                    midi_session.receive(message, time.monotonic())
                    display.flush()
            finally:
                midi_session.close()
    finally:
        transport.close()
    display.flush(last=True)


class _Display:
    """Prints events at once, and the playhead at most ten times a second."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._playhead: Mapping[str, Any] | None = None
        self._due_s = 0.0

    def show(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "playhead":
            self._playhead = data
            return
        self._print(kind, data)

    def flush(self, *, last: bool = False) -> None:
        if self._playhead is not None and (last or time.monotonic() >= self._due_s):
            self._print("playhead", self._playhead)
            self._playhead, self._due_s = None, time.monotonic() + _SHOW_SECONDS

    def _print(self, kind: str, data: Mapping[str, Any]) -> None:
        if self._as_json:
            echo(json.dumps({"event": kind, **data}))
            return
        words = (f"{name} {value}" for name, value in data.items() if value is not None and value != [])
        echo(f"{kind}: " + ", ".join(words))


class _Until:
    """A context that is left without an error at Ctrl-C or after `seconds`; its value is a check to be called often."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._stopping = stoppable(lambda line: None)

    def __enter__(self) -> Callable[[], None]:
        stop = self._stopping.__enter__()

        def check() -> None:
            stop.check()
            if self._end is not None and time.monotonic() >= self._end:
                raise Cancelled("the time is up")

        return check

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        self._stopping.__exit__(None, None, None)
        return kind is not None and issubclass(kind, Cancelled)


def _map_path(path: Path | None) -> Path:
    import platformdirs

    return path or Path(platformdirs.user_config_dir("flowsep", appauthor=False)) / "midi.json"


def _print_map(midi_map: "MidiMap") -> None:
    for (kind, channel, number), action in midi_map.actions.items():
        echo(f"{action}: {kind} {number} on channel {channel + 1}")
