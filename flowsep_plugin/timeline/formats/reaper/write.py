"""Write the text of a REAPER project: a new one, or a project plus changes, whose old lines stay byte for byte.

Two kinds of old lines change: MUTE of sources to be muted, and the track numbers in AUXRECV, which shift.
"""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.changes import Changes, NewTrack, compare
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import name_in_session
from flowsep_plugin.timeline.numbers import decimal, frames, seconds
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .item import TakeText, active_take, channel_mode
from .rpp import RppBlock, quote, split_words
from .tempo import tempo_lines

_KINDS: Final = {".flac": "FLAC", ".mp3": "MP3", ".ogg": "VORBIS", ".opus": "VORBIS"}
_SPACE: Final = uuid.UUID("5d1f2a86-6f0c-5b51-9b1e-0f6a7c0c7a11")
_GUID: Final = re.compile(r"\{[0-9A-Fa-f-]{36}\}")


def new_project(timeline: Timeline, destination: Path) -> str:
    """Return the text of a project of only the timeline. Raises UsageError for what a project cannot hold."""
    lines = ['<REAPER_PROJECT 0.1 "7.0/flowsep" 0', f"  PROJOFFS {seconds(timeline.origin, timeline.rate)} 0 0"]
    if (fps := timeline.frame_rate) is not None:
        whole = fps.fps.denominator == 1
        lines.append(f"  TIMEMODE 1 5 -1 {fps.nominal} {0 if whole else 1 if fps.drop else 2} 0 -1")
    lines.append(f"  SAMPLERATE {timeline.rate} 1 0")
    lines += [f"  {line}" for line in tempo_lines(timeline.tempo)]
    lines += [f"  {line}" for line in _marker_lines(timeline.markers, 1)]
    for track in timeline.tracks:
        lines += [f"  {line}" for line in _track_lines(track, None, {}, destination)]
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
    inserted: dict[int, list[str]] = {}
    for new in changes.tracks:
        line, text = (
            _insertion(new, by_id, project),
            _track_lines(new.track, by_id.get(new.track.like or ""), items, destination),
        )
        inserted.setdefault(line, []).extend(f"  {part}{newline}" for part in text)
    if changes.markers:
        line = max(project.fields("MARKER"), default=(blocks[0].start if blocks else project.stop) - 1) + 1
        text = _marker_lines(changes.markers, _next_marker(project))
        inserted[line] = [f"  {part}{newline}" for part in text] + inserted.get(line, [])
    for clip, take in changes.takes:
        item = items[clip]
        indent = f"{item.indent}  "
        text = _take_lines(take, active_take(item), destination)
        inserted.setdefault(item.stop, []).extend(f"{indent}{part}{newline}" for part in text)
    replaced = dict(_muting(changes, items)) | dict(_renumbered(blocks, inserted))
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
    return above.start if (above.field("ISBUS") or ["0"])[0] == "2" else above.stop + 1


def _is_folder(track: RppBlock) -> bool:
    """Return whether a track opens a folder: tracks below it are in the folder and play through its fader."""
    return (track.field("ISBUS") or ["0"])[0] == "1"


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
            match = re.match(r"(\s*AUXRECV\s+)(\d+)(.*)", block.lines[number], re.DOTALL)
            if match and int(match[2]) < len(blocks) and tracks_before[int(match[2])]:
                yield number, f"{match[1]}{int(match[2]) + tracks_before[int(match[2])]}{match[3]}"


def _muting(changes: Changes, items: dict[str, RppBlock]) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines of items that mute or unmute them."""
    for clip, muted in changes.mutes.items():
        item = items[clip]
        number = next(item.fields("MUTE"), None)
        if number is None:
            opening = item.lines[item.start]
            end = opening[len(opening.rstrip("\r\n")) :]
            yield item.start, f"{opening}{item.indent}  MUTE {int(muted)} 0{end}"
        else:
            yield number, re.sub(r"(\s*MUTE\s+)\S+", rf"\g<1>{int(muted)}", item.lines[number], count=1)


def _track_lines(track: Track, like: RppBlock | None, items: dict[str, RppBlock], destination: Path) -> list[str]:
    guid = _guid("track", track.id, track.name)
    mixer = next((like.lines[n].strip() for n in like.fields("VOLPAN")), "") if like and not _is_folder(like) else ""
    width = track.channels or 2
    lines = [
        f"<TRACK {guid if track.like or not _GUID.fullmatch(track.id) else track.id}",
        f"  NAME {quote(track.name)}",
        f"  {mixer or 'VOLPAN 1 0 -1 -1 1'}",
        f"  MUTESOLO {int(track.muted)} 0 0",
        "  ISBUS 0 0",
        f"  NCHAN {max(2, width + width % 2) if track.like else width}",
        "  MAINSEND 1 0",
    ]
    for clip in track.clips:
        lines += [f"  {line}" for line in _item_lines(clip, items.get(clip.like or ""), destination)]
    return [*lines, ">"]


def _item_lines(clip: ClipRef, like: RppBlock | None, destination: Path) -> list[str]:
    if clip.media is None:
        raise UsageError(f"clip {clip.name!r} has no audio file, which a REAPER item needs; leave the clip out")
    mode = channel_mode(clip.channels)
    if mode is None:
        raise UsageError(
            f"clip {clip.name!r} plays channels {clip.channels}; an item plays one or a pair, choose again"
        )
    looks = active_take(like) if like is not None else TakeText({}, {}, None, ())
    rate = clip.place.rate
    own = _GUID.fullmatch(clip.id) and not clip.like
    sign = -1 if clip.gain < 0 else 1
    stretch = (looks.fields.get("PLAYRATE") or ["", "1", "0", "-1"])[1:]
    lines = [
        "<ITEM",
        f"  POSITION {_source_words(looks, 'POSITION', clip.place.start, rate)}",
        f"  LENGTH {_source_words(looks, 'LENGTH', clip.place.frames, rate)}",
        "  LOOP 0",
        "  ALLTAKES 0",
        f"  {_fade_line('FADEIN', clip.fade_in, rate, looks)}",
        f"  {_fade_line('FADEOUT', clip.fade_out, rate, looks)}",
        f"  MUTE {int(clip.muted)} 0",
        f"  IGUID {clip.id if own else _guid('item', clip.id, clip.name)}",
        f"  NAME {quote(clip.name)}",
        f"  VOLPAN {decimal(abs(clip.gain))} {(looks.fields.get('VOLPAN') or ['', '0'])[1]} {sign} -1",
        f"  SOFFS {_start_offset(clip)}",
        f"  PLAYRATE {' '.join([decimal(clip.play_rate), *stretch])}",
        f"  CHANMODE {mode}",
        f"  GUID {_guid('take', clip.id, clip.name)}",
        *(f"  {line}" for line in _source_lines(clip, destination)),
    ]
    if like is not None and _is_whole(looks, clip):
        for envelope in looks.envelopes:
            lines += [f"  {line}" for line in _copied(envelope, clip)]
    for take in clip.takes:
        lines += [f"  {line}" for line in _take_lines(take, looks, destination)]
    return [*lines, ">"]


def _take_lines(take: ClipRef, looks: TakeText, destination: Path) -> list[str]:
    """Return the lines of a new take, with the volume, pan and stretching of the item's active take."""
    usual = -1 if take.gain < 0 else 1
    volume = looks.value("TAKEVOLPAN", 1, 1) if "TAKEVOLPAN" in looks.fields else looks.value("VOLPAN", 2, usual)
    pan = looks.value("TAKEVOLPAN", 0) if "TAKEVOLPAN" in looks.fields else looks.value("VOLPAN", 1)
    stretch = (looks.fields.get("PLAYRATE") or ["", "1", "0", "-1"])[1:]
    lines = [
        "TAKE",
        f"NAME {quote(take.name)}",
        f"TAKEVOLPAN {decimal(pan)} {decimal(volume)} -1",
        f"SOFFS {_start_offset(take)}",
        f"PLAYRATE {' '.join([decimal(take.play_rate), *stretch])}",
        f"CHANMODE {channel_mode(take.channels) or 0}",
        f"GUID {_guid('take', take.id, take.name)}",
        *_source_lines(take, destination),
    ]
    for envelope in looks.envelopes:
        lines += _copied(envelope, take)
    return lines


def _source_lines(clip: ClipRef, destination: Path) -> list[str]:
    assert clip.media is not None
    path = clip.media.path
    name = name_in_session(path, destination)
    file = [f"<SOURCE {_KINDS.get(path.suffix.lower(), 'WAVE')}", f"  FILE {quote(name)}", ">"]
    if not clip.reverse:
        return file
    length = clip.media.frames if clip.media.frames is not None else clip.cut.stop
    head = ["<SOURCE SECTION", f"  LENGTH {seconds(length, clip.cut.rate)}", "  MODE 2", "  STARTPOS 0", "  OVERLAP 0"]
    return [*head, *(f"  {line}" for line in file), ">"]


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


def _is_whole(looks: TakeText, clip: ClipRef) -> bool:
    """Return whether a stem has exactly its source's place, so that the source's envelopes fit it."""
    rate = clip.place.rate
    return (frames(looks.value("POSITION"), rate), frames(looks.value("LENGTH"), rate)) == (
        clip.place.start,
        clip.place.frames,
    )


def _fade_line(name: str, length: int, rate: int, looks: TakeText) -> str:
    words = looks.fields.get(name)
    if not words or len(words) < 3:
        return f"{name} 0 {seconds(length, rate)} 0 0 0 0"
    return " ".join([name, words[0], seconds(length, rate), "0", *(quote(w) if not w else w for w in words[3:])])


def _copied(envelope: RppBlock, clip: ClipRef) -> list[str]:
    """Return the lines of a copy of an envelope, with new ids."""
    inner = len(envelope.indent)
    lines = [line.rstrip("\r\n")[inner:] for line in envelope.lines[envelope.start : envelope.stop + 1]]
    return [_GUID.sub(lambda match: _guid("envelope", clip.id, match[0]), line) for line in lines]


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


def _guid(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass").hex()
    return "{" + str(uuid.uuid5(_SPACE, text)).upper() + "}"
