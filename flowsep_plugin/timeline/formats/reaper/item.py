"""Read one media item of a REAPER project as a clip: its seconds become frames.

A take that is reversed, or plays a part of a file, is a SECTION around the file: MODE bit 1 reverses, bit 0 ignores the
section's bounds.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef, media_frames
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.numbers import frames, number, settle

from .rpp import RppBlock, first_word, split_words

_STEREO_SWAPPED, _DOWNMIX, _LEFT, _FIRST_PAIR = 1, 2, 3, 67
_NO_FILE: Final = {"MIDI": "is MIDI, not audio", "MIDIPOOL": "is MIDI, not audio", "CLICK": "is a click track",
                   "LTC": "is generated timecode", "RPP_PROJECT": "is a subproject; render it first",
                   "EMPTY": "is empty"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TakeText:
    """Lines of an item and its active take: words and line numbers by key, the take's source and envelopes."""

    fields: dict[str, list[str]]
    lines: dict[str, int]
    source: RppBlock | None
    envelopes: tuple[RppBlock, ...]

    def value(self, name: str, place: int = 0, default: int = 0) -> Fraction:
        """Return the number at index `place` of a line, or `default`. Raises SessionError for what is not a number."""
        words = self.fields.get(name, [])
        return number(words[place], f"{name} of an item") if place < len(words) else Fraction(default)


def active_take(item: RppBlock) -> TakeText:
    """Return the lines of the take that plays: the one marked SEL, else the first."""
    takes: list[list[int | RppBlock]] = [[]]
    active = 0
    for child in item.children:
        if isinstance(child, int) and first_word(item.lines[child]) == "TAKE":
            takes.append([])
            if "SEL" in split_words(item.lines[child]):
                active = len(takes) - 1
        takes[-1].append(child)
    fields: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    shared = {"NAME", "SOFFS", "PLAYRATE", "CHANMODE", "GUID", "SM"}
    for number_, part in enumerate(takes):
        for child in part:
            if isinstance(child, int):
                key = first_word(item.lines[child])
                if number_ == active or (number_ == 0 and key not in shared):
                    fields[key], lines[key] = split_words(item.lines[child])[1:], child
    blocks = [child for child in takes[active] if isinstance(child, RppBlock)]
    source = next((block for block in blocks if block.name == "SOURCE"), None)
    return TakeText(fields, lines, source, tuple(b for b in blocks if b.name in ("VOLENV", "PANENV", "MUTEENV")))


def read_item(item: RppBlock, fallback_id: str, rate: int, directory: Path, probe: Callable[[Path], Media]) -> ClipRef:
    """Return the clip of an item, at the session's rate (Hz).

    fallback_id : for an item without a GUID.   directory : the project's folder.   probe : reads a file's header.
    Raises SessionError for damaged numbers.
    """
    take = active_take(item)
    start, length = frames(take.value("POSITION"), rate), frames(take.value("LENGTH"), rate)
    place = Span(start, max(0, length), rate)
    play_rate = take.value("PLAYRATE", 0, 1)
    volume = take.value("VOLPAN", 0, 1) * (
        take.value("TAKEVOLPAN", 1, 1) if "TAKEVOLPAN" in take.fields else take.value("VOLPAN", 2, 1)
    )
    clip = ClipRef(
        id=(take.fields.get("IGUID") or take.fields.get("GUID") or [fallback_id])[0],
        name=(take.fields.get("NAME") or [""])[0],
        media=None,
        cut=Span(0, 0, rate),
        place=place,
        gain=float(volume),
        fade_in=_fade(take, "FADEIN", rate),
        fade_out=_fade(take, "FADEOUT", rate),
        play_rate=play_rate if play_rate > 0 else Fraction(1),
        muted=take.value("MUTE") != 0,
    )
    return _with_source(clip, take, directory, probe)


def _with_source(clip: ClipRef, take: TakeText, directory: Path, probe: Callable[[Path], Media]) -> ClipRef:
    source, section, reverse = take.source, None, False
    if source is not None and source.words[1:2] == ["SECTION"]:
        mode = int(number((source.field("MODE") or ["0"])[0], "MODE of a section"))
        reverse = bool(mode & 2)
        section = source if not mode & 1 else None
        source = next(source.blocks("SOURCE"), None)
    kind = source.words[1] if source is not None and len(source.words) > 1 else "EMPTY"
    name = source.field("FILE") if source is not None else []
    if source is None or not name or kind in _NO_FILE:
        return replace(clip, obstacle=_NO_FILE.get(kind, f"has no audio file ({kind})"))
    media = probe(_path(name[0], directory))
    media_rate = media.rate or clip.place.rate
    length = media_frames(clip.place.frames, clip.place.rate, media_rate, clip.play_rate)
    first = settle(take.value("SOFFS"), media_rate)
    low = settle(number((section.field("STARTPOS") or ["0"])[0], "STARTPOS"), media_rate) if section else Fraction(0)
    bound = section.field("LENGTH") if section else []
    high = low + settle(number(bound[0], "LENGTH"), media_rate) if bound else Fraction(media.frames or 0, media_rate)
    start = frames(high - first, media_rate) - length if reverse else frames(low + first, media_rate)
    cut = Span(start, length, media_rate)
    mode = int(take.value("CHANMODE"))
    clip = replace(clip, media=media, cut=cut, reverse=reverse, channels=_channels(mode))
    return replace(clip, obstacle=_obstacle(clip, take, mode, frames(low, media_rate), frames(high, media_rate)))


def _obstacle(clip: ClipRef, take: TakeText, mode: int, low: int, high: int) -> str | None:
    if "SM" in take.fields:
        return "has stretch markers; glue the item first"
    if mode == _DOWNMIX:
        return "plays a mono downmix; set its channel mode to Normal"
    has_length = clip.media is not None and clip.media.frames is not None
    if has_length and take.value("LOOP") and (clip.cut.stop > high or clip.cut.start < low):
        return "loops its source; glue the item first"
    if clip.reverse and not has_length:
        return "is reversed and its file is offline"
    return None


def _channels(mode: int) -> tuple[int, ...] | None:
    if mode == _STEREO_SWAPPED:
        return (1, 0)
    if mode >= _FIRST_PAIR:
        return (mode - _FIRST_PAIR, mode - _FIRST_PAIR + 1)
    return (mode - _LEFT,) if mode >= _LEFT else None


def channel_mode(channels: tuple[int, ...] | None) -> int | None:
    """Return the CHANMODE of a clip's channels; None where REAPER has none. Inverse of reading it."""
    if channels is None:
        return 0
    if channels == (1, 0):
        return _STEREO_SWAPPED
    if len(channels) == 2 and channels[1] == channels[0] + 1:
        return _FIRST_PAIR + channels[0]
    return _LEFT + channels[0] if len(channels) == 1 and channels[0] < _FIRST_PAIR - _LEFT else None


def _fade(take: TakeText, name: str, rate: int) -> int:
    """Return the length of a fade in frames: of the automatic one (a crossfade) where there is one."""
    automatic = take.value(name, 2)
    return max(0, frames(automatic if automatic > 0 else take.value(name, 1), rate))


def _path(name: str, directory: Path) -> Path:
    """Join a FILE to the project's folder, with Windows separators read on every system."""
    if "\\" in name and not Path(name).is_absolute() and not PureWindowsPath(name).is_absolute():
        name = name.replace("\\", "/")
    return directory / name
