"""The list of a stem set (.csv): every clip, marker and tempo in one table, which spreadsheets can open too.

Writing keeps rows of other kinds and columns of other names.
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
from flowsep_plugin.timeline.media import Probe, name_in_session
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.tempo import Tempo, TempoMap, TimeSignature
from flowsep_plugin.timeline.timecode import FrameRate, parse_rate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .isolation import isolated_reader, isolated_writer
from .table import Capabilities, SessionFormat

COLUMNS: Final = (
    "kind", "track", "name", "file", "start", "frames", "rate", "cut_start", "cut_frames", "cut_rate",
    "gain", "fade_in", "fade_out", "play_rate", "reverse", "channels", "muted",
)  # fmt: skip

ListRow = dict[str, str]


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a list. Raises SessionError where its columns or its session row are missing."""
    return _timeline(_rows(path)[1], path, probe)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write the list to `target`: a new one, or the one that the timeline was read from plus its changes.

    Files below the folder of `destination` are written as relative paths. Raises UsageError for a clip without a file.
    """
    columns: tuple[str, ...] = COLUMNS
    if timeline.document is None:
        rows = list(_all_rows(timeline, destination))
    else:
        columns, rows = _rows(timeline.document.path)
        rows = _edited_rows(
            rows, _timeline(rows, timeline.document.path, timeline.document.probe), timeline, destination
        )
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
        raise SessionError(f"this is not a list of stems: it has no column {missing[0]!r}")
    return columns, [{name: row[name] for name in columns} for row in table]


def _timeline(rows: list[ListRow], path: Path, probe: Probe) -> Timeline:
    head = next((row for row in rows if row["kind"] == "session"), None)
    if head is None:
        raise SessionError("this is not a list of stems: it has no row of the kind session")
    rate = int(head["rate"])
    tracks: dict[str, Track] = {}
    markers, tempos, signatures = [], [], []
    for number, row in enumerate(rows, 1):
        match row["kind"]:
            case "track":
                channels = int(row["channels"]) if row["channels"] else None
                tracks[row["track"]] = Track(row["track"], row["name"], (), channels, muted=row["muted"] == "1")
            case "clip":
                track = tracks[row["track"]]
                tracks[row["track"]] = replace(
                    track, clips=(*track.clips, _clip(row, f"clip {number}", rate, path, probe))
                )
            case "marker":
                markers.append(Marker(row["name"], Span(int(row["start"]), int(row["frames"]), rate)))
            case "tempo":
                tempos.append(Tempo(Fraction(row["start"]), Fraction(row["name"]), row["play_rate"] == "ramp"))
            case "meter":
                beats, unit = row["name"].split("/")
                signatures.append(TimeSignature(Fraction(row["start"]), int(beats), int(unit)))
    tempo = TempoMap(tuple(tempos), tuple(signatures)) if tempos and signatures else TempoMap()
    fps = parse_rate(head["play_rate"]) if head["play_rate"] else None
    return Timeline(
        path.stem,
        rate,
        tuple(tracks.values()),
        tuple(markers),
        tempo=tempo,
        origin=int(head["start"]),
        frame_rate=fps,
    )


def _clip(row: ListRow, clip_id: str, rate: int, path: Path, probe: Probe) -> ClipRef:
    return ClipRef(
        id=clip_id,
        name=row["name"],
        media=probe(path.parent / row["file"]) if row["file"] else None,
        cut=Span(int(row["cut_start"]), int(row["cut_frames"]), int(row["cut_rate"])),
        place=Span(int(row["start"]), int(row["frames"]), rate),
        gain=float(row["gain"]),
        fade_in=int(row["fade_in"]),
        fade_out=int(row["fade_out"]),
        play_rate=Fraction(row["play_rate"]),
        reverse=row["reverse"] == "1",
        channels=tuple(int(word) for word in row["channels"].split()) if row["channels"] else None,
        muted=row["muted"] == "1",
    )


def _all_rows(timeline: Timeline, destination: Path) -> Iterable[ListRow]:
    fps = "" if timeline.frame_rate is None else _fps(timeline.frame_rate)
    yield _row(kind="session", rate=timeline.rate, start=timeline.origin, play_rate=fps, name=clean(timeline.name))
    for tempo in timeline.tempo.tempos:
        yield _row(kind="tempo", start=tempo.at, name=tempo.bpm, play_rate="ramp" if tempo.ramp else "")
    for signature in timeline.tempo.signatures:
        yield _row(kind="meter", start=signature.at, name=f"{signature.beats}/{signature.unit}")
    yield from map(_marker_row, timeline.markers)
    for number, track in enumerate(timeline.tracks, 1):
        yield from _track_rows(track, str(number), destination)


def _track_rows(track: Track, track_id: str, destination: Path) -> Iterable[ListRow]:
    muted = int(track.muted)
    yield _row(kind="track", track=track_id, name=clean(track.name), channels=track.channels or "", muted=muted)
    for clip in track.clips:
        if clip.media is None:
            raise UsageError(f"clip {clip.name!r} has no audio file; a list of stems needs one, leave the clip out")
        yield _row(
            kind="clip", track=track_id, name=clean(clip.name), file=name_in_session(clip.media.path, destination),
            start=clip.place.start, frames=clip.place.frames, rate=clip.place.rate,
            cut_start=clip.cut.start, cut_frames=clip.cut.frames, cut_rate=clip.cut.rate,
            gain=repr(clip.gain), fade_in=clip.fade_in, fade_out=clip.fade_out, play_rate=clip.play_rate,
            reverse=int(clip.reverse), channels=" ".join(map(str, clip.channels or ())), muted=int(clip.muted),
        )  # fmt: skip


def _marker_row(marker: Marker) -> ListRow:
    span = marker.span
    return _row(kind="marker", name=clean(marker.name), start=span.start, frames=span.frames, rate=span.rate)


def _edited_rows(rows: list[ListRow], before: Timeline, after: Timeline, destination: Path) -> list[ListRow]:
    changes = compare(before, after)
    muting = {clip: str(int(muted)) for clip, muted in changes.mutes.items()}
    last = {row["track"]: number for number, row in enumerate(rows, 1)}
    edited: list[ListRow] = []
    for number, row in enumerate(rows, 1):
        edited.append({**row, "muted": muting.get(f"clip {number}", row["muted"])})
        last_of_track = bool(row["track"]) and last[row["track"]] == number
        for new in changes.tracks:
            if last_of_track and new.above == row["track"]:
                ids = {r["track"] for r in (*rows, *edited)}
                free = next(str(n) for n in range(1, len(rows) + len(edited) + 2) if str(n) not in ids)
                edited += _track_rows(new.track, free, destination)
    return [*edited, *map(_marker_row, changes.markers)]


def _row(**values: object) -> ListRow:
    return {name: str(values.get(name, "")) for name in COLUMNS}


def _fps(rate: FrameRate) -> str:
    return f"{rate.fps}{'df' if rate.drop else ''}"


FORMAT: Final = SessionFormat(
    name="stem list",
    suffixes=(".csv",),
    read=isolated_reader(__name__),
    write=isolated_writer(__name__, "write"),
    text_suffixes=(".csv",),
    capabilities=Capabilities(
        stretch=True, reverse=True, channels=True, mixed_rates=True, negative_gain=True, ramps=True
    ),
    is_list=True,
)
