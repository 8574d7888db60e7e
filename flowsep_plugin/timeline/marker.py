"""A named place or stretch of the session."""

from dataclasses import dataclass

from flowsep_plugin.audio.span import Span


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker where `span` is empty, a region else; at the session's rate."""

    name: str
    span: Span
