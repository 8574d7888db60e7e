"""Read an AAF: the slots of its composition, and clips traced through master mobs to their files.

Positions count in each slot's edit rate and stay exact. Mono slots that differ only in the channel become one track.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlparse

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .essence import mono_sources

NO_TIMECODE: Final = "TC1 (default)"
MONO_GAIN: Final = "9d2ea894-0968-11d3-8a38-0050040ef7d2"
_LEAST_AUDIO_RATE, _USUAL_RATE, _DEEPEST = 8000, 48_000, 16
_SIDE: Final = re.compile(r"[ ._-]?[\[(]?[LR12][\])]?$")


def timeline_of(file: Any, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of an open AAF at `path`. Raises SessionError where it has no composition."""
    mob = composition(file)
    slots = [slot for slot in mob.slots if hasattr(slot, "edit_rate") and slot.media_kind == "Sound"]
    rate = _session_rate(slots, path, probe)
    tracks = [_track(slot, rate, path, probe) for slot in slots]
    origin, fps = _timecode(mob, rate)
    return Timeline(path.stem, rate, tuple(_join_mono(tracks)), origin=origin, frame_rate=fps)


def composition(file: Any) -> Any:
    """Return the top-level composition, or the first where none is marked. Raises SessionError where there is none."""
    mobs = list(file.content.toplevel()) or list(file.content.compositionmobs())
    if not mobs:
        raise SessionError("it has no composition; export the sequence, not the bin")
    return mobs[0]


def _track(slot: Any, rate: int, path: Path, probe: Probe) -> Track:
    edit_rate = Fraction(slot.edit_rate)
    segment = slot.segment
    components = list(segment.components) if type(segment).__name__ == "Sequence" else [segment]
    clips, at = [], 0
    for number, part in enumerate(components):
        kind, length = type(part).__name__, int(part.length or 0)
        if kind == "Transition":
            at -= length
            continue
        if kind != "Filler":
            start, stop = frames(at / edit_rate, rate), frames((at + length) / edit_rate, rate)
            around = {type(other).__name__ for other in components[max(0, number - 1) : number + 2]}
            clip = _clip(part, f"clip {slot.slot_id}.{number}", Span(start, stop - start, rate), edit_rate, path, probe)
            faded = "Transition" in around and clip.obstacle is None
            clips.append(replace(clip, obstacle="is crossfaded; render the fades first") if faded else clip)
        at += length
    return Track(f"slot {slot.slot_id}", slot.name or "", tuple(clips), 1)


def _clip(part: Any, clip_id: str, place: Span, edit_rate: Fraction, path: Path, probe: Probe) -> ClipRef:
    gain, obstacle = 1.0, None
    if type(part).__name__ == "OperationGroup":
        gain, obstacle = _operation(part)
        part = next(iter(part.segments), None)
    name = str(part.mob.name or "") if type(part).__name__ == "SourceClip" and part.mob is not None else ""
    origin = _trace(part, edit_rate) if type(part).__name__ == "SourceClip" else None
    if origin is None:
        reason = obstacle or "leads to no audio file"
        return ClipRef(clip_id, name, None, Span(0, 0, place.rate), place, gain=gain, obstacle=reason)
    source, start, channel = origin
    media = _media(source, path, probe)
    if media.member is not None and media.channels == 1 and (sides := _sides(part, source)):
        media = replace(media, channels=len(sides), member=str(part.mob.mob_id))
        channel = sides.index(str(source.mob_id))
    media_rate = media.rate or place.rate
    length = frames(Fraction(place.frames, place.rate), media_rate)
    cut = Span(frames(start, media_rate), length, media_rate)
    channels = (channel,) if (media.channels or 1) > 1 else None
    return ClipRef(clip_id, name, media, cut, place, gain=gain, channels=channels, obstacle=obstacle)


def _operation(group: Any) -> tuple[float, str | None]:
    """Return the gain of a steady Mono Audio Gain and None, or 1 and why any other effect is an obstacle."""
    if str(group.operation.auid) == MONO_GAIN:
        for parameter in group.parameters:
            if type(parameter).__name__ == "ConstantValue":
                return float(parameter.value), None
    return 1.0, f"has the effect {group.operation.name}; render it first"


def _trace(clip: Any, edit_rate: Fraction) -> tuple[Any, Fraction, int] | None:
    """Return the source mob that a clip leads to, the second in it, and the channel; None where it leads nowhere."""
    seconds, rate = Fraction(0), edit_rate
    for _ in range(_DEEPEST):
        seconds += Fraction(int(clip.start or 0)) / rate
        mob, slot = clip.mob, clip.slot
        if mob is None or slot is None:
            return None
        if type(mob).__name__ == "SourceMob":
            number = slot.get("PhysicalTrackNumber")
            return mob, seconds, max(0, int(number.value) - 1) if number is not None and number.value else 0
        clip, rate = slot.segment, Fraction(slot.edit_rate)
        if type(clip).__name__ == "Sequence":
            clip = next((part for part in clip.components if type(part).__name__ == "SourceClip"), None)
        if type(clip).__name__ != "SourceClip":
            return None
    return None


def _sides(clip: Any, source: Any) -> list[str]:
    """Return the ids of the mono sources that the clip's master combines, in order of channels; empty for one."""
    if type(clip.mob).__name__ != "MasterMob":
        return []
    sides = [str(other.mob_id) for other in mono_sources(clip.mob)]
    return sides if len(sides) > 1 and str(source.mob_id) in sides else []


def _media(source: Any, path: Path, probe: Probe) -> Media:
    descriptor = source.descriptor
    locators = [locator.get("URLString") for locator in descriptor.locator] if descriptor.get("Locator") else []
    url = next((str(locator.value) for locator in locators if locator is not None and locator.value), None)
    if url is not None:
        parsed = urlparse(url)
        name = unquote(parsed.path) if parsed.scheme in ("file", "") else url
        return probe(path.parent / name)
    rate = descriptor.get("AudioSamplingRate") or descriptor.get("SampleRate")
    channels = descriptor.get("Channels")
    length = descriptor.get("Length")
    return Media(
        path,
        int(Fraction(rate.value)) if rate is not None else None,
        int(channels.value) if channels is not None else 1,
        int(length.value) if length is not None else None,
        member=str(source.mob_id),
    )


def _join_mono(tracks: list[Track]) -> Iterator[Track]:
    """Yield the tracks, with neighbours that differ only in the channel joined into one."""
    for _, group in groupby(tracks, key=lambda track: (_stem(track.name), [_mono(clip) for clip in track.clips])):
        sides = list(group)
        if len(sides) == 1:
            yield sides[0]
            continue
        clips = []
        for parts in zip(*(track.clips for track in sides), strict=True):
            channels = tuple(channel for part in parts for channel in part.channels or (0,))
            media = parts[0].media
            whole = media is not None and channels == tuple(range(media.channels or 1))
            clips.append(replace(parts[0], channels=None if whole else channels))
        yield replace(sides[0], name=_stem(sides[0].name), clips=tuple(clips), channels=len(sides))


def _stem(name: str) -> str:
    return _SIDE.sub("", name) if re.search(r"[ ._-]?[\[(]?[LR][\])]?$", name) else name


def _mono(clip: ClipRef) -> tuple[object, ...]:
    return (
        clip.name,
        clip.media and (clip.media.path, clip.media.member),
        clip.cut,
        clip.place,
        clip.gain,
        clip.obstacle,
    )


def _timecode(mob: Any, rate: int) -> tuple[int, FrameRate | None]:
    for slot in mob.slots:
        code: Any = getattr(slot, "segment", None)
        if type(code).__name__ == "Sequence":
            code = next(iter(code.components), None)
        if type(code).__name__ == "Timecode" and slot.name != NO_TIMECODE:
            fps = Fraction(slot.edit_rate)
            if fps.denominator == 1 and fps >= _LEAST_AUDIO_RATE:
                fps = Fraction(int(code.fps))
            drop = bool(code.drop) and fps in (Fraction(30000, 1001), Fraction(60000, 1001))
            return frames(int(code.start) / fps, rate), FrameRate(fps, drop)
    return 0, None


def _session_rate(slots: list[Any], path: Path, probe: Probe) -> int:
    """Return the slots' edit rate where it counts samples, else the rate of the first file, else 48 kHz."""
    rates = [Fraction(slot.edit_rate) for slot in slots]
    slot_rate = next((int(rate) for rate in rates if rate.denominator == 1 and rate >= _LEAST_AUDIO_RATE), None)
    return slot_rate or next(_file_rates(slots, path, probe), _USUAL_RATE)


def _file_rates(slots: list[Any], path: Path, probe: Probe) -> Iterator[int]:
    for slot in slots:
        segment = slot.segment
        for part in segment.components if type(segment).__name__ == "Sequence" else [segment]:
            if type(part).__name__ == "OperationGroup":
                part = next(iter(part.segments), None)
            source = _trace(part, Fraction(slot.edit_rate)) if type(part).__name__ == "SourceClip" else None
            if source is not None and (rate := _media(source[0], path, probe).rate):
                yield rate
