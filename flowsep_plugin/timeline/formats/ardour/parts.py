"""Elements of an Ardour session that are new, not copies: a plain track, the tempo map."""

from fractions import Fraction
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.formats.xml_text import Element, add, new_element
from flowsep_plugin.timeline.numbers import decimal
from flowsep_plugin.timeline.tempo import TempoMap

from .read import SUPERCLOCKS

VERSION: Final = 7002
"""Version number in session files, as Ardour 7.3 writes it."""


def plain_route(channels: int) -> Element:
    """Return a track with the elements that Ardour 7 needs to read it."""
    route = new_element("Route", version=VERSION, id=0, name="flowsep", active=1, mode="Normal")
    route.set("default-type", "audio")
    add(route, "PresentationInfo", order=0, flags="AudioTrack,OrderSet", color=0)
    for direction, port, other in (("Input", "audio_in", None), ("Output", "audio_out", "Master/audio_in")):
        ports = add(route, "IO", name="flowsep", id=0, direction=direction)
        ports.set("default-type", "audio")
        for number in range(1, channels + 1):
            element = add(ports, "Port", type="audio", name=f"flowsep/{port} {number}")
            if other and number <= 2:
                add(element, "Connection", other=f"{other} {number}")
    master = add(route, "MuteMaster", muted=0)
    master.set("mute-point", "PostFader,Listen,Main")
    for kind, name in (("diskreader", "player:flowsep"), ("trim", "Amp"), ("amp", "Amp"), ("meter", "meter-flowsep"),
                       ("main-outs", "flowsep")):  # fmt: skip
        processor = add(route, "Processor", id=0, name=name, active=1, type=kind)
        if kind == "main-outs":
            for key, value in (("own-input", 1), ("own-output", 0), ("output", "flowsep"), ("role", "Main")):
                processor.set(key, str(value))
    return route


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
