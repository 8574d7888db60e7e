"""Read an AAF: the slots of its composition become tracks, their clips traced through master mobs to their files.

Positions count in each slot's edit rate and stay exact. Mono slots that differ only in the channel become one track.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .flat_clip import FlatClip
from .flatten import flatten
from .objects import attributes, integer, is_sound, items, kind, prop, rational
from .shapes import gain_and_curve
from .sources import SoundFinder
from .timecode import markers, timecode

_LEAST_AUDIO_RATE, _USUAL_RATE = 8000, 48_000
_SIDE: Final = re.compile(r"[ ._-]?[\[(]?[LR][\])]?$")


def timeline_of(file: Any, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of an open AAF at `path`. Raises SessionError where it has no composition."""
    mob = composition(file)
    slots = [slot for slot in mob.slots if is_sound(slot)]
    flat = [flatten(slot.segment, rational(slot.edit_rate)) for slot in slots]
    sounds = SoundFinder(path, probe)
    rate = _session_rate(slots, flat, sounds)
    tracks = [_track(slot, clips, rate, sounds) for slot, clips in zip(slots, flat, strict=True)]
    origin, fps = timecode(mob, rate)
    joined = tuple(_join_mono(tracks))
    untouched = other_compositions(file, mob)
    return Timeline(path.stem, rate, joined, markers(mob, rate), origin=origin, frame_rate=fps, untouched=untouched)


def composition(file: Any) -> Any:
    """Return the top-level composition; where none is marked, the first that no other one plays.

    Raises SessionError where there is none.
    """
    mobs = list(file.content.toplevel())
    if not mobs:
        mobs = list(file.content.compositionmobs())
        played = {str(mob_id) for mob in mobs for slot in mob.slots for mob_id in _mobs_below(prop(slot, "Segment"))}
        mobs = [mob for mob in mobs if str(mob.mob_id) not in played] or mobs
    if not mobs:
        raise SessionError("it has no composition; export the sequence, not the bin")
    return mobs[0]


def other_compositions(file: Any, mob: Any) -> tuple[str, ...]:
    """Return the names of the top-level compositions, whose clips are not read, besides `mob` and those it plays."""
    played = {str(mob_id) for slot in mob.slots for mob_id in _mobs_below(prop(slot, "Segment"))} | {str(mob.mob_id)}
    others = (other for other in file.content.toplevel() if str(other.mob_id) not in played)
    return tuple(f"the sequence {str(other.name or '')!r}" for other in others)


def _mobs_below(segment: Any) -> Iterator[Any]:
    """Yield the ids of the mobs that a segment plays."""
    if kind(segment) == "SourceClip":
        yield segment.mob_id
    for name in ("Components", "InputSegments", "Alternates", "Slots", "Choices"):
        for part in items(segment, name):
            yield from _mobs_below(part)
    if kind(segment) == "Selector":
        yield from _mobs_below(prop(segment, "Selected"))


def _track(slot: Any, flat: Sequence[FlatClip], rate: int, sounds: SoundFinder) -> Track:
    shared = _of_track(slot, flat)
    clips, counts = [], dict[int, int]()
    for part in flat:
        number = counts[part.index] = counts.get(part.index, -1) + 1
        clip_id = f"clip {slot.slot_id}.{part.index}" + (f".{number}" if number else "")
        own = tuple(dict.fromkeys(one for one in part.differences if one not in shared))
        clips.append(_clip(replace(part, differences=own), clip_id, rate, sounds))
    width = max((_width(clip) for clip in clips), default=1)
    muted = bool(integer(attributes(slot, "TimelineMobAttributeList").get("AudioMixerCompMute")))
    name = slot.name or ""
    return Track(f"slot {slot.slot_id}", name, tuple(clips), width, muted=muted, differences=shared)


def _of_track(slot: Any, flat: Sequence[FlatClip]) -> tuple[Difference, ...]:
    """Return the differences that all clips of a slot have because an effect is over the whole slot."""
    if kind(slot.segment) != "OperationGroup" or not flat:
        return ()
    return tuple(one for one in flat[0].differences if all(one in clip.differences for clip in flat))


def _width(clip: ClipRef) -> int:
    return len(clip.channels) if clip.channels is not None else (clip.media.channels if clip.media else None) or 1


def _clip(flat: FlatClip, clip_id: str, rate: int, sounds: SoundFinder) -> ClipRef:
    start, stop = frames(flat.start, rate), frames(flat.stop, rate)
    place = Span(start, stop - start, rate)
    sound = flat.obstacle or sounds.sound(flat.sources)
    try:
        gain, curve = gain_and_curve((*flat.shapes, *flat.replaceable), flat.start, flat.stop, rate)
    except ValueError:
        gain, curve, sound = 1.0, None, "has a gain that moves below 0; render it first"
    if isinstance(sound, str):
        return ClipRef(
            clip_id, flat.name, None, Span(0, 0, rate), place, gain=gain, gain_curve=curve, muted=flat.muted,
            obstacle=sound, differences=flat.differences,
        )  # fmt: skip
    media_rate = sound.media.rate or rate
    cut = Span(frames(sound.seconds, media_rate), frames(Fraction(place.frames, rate), media_rate), media_rate)
    return ClipRef(
        clip_id, flat.name, sound.media, cut, place, gain=gain, gain_curve=curve, channels=sound.channels,
        muted=flat.muted, differences=flat.differences,
    )  # fmt: skip


def _join_mono(tracks: Sequence[Track]) -> Iterator[Track]:
    """Yield the tracks, with neighbours that play other channels of the same clips joined into one."""
    group: list[Track] = []
    for track in tracks:
        if group and not _goes_on(group, track):
            yield _joined(group)
            group = []
        group.append(track)
    if group:
        yield _joined(group)


def _goes_on(group: Sequence[Track], track: Track) -> bool:
    """Return whether a track plays the next channel of the clips of a group of tracks."""
    first = group[0]
    if _stem(track.name) != _stem(first.name) or len(track.clips) != len(first.clips):
        return False
    if (track.muted, track.differences) != (first.muted, first.differences):
        return False
    used = [[other.clips[index].channels for other in group] for index in range(len(track.clips))]
    return bool(track.clips) and all(
        _same(clip, other) and clip.channels is not None and len(clip.channels) == 1 and clip.channels not in channels
        for clip, other, channels in zip(track.clips, first.clips, used, strict=True)
    )


def _same(clip: ClipRef, other: ClipRef) -> bool:
    """Return whether two clips of one channel each differ in nothing but the channel."""
    return replace(clip, id="", channels=None) == replace(other, id="", channels=None) and other.channels is not None


def _joined(group: Sequence[Track]) -> Track:
    if len(group) == 1:
        return group[0]
    clips = []
    for parts in zip(*(track.clips for track in group), strict=True):
        channels = tuple(channel for part in parts for channel in part.channels or (0,))
        media = parts[0].media
        whole = media is not None and channels == tuple(range(media.channels or 1))
        clips.append(replace(parts[0], channels=None if whole else channels))
    return replace(group[0], name=_stem(group[0].name), clips=tuple(clips), channels=len(group))


def _stem(name: str) -> str:
    return _SIDE.sub("", name)


def _session_rate(slots: Sequence[Any], flat: Sequence[Sequence[FlatClip]], sounds: SoundFinder) -> int:
    """Return the slots' edit rate where it counts samples, else the highest rate of the files, else 48 kHz."""
    rates = [rational(slot.edit_rate) for slot in slots]
    slot_rate = next((int(rate) for rate in rates if rate.denominator == 1 and rate >= _LEAST_AUDIO_RATE), None)
    if slot_rate is not None:
        return slot_rate
    mobs = {source.mob.mob_id: source.mob for clips in flat for clip in clips for source in clip.sources}
    media = [sounds.media(mob) for mob in mobs.values()]
    return max((one.rate for one in media if one is not None and one.rate is not None), default=_USUAL_RATE)
