"""Metadata of stems: the source's broadcast metadata, shifted by the stem's offset."""

import unicodedata
from dataclasses import replace
from typing import Final

from .info import MediaInfo
from .metadata.bext import MOST_FRAMES, Bext
from .metadata.ixml import shifted, time_reference

_ORIGINATOR: Final = "flowsep-plugin"
_MODES: Final = {1: "mono", 2: "stereo"}


def source_time_reference(info: MediaInfo) -> int:
    """Return the time reference of the file in frames since midnight: from bext, else from iXML, else 0."""
    if info.bext is not None:
        return info.bext.time_reference
    return (time_reference(info.ixml) if info.ixml else None) or 0


def stem_metadata(info: MediaInfo, offset_frames: int, description: str) -> tuple[Bext, bytes | None]:
    """Return `(bext, ixml)` for a stem that starts `offset_frames` (at the source's rate) into the file `info`.

    A DAW's "move to original time" then puts the stem over the part it came from. Dates, originator reference and iXML
    are kept; UMID and loudness, which describe the source's audio, are not.
    Raises ValueError where the stem would start before midnight.
    """
    reference = source_time_reference(info) + offset_frames
    if not 0 <= reference <= MOST_FRAMES:
        raise ValueError(
            f"a stem cannot start {-reference} frames before midnight; offset {offset_frames} is too early"
        )
    old = info.bext or Bext()
    mode = _MODES.get(info.channels, "multitrack")
    bext = replace(
        old,
        description=_ascii(description),
        originator=_ORIGINATOR,
        time_reference=reference,
        umid=bytes(64),
        loudness_value=None,
        loudness_range=None,
        max_true_peak=None,
        max_momentary=None,
        max_short_term=None,
        coding_history=_with_line_end(old.coding_history) + f"A=PCM,F={info.rate},M={mode},T={_ORIGINATOR}\r\n",
    )
    return bext, None if info.ixml is None else shifted(info.ixml, offset_frames, info.rate)


def _ascii(text: str) -> str:
    """Convert `text` to the ASCII that bext allows (EBU Tech 3285); strict readers reject the whole chunk otherwise."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "replace").decode().replace("\0", "?")


def _with_line_end(history: str) -> str:
    return history if not history or history.endswith("\n") else history + "\r\n"
