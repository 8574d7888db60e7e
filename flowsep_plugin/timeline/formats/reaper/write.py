"""Write the text of a REAPER project: a new one, or a project plus changes, whose old lines stay byte for byte.

Two kinds of old lines change: MUTE of sources to be muted, and the track numbers in AUXRECV, which shift. Old tracks
gain AUXRECV lines where they receive a source that is heard through its sends alone: its stems would be silent.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from flowsep_plugin.timeline.changes import Changes, NewTrack, compare
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.numbers import seconds
from flowsep_plugin.timeline.timeline import Timeline

from .differences import only_sends
from .lanes import closes_folder
from .new_tracks import NewTracks
from .rpp import RppBlock, quote, split_words
from .take import active_take
from .tempo import tempo_lines

_AUXRECV: Final = re.compile(r"(\s*AUXRECV\s+)(\d+)(.*)", re.DOTALL)
_MUTE: Final = re.compile(r"(\s*MUTE\s+)\S+(\s+-1(?!\S))?")


def new_project(timeline: Timeline, destination: Path) -> str:
    """Return the text of a project of only the timeline. Raises UsageError for what a project cannot hold."""
    lines = ['<REAPER_PROJECT 0.1 "7.0/flowsep" 0', f"  PROJOFFS {seconds(timeline.origin, timeline.rate)} 0 0"]
    if (fps := timeline.frame_rate) is not None:
        whole = fps.fps.denominator == 1
        lines.append(f"  TIMEMODE 1 5 -1 {fps.nominal} {0 if whole else 1 if fps.drop else 2} 0 -1")
    lines += ["  ITEMMIX 1", f"  SAMPLERATE {timeline.rate} 1 0"]
    lines += [f"  {line}" for line in tempo_lines(timeline.tempo)]
    lines += [f"  {line}" for line in _marker_lines(timeline.markers, 1)]
    place = NewTracks(destination)
    for track in timeline.tracks:
        lines += [f"  {line}" for line in place.track_lines(track, None)]
    return "\n".join([*lines, ">", ""])


def edited_project(project: RppBlock, before: Timeline, after: Timeline, destination: Path) -> str:
    """Return the project's text with the changes from `before` to `after`.

    Raises UsageError for what a project cannot hold.
    """
    changes = compare(before, after)
    newline = "\r\n" if project.lines[0].endswith("\r\n") else "\n"
    blocks = list(project.blocks("TRACK"))
    items = {
        clip.id: item
        for track, block in zip(before.tracks, blocks, strict=True)
        for clip, item in zip(track.clips, block.blocks("ITEM"), strict=True)
    }
    by_id = {track.id: block for track, block in zip(before.tracks, blocks, strict=True)}
    place = NewTracks(destination, items, salt="".join(project.lines))
    inserted: dict[int, list[str]] = {}
    placed = [(_insertion(new, by_id, project), new) for new in changes.tracks]
    for line, new in placed:
        text = place.track_lines(new.track, by_id.get(new.track.like or ""))
        inserted.setdefault(line, []).extend(f"  {part}{newline}" for part in text)
    if changes.markers:
        line = max(project.fields("MARKER"), default=(blocks[0].start if blocks else project.stop) - 1) + 1
        text = _marker_lines(changes.markers, _next_marker(project))
        inserted[line] = [f"  {part}{newline}" for part in text] + inserted.get(line, [])
    for clip, take in changes.takes:
        item = items[clip]
        indent = f"{item.indent}  "
        text = place.take_lines(take, active_take(item))
        inserted.setdefault(item.stop, []).extend(f"{indent}{part}{newline}" for part in text)
    replaced = dict(_muting(changes, items)) | dict(_renumbered(blocks, inserted))
    for line, receive in _receives(placed, by_id):
        inserted.setdefault(line, []).insert(0, receive)
    lines = []
    for number, old in enumerate(project.lines):
        lines += inserted.get(number, [])
        lines.append(replaced.get(number, old))
    return "".join(lines)


def _insertion(new: NewTrack, blocks: dict[str, RppBlock], project: RppBlock) -> int:
    """Return the line to insert a track at: below its source, or above one that closes a folder, to stay in it."""
    above = blocks.get(new.above or "")
    if above is None:
        return next(iter(blocks.values())).start if blocks else project.stop
    return above.start if closes_folder(above) else above.stop + 1


def _renumbered(blocks: list[RppBlock], inserted: dict[int, list[str]]) -> Iterator[tuple[int, str]]:
    """Yield number and text of AUXRECV lines that refer to a track by an index that new tracks shift."""
    tracks_before = [
        sum(
            text.lstrip().startswith("<TRACK ")
            for line, part in inserted.items()
            if line <= block.start
            for text in part
        )
        for block in blocks
    ]
    for block in blocks:
        for number in block.fields("AUXRECV"):
            match = _AUXRECV.match(block.lines[number])
            if match and int(match[2]) < len(blocks) and tracks_before[int(match[2])]:
                yield number, f"{match[1]}{int(match[2]) + tracks_before[int(match[2])]}{match[3]}"


def _receives(placed: Sequence[tuple[int, NewTrack]], by_id: Mapping[str, RppBlock]) -> Iterator[tuple[int, str]]:
    """Yield number and text of AUXRECV lines to insert for new tracks whose sources only sends carry.

    placed : the new tracks in the order they are inserted in, each with the line that it precedes.
    """
    blocks = list(by_id.values())
    for order, (line, new) in enumerate(placed):
        like = by_id.get(new.track.like or "")
        if like is None or not only_sends(like):
            continue
        new_above = sum(other < line or (other == line and n < order) for n, (other, _) in enumerate(placed))
        index = new_above + sum(block.start < line for block in blocks)
        for block in blocks:
            for number in block.fields("AUXRECV"):
                match = _AUXRECV.match(block.lines[number])
                if match and int(match[2]) == blocks.index(like):
                    yield number + 1, f"{match[1]}{index}{match[3]}"


def _muting(changes: Changes, items: dict[str, RppBlock]) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines of items that mute or unmute them; a soloed item loses its solo."""
    for clip, muted in changes.mutes.items():
        item = items[clip]
        number = next(item.fields("MUTE"), None)
        if number is None:
            opening = item.lines[item.start]
            end = opening[len(opening.rstrip("\r\n")) :]
            yield item.start, f"{opening}{item.indent}  MUTE {int(muted)} 0{end}"
        else:
            yield number, _with_mute(item.lines[number], muted=muted)


def _with_mute(line: str, *, muted: bool) -> str:
    return _MUTE.sub(lambda match: f"{match[1]}{int(muted)}{' 0' if match[2] else ''}", line, count=1)


def _marker_lines(markers: tuple[Marker, ...], first: int) -> list[str]:
    lines = []
    for number, marker in enumerate(markers, first):
        start, rate = marker.span.start, marker.span.rate
        region = int(marker.span.frames > 0)
        lines.append(f"MARKER {number} {seconds(start, rate)} {quote(marker.name)} {region}")
        if region:
            lines.append(f'MARKER {number} {seconds(marker.span.stop, rate)} "" 1')
    return lines


def _next_marker(project: RppBlock) -> int:
    numbers = (split_words(project.lines[line])[1:2] for line in project.fields("MARKER"))
    return 1 + max((int(words[0]) for words in numbers if words and words[0].isdigit()), default=0)
