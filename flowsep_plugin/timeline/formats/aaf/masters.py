"""Write master mobs and source mobs of sounds, linked or embedded."""

import struct
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.media import Media

from .essence import embed_sound


class Masters:
    """The master mobs that new clips of an open AAF refer to; a sound is added once for all clips that play it."""

    def __init__(self, file: Any, *, embedded: bool) -> None:
        self._file, self._embedded = file, embedded
        self._masters: dict[tuple[Path, str, int], Any] = {}
        self._sounds: dict[Path, list[tuple[Any, int]]] = {}

    def master(self, media: Media, name: str, rate: int, start: int = 0) -> Any:
        """Return a master mob with one slot for each channel of a sound.

        rate : of the sound, in Hz.   start : its frame at the beginning of the master.
        Raises UsageError for a sound inside a session file, and for one that cannot be embedded.
        """
        if media.member is not None:
            raise UsageError(f"a sound inside {media.path.name} cannot be placed again; extract it first")
        key = (media.path, name, start)
        if key not in self._masters:
            master = self._file.create.MasterMob()
            master.name = name
            self._file.content.mobs.append(master)
            for number, (source, slot_id) in enumerate(self._channels_of(media, rate), 1):
                slot = master.create_timeline_slot(edit_rate=rate, slot_id=number)
                slot["PhysicalTrackNumber"].value = number
                slot.segment = source.create_source_clip(slot_id=slot_id, start=start, media_kind="sound")
                slot.segment.length = max(0, (media.frames or 0) - start)
            self._masters[key] = master
        return self._masters[key]

    def _channels_of(self, media: Media, rate: int) -> list[tuple[Any, int]]:
        """Return source mob and slot id of each channel."""
        if media.path not in self._sounds:
            if self._embedded:
                self._sounds[media.path] = [(mob, 1) for mob in embed_sound(self._file, media)]
            else:
                source = self._source(media, rate)
                self._sounds[media.path] = [(source, n) for n in range(1, (media.channels or 1) + 1)]
        return self._sounds[media.path]

    def _source(self, media: Media, rate: int) -> Any:
        """Return a new source mob for a file: a WAVE descriptor, a locator, one slot for each channel."""
        channels, length = media.channels or 1, media.frames or 0
        source = self._file.create.SourceMob(media.path.name)
        descriptor = self._file.create.WAVEDescriptor()
        head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, channels, rate,
                           rate * channels * 3, channels * 3, 24, b"data", 0)  # fmt: skip
        descriptor["Summary"].value = bytearray(head)
        descriptor["SampleRate"].value = rate
        descriptor["Length"].value = length
        locator = self._file.create.NetworkLocator()
        locator["URLString"].value = media.path.absolute().as_uri()
        descriptor["Locator"].append(locator)
        source.descriptor = descriptor
        for channel in range(channels):
            slot = source.create_empty_slot(edit_rate=rate, media_kind="sound", slot_id=channel + 1)
            slot["PhysicalTrackNumber"].value = channel + 1
            slot.segment.length = length
        self._file.content.mobs.append(source)
        return source
