"""Source mobs of an AAF: their files or embedded sound, rate, channels and length."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.names import file_name

from .descriptors import sound_format
from .essence import join_member, mono_sources
from .flat_clip import ChannelSource
from .locators import files_of
from .objects import is_sound, items, kind, prop, rational

_MOB_ID: Final = "urn:smpte:umid:"


@dataclass(frozen=True, slots=True)
class ClipSound:
    """The sound of a clip. channels : None for all of them.   seconds : where in it the clip begins."""

    media: Media
    channels: tuple[int, ...] | None
    seconds: Fraction


class SoundFinder:
    """Finds the sounds of clips of one open AAF; the media of a source mob is looked up once. path : of the AAF."""

    def __init__(self, path: Path, probe: Probe) -> None:
        self._path, self._probe = path, probe
        self._media: dict[Any, Media | None] = {}

    def sound(self, sources: Sequence[ChannelSource]) -> ClipSound | str:
        """Return the sound of a clip's channels as one media, or why there is none."""
        sounds = [self._single(source) for source in sources]
        playable = [sound for sound in sounds if sound is not None]
        if not playable or len(playable) < len(sounds):
            return "leads to no audio file"
        unknown = next((one.media for one in playable if one.media.rate is None and one.media.is_online), None)
        if unknown is not None:
            return f"is in {unknown.path.name}, which cannot be decoded; export the AAF with WAV or embedded audio"
        if len(playable) == 1:
            return playable[0]
        if len({sound.seconds for sound in playable}) > 1:
            return "combines channels that begin at different places of their files; render it first"
        return _together(playable, self._path)

    def media(self, mob: Any) -> Media | None:
        """Return the file that a source mob names, or its embedded sound; None where it has neither.

        Rate, channels and length are the descriptor's where the file is missing, and None where it cannot be decoded.
        """
        mob_id = str(mob.mob_id)
        if mob_id not in self._media:
            self._media[mob_id] = _media_of(mob, self._path, self._probe)
        return self._media[mob_id]

    def _single(self, source: ChannelSource) -> ClipSound | None:
        media = self.media(source.mob)
        if media is None:
            return None
        sides = _sides(source) if media.member is not None and media.channels == 1 else []
        if sides and source.master is not None:
            media = replace(media, channels=len(sides), member=str(source.master[0].mob_id))
            return ClipSound(media, (sides.index(str(source.mob.mob_id)),), source.seconds)
        return ClipSound(media, _channels(source, media), source.seconds)


def _together(sounds: Sequence[ClipSound], path: Path) -> ClipSound | str:
    """Return the channels of sounds side by side: of one media, or of one that joins several."""
    first = sounds[0].media
    parts = [(s.media, channel) for s in sounds for channel in s.channels or range(s.media.channels or 1)]
    if len({(media.path, media.member) for media, _ in parts}) == 1:
        channels = tuple(channel for _, channel in parts)
        media = first if first.channels else replace(first, channels=len(channels))
        whole = channels == tuple(range(media.channels or 1))
        return ClipSound(media, None if whole else channels, sounds[0].seconds)
    if len({media.rate for media, _ in parts}) > 1:
        return "combines files of different rates; render it first"
    frames = min((media.frames for media, _ in parts if media.frames is not None), default=None)
    missing = next((media for media, _ in parts if media.member is None and not media.is_online), None)
    if missing is not None:
        return ClipSound(Media(missing.path, first.rate, len(parts), frames), None, sounds[0].seconds)
    return ClipSound(Media(path, first.rate, len(parts), frames, join_member(parts)), None, sounds[0].seconds)


def _sides(source: ChannelSource) -> list[str]:
    """Return the ids of the mono sources that the clip's master combines, in order of channels; empty for one."""
    others = mono_sources(source.master[0]) if source.master is not None else []
    sides = [str(other.mob_id) for other in others]
    return sides if len(sides) > 1 and str(source.mob.mob_id) in sides else []


def _channels(source: ChannelSource, media: Media) -> tuple[int, ...] | None:
    """Return the channel of the media that a slot plays; None for all of them."""
    count = media.channels or sum(is_sound(slot) for slot in source.mob.slots)
    if count < 2:
        return None
    siblings = _siblings(source)
    if len(siblings) > 1 and source.master is not None:  # slots that share one slot of the file: one channel each
        return (siblings.index(source.master[1].slot_id),)
    number = int(prop(source.slot, "PhysicalTrackNumber") or 0)
    return (number - 1,) if 0 < number <= count else None


def _siblings(source: ChannelSource) -> list[int]:
    """Return the slot ids of the master whose sound is in the same slot of the same source mob."""
    if source.master is None:
        return []
    siblings = []
    for slot in source.master[0].slots:
        segment = getattr(slot, "segment", None)
        clip = next(iter(items(segment, "Components")), None) if kind(segment) == "Sequence" else segment
        if not is_sound(slot) or kind(clip) != "SourceClip" or clip is None:
            continue
        if (clip.mob_id, clip.slot_id) == (source.mob.mob_id, source.slot.slot_id):
            siblings.append(slot.slot_id)
    return siblings


def _media_of(mob: Any, path: Path, probe: Probe) -> Media | None:
    rate, channels, length = sound_format(mob.descriptor)
    if length is not None and any(
        prop(slot.segment, "Length") == length and rational(slot.edit_rate) != rate for slot in mob.slots
    ):
        length = None  # Premiere counts a file's length in picture frames, under its sample rate
    umid = bytes.fromhex(str(mob.mob_id).removeprefix(_MOB_ID).replace(".", ""))
    names = files_of(mob.descriptor, path.parent)
    if not names and rate is not None and mob.essence is None:  # Media Composer finds its media by the id alone
        names = [path.with_name(f"{file_name(str(mob.name or 'sound'))} {umid.hex()[-8:]}.mxf")]
    files = [probe(file, length, umid) for file in names]
    online = next((media for media in files if media.is_online), None)
    if online is None and mob.essence is not None:
        return Media(path, rate, channels or 1, length, member=str(mob.mob_id))
    media = online or next(iter(files), None)
    if media is None or media.rate is not None or online is not None:
        return media
    return replace(media, rate=rate, channels=channels, frames=length)
