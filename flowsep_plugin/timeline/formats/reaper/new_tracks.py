"""Lines of new tracks, items and takes; they copy what their sources sound like, line by line where nothing differs."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.media import name_in_session
from flowsep_plugin.timeline.numbers import decimal, frames, seconds
from flowsep_plugin.timeline.track import Track

from .channel_mode import channel_mode
from .differences import is_folder
from .envelope import envelope_lines, is_on, part_of, read_gain_curve, read_points
from .rpp import RppBlock, defined, quote
from .take import TakeText, active_take

_KINDS: Final = {".flac": "FLAC", ".mp3": "MP3", ".ogg": "VORBIS", ".opus": "VORBIS"}
_SPACE: Final = uuid.UUID("5d1f2a86-6f0c-5b51-9b1e-0f6a7c0c7a11")
_GUID: Final = re.compile(r"\{[0-9A-Fa-f-]{36}\}")
_USUAL: Final = {"VOLPAN": ["VOLPAN 1 0 -1 -1 1"], "MAINSEND": ["MAINSEND 1 0"]}
_OF_FOLDER: Final = ("BEAT", "PLAYOFFS")
"""Lines that stems of a folder track copy: they pass through all else, and a playback offset moves only own items."""
_OF_TRACK: Final = ("BEAT", "PANLAWFLAGS", "VOLPAN", "IPHASE", "PLAYOFFS", "PANMODE", "MAINSEND", "HWOUT")
_TRACK_ENVELOPES: Final = (
    "VOLENV", "VOLENV2", "VOLENV3", "PANENV", "PANENV2", "WIDTHENV", "WIDTHENV2", "MUTEENV", "DUALPANENV",
    "DUALPANENVL", "DUALPANENV2", "DUALPANENVL2",
)  # fmt: skip
"""Automation of a track's volume, pan, width and mute, before effects and after; its times are the project's."""
_OF_ITEM: Final = ("BEAT",)
_OF_START: Final = ("SNAPOFFS", "BEAT")
"""Lines that stems copy too where they start with their source."""
_MIX: Final = "FREEMODE 1"
"""Free item positioning, where items that overlap all play, as they do on lanes."""
_MOVING: Final = ("PANENV", "PITCHENV")
_SLACK: Final = 0.002
"""How far straight lines may be from the envelopes of a part: of the pan's way from centre to side, of a semitone."""


class NewTracks:
    """Writes tracks, items and takes for the project at `destination`.

    items : blocks of the project's items, by clip id.   salt : the project's text, so that the ids of stems differ that
    are placed in it twice.
    """

    def __init__(self, destination: Path, items: Mapping[str, RppBlock] | None = None, salt: str = "") -> None:
        self._destination = destination
        self._items = items or {}
        self._salt = hashlib.sha256(salt.encode("utf-8", "surrogatepass")).hexdigest() if salt else ""

    def track_lines(self, track: Track, like: RppBlock | None) -> list[str]:
        """Return the lines of a track; `like` is the one that it copies.

        Raises UsageError for a clip that an item cannot play.
        """
        guid = self._guid("track", track.id, track.name)
        keys = () if like is None else _OF_FOLDER if is_folder(like) else _OF_TRACK
        copies = {key: _lines(like, key) for key in keys if like is not None and like.field(key)}
        moving = () if like is None or is_folder(like) else like.blocks(*_TRACK_ENVELOPES)
        width = track.channels or 2
        is_free = like is not None and like.field("FREEMODE") not in ([], ["0"]) and _overlap(track)
        return [
            f"<TRACK {guid if track.like or not _GUID.fullmatch(track.id) else track.id}",
            f"  NAME {quote(track.name)}",
            *(f"  {line}" for lines in (_USUAL | copies).values() for line in lines),
            f"  MUTESOLO {int(track.muted)} 0 0",
            "  ISBUS 0 0",
            *([f"  {_MIX}"] if is_free else []),
            f"  NCHAN {max(2, width + width % 2) if track.like else width}",
            *(f"  {line}" for envelope in moving for line in self._copied(envelope, track.id)),
            *(f"  {line}" for clip in track.clips for line in self._item_lines(clip)),
            ">",
        ]

    def take_lines(self, take: ClipRef, looks: TakeText) -> list[str]:
        """Return the lines of a new take, with the volume, pan and stretching of the item's active take."""
        usual = -1 if take.gain < 0 else 1
        volume = looks.take_volume if looks.fields else Fraction(usual)
        return [
            "TAKE",
            f"NAME {quote(take.name)}",
            f"TAKEVOLPAN {decimal(looks.pan)} {decimal(volume)} {decimal(looks.pan_law)}",
            f"SOFFS {_start_offset(take)}",
            f"PLAYRATE {' '.join([decimal(take.play_rate), *looks.stretch])}",
            f"CHANMODE {channel_mode(take.channels) or 0}",
            f"GUID {self._guid('take', take.id, take.name)}",
            *self._source_lines(take),
            *self._envelopes(take, looks),
        ]

    def _item_lines(self, clip: ClipRef) -> list[str]:
        if clip.media is None:
            raise UsageError(f"clip {clip.name!r} has no audio file, which a REAPER item needs; leave the clip out")
        mode = channel_mode(clip.channels)
        if mode is None:
            raise UsageError(
                f"clip {clip.name!r} plays channels {clip.channels}; an item plays one or a pair, choose again"
            )
        like = self._items.get(clip.like or "")
        looks = active_take(like) if like is not None else TakeText({}, {})
        rate = clip.place.rate
        own = _GUID.fullmatch(clip.id) and not clip.like
        keys = _OF_START if looks.span(rate)[0] == clip.place.start else _OF_ITEM
        sign = -1 if clip.gain < 0 else 1
        return [
            "<ITEM",
            f"  POSITION {_source_words(looks, 'POSITION', clip.place.start, rate)}",
            f"  LENGTH {_source_words(looks, 'LENGTH', clip.place.frames, rate)}",
            *(f"  {key} {' '.join(defined(looks.fields[key]))}" for key in keys if key in looks.fields),
            "  LOOP 0",
            "  ALLTAKES 0",
            f"  {_fade_line('FADEIN', clip.fade_in, rate, looks)}",
            f"  {_fade_line('FADEOUT', clip.fade_out, rate, looks)}",
            f"  MUTE {int(clip.muted)} 0",
            f"  IGUID {clip.id if own else self._guid('item', clip.id, clip.name)}",
            f"  NAME {quote(clip.name)}",
            f"  VOLPAN {decimal(abs(clip.gain))} {decimal(looks.pan)} {sign} {decimal(looks.pan_law)}",
            f"  SOFFS {_start_offset(clip)}",
            f"  PLAYRATE {' '.join([decimal(clip.play_rate), *looks.stretch])}",
            f"  CHANMODE {mode}",
            f"  GUID {self._guid('take', clip.id, clip.name)}",
            *(f"  {line}" for line in self._source_lines(clip)),
            *(f"  {line}" for line in self._envelopes(clip, looks)),
            *(f"  {line}" for take in clip.takes for line in self.take_lines(take, looks)),
            ">",
        ]

    def _source_lines(self, clip: ClipRef) -> list[str]:
        assert clip.media is not None
        path = clip.media.path
        name = name_in_session(path, self._destination)
        file = [f"<SOURCE {_KINDS.get(path.suffix.lower(), 'WAVE')}", f"  FILE {quote(name)}", ">"]
        if not clip.reverse:
            return file
        length = clip.media.frames if clip.media.frames is not None else clip.cut.stop
        head = [
            "<SOURCE SECTION",
            f"  LENGTH {seconds(length, clip.cut.rate)}",
            "  MODE 2",
            "  STARTPOS 0",
            "  OVERLAP 0",
        ]
        return [*head, *(f"  {line}" for line in file), ">"]

    def _envelopes(self, clip: ClipRef, looks: TakeText) -> list[str]:
        """Return a clip's envelopes: its source's own where they fit, else its gain curve and their part."""
        start, length = looks.span(clip.place.rate)
        curve = read_gain_curve(looks.envelopes, looks.play_rate, clip.place.rate, length)
        if (start, length) == (clip.place.start, clip.place.frames) and curve == clip.gain_curve:
            return [line for envelope in looks.envelopes for line in self._copied(envelope, clip.id)]
        lines = [] if clip.gain_curve is None else self._envelope("VOLENV", clip.gain_curve.points, clip)
        for envelope in looks.envelopes:
            if envelope.name in _MOVING and is_on(envelope):
                points = read_points(envelope, looks.play_rate, clip.place.rate, _is_near)
                part = part_of(points, clip.place.start - start, clip.place.frames)
                lines += self._envelope(envelope.name, part, clip)
        return lines

    def _envelope(self, name: str, points: tuple[tuple[Fraction, float], ...], clip: ClipRef) -> list[str]:
        return envelope_lines(name, points, clip.play_rate, clip.place.rate, self._guid(name, clip.id, clip.name))

    def _copied(self, envelope: RppBlock, owner: str) -> list[str]:
        """Return the lines of a copy of an envelope, with ids of its own; `owner` is the id of its track or clip."""
        inner = len(envelope.indent)
        lines = [line.rstrip("\r\n")[inner:] for line in envelope.lines[envelope.start : envelope.stop + 1]]
        return [_GUID.sub(lambda match: self._guid("envelope", owner, match[0]), line) for line in lines]

    def _guid(self, *parts: str) -> str:
        text = "\0".join((*parts, self._salt)).encode("utf-8", "surrogatepass").hex()
        return "{" + str(uuid.uuid5(_SPACE, text)).upper() + "}"


def _lines(track: RppBlock, key: str) -> list[str]:
    return [track.lines[number].strip() for number in track.fields(key)]


def _is_near(true: float, straight: float) -> bool:
    return abs(true - straight) < _SLACK


def _overlap(track: Track) -> bool:
    stops = [clip.place.stop for clip in track.clips]
    starts = [clip.place.start for clip in track.clips]
    return any(start < max(stops[: n + 1]) for n, start in enumerate(starts[1:]))


def _start_offset(clip: ClipRef) -> str:
    if not clip.reverse:
        return seconds(clip.cut.start, clip.cut.rate)
    assert clip.media is not None
    length = clip.media.frames if clip.media.frames is not None else clip.cut.stop
    return seconds(length - clip.cut.stop, clip.cut.rate)


def _source_words(looks: TakeText, name: str, count: int, rate: int) -> str:
    """Return frame `count` in seconds: the source's own digits, maybe between frames, where they round to it."""
    words = looks.fields.get(name)
    return words[0] if words and frames(looks.value(name), rate) == count else seconds(count, rate)


def _fade_line(name: str, length: int, rate: int, looks: TakeText) -> str:
    words = looks.fields.get(name)
    if not words or len(words) < 3:
        return f"{name} 0 {seconds(length, rate)} 0 0 0 0"
    return " ".join([name, *defined(words[:1]), seconds(length, rate), "0", *defined(words[3:])])
