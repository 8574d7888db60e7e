"""Hints of a session: its regions and markers named "here: dog" or "not: dog", and how hints reach each clip's file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.queries import Hints, query_named
from flowsep_plugin.timeline import ClipRef, Marker, Timeline

_NAME: Final = re.compile(r"\s*(here|not(?:\s+here)?)\s*:\s*(.*\S)\s*", re.IGNORECASE)
_MARKER_SECONDS: Final = 0.5
"""A marker without length stands for this much around it."""


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A marker that says where a sound is, or is not: the words for the sound, and the span at the session's rate."""

    sound: str
    is_here: bool
    span: Span


def marked_spans(markers: Sequence[Marker]) -> Iterator[MarkedSpan]:
    """Yield the markers and regions that are named "here: SOUND", "not: SOUND" or "not here: SOUND"."""
    for marker in markers:
        if match := _NAME.fullmatch(marker.name):
            yield MarkedSpan(match[2], match[1].casefold() == "here", _widened(marker.span))


def with_marker_hints(request: Request, timeline: Timeline) -> Request:
    """Return `request` with the hints of the session's markers beside its own, on the session's timeline.

    A marker's words name a query in full or by some of its words; other markers are ignored.
    Raises UsageError where they contradict each other.
    """
    marked = [(query_named(one.sound, request.queries), one) for one in marked_spans(timeline.markers)]
    if not any(query is not None for query, _ in marked):
        return request
    own = request.hints or (None,) * len(request.queries)
    hints = []
    for query, before in zip(request.queries, own, strict=True):
        spans = {is_here: [one.span for of, one in marked if of == query and one.is_here is is_here]
                 for is_here in (True, False)}  # fmt: skip
        typed = before or Hints()
        hints.append(Hints([*typed.here, *spans[True]], [*typed.not_here, *spans[False]]) or None)
    return replace(request, hints=hints)


def marker_line(request: Request, timeline: Timeline) -> str | None:
    """Return one line that says which markers are hints, and which of them name none of the queries; None for none."""
    counts: dict[str, list[int]] = {}
    strange = []
    for one in marked_spans(timeline.markers):
        query = query_named(one.sound, request.queries)
        if query is None:
            strange.append(one.sound)
        else:
            counts.setdefault(query, [0, 0])[not one.is_here] += 1
    parts = [f"{query!r} here {here}×, not here {away}×" for query, (here, away) in counts.items()]
    lines = [f"marked in the session: {'; '.join(parts)}"] if parts else []
    if strange:
        lines.append(f"markers for {', '.join(map(repr, dict.fromkeys(strange)))} name none of the sounds, or several")
    return "; ".join(lines) or None


def hints_of_clip(request: Request, clip: ClipRef) -> Request:
    """Return `request`, whose hints are on the session's timeline, with hints in frames of the clip's file.

    What lies outside of the clip is left out.
    """
    if not request.hints:
        return request
    return replace(request, hints=[None if one is None else _of_clip(one, clip) for one in request.hints])


def _of_clip(hints: Hints, clip: ClipRef) -> Hints | None:
    here, not_here = (list(_cuts(spans, clip)) for spans in (hints.here, hints.not_here))
    return Hints(here, not_here) or None


def _cuts(spans: Sequence[Span], clip: ClipRef) -> Iterator[Span]:
    """Yield the parts of `spans` of the session that the clip's file has, in frames of the file as it is read."""
    media = clip.media
    if media is None:
        return
    for span in spans:
        cut = media.file_span(clip.trimmed(span.at(clip.place.rate)).cut)
        if media.file_frames is not None and media.rate == cut.rate:
            cut = cut.intersect(Span(0, media.file_frames, cut.rate))
        if cut.frames:
            yield cut


def _widened(span: Span) -> Span:
    if span.frames:
        return span
    frames = round(_MARKER_SECONDS * span.rate)
    return Span(span.start - frames // 2, frames, span.rate)
