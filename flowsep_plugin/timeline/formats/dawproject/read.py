"""Read a DAWproject: nested clips become clips of their track, and straight warps become play rates."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.file_url import path_of_url
from flowsep_plugin.timeline.formats.nesting import within
from flowsep_plugin.timeline.formats.xml_text import Element, children
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.numbers import frames, number, settle
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .clock import BEATS, SECONDS, ProjectClock, unit_of
from .expressions import expressions_of
from .features import is_on, track_differences, why_silent

RATE_NOTE: Final = "flowsep session rate: "
_USUAL_RATE: Final = 48_000
_STRAIGHT: Final = Fraction(1, 100_000)
_TINY: Final = Fraction(1, 1000)
_CONTENTS: Final = ("Lanes", "Clips", "Warps", "Audio", "Notes", "Video", "Points", "Markers", "ClipSlot")
_NOT_AUDIO: Final = {
    "Notes": "is MIDI, not audio",
    "Video": "is video",
    "Points": "is automation",
    "Markers": "is empty",
}


def timeline_of(project: Element, note: str, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a parsed project at `path`. note : the comment in metadata.xml, with our session rate.

    Raises SessionError for positions that are not numbers.
    """
    rate = _session_rate(project, note)
    clock = ProjectClock(project, rate)
    arrangement = project.find("Arrangement")
    lanes = None if arrangement is None else arrangement.find("Lanes")
    clips: dict[str, list[ClipRef]] = {}
    walker = _Walker(project, path, clock, probe)
    if lanes is not None:
        for track_id, clip in walker.clips(lanes, unit_of(lanes, BEATS), None):
            clips.setdefault(track_id or "", []).append(replace(clip, id=f"clip {sum(map(len, clips.values())) + 1}"))
    tracks = tuple(
        _track(project, element, number_, tuple(clips.get(element.get("id") or "", ())))
        for number_, element in enumerate(project.iterfind("Structure//Track"), 1)
    )
    return Timeline(path.stem, rate, tracks, tuple(_markers(arrangement, clock)), tempo=clock.tempo)


class _Walker:
    """Walks down nested lanes and clips, passing on their unit and track."""

    def __init__(self, project: Element, path: Path, clock: ProjectClock, probe: Probe) -> None:
        self._path, self._clock, self._probe = path, clock, probe
        self._by_id = {element.get("id"): element for element in project.iter() if element.get("id")}

    def clips(self, timeline: Element, unit: str, track: str | None) -> Iterator[tuple[str | None, ClipRef]]:
        for child in children(timeline):
            inner_unit, inner_track = unit_of(child, unit), child.get("track") or track
            if child.tag == "Lanes":
                yield from self.clips(child, inner_unit, inner_track)
            elif child.tag == "Clips":
                for clip in child.findall("Clip"):
                    for leaf in self._clip(clip, inner_unit, base=Fraction(0), outer=Fraction(0)):
                        yield clip.get("track") or inner_track, leaf

    def _clip(self, clip: Element, unit: str, *, base: Fraction, outer: Fraction) -> Iterator[ClipRef]:
        """Yield the clip, or those nested in it. Its time counts from `outer`, which is at `base` seconds."""
        clock = self._clock
        time = number(clip.get("time"), "a clip's time")
        start = clock.seconds(time, unit) if not base and not outer else base + clock.length(base, time - outer, unit)
        content = next((child for child in children(clip) if child.tag in _CONTENTS), None)
        own_unit = unit if content is None else unit_of(content, unit)
        if content is None and clip.get("reference"):
            content = self._by_id.get(clip.get("reference"))
            own_unit = unit if content is None else _unit_in_place(content)
        inner = str(clip.get("contentTimeUnit") or own_unit)
        length = clip.get("duration")
        duration = clock.length(start, number(length, "a clip's duration"), unit) if length else None
        play_start = number(clip.get("playStart", "0"), "playStart")
        if clip.get("playStop") is not None and clip.get("loopEnd") is None:
            played = clock.length(start, number(clip.get("playStop"), "playStop") - play_start, inner)
            duration = played if duration is None else min(duration, played)
        outline = self._outline(clip, start, duration, clip.get("fadeTimeUnit") or inner)
        if clock.is_doubtful(time, unit):
            outline = replace(
                outline, obstacle="is placed in beats after a gliding tempo; export the project in seconds"
            )
        outline = self._with_expressions(outline, content, unit=inner, start=start, play_start=play_start)
        nested = self._nested(content)
        if nested is None:
            yield self._with_sound(outline, clip, content, unit=inner, start=start, play_start=play_start)
            return
        for child in nested.findall("Clip"):
            for leaf in self._clip(child, unit_of(nested, inner), base=start, outer=play_start):
                around = outline if duration is not None else _as_long(outline, leaf)
                if (inside := within(leaf, around)).place.frames:
                    yield inside

    def _outline(self, clip: Element, start: Fraction, duration: Fraction | None, fade_unit: str) -> ClipRef:
        """Return a clip without its media: name, place, fades and mute. start, duration : in seconds."""
        clock, rate = self._clock, self._clock.rate
        first = frames(start, rate)
        fade_in, fade_out = (
            max(0, frames(clock.length(start, number(clip.get(name, "0"), name), fade_unit), rate))
            for name in ("fadeInTime", "fadeOutTime")
        )
        return ClipRef(
            id="",
            name=clip.get("name") or "",
            media=None,
            cut=Span(0, 0, rate),
            place=Span(first, 0 if duration is None else max(0, frames(start + duration, rate) - first), rate),
            fade_in=fade_in,
            fade_out=fade_out,
            muted=clip.get("enable") == "false",
        )

    def _with_expressions(
        self, clip: ClipRef, content: Element | None, *, unit: str, start: Fraction, play_start: Fraction
    ) -> ClipRef:
        """Return `clip` with gain, gain curve and differences of its content. start : in seconds."""
        clock = self._clock

        def frame_of(time: Fraction, time_unit: str) -> Fraction:
            seconds = clock.length(start, time - play_start, time_unit)
            return settle(seconds, clock.rate) * clock.rate

        own = expressions_of(content, unit, frame_of)
        return replace(clip, gain=own.gain, gain_curve=own.gain_curve, differences=own.differences)

    def _nested(self, content: Element | None) -> Element | None:
        if content is not None and content.tag == "Lanes" and content.find("Clips") is not None:
            return content.find("Clips")
        return content if content is not None and content.tag == "Clips" else None

    def _with_sound(
        self,
        clip: ClipRef,
        element: Element,
        content: Element | None,
        *,
        unit: str,
        start: Fraction,
        play_start: Fraction,
    ) -> ClipRef:
        """Return `clip` with the media, cut and obstacle of its content. start : in seconds."""
        audio = _sound(content)
        warps = None
        if audio is not None and audio.tag == "Warps":
            warps, audio = audio, audio.find("Audio")
        if audio is None or audio.tag != "Audio":
            kind = content.tag if content is not None else "nothing"
            return replace(clip, obstacle=_NOT_AUDIO.get(kind, f"holds {kind}, not an audio file"))
        media = self._media(audio)
        media_rate = media.rate or clip.place.rate
        offset, speed = self._clock.length(start, play_start, unit), Fraction(1)
        if warps is not None:
            mapped = self._warped(warps, start, play_start, Fraction(clip.place.frames, clip.place.rate))
            if mapped is None:
                return replace(clip, media=media, obstacle="is warped; bounce it in place first")
            offset, speed = mapped
        length = frames(Fraction(clip.place.frames, clip.place.rate) * speed, media_rate)
        if element.get("duration") is None:
            length = max(0, (media.frames or 0) - frames(offset, media_rate))
            clip = replace(
                clip, place=replace(clip.place, frames=frames(Fraction(length, media_rate), clip.place.rate))
            )
        cut = Span(frames(offset, media_rate), length, media_rate)
        clip = replace(clip, media=media, cut=cut)
        if clip.obstacle is None and abs(speed - 1) > _STRAIGHT:
            stretch = f"is stretched to {float(1 / speed):.4g} times its length; bounce it in place first"
            return replace(clip, obstacle=stretch)
        return replace(clip, obstacle=clip.obstacle or self._loop(element, clip, start, unit))

    def _loop(self, element: Element, clip: ClipRef, start: Fraction, unit: str) -> str | None:
        """Return the obstacle of a clip that loops before its end; None for any other."""
        if element.get("loopEnd") is not None:
            loop_end = number(element.get("loopEnd"), "loopEnd") - number(element.get("playStart", "0"), "playStart")
            if frames(start + self._clock.length(start, loop_end, unit), clip.place.rate) < clip.place.stop:
                return "loops; bounce it in place first"
        return None

    def _warped(
        self, warps: Element, start: Fraction, play_start: Fraction, duration: Fraction
    ) -> tuple[Fraction, Fraction] | None:
        """Return the media second at the clip's start and the play rate; None where the warp is not one straight line.

        duration : of the clip, in seconds.   play_start : in the unit of the warp.
        """
        clock, unit = self._clock, unit_of(warps, BEATS)
        points = [
            (number(w.get("time"), "a warp"), number(w.get("contentTime"), "a warp")) for w in warps.findall("Warp")
        ]
        if warps.get("contentTimeUnit") != SECONDS or len(points) < 2 or any(a[0] >= b[0] for a, b in pairwise(points)):
            return None
        first = clock.tempo.quarters(start)
        stops = [start, start + duration, *(tempo.at for tempo in clock.tempo.tempos)]
        if unit == BEATS:
            stops += [clock.tempo.seconds(first + time - play_start) for time, _ in points]
        else:
            stops += [start + time - play_start for time, _ in points]
        inside = sorted({at for at in stops if start <= at <= start + duration})
        times = [play_start + (clock.tempo.quarters(at) - first if unit == BEATS else at - start) for at in inside]
        contents = [_interpolated(points, time) for time in times]
        slopes = [
            (after - before) / (b - a)
            for (a, b), (before, after) in zip(pairwise(inside), pairwise(contents), strict=True)
            if b - a > _TINY
        ]
        if not slopes or slopes[0] <= 0 or any(abs(slope - slopes[0]) > _STRAIGHT for slope in slopes):
            return None
        return contents[0], Fraction(1) if abs(slopes[0] - 1) <= _STRAIGHT else slopes[0]

    def _media(self, audio: Element) -> Media:
        file = audio.find("File")
        name = file.get("path", "") if file is not None else ""
        rate, channels = int(audio.get("sampleRate")), int(audio.get("channels"))
        length = frames(number(audio.get("duration"), "an audio file's duration"), rate)
        if file is not None and file.get("external") == "true":
            media = self._probe(path_of_url(name, self._path.parent), length)
            lead = media.media_span(Span(0, 0, rate)).start
            return Media(media.path, rate, channels, length, lead=lead)
        return Media(self._path, rate, channels, length, member=name)


def _interpolated(points: list[tuple[Fraction, Fraction]], time: Fraction) -> Fraction:
    """Return the content time at `time`, linear between the warp's points and beyond its first and last."""
    a, b = next(((a, b) for a, b in pairwise(points) if time <= b[0]), (points[-2], points[-1]))
    return a[1] + (time - a[0]) * (b[1] - a[1]) / (b[0] - a[0])


def _sound(content: Element | None) -> Element | None:
    """Return the sound element of a clip's content; its first element where it has no sound."""
    if content is None or content.tag != "Lanes":
        return content
    sound = next((child for child in children(content) if child.tag in ("Audio", "Warps")), None)
    return sound if sound is not None else next(iter(children(content)), None)


def _unit_in_place(content: Element) -> str:
    """Return the unit of a content's times where it is written: its own, or of what is around it."""
    for element in (content, *content.iterancestors()):
        unit = element.get("timeUnit") or (element.get("contentTimeUnit") if element is not content else None)
        if unit:
            return str(unit)
    return BEATS


def _as_long(outer: ClipRef, inner: ClipRef) -> ClipRef:
    """Return a clip without a duration of its own as one that ends with a clip inside it."""
    length = max(0, inner.place.stop - outer.place.start)
    return replace(outer, place=replace(outer.place, frames=length))


def _track(project: Element, element: Element, index: int, clips: tuple[ClipRef, ...]) -> Track:
    channel, reason = element.find("Channel"), why_silent(element)
    width = None if channel is None else channel.get("audioChannels")
    return Track(
        element.get("id") or f"track {index}",
        element.get("name") or "",
        tuple(replace(clip, silence_reason=reason) for clip in clips) if reason else clips,
        int(width) if width else None,
        muted=channel is not None and is_on(channel.find("Mute"), default=False),
        differences=track_differences(project, element) if clips else (),
    )


def _markers(arrangement: Element | None, clock: ProjectClock) -> Iterator[Marker]:
    markers = None if arrangement is None else arrangement.find("Markers")
    if markers is None:
        return
    unit = unit_of(markers, BEATS)
    for marker in markers.findall("Marker"):
        at = frames(clock.seconds(number(marker.get("time"), "a marker's time"), unit), clock.rate)
        yield Marker(marker.get("name") or "", Span(at, 0, clock.rate))


def _session_rate(project: Element, note: str) -> int:
    """Return our rate from the metadata, else the commonest of the audio files: a DAWproject has no session rate."""
    if RATE_NOTE in note:
        return int(note.split(RATE_NOTE, 1)[1].split()[0])
    rates = Counter(int(audio.get("sampleRate")) for audio in project.iter("Audio"))
    return rates.most_common(1)[0][0] if rates else _USUAL_RATE
