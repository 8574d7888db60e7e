"""What a stem says about its place: the source's broadcast metadata, moved by the stem's own offset."""

import unicodedata
from dataclasses import replace
from typing import Final

from .bext import MOST_FRAMES, Bext
from .info import MediaInfo
from .ixml import shifted, time_reference

_ORIGINATOR: Final = "flowsep-plugin"
_MODES: Final = {1: "mono", 2: "stereo"}


def source_time_reference(info: MediaInfo) -> int:
    """Frames since midnight of the file's first frame: from bext, else from iXML, else 0."""
    if info.bext is not None:
        return info.bext.time_reference
    return (time_reference(info.ixml) if info.ixml else None) or 0


def stem_metadata(info: MediaInfo, offset_frames: int, description: str) -> tuple[Bext, bytes | None]:
    """Make the `(bext, ixml)` of a stem that starts `offset_frames` (at the source's rate) into the file `info`.

    A DAW's "move to original time" then puts the stem over the part it came from. Dates, originator reference and iXML
    are kept; UMID and loudness, which describe the source's own sound, are not.
    Raises ValueError where the stem would start before midnight.
    """
    place = source_time_reference(info) + offset_frames
    if not 0 <= place <= MOST_FRAMES:
        raise ValueError(f"a stem cannot start {-place} frames before midnight; offset {offset_frames} is too early")
    old = info.bext or Bext()
    mode = _MODES.get(info.channels, "multitrack")
    bext = replace(
        old,
        description=_ascii(description),
        originator=_ORIGINATOR,
        time_reference=place,
        umid=bytes(64),
        loudness_value=None,
        loudness_range=None,
        max_true_peak=None,
        max_momentary=None,
        max_short_term=None,
        coding_history=_ended(old.coding_history) + f"A=PCM,F={info.rate},M={mode},T={_ORIGINATOR}\r\n",
    )
    return bext, None if info.ixml is None else shifted(info.ixml, offset_frames, info.rate)


def _ascii(text: str) -> str:
    """Fold `text` to what bext allows (EBU Tech 3285: ASCII); strict readers refuse the whole chunk otherwise."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "replace").decode().replace("\0", "?")


def _ended(history: str) -> str:
    return history if not history or history.endswith("\n") else history + "\r\n"
