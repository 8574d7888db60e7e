"""Elements of an Ardour session that are new, not copies: a plain track, the tempo map."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.formats.xml_text import Element, add, new_element
from flowsep_plugin.timeline.numbers import decimal
from flowsep_plugin.timeline.tempo import TempoMap

from .tempo import SUPERCLOCKS

VERSION: Final = 7002
"""Version number in session files, as Ardour 7.3 writes it."""


def plain_route(channels: int) -> Element:
    """Return a track with the elements that Ardour 7 needs to read it; its ids are 0."""
    inputs = [f"flowsep/audio_in {number}" for number in range(1, channels + 1)]
    outputs = {f"flowsep/audio_out {number}": f"Master/audio_in {number}" if number <= 2 else None
               for number in range(1, channels + 1)}  # fmt: skip
    route = _route("flowsep", inputs, outputs, flags="AudioTrack,OrderSet")
    route.set("mode", "Normal")
    _add_processors(route, "flowsep", {"diskreader": "player:flowsep"})
    return route


def master_route() -> Element:
    """Return the bus that every track plays to, without which a session is silent; its ids are 0."""
    outputs = {f"Master/audio_out {number}": f"system:playback_{number}" for number in (1, 2)}
    route = _route("Master", ["Master/audio_in 1", "Master/audio_in 2"], outputs, flags="MasterOut,OrderSet")
    _add_processors(route, "Master", {})
    return route


def _route(name: str, inputs: Iterable[str], outputs: Mapping[str, str | None], *, flags: str) -> Element:
    """Return a route of ports with the connections of its outputs, None for those that have none."""
    route = new_element("Route", version=VERSION, id=0, name=name, active=1)
    route.set("default-type", "audio")
    add(route, "PresentationInfo", order=0, flags=flags, color=0)
    for direction, ports in (("Input", dict.fromkeys(inputs)), ("Output", outputs)):
        element = add(route, "IO", name=name, id=0, direction=direction)
        element.set("default-type", "audio")
        for port, connection in ports.items():
            port_element = add(element, "Port", type="audio", name=port)
            if connection is not None:
                add(port_element, "Connection", other=connection)
    add(route, "MuteMaster", muted=0).set("mute-point", "PostFader,Listen,Main")
    return route


def _add_processors(route: Element, name: str, first: Mapping[str, str]) -> None:
    kinds = {**first, "trim": "Amp", "amp": "Amp", "meter": f"meter-{name}", "main-outs": name}
    for kind, title in kinds.items():
        processor = add(route, "Processor", id=0, name=title, active=1, type=kind)
        if kind == "main-outs":
            for key, value in (("own-input", "1"), ("own-output", "0"), ("output", name), ("role", "Main")):
                processor.set(key, value)


def add_tempo(session: Element, tempo: TempoMap) -> None:
    """Add a tempo map to the session. Raises UsageError for ramps, which are curved in Ardour."""
    if any(point.ramp for point in tempo.tempos):
        raise UsageError("the tempo map has straight ramps, and Ardour's are curved; turn them into steps first")
    timing = add(session, "TempoMap")
    timing.set("superclocks-per-second", str(SUPERCLOCKS))
    tempos, signatures = add(timing, "Tempos"), add(timing, "Meters")
    for point in tempo.tempos:
        element = add(tempos, "Tempo", npm=decimal(point.bpm), enpm=decimal(point.bpm))
        _set_position(
            element,
            tempo,
            point.at,
            {"note-type": 4, "type": "Tempo::Constant", "active": 1, "locked-to-meter": 0, "continuing": 0},
        )
        element.set("omega", "0")
    for signature in tempo.signatures:
        element = add(signatures, "Meter")
        _set_position(
            element,
            tempo,
            tempo.seconds(signature.at),
            {"note-value": signature.unit, "divisions-per-bar": signature.beats},
        )
    add(timing, "MusicTimes")


def _set_position(element: Element, tempo: TempoMap, at: Fraction, values: dict[str, object]) -> None:
    quarters = tempo.quarters(at)
    whole, part = divmod(round(quarters * 1920), 1920)
    bar, beat, past = tempo.bar_beat(quarters)
    place = {
        "sclock": round(at * SUPERCLOCKS),
        "quarters": f"{whole}:{part}",
        "bbt": f"{bar}|{beat}|{int(past * 1920)}",
    }
    for key, value in (values | place).items():
        element.set(key, str(value))
