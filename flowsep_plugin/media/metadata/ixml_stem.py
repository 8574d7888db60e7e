"""The iXML of a stem: that of its source, which tells project, scene and tracks, and what the stem has of its own.

Kept: PROJECT, SCENE, TAKE, TAPE, NOTE, CIRCLED, UBITS, SPEED, TRACK_LIST, FAMILY_UID and all that is unknown.
Its own: time stamps, bit depth, FILE_UID (with the source's as HISTORY/PARENT_UID) and the copy of `bext`.
Left out: loudness, which was measured on the source.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .bext import Bext
from .ixml import IxmlElement, elements, in_utf8, replaced, shifted, text, with_child, with_text, without

_UID_CHARACTERS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StemFacts:
    """Properties of a stem that its source does not share.

    offset_frames : its start in the source.     rate : of both, in hertz.     parent : file name of the source.
    bits : word length of the stem's samples, None where unknown.     bext : the stem's own.
    """

    offset_frames: int
    rate: int
    bits: int | None
    bext: Bext
    parent: str


def stem_ixml(ixml: bytes, facts: StemFacts) -> bytes:
    """Return the chunk of a stem from its source's. Damaged chunks raise nothing."""
    source, ixml = in_utf8(ixml), shifted(in_utf8(ixml), facts.offset_frames, facts.rate)
    ixml = _with_sync_points(_with_pre_record(ixml, facts.offset_frames), facts.offset_frames)
    if facts.bits is not None:
        ixml = with_text(ixml, "AUDIO_BIT_DEPTH", str(facts.bits))
    ixml = without(without(ixml, "LOUDNESS"), "BWF_UMID")
    ixml = with_text(ixml, "BWF_DESCRIPTION", facts.bext.description)
    ixml = with_text(ixml, "BWF_ORIGINATOR", facts.bext.originator)
    ixml = with_text(ixml, "BWF_CODING_HISTORY", facts.bext.coding_history)
    return _with_identity(source, ixml, facts)


def with_tracks(ixml: bytes, channels: Sequence[int]) -> bytes:
    """Return `ixml` with the tracks of `channels` (indices from 0) alone, in that order; the recorder's numbers stay.

    INTERLEAVE_INDEX, the track's place in the file, and TRACK_COUNT are those of the selection.
    """
    ixml = in_utf8(ixml)
    track_list = next(elements(ixml, "TRACK_LIST"), None)
    if track_list is None:
        return ixml
    content = track_list.content(ixml)
    tracks = list(elements(content, "TRACK"))
    if not tracks:
        return ixml
    of_channel = {_interleave(content, track, place): track for place, track in enumerate(tracks, 1)}
    survivors = [
        with_text(content[of_channel[channel + 1].start : of_channel[channel + 1].stop], "INTERLEAVE_INDEX", str(place))
        for place, channel in enumerate(channels, 1)
        if channel + 1 in of_channel
    ]
    between = content[tracks[0].stop : tracks[1].start] if len(tracks) > 1 else b""
    content = content[: tracks[0].start] + between.join(survivors) + content[tracks[-1].stop :]
    content = with_text(content, "TRACK_COUNT", str(len(survivors)))
    return replaced(ixml, [(track_list.first, track_list.last, content)])


def _interleave(content: bytes, track: IxmlElement, place: int) -> int:
    """Return a track's INTERLEAVE_INDEX, from 1; its `place` in the list where it has none."""
    own = text(track.content(content), "INTERLEAVE_INDEX") or ""
    return int(own) if own.isascii() and own.isdigit() and len(own) < 5 else place


def _with_identity(source: bytes, ixml: bytes, facts: StemFacts) -> bytes:
    """Give the stem a FILE_UID of its own, the same each time it is made, where its source has one."""
    parent = text(source, "FILE_UID")
    if parent is None:
        return ixml
    name = facts.bext.description.encode("utf-8", "surrogateescape")
    seed = f"{facts.offset_frames}\0{facts.bits}\0".encode() + name + b"\0" + source
    ixml = with_text(ixml, "FILE_UID", hashlib.sha256(seed).hexdigest()[:_UID_CHARACTERS].upper())
    ixml = with_child(ixml, "HISTORY", "PARENT_FILENAME", facts.parent)
    return with_child(ixml, "HISTORY", "PARENT_UID", parent)


def _with_pre_record(ixml: bytes, offset_frames: int) -> bytes:
    """Shorten the pre-roll that a recorder put before its start button, by what of it precedes the stem."""
    own = text(ixml, "PRE_RECORD_SAMPLECOUNT") or ""
    if not _is_number(own):
        return ixml
    return with_text(ixml, "PRE_RECORD_SAMPLECOUNT", str(max(0, int(own) - offset_frames)))


def _with_sync_points(ixml: bytes, offset_frames: int) -> bytes:
    """Move the sync points that count from the start of the file; those before the stem are left out."""
    edits = []
    for point in elements(ixml, "SYNC_POINT"):
        content = point.content(ixml)
        high, low = (text(content, f"SYNC_POINT_{half}") or "0" for half in ("HIGH", "LOW"))
        if text(content, "SYNC_POINT_TYPE") == "ABSOLUTE" or not (_is_number(high) and _is_number(low)):
            continue
        frame = (int(high) << 32) + int(low) - offset_frames
        moved = with_text(content, "SYNC_POINT_LOW", str(frame & 0xFFFFFFFF))
        moved = b"<SYNC_POINT>" + with_text(moved, "SYNC_POINT_HIGH", str(frame >> 32)) + b"</SYNC_POINT>"
        edits.append((point.start, point.stop, moved if frame >= 0 else b""))
    if not edits or not offset_frames:
        return ixml
    ixml = replaced(ixml, edits)
    return with_text(ixml, "SYNC_POINT_COUNT", str(sum(1 for _ in elements(ixml, "SYNC_POINT"))))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20
