"""Markers and regions of a session."""

from dataclasses import dataclass

from flowsep_plugin.audio.span import Span


@dataclass(frozen=True, slots=True)
class Marker:
    """A named point of the session where `span` is empty, else a region; at the session's rate."""

    name: str
    span: Span
