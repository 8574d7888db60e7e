"""Reasons why items are silent: on fixed item lanes of REAPER 7 that are off, and in folders that are muted.

A track with FREEMODE 2 has lanes. An item's line `YPOS top height` tells its lane, both as shares of the track's
height; LANESOLO has a bit for each lane that plays, 32 in a word; without that line all play. What comping makes are
items too, on a lane of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.difference import Difference

from .rpp import RppBlock, finite

_WITH_LANES: Final = "2"
_BITS: Final = 32
_OFF: Final = "is on a fixed item lane that does not play"
_MASK: Final = Difference("effect", "mask of lower lanes")


def lane_silence(track: RppBlock, item: RppBlock) -> str | None:
    """Return why an item is silent on its lane; None where it plays. Raises SessionError for damaged numbers."""
    if not _has_lanes(track):
        return None
    solo = [int(finite(word, "LANESOLO")) for word in track.field("LANESOLO")]
    lane = _lane(track, item)
    word = solo[lane // _BITS] if lane // _BITS < len(solo) else 0
    return _OFF if solo and not word >> lane % _BITS & 1 else None


def folder_silence(tracks: Sequence[RppBlock], sends: Sequence[Sequence[Difference]]) -> Iterator[str | None]:
    """Yield for each track the reason why it is silent inside a muted folder; None where it is not.

    `ISBUS _ steps` opens (1) or closes (below 0) folders after the track; MAINSEND 0 cuts it from its folder, and
    `sends` of a track are heard past it.
    Raises SessionError for damaged numbers.
    """
    folders: list[str | None] = []
    for track, own_sends in zip(tracks, sends, strict=True):
        leaves = (track.field("MAINSEND") or ["1"])[0] == "0" or bool(own_sends)
        reason = folders[-1] if folders and not leaves else None
        yield reason
        steps = _folder_steps(track)
        if steps > 0:
            is_muted = (track.field("MUTESOLO") or ["0"])[0] not in ("0", "")
            name = (track.field("NAME") or [""])[0]
            folders += [f"is in the muted folder {name!r}" if is_muted else reason] * min(steps, len(tracks))
        elif steps < 0:
            del folders[max(0, len(folders) + steps) :]


def with_masks(track: RppBlock, clips: Sequence[ClipRef]) -> tuple[ClipRef, ...]:
    """Return the clips of a track; a difference tells where items on lanes further down silence a part of one.

    That is the fourth word of FIXEDLANES. Raises SessionError for damaged numbers.
    """
    if not _has_lanes(track) or track.field("FIXEDLANES")[3:4] != ["1"]:
        return tuple(clips)
    lanes = [_lane(track, item) for item in track.blocks("ITEM")]
    playing = [
        (lane, clip.place) for lane, clip in zip(lanes, clips, strict=True) if not (clip.muted or clip.silence_reason)
    ]

    def is_masked(lane: int, place: Span) -> bool:
        return any(n > lane and max(p.start, place.start) < min(p.stop, place.stop) for n, p in playing)

    return tuple(
        replace(clip, differences=(*clip.differences, _MASK)) if is_masked(lane, clip.place) else clip
        for lane, clip in zip(lanes, clips, strict=True)
    )


def closes_folder(track: RppBlock) -> bool:
    """Return whether a folder ends with this track. Raises SessionError for damaged numbers."""
    return _folder_steps(track) < 0


def _folder_steps(track: RppBlock) -> int:
    return int(finite((*track.field("ISBUS"), "0", "0")[1], "ISBUS"))


def _has_lanes(track: RppBlock) -> bool:
    return (track.field("FREEMODE") or ["0"])[0] == _WITH_LANES


def _lane(track: RppBlock, item: RppBlock) -> int:
    """Return the lane of an item, from 0: by its own height, else by the track's number of lanes."""
    words = item.field("YPOS")
    top = finite(words[0], "YPOS") if words else 0
    height = finite(words[1], "YPOS") if len(words) > 1 else 0
    count = finite((track.field("ITEMLANES") or ["1"])[0], "ITEMLANES", 1)
    return max(0, round(top / height if height > 0 else top * count))
