"""Read an Ardour session (versions 6 to 8): tracks, markers, tempo map."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.xml_text import Element, required_attribute
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .clock import SessionClock
from .differences import track_differences
from .layers import with_covers
from .program import SUPERCLOCK_VERSION, is_on, refuse_old, session_version
from .region import read_layer, read_region
from .sources import SourceFiles
from .tempo import SUPERCLOCKS, read_tempo_points, timeline_tempo

FRAME_RATES: Final = {
    "timecode_23976": FrameRate(Fraction(24000, 1001)), "timecode_24": FrameRate(Fraction(24)),
    "timecode_25": FrameRate(Fraction(25)), "timecode_2997": FrameRate(Fraction(30000, 1001)),
    "timecode_2997drop": FrameRate(Fraction(30000, 1001), drop=True), "timecode_30": FrameRate(Fraction(30)),
    "timecode_5994": FrameRate(Fraction(60000, 1001)), "timecode_60": FrameRate(Fraction(60)),
}  # fmt: skip

SHARED: Final = "@"
"""Separator of region id and track id in the id of a clip whose playlist an earlier track plays too."""


def timeline_of(session: Element, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a parsed session at `path`.

    Raises SessionError for a missing id, name or time, and for clips that Ardour 5 or older saved.
    """
    refuse_old(session)
    clock = session_clock(session)
    options = {option.get("name"): option.get("value") for option in session.iterfind("Config/Option")}
    offset = int(options.get("timecode-offset") or 0) * (-1 if options.get("timecode-offset-negative") == "1" else 1)
    sources = SourceFiles(session, path, clock, probe)
    fades = is_on(options.get("use-region-fades"), True)
    return Timeline(
        session.get("name") or path.stem,
        clock.rate,
        tuple(_tracks(session, clock, sources, fades=fades)),
        tuple(_markers(session, clock)),
        tempo=timeline_tempo(session, clock.points, clock.per_second),
        origin=offset,
        frame_rate=FRAME_RATES.get(options.get("timecode-format") or ""),
    )


def session_clock(session: Element) -> SessionClock:
    """Return the clock of a session, with its tempo map. Raises SessionError where a tempo is no number above 0."""
    rate = int(session.get("sample-rate"))
    tempo = session.find("TempoMap")
    per_second = int((None if tempo is None else tempo.get("superclocks-per-second")) or SUPERCLOCKS)
    counts_samples = session_version(session) < SUPERCLOCK_VERSION
    return SessionClock(rate, read_tempo_points(session, rate, per_second), per_second, counts_samples)


def audio_routes(session: Element) -> list[Element]:
    """Return the routes of audio tracks, in the order of the editor."""
    routes = [route for route in session.iterfind("Routes/Route") if route.get("audio-playlist")]
    return sorted(routes, key=presentation_order)


def presentation_order(route: Element) -> int:
    """Return the position of a track in the editor; 0 where the session has none."""
    info = route.find("PresentationInfo")
    return 0 if info is None else int(info.get("order") or 0)


def _tracks(session: Element, clock: SessionClock, sources: SourceFiles, *, fades: bool) -> Iterator[Track]:
    playlists = {element.get("id"): element for element in session.iterfind("Playlists/Playlist")}
    shared: set[str] = set()
    vcas = {vca.get("number"): vca for vca in session.iterfind("VCAManager/VCA")}
    for route in audio_routes(session):
        playlist = playlists.get(route.get("audio-playlist"))
        regions = [] if playlist is None else playlist.findall("Region")
        clips = [read_region(region, clock, sources, fades=fades) for region in regions]
        if route.get("audio-playlist") in shared:
            clips = [replace(clip, id=f"{clip.id}{SHARED}{route.get('id')}") for clip in clips]
        shared.add(route.get("audio-playlist"))
        layers = {clip.id: read_layer(region) for clip, region in zip(clips, regions, strict=True)}
        name = required_attribute(route, "name")
        yield Track(
            required_attribute(route, "id"),
            name,
            tuple(_with_silence(with_covers(clips, layers), _silence_reason(route, name, vcas))),
            sum(1 for _ in route.iterfind("IO[@direction='Input']/Port[@type='audio']")) or None,
            muted=_is_muted(route),
            differences=track_differences(route),
        )


def _with_silence(clips: Sequence[ClipRef], reason: str | None) -> Iterator[ClipRef]:
    return (clip if reason is None else replace(clip, silence_reason=reason) for clip in clips)


def _silence_reason(route: Element, name: str, vcas: Mapping[str, Element]) -> str | None:
    """Return why a track that is not muted itself does not sound: it is not active, or a VCA above it is muted."""
    if not is_on(route.get("active"), True):
        return f"is on the track {name!r}, which is not active"
    above, masters = [route], set[str]()
    while above:
        for master in above.pop().iterfind("Slavable/Master"):
            number = master.get("number")
            if number in vcas and number not in masters:
                masters.add(number)
                above.append(vcas[number])
    muted = (vcas[number] for number in sorted(masters) if _mute_value(vcas[number]))
    return next((f"is on the track {name!r}, which the VCA {vca.get('name')!r} mutes" for vca in muted), None)


def _mute_value(vca: Element) -> bool:
    return any(is_on(control.get("value"), False) for control in vca.iterfind("Controllable[@name='mute']"))


def _is_muted(route: Element) -> bool:
    """Return whether the track is muted where it leaves for the main outputs; a track may mute only its sends."""
    mute = route.find("MuteMaster")
    return mute is not None and is_on(mute.get("muted"), False) and "Main" in (mute.get("mute-point") or "Main")


def _markers(session: Element, clock: SessionClock) -> Iterator[Marker]:
    for location in session.iterfind("Locations/Location"):
        flags = (location.get("flags") or "").split(",")
        if "IsMark" in flags or "IsRangeMarker" in flags:
            start = clock.frame(location.get("start"))
            length = clock.frame(location.get("end")) - start if "IsRangeMarker" in flags else 0
            yield Marker(location.get("name") or "", Span(start, max(0, length), clock.rate))
