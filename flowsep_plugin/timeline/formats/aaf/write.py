"""Write the slots of an AAF: one mono slot for each channel, as importers read a stereo slot as mono, and timecode.

Sounds are linked or embedded. AAF has no clip mute, and no fades that importers agree on.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.changes import Changes
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .definitions import GainEffects
from .masters import Masters
from .objects import is_sound, prop
from .timecode import NO_TIMECODE


class AafWriter:
    """Adds tracks to the composition `mob` of an open AAF."""

    def __init__(self, file: Any, mob: Any, rate: int, *, embedded: bool = False) -> None:
        self._file, self._mob, self._rate = file, mob, rate
        self._masters = Masters(file, embedded=embedded)
        self._gains = GainEffects(file)

    def timecode(self, timeline: Timeline) -> None:
        """Add the slot with the timecode of the session's start, at 25 frames a second where it has no rate."""
        rate = timeline.frame_rate or FrameRate(Fraction(25))
        slot = self._slot(rate.fps, "TC1" if timeline.frame_rate or timeline.origin else NO_TIMECODE, 1)
        code = self._file.create.Timecode(rate.nominal, drop=rate.drop)
        code.start = round(Fraction(timeline.origin, timeline.rate) * rate.fps)
        code.length = int(24 * 3600 * rate.fps)
        slot.segment = code

    def track(self, track: Track) -> None:
        """Add a track as one slot for each channel; clips that overlap, or are wider than others, on further slots.

        Raises UsageError for clips that AAF cannot hold.
        """
        for clip in track.clips:
            self._check(clip)
        for lane in _lanes(track.clips):
            for side in range(len(_channels(lane[0])) if lane else 1):
                sequence = self._sequence(lane, side)
                slot = self._slot(self._rate, clean(track.name), self._next_track_number())
                slot.segment = sequence

    def _slot(self, edit_rate: Fraction | int, name: str, number: int) -> Any:
        """Return a new slot; pyaaf2 gives it an id that another one has where ids are not 1, 2, 3, …"""
        slot_id = max((slot.slot_id for slot in self._mob.slots), default=0) + 1
        slot = self._mob.create_timeline_slot(edit_rate=edit_rate, slot_id=slot_id)
        slot.name = name
        slot["PhysicalTrackNumber"].value = number
        return slot

    def _next_track_number(self) -> int:
        numbers = [int(prop(slot, "PhysicalTrackNumber") or 0) for slot in self._mob.slots if _has_sound(slot)]
        return max(numbers, default=0) + 1

    def _sequence(self, clips: Sequence[ClipRef], side: int) -> Any:
        sequence = self._file.create.Sequence(media_kind="sound")
        at = 0
        for clip in clips:
            if clip.place.start > at:
                sequence.components.append(self._file.create.Filler("sound", clip.place.start - at))
            sequence.components.append(self._clip(clip, _channels(clip)[side]))
            at = clip.place.stop
        if not clips:
            sequence.components.append(self._file.create.Filler("sound", 1))
        sequence.length = at or 1
        return sequence

    def _clip(self, clip: ClipRef, channel: int) -> Any:
        assert clip.media is not None
        name, start = clean(clip.name), clip.cut.start
        if clip.cut.rate == self._rate:
            master = self._masters.master(clip.media, name, self._rate)
        else:  # its start is exact only in the file's own rate: the master begins there
            master, start = self._masters.master(clip.media, name, clip.cut.rate, start), 0
        source_clip = master.create_source_clip(
            slot_id=channel + 1, start=start, length=clip.place.frames, media_kind="sound"
        )
        source_clip.length = clip.place.frames
        return self._gains.around(source_clip, clip.gain, clip.gain_curve)

    def _check(self, clip: ClipRef) -> None:
        if clip.place.start < 0:
            raise UsageError(f"clip {clip.name!r} begins before the session, which AAF cannot express; move it")
        if clip.media is None or clip.play_rate != 1 or clip.reverse:
            raise UsageError(
                f"clip {clip.name!r} is stretched, reversed or has no file, which AAF cannot express; glue it first"
            )
        if clip.muted or clip.fade_in or clip.fade_out:
            raise UsageError(
                f"clip {clip.name!r} is muted or faded, on which AAF importers do not agree; remove that first"
            )
        if max(_channels(clip)) >= (clip.media.channels or max(_channels(clip)) + 1):
            raise UsageError(f"clip {clip.name!r} {clip.why_not()}; choose its channels again")


def check_changes(changes: Changes) -> None:
    """Raise UsageError for mutes and markers, which an AAF cannot hold."""
    if changes.muted or changes.unmuted:
        raise UsageError("AAF has no clip mute; place the stems without muting their sources")
    if changes.markers:
        raise UsageError("programs read markers in AAF differently; export them as labels or a MIDI file")


def _lanes(clips: Sequence[ClipRef]) -> Iterator[list[ClipRef]]:
    """Yield clips that one row of slots can hold: of equal width, none over another; one empty row without clips."""
    for _, group in groupby(sorted(clips, key=lambda clip: len(_channels(clip))), lambda clip: len(_channels(clip))):
        lanes: list[list[ClipRef]] = []
        for clip in sorted(group, key=lambda clip: clip.place.start):
            lane = next((lane for lane in lanes if lane[-1].place.stop <= clip.place.start), None)
            if lane is None:
                lanes.append([clip])
            else:
                lane.append(clip)
        yield from lanes
    if not clips:
        yield []


def _has_sound(slot: Any) -> bool:
    return hasattr(slot, "edit_rate") and prop(slot, "Segment") is not None and is_sound(slot)


def _channels(clip: ClipRef) -> tuple[int, ...]:
    if clip.channels is not None:
        return clip.channels
    return tuple(range((clip.media.channels if clip.media else None) or 1))
