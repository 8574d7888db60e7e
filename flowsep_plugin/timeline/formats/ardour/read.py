"""Read an Ardour session (versions 6 to 8). Times are `a` superclocks or `b` ticks; samples before version 7."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.xml_text import Element, required_attribute
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.numbers import frames, number, settle
from flowsep_plugin.timeline.tempo import TICKS, Tempo, TempoMap, TimeSignature
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .sound import audio_folder, join_media

SUPERCLOCKS: Final = 282_240_000
"""Superclocks a second; at every usual rate a frame lasts a whole number of them."""

_TICKS: Final = 1920
_TIME: Final = re.compile(r"([ab]?)(-?\d+)")
_FINE: Final = 4 * TICKS
_DEFAULT_FADE: Final = 64
FRAME_RATES: Final = {
    "timecode_23976": FrameRate(Fraction(24000, 1001)), "timecode_24": FrameRate(Fraction(24)),
    "timecode_25": FrameRate(Fraction(25)), "timecode_2997": FrameRate(Fraction(30000, 1001)),
    "timecode_2997drop": FrameRate(Fraction(30000, 1001), drop=True), "timecode_30": FrameRate(Fraction(30)),
    "timecode_5994": FrameRate(Fraction(60000, 1001)), "timecode_60": FrameRate(Fraction(60)),
}  # fmt: skip


def timeline_of(session: Element, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a parsed session at `path`. Raises SessionError for a missing id, name or time."""
    rate = int(session.get("sample-rate"))
    tempo = _tempo(session)
    reader = _Reader(session, path, rate, tempo, probe)
    playlists = {element.get("id"): element for element in session.iterfind("Playlists/Playlist")}
    tracks = []
    for route in audio_routes(session):
        playlist = playlists.get(route.get("audio-playlist"))
        clips = [] if playlist is None else [reader.clip(region) for region in playlist.findall("Region")]
        clips.sort(key=lambda clip: clip.place.start)
        width = sum(1 for _ in route.iterfind("IO[@direction='Input']/Port[@type='audio']")) or None
        mute = route.find("MuteMaster")
        muted = mute is not None and mute.get("muted") == "1"
        tracks.append(
            Track(required_attribute(route, "id"), required_attribute(route, "name"), tuple(clips), width, muted=muted)
        )
    options = {option.get("name"): option.get("value") for option in session.iterfind("Config/Option")}
    offset = int(options.get("timecode-offset") or 0) * (-1 if options.get("timecode-offset-negative") == "1" else 1)
    fps = FRAME_RATES.get(options.get("timecode-format") or "")
    return Timeline(
        session.get("name") or path.stem,
        rate,
        tuple(tracks),
        tuple(reader.markers()),
        tempo=tempo,
        origin=offset,
        frame_rate=fps,
    )


def audio_routes(session: Element) -> list[Element]:
    """Return the routes of audio tracks, in the order of the editor."""
    routes = [route for route in session.iterfind("Routes/Route") if route.get("audio-playlist")]
    return sorted(routes, key=presentation_order)


def presentation_order(route: Element) -> int:
    """Return the position of a track in the editor; 0 where the session has none."""
    info = route.find("PresentationInfo")
    return 0 if info is None else int(info.get("order") or 0)


class _Reader:
    def __init__(self, session: Element, path: Path, rate: int, tempo: TempoMap, probe: Probe) -> None:
        self._session, self._rate, self._tempo, self._probe = session, rate, tempo, probe
        self._path, self._folder = path, audio_folder(path)
        self._sources = {element.get("id"): element for element in session.iterfind("Sources/Source")}
        self._media: dict[tuple[str, ...], Media | None] = {}

    def clip(self, region: Element) -> ClipRef:
        if region.get("position") is not None:  # version 6: samples
            start, length, first = (int(float(region.get(name) or 0)) for name in ("position", "length", "start"))
        else:
            how_long, _, where = (region.get("length") or "").partition("@")
            start, first = self._frame(where), self._frame(region.get("start") or "a0")
            length = self._end(where, how_long) - start
        place = Span(start, max(0, length), self._rate)
        gain = float(number(region.get("scale-amplitude") or "1", "a region's gain"))
        fades = [self._fade(region, "fade-in", "FadeIn"), self._fade(region, "fade-out", "FadeOut")]
        sources = self._region_sources(region)
        media, channels, obstacle = self._sound(sources)
        return ClipRef(
            id=required_attribute(region, "id"),
            name=region.get("name") or "",
            media=media,
            cut=Span(first, place.frames, self._rate),
            place=place,
            gain=gain,
            fade_in=min(fades[0], place.frames),
            fade_out=min(fades[1], place.frames),
            channels=channels,
            muted=region.get("muted") == "1",
            obstacle=obstacle,
        )

    def markers(self) -> Iterator[Marker]:
        for location in self._session.iterfind("Locations/Location"):
            flags = (location.get("flags") or "").split(",")
            if "IsMark" in flags or "IsRangeMarker" in flags:
                start = self._frame(location.get("start"))
                length = self._frame(location.get("end")) - start if "IsRangeMarker" in flags else 0
                yield Marker(location.get("name") or "", Span(start, max(0, length), self._rate))

    def _region_sources(self, region: Element) -> list[Element | None]:
        sources: list[Element | None] = []
        while (source := region.get(f"source-{len(sources)}")) is not None:
            sources.append(self._sources.get(source))
        return sources

    def _sound(self, sources: list[Element | None]) -> tuple[Media | None, tuple[int, ...] | None, str | None]:
        listed = [source for source in sources if source is not None]
        if not listed or len(listed) < len(sources):
            return None, None, "has a sound that the session does not list"
        names = tuple(source.get("name") or "" for source in listed)
        is_one = len({*names}) == 1
        if names not in self._media:
            files = [self._folder / name for name in names]
            self._media[names] = self._probe(files[0]) if is_one else join_media(self._path, files, self._probe)
        media = self._media[names]
        if media is None:
            return None, None, "has its channels in files of different kinds; bounce it first (Region, Bounce)"
        if media.rate not in (None, self._rate):
            reason = f"{names[0]} is at {media.rate} Hz, the session at {self._rate}; import it again with conversion"
            return media, None, reason
        if not is_one:
            return media, None, None
        channels = tuple(int(source.get("channel") or 0) for source in listed)
        whole = channels == tuple(range(media.channels or len(channels)))
        return media, None if whole else channels, None

    def _fade(self, region: Element, name: str, tag: str) -> int:
        if region.get(f"{name}-active") != "1":
            return 0
        fade = region.find(tag)
        if fade is None or fade.get(f"default-{name}") == "1" or region.get(f"default-{name}") == "1":
            return _DEFAULT_FADE
        times = [word for word in (fade.findtext(".//events") or "").split() if _TIME.fullmatch(word)][::1]
        ends = [self._frame(word) for word in times if word[0] in "ab"] or [int(float(word)) for word in times[::2]]
        return max(ends, default=0) - min(ends, default=0)

    def _frame(self, text: str | None) -> int:
        return frames(self._seconds(text), self._rate)

    def _seconds(self, text: str | None) -> Fraction:
        match = _TIME.fullmatch(text or "")
        if match is None:
            raise SessionError(
                f"{text!r} is not a time of Ardour; open the session in Ardour 7 or later and save it again"
            )
        if match[1] == "a":
            return Fraction(int(match[2]), SUPERCLOCKS)
        return (
            self._tempo.seconds(Fraction(int(match[2]), _TICKS))
            if match[1] == "b"
            else Fraction(int(match[2]), self._rate)
        )

    def _end(self, where: str, how_long: str) -> int:
        match = _TIME.fullmatch(how_long)
        if match is None or match[1] != "b":
            return frames(self._seconds(where) + self._seconds(how_long), self._rate)
        quarters = self._tempo.quarters(self._seconds(where)) + Fraction(int(match[2]), _TICKS)
        return frames(self._tempo.seconds(quarters), self._rate)


def _tempo(session: Element) -> TempoMap:
    """Return the tempo map, with tempos at their superclocks. Ramps are read as steady: bars after one are inexact."""
    tempos: list[Tempo] = []
    for point in session.iterfind("TempoMap/Tempos/Tempo"):
        if point.get("sclock") is not None:
            quarter = Fraction(4, int(point.get("note-type") or 4))
            bpm = number(point.get("npm"), "a tempo") * quarter
            tempos.append(Tempo(Fraction(int(point.get("sclock")), SUPERCLOCKS), bpm))
    if not tempos or tempos[0].at:
        return TempoMap()
    steady = TempoMap(tuple(tempos))
    signatures = []
    for point in session.iterfind("TempoMap/Meters/Meter"):
        at = settle(steady.quarters(Fraction(int(point.get("sclock") or 0), SUPERCLOCKS)), _FINE)
        signatures.append(
            TimeSignature(at, int(float(point.get("divisions-per-bar") or 4)), int(point.get("note-value") or 4))
        )
    return TempoMap(steady.tempos, tuple(signatures) or TempoMap().signatures)
