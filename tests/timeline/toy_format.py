"""A session format in one module and one row: JSON that holds clips, fades, gains and markers, and no timecode."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import Capabilities, ClipRef, Marker, SessionFormat, Timeline, Track
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.names import clean


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a toy session; its ids count tracks and clips from 1."""
    session = json.loads(path.read_text("utf-8"))
    rate = session["rate"]
    tracks = tuple(
        Track(
            id=f"track {number}",
            name=track["name"],
            clips=tuple(
                _clip(clip, f"clip {number}.{index}", rate, probe) for index, clip in enumerate(track["clips"], 1)
            ),
            muted=track["muted"],
        )
        for number, track in enumerate(session["tracks"], 1)
    )
    markers = tuple(Marker(name, Span(start, frames, rate)) for name, start, frames in session["markers"])
    return Timeline(path.stem, rate, tracks, markers)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write the timeline as JSON."""
    session = {
        "rate": timeline.rate,
        "markers": [(clean(mark.name), mark.span.start, mark.span.frames) for mark in timeline.markers],
        "tracks": [
            {"name": clean(track.name), "muted": track.muted, "clips": [_record(clip) for clip in track.clips]}
            for track in timeline.tracks
        ],
    }
    target.write_text(json.dumps(session, indent=1), "utf-8")


def _clip(record: dict[str, Any], clip_id: str, rate: int, probe: Probe) -> ClipRef:
    return ClipRef(
        id=clip_id,
        name=record["name"],
        media=probe(Path(record["file"])),
        cut=Span(*record["cut"], record["cut_rate"]),
        place=Span(*record["place"], rate),
        gain=record["gain"],
        fade_in=record["fades"][0],
        fade_out=record["fades"][1],
        play_rate=Fraction(record["play_rate"]),
        muted=record["muted"],
    )


def _record(clip: ClipRef) -> dict[str, object]:
    assert clip.media is not None
    return {
        "name": clean(clip.name), "file": str(clip.media.path), "cut": (clip.cut.start, clip.cut.frames),
        "cut_rate": clip.cut.rate, "place": (clip.place.start, clip.place.frames), "gain": clip.gain,
        "fades": (clip.fade_in, clip.fade_out), "play_rate": str(clip.play_rate), "muted": clip.muted,
    }  # fmt: skip


FORMAT: Final = SessionFormat(
    name="toy",
    suffixes=(".toy",),
    read=read,
    write=write,
    text_suffixes=(".toy",),
    capabilities=Capabilities(stretch=True, mixed_rates=True, tempo=False, origin=False, frame_rate=False),
)
