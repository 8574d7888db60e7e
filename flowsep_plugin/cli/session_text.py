"""The clips and the check of a session, as text and as JSON, line by line."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from flowsep_plugin.timeline import ClipRef, FrameRate, Timeline, Track
    from flowsep_plugin.timeline.check import SessionCheck

_MOST_NAMES: Final = 6


def clips_json(timeline: "Timeline", rate: "FrameRate | None") -> Iterator[str]:
    """Yield the session as one JSON object."""
    rows = [_row(track, clip, timeline, rate) for track, clip in timeline.clips()]
    head = {"name": timeline.name, "rate": timeline.rate, "left_alone": timeline.untouched}
    yield json.dumps({**head, "clips": rows})


def clips_text(timeline: "Timeline", rate: "FrameRate | None") -> Iterator[str]:
    """Yield a line for the session, for each track that has clips, and for each clip, with its marks."""
    from flowsep_plugin.timeline.check import difference_words

    count = sum(len(track.clips) for track in timeline.tracks)
    yield f"{timeline.name}: {timeline.rate} Hz, {len(timeline.tracks)} tracks, {count} clips"
    if timeline.untouched:
        yield f"left alone: {'; '.join(timeline.untouched)}"
    for track in timeline.tracks:
        if track.clips:
            words = difference_words(track.differences)
            yield f"{track.name!r}" + (f"  (not in its stems: {words})" if words else "")
        for clip in track.clips:
            row = _row(track, clip, timeline, rate)
            place = f"{row['start']:>12} {row['bars']:>10} {row['timecode'] or '':>11} {row['frames']:>11}"
            yield f"  {row['id']}  {place}  {row['name']!r}" + "".join(
                f"  ({mark})" for mark in _marks(track, clip, row)
            )


def check_json(check: "SessionCheck") -> Iterator[str]:
    """Yield the check as one JSON object; paths are texts, and a difference is its kind and name."""
    plain = asdict(check)
    plain["relinked"] = {str(path): str(file) for path, file in check.relinked.items()}
    yield json.dumps(plain, default=str)


def check_text(check: "SessionCheck") -> Iterator[str]:
    """Yield the check in sections; those with nothing in them are left out."""
    from flowsep_plugin.timeline.check import difference_words, quoted

    counts = f"{check.tracks} tracks; {check.separable} of {check.clips} clips can be separated"
    yield f"{check.name}: {check.rate} Hz, {counts}"
    groups = {
        "cannot be separated": check.refused, "silent, skipped unless you name them": check.silent,
        "media at another rate": check.other_rates, "past the file": check.past_media,
    }  # fmt: skip
    sections = {
        title: [f"{group.reason}: {quoted(group.clips, _MOST_NAMES)} ({_clips(len(group.clips))})"
                if len(group.clips) > 1 else f"clip {group.clips[0]!r} {group.reason}" for group in of_title]
        for title, of_title in groups.items()
    }  # fmt: skip
    sections["not in the stems"] = [
        f"{difference_words(owner.differences)} of {owner.kind} {owner.name!r}" for owner in check.differences
    ]
    sections["gain that moves"] = [f"clip {name!r}" for name in dict.fromkeys(check.moving_gains)]
    sections["missing media, searched in the folders that --media names"] = [
        f"{media.path} ({_clips(media.clips)}): {_matches_text(media.matches)}" for media in check.missing
    ]
    sections["media found elsewhere"] = [f"{path}: {file}" for path, file in check.relinked.items()]
    sections["left alone"] = list(check.untouched)
    sections["ids that several clips have"] = list(check.duplicate_ids)
    sections["cannot be saved"] = [check.obstacle] if check.obstacle else []
    for title, lines in sections.items():
        if lines:
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)


def _row(track: "Track", clip: "ClipRef", timeline: "Timeline", rate: "FrameRate | None") -> dict[str, Any]:
    from flowsep_plugin.timeline.position import bars_text, timecode_text

    return {
        "track": track.name,
        "id": clip.id,
        "name": clip.name,
        "start": clip.place.start,
        "frames": clip.place.frames,
        "bars": bars_text(clip.place.start, timeline),
        "timecode": timecode_text(clip.place.start, timeline, rate),
        "media": None if clip.media is None else str(clip.media.path),
        "cut": [clip.cut.start, clip.cut.frames, clip.cut.rate],
        "muted": clip.muted,
        "silent": track.why_silent(clip),
        "gain_moves": clip.gain_curve is not None,
        "differences": [str(difference) for difference in (*track.differences, *clip.differences)],
        "why_not": clip.why_not(),
    }


def _marks(track: "Track", clip: "ClipRef", row: dict[str, Any]) -> Iterator[str]:
    from flowsep_plugin.timeline.check import difference_words

    if row["silent"]:
        yield "muted" if clip.muted or track.muted else f"silent: {row['silent']}"
    if row["gain_moves"]:
        yield "gain moves"
    if clip.differences:
        yield f"not in its stems: {difference_words(clip.differences)}"
    if row["why_not"]:
        yield f"no: {row['why_not']}"


def _clips(count: int) -> str:
    return f"{count} clip{'s' * (count != 1)}"


def _matches_text(files: "Sequence[Path]") -> str:
    if not files:
        return "not below the session's folder either"
    if len(files) == 1:
        return f"found in --media {files[0].parent}"
    return f"several files fit equally: {', '.join(map(str, files))}"
