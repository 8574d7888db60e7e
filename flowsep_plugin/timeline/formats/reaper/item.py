"""Read one media item of a REAPER project as a clip: its seconds become frames.

A take that is reversed, or plays a part of a file, is a SECTION around the file: MODE bit 1 reverses, bit 0 ignores the
section's bounds.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef, media_frames
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.numbers import frames, settle

from .channel_mode import DOWNMIX, channels_of
from .differences import take_differences
from .envelope import read_gain_curve
from .rpp import RppBlock, finite
from .take import TakeText, active_take

_OFFLINE: Final = "_OFFLINE_"
"""REAPER writes _OFFLINE_WAVE in place of WAVE for a take that the user forced offline."""
_NO_FILE: Final = {"MIDI": "is MIDI, not audio", "MIDIPOOL": "is MIDI, not audio", "CLICK": "is a click track",
                   "LTC": "is generated timecode", "RPP_PROJECT": "is a subproject; render it first",
                   "VIDEOEFFECT": "is a video effect, not audio", "EMPTY": "is empty"}  # fmt: skip


def read_item(item: RppBlock, fallback_id: str, rate: int, directory: Path, probe: Callable[[Path], Media]) -> ClipRef:
    """Return the clip of an item, at the session's rate (Hz).

    fallback_id : for an item without a GUID.   directory : the project's folder.   probe : reads a file's header.
    Raises SessionError for damaged numbers.
    """
    take = active_take(item)
    start, length = take.span(rate)
    is_muted, reason = _mute(take)
    clip = ClipRef(
        id=(take.fields.get("IGUID") or take.fields.get("GUID") or [fallback_id])[0],
        name=(take.fields.get("NAME") or [""])[0],
        media=None,
        cut=Span(0, 0, rate),
        place=Span(start, length, rate),
        gain=float(take.volume),
        fade_in=_fade(take, "FADEIN", rate),
        fade_out=_fade(take, "FADEOUT", rate),
        play_rate=take.play_rate,
        muted=is_muted,
        gain_curve=read_gain_curve(take.envelopes, take.play_rate, rate, length),
        silence_reason=reason,
        differences=take_differences(take),
    )
    return _with_source(clip, take, directory, probe)


def _mute(take: TakeText) -> tuple[bool, str | None]:
    """Return whether an item is muted, and why it is silent otherwise.

    MUTE is `muted solo`: -1 soloed, which plays a muted item too, 1 silent because another item is soloed.
    """
    solo = take.value("MUTE", 1)
    reason = "is silent while another item of its track is soloed" if solo > 0 else None
    return take.value("MUTE") != 0 and solo >= 0, reason


def _with_source(clip: ClipRef, take: TakeText, directory: Path, probe: Callable[[Path], Media]) -> ClipRef:
    source, section, reverse = take.source, None, False
    if source is not None and source.words[1:2] == ["SECTION"]:
        mode = int(finite((source.field("MODE") or ["0"])[0], "MODE of a section"))
        reverse = bool(mode & 2)
        section = source if not mode & 1 else None
        source = next(source.blocks("SOURCE"), None)
    kind = source.words[1] if source is not None and len(source.words) > 1 else "EMPTY"
    name = source.field("FILE") if source is not None else []
    if source is None or not name or kind.removeprefix(_OFFLINE) in _NO_FILE:
        return replace(clip, obstacle=_NO_FILE.get(kind.removeprefix(_OFFLINE), f"has no audio file ({kind})"))
    media = probe(_path(name[0], directory))
    media_rate = media.rate or clip.place.rate
    length = media_frames(clip.place.frames, clip.place.rate, media_rate, clip.play_rate)
    first = settle(take.value("SOFFS"), media_rate)
    low = settle(finite((section.field("STARTPOS") or ["0"])[0], "STARTPOS"), media_rate) if section else Fraction(0)
    bound = section.field("LENGTH") if section else []
    high = low + settle(finite(bound[0], "LENGTH"), media_rate) if bound else Fraction(media.frames or 0, media_rate)
    start = frames(high - first, media_rate) - length if reverse else frames(low + first, media_rate)
    cut = Span(start, length, media_rate)
    mode = int(take.value("CHANMODE"))
    silence = clip.silence_reason or _silence(source, kind)
    clip = replace(
        clip, media=media, cut=cut, reverse=reverse, channels=channels_of(mode), silence_reason=silence
    )  # fmt: skip
    return replace(clip, obstacle=_obstacle(clip, take, mode, frames(low, media_rate), frames(high, media_rate)))


def _silence(source: RppBlock, kind: str) -> str | None:
    if kind.startswith(_OFFLINE):
        return "is set offline in REAPER"
    return "has the audio of its video switched off" if source.field("AUDIO")[:1] == ["0"] else None


def _obstacle(clip: ClipRef, take: TakeText, mode: int, low: int, high: int) -> str | None:
    if not clip.place.frames:
        return "is empty"
    if clip.media is not None and clip.media.rate is None and clip.media.is_online:
        return f"plays {clip.media.path.name}, which has no audio that can be read; convert it to WAV or FLAC"
    if take.count > 1 and take.value("ALLTAKES"):
        return "plays all its takes; switch that off first"
    if "SM" in take.fields:
        return "has stretch markers; glue the item first"
    if mode == DOWNMIX:
        return "plays a mono downmix; set its channel mode to Normal"
    has_length = clip.media is not None and clip.media.frames is not None
    if has_length and take.value("LOOP") and (clip.cut.stop > high or clip.cut.start < low):
        return "loops its source; glue the item first"
    if clip.reverse and not has_length:
        return "is reversed and its file is offline"
    return None


def _fade(take: TakeText, name: str, rate: int) -> int:
    """Return the length of a fade in frames: of the automatic one (a crossfade) where there is one."""
    automatic = take.value(name, 2)
    return max(0, frames(automatic if automatic > 0 else take.value(name, 1), rate))


def _path(name: str, directory: Path) -> Path:
    """Join a FILE to the project's folder, with Windows separators read on every system."""
    if "\\" in name and not Path(name).is_absolute() and not PureWindowsPath(name).is_absolute():
        name = name.replace("\\", "/")
    return directory / name
