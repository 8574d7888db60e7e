"""Write the slots of an AAF: one mono slot for each channel, as importers read a stereo slot as mono, and timecode.

Sounds are linked or embedded. AAF has no clip mute, and no fades that importers agree on.
"""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.changes import Changes
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .essence import embed_sound
from .read import MONO_GAIN, NO_TIMECODE

_AMPLITUDE = "e4962322-2267-11d3-8a4c-0050040ef7d2"
_GAIN_STEPS = 2**27


class AafWriter:
    """Adds tracks to the composition `mob` of an open AAF."""

    def __init__(self, file: Any, mob: Any, rate: int, *, embedded: bool = False) -> None:
        self._file, self._mob, self._rate, self._embedded = file, mob, rate, embedded
        self._masters: dict[tuple[Path, str], Any] = {}
        self._sounds: dict[Path, list[tuple[Any, int]]] = {}
        self._gain: Any = None

    def timecode(self, timeline: Timeline) -> None:
        """Add the slot with the timecode of the session's start, at 25 frames a second where it has no rate."""
        rate = timeline.frame_rate or FrameRate(Fraction(25))
        slot = self._mob.create_timeline_slot(edit_rate=rate.fps)
        slot.name = "TC1" if timeline.frame_rate or timeline.origin else NO_TIMECODE
        code = self._file.create.Timecode(rate.nominal, drop=rate.drop)
        code.start = round(Fraction(timeline.origin, timeline.rate) * rate.fps)
        code.length = int(24 * 3600 * rate.fps)
        slot.segment = code

    def track(self, track: Track) -> None:
        """Add a track as one slot for each channel. Raises UsageError for clips that AAF cannot hold."""
        widths = {len(_channels(clip)) for clip in track.clips} or {1}
        if len(widths) > 1:
            raise UsageError(
                f"track {track.name!r} mixes mono and wider clips, which AAF slots cannot hold; put them on two tracks"
            )
        for side in range(widths.pop()):
            sequence = self._file.create.Sequence(media_kind="sound")
            at = 0
            for clip in track.clips:
                if clip.place.start < 0:
                    raise UsageError(f"clip {clip.name!r} begins before the session, which AAF cannot express; move it")
                if clip.place.start < at:
                    raise UsageError(
                        f"clip {clip.name!r} overlaps the one before it, which AAF cannot express; move one of them"
                    )
                if clip.place.start > at:
                    sequence.components.append(self._file.create.Filler("sound", clip.place.start - at))
                sequence.components.append(self._clip(clip, _channels(clip)[side]))
                at = clip.place.stop
            if not track.clips:
                sequence.components.append(self._file.create.Filler("sound", 1))
            slot = self._mob.create_timeline_slot(edit_rate=self._rate)
            slot.name = clean(track.name)
            slot.segment = sequence

    def _clip(self, clip: ClipRef, channel: int) -> Any:
        if clip.media is None or clip.play_rate != 1 or clip.reverse:
            raise UsageError(
                f"clip {clip.name!r} is stretched, reversed or has no file, which AAF cannot express; glue it first"
            )
        if clip.cut.rate != self._rate:
            raise UsageError(
                f"{clip.media.path.name} is at {clip.cut.rate} Hz, the session at {self._rate}; convert it first"
            )
        if clip.muted or clip.fade_in or clip.fade_out:
            raise UsageError(
                f"clip {clip.name!r} is muted or faded, on which AAF importers do not agree; remove that first"
            )
        if channel >= (clip.media.channels or channel + 1):
            raise UsageError(f"clip {clip.name!r} {clip.why_not()}; choose its channels again")
        master = self._master(clip.media, clean(clip.name))
        source_clip = master.create_source_clip(
            slot_id=channel + 1, start=clip.cut.start, length=clip.place.frames, media_kind="sound"
        )
        source_clip.length = clip.place.frames
        return source_clip if clip.gain == 1 else self._amplified(source_clip, clip.gain)

    def _amplified(self, clip: Any, gain: float) -> Any:
        create, dictionary = self._file.create, self._file.dictionary
        if self._gain is None:
            from aaf2.auid import AUID

            parameter = create.ParameterDef(AUID(_AMPLITUDE), "Amplitude", "", "Rational")
            dictionary.register_def(parameter)
            operation = create.OperationDef(AUID(MONO_GAIN), "Mono Audio Gain", "")
            operation.media_kind = "sound"
            operation["NumberInputs"].value = 1
            operation["IsTimeWarp"].value = False
            operation["Bypass"].value = 0
            operation["OperationCategory"].value = "OperationCategory_Effect"
            dictionary.register_def(operation)
            operation["ParametersDefined"].append(parameter)
            self._gain = (operation, parameter)
        operation, parameter = self._gain
        group = create.OperationGroup(operation, clip.length, media_kind="sound")
        value = Fraction(gain).limit_denominator(_GAIN_STEPS)
        group.parameters.append(create.ConstantValue(parameter, f"{value.numerator}/{value.denominator}"))
        group["InputSegments"].append(clip)
        return group

    def _master(self, media: Media, name: str) -> Any:
        if media.member is not None:
            raise UsageError(f"a sound inside {media.path.name} cannot be placed again; extract it first")
        key = (media.path, name)
        if key not in self._masters:
            master = self._file.create.MasterMob()
            master.name = name
            self._file.content.mobs.append(master)
            for source, slot_id in self._channels_of(media):
                slot = master.create_timeline_slot(edit_rate=self._rate)
                slot.segment = source.create_source_clip(slot_id=slot_id, start=0, media_kind="sound")
                slot.segment.length = media.frames or 0
            self._masters[key] = master
        return self._masters[key]

    def _channels_of(self, media: Media) -> list[tuple[Any, int]]:
        """Return source mob and slot id of each channel; a sound is added once for all clips that play it."""
        if media.path not in self._sounds:
            if self._embedded:
                self._sounds[media.path] = [(mob, 1) for mob in embed_sound(self._file, media)]
            else:
                source = self._source(media)
                self._sounds[media.path] = [(source, n) for n in range(1, (media.channels or 1) + 1)]
        return self._sounds[media.path]

    def _source(self, media: Media) -> Any:
        """Return a new source mob for a file: a WAVE descriptor, a locator, one slot for each channel."""
        channels, length = media.channels or 1, media.frames or 0
        source = self._file.create.SourceMob(media.path.name)
        descriptor = self._file.create.WAVEDescriptor()
        head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, channels, self._rate,
                           self._rate * channels * 3, channels * 3, 24, b"data", 0)  # fmt: skip
        descriptor["Summary"].value = bytearray(head)
        descriptor["SampleRate"].value = self._rate
        descriptor["Length"].value = length
        locator = self._file.create.NetworkLocator()
        locator["URLString"].value = media.path.absolute().as_uri()
        descriptor["Locator"].append(locator)
        source.descriptor = descriptor
        for channel in range(channels):
            slot = source.create_empty_slot(edit_rate=self._rate, media_kind="sound", slot_id=channel + 1)
            slot["PhysicalTrackNumber"].value = channel + 1
            slot.segment.length = length
        self._file.content.mobs.append(source)
        return source


def check_changes(changes: Changes) -> None:
    """Raise UsageError for mutes and markers, which an AAF cannot hold."""
    if changes.muted or changes.unmuted:
        raise UsageError("AAF has no clip mute; place the stems without muting their sources")
    if changes.markers:
        raise UsageError("programs read markers in AAF differently; export them as labels or a MIDI file")


def _channels(clip: ClipRef) -> tuple[int, ...]:
    if clip.channels is not None:
        return clip.channels
    return tuple(range((clip.media.channels if clip.media else None) or 1))
