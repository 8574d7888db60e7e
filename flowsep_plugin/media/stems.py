"""Metadata of stems: the source's broadcast metadata, shifted by the stem's offset."""

import unicodedata
from dataclasses import replace
from typing import Final

from .info import MediaInfo
from .metadata.bext import MOST_FRAMES, Bext
from .metadata.ixml import EMPTY, placed, time_reference
from .metadata.ixml_stem import StemFacts, stem_ixml
from .metadata.recorder_notes import recorder_lines

_ORIGINATOR: Final = "flowsep-plugin"
_MOST_PLAUSIBLE: Final = 2**62
"""Larger time references are damage, such as the -1 of programs that have none: no rate reaches them in a day."""

_MODES: Final = {1: "mono", 2: "stereo"}


def source_time_reference(info: MediaInfo) -> int:
    """Return the time reference of the file in frames since midnight: from bext, else from iXML, else 0."""
    bext, ixml = info.bext, info.ixml
    if bext is not None and bext.time_reference <= _MOST_PLAUSIBLE:
        return bext.time_reference
    reference = (time_reference(ixml) if ixml else None) or 0
    return reference if reference <= _MOST_PLAUSIBLE else 0


def stem_metadata(
    info: MediaInfo, offset_frames: int, description: str, *, bits: int | None = None
) -> tuple[Bext, bytes | None]:
    """Return `(bext, ixml)` for a stem that starts `offset_frames` (at the source's rate) into the file `info`.

    bits : word length of the stem's samples, for iXML.
    A DAW's "move to original time" then puts the stem over the part it came from. Dates, originator reference, a
    recorder's lines in the description and iXML are kept; UMID and loudness, which are the source's, are not.
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
        description=_ascii("\r\n".join([description, *recorder_lines(old.description)])),
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
    if info.ixml is None:
        return bext, None
    facts = StemFacts(offset_frames=offset_frames, rate=info.rate, bits=bits, bext=bext, parent=info.path.name)
    return bext, stem_ixml(info.ixml, facts)


def placed_metadata(
    info: MediaInfo, reference: int, description: str, *, bits: int | None = None
) -> tuple[Bext, bytes]:
    """Return `(bext, ixml)` for a copy of the file `info` at `reference`, frames since midnight; see `stem_metadata`.

    A file without iXML gets one that holds its place, for programs that read no bext.
    """
    bext, ixml = stem_metadata(info, 0, description, bits=bits)
    at_place = placed(ixml or EMPTY, reference, info.rate)
    if time_reference(at_place) is None:  # damaged, so that nothing could be put into it
        at_place = placed(EMPTY, reference, info.rate)
    return replace(bext, time_reference=reference), at_place


def _ascii(text: str) -> str:
    """Convert `text` to the ASCII that bext allows (EBU Tech 3285); strict readers reject the whole chunk otherwise."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "replace").decode().replace("\0", "?")


def _with_line_end(history: str) -> str:
    return history if not history or history.endswith("\n") else history + "\r\n"
