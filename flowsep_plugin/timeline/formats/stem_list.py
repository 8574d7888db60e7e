"""A stem set's list (.csv): every clip, marker and tempo in one table that spreadsheets open too.

Rows of other kinds and columns of other names are kept when it is written back.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.tempo import Tempo, TempoMap, TimeSignature
from flowsep_plugin.timeline.timecode import FrameRate, parse_rate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .table import Capabilities, SessionFormat

COLUMNS: Final = (
    "kind", "track", "name", "file", "start", "frames", "rate", "cut_start", "cut_frames", "cut_rate",
    "gain", "fade_in", "fade_out", "play_rate", "reverse", "channels", "muted",
)  # fmt: skip

ListRow = dict[str, str]


def read(path: Path) -> Timeline:
    """Read a list. Raises SessionError where rows are damaged."""
    return _timeline(_rows(path)[1], path)


def write(timeline: Timeline, target: Path, directory: Path) -> None:
    """Write a list; the one it was read from with what is new."""
    columns: tuple[str, ...] = COLUMNS
    if timeline.document is None:
        rows = list(_all_rows(timeline, directory))
    else:
        columns, rows = _rows(timeline.document.path)
        rows = _added(rows, _timeline(rows, timeline.document.path), timeline, directory)
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    target.write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))


def _rows(path: Path) -> tuple[tuple[str, ...], list[ListRow]]:
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    table = csv.DictReader(io.StringIO(text, newline=""), restval="")
    columns = tuple(table.fieldnames or ())
    if missing := [name for name in COLUMNS if name not in columns]:
        raise SessionError(f"this is no list of stems: it has no column {missing[0]!r}")
    return columns, [{name: row[name] for name in columns} for row in table]


def _timeline(rows: list[ListRow], path: Path) -> Timeline:
    head = next((row for row in rows if row["kind"] == "session"), None)
    if head is None:
        raise SessionError("this is no list of stems: it has no row of the kind session")
    rate = int(head["rate"])
    tracks: dict[str, Track] = {}
    markers, tempos, signatures = [], [], []
    for number, row in enumerate(rows, 1):
        match row["kind"]:
            case "track":
                channels = int(row["channels"]) if row["channels"] else None
                tracks[row["track"]] = Track(row["track"], row["name"], (), channels, row["muted"] == "1")
            case "clip":
                track = tracks[row["track"]]
                tracks[row["track"]] = replace(track, clips=(*track.clips, _clip(row, f"clip {number}", rate, path)))
            case "marker":
                markers.append(Marker(row["name"], Span(int(row["start"]), int(row["frames"]), rate)))
            case "tempo":
                tempos.append(Tempo(Fraction(row["start"]), Fraction(row["name"]), row["play_rate"] == "ramp"))
            case "meter":
                beats, unit = row["name"].split("/")
                signatures.append(TimeSignature(Fraction(row["start"]), int(beats), int(unit)))
    tempo = TempoMap(tuple(tempos), tuple(signatures)) if tempos and signatures else TempoMap()
    fps = parse_rate(head["play_rate"]) if head["play_rate"] else None
    return Timeline(path.stem, rate, tuple(tracks.values()), tuple(markers), tempo, int(head["start"]), fps)


def _clip(row: ListRow, clip_id: str, rate: int, path: Path) -> ClipRef:
    return ClipRef(
        clip_id,
        row["name"],
        probe_media(path.parent / row["file"]) if row["file"] else None,
        Span(int(row["cut_start"]), int(row["cut_frames"]), int(row["cut_rate"])),
        Span(int(row["start"]), int(row["frames"]), rate),
        float(row["gain"]),
        int(row["fade_in"]),
        int(row["fade_out"]),
        Fraction(row["play_rate"]),
        row["reverse"] == "1",
        tuple(int(word) for word in row["channels"].split()) if row["channels"] else None,
        row["muted"] == "1",
    )


def _all_rows(timeline: Timeline, directory: Path) -> Iterable[ListRow]:
    fps = "" if timeline.frame_rate is None else _fps(timeline.frame_rate)
    yield _row(kind="session", rate=timeline.rate, start=timeline.origin, play_rate=fps, name=clean(timeline.name))
    for tempo in timeline.tempo.tempos:
        yield _row(kind="tempo", start=tempo.at, name=tempo.bpm, play_rate="ramp" if tempo.ramp else "")
    for signature in timeline.tempo.signatures:
        yield _row(kind="meter", start=signature.at, name=f"{signature.beats}/{signature.unit}")
    yield from map(_marker_row, timeline.markers)
    for number, track in enumerate(timeline.tracks, 1):
        yield from _track_rows(track, str(number), directory)


def _track_rows(track: Track, track_id: str, directory: Path) -> Iterable[ListRow]:
    muted = int(track.muted)
    yield _row(kind="track", track=track_id, name=clean(track.name), channels=track.channels or "", muted=muted)
    for clip in track.clips:
        if clip.media is None:
            raise UsageError(f"clip {clip.name!r} has no audio file; a list of stems needs one")
        path = clip.media.path
        name = path.relative_to(directory.parent).as_posix() if path.is_relative_to(directory.parent) else str(path)
        yield _row(
            kind="clip", track=track_id, name=clean(clip.name), file=name,
            start=clip.place.start, frames=clip.place.frames, rate=clip.place.rate,
            cut_start=clip.cut.start, cut_frames=clip.cut.frames, cut_rate=clip.cut.rate,
            gain=repr(clip.gain), fade_in=clip.fade_in, fade_out=clip.fade_out, play_rate=clip.play_rate,
            reverse=int(clip.reverse), channels=" ".join(map(str, clip.channels or ())), muted=int(clip.muted),
        )  # fmt: skip


def _marker_row(marker: Marker) -> ListRow:
    span = marker.span
    return _row(kind="marker", name=clean(marker.name), start=span.start, frames=span.frames, rate=span.rate)


def _added(rows: list[ListRow], before: Timeline, after: Timeline, directory: Path) -> list[ListRow]:
    changes = compare(before, after)
    muting = dict.fromkeys(changes.muted, "1") | dict.fromkeys(changes.unmuted, "0")
    last = {row["track"]: number for number, row in enumerate(rows, 1)}
    made: list[ListRow] = []
    for number, row in enumerate(rows, 1):
        made.append({**row, "muted": muting.get(f"clip {number}", row["muted"])})
        last_of_track = bool(row["track"]) and last[row["track"]] == number
        for new in changes.tracks:
            if last_of_track and new.above == row["track"]:
                taken = {r["track"] for r in (*rows, *made)}
                free = next(str(n) for n in range(1, len(rows) + len(made) + 2) if str(n) not in taken)
                made += _track_rows(new.track, free, directory)
    return [*made, *map(_marker_row, changes.markers)]


def _row(**values: object) -> ListRow:
    return {name: str(values.get(name, "")) for name in COLUMNS}


def _fps(rate: FrameRate) -> str:
    return f"{rate.fps}{'df' if rate.drop else ''}"


FORMAT: Final = SessionFormat(
    name="stem list",
    suffixes=(".csv",),
    read=read,
    write=write,
    text_suffixes=(".csv",),
    capabilities=Capabilities(
        stretch=True, reverse=True, channels=True, mixed_rates=True, negative_gain=True, ramps=True
    ),
    is_list=True,
)
