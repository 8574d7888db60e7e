"""Lines for people about sounds that were heard."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flowsep_plugin.cli.reporters import clock

if TYPE_CHECKING:
    from flowsep_plugin.hosts.session_listening import ClipHeard
    from flowsep_plugin.listening import Heard, HeardSound

_MOST_PLACES = 3
SURE_WORDS = {"sure": "sure", "likely": "likely", "maybe": "may be there"}
"""Certainty -> how the command line says it."""


def file_lines(name: str, result: "Heard") -> Iterator[str]:
    """Yield the lines of one file: its name and length, then a line for every sound."""
    yield f"{name} ({clock(result.seconds)}){_nothing(result)}"
    places = [[(span.start / span.rate, span.stop / span.rate) for span in sound.spans] for sound in result]
    yield from _sound_lines(tuple(result), places, indent="  ")


def clip_lines(clip: "ClipHeard") -> Iterator[str]:
    """Yield the lines of one clip of a session; times are those of the session."""
    title = f"  {clip.track.name!r} {clip.clip.name!r}"
    if clip.result is None:
        yield f"{title}: not listened to, it {clip.why_not}"
        return
    yield f"{title}{_nothing(clip.result)}"
    places = [[clip.seconds_of(span) for span in sound.spans] for sound in clip.result]
    yield from _sound_lines(tuple(clip.result), places, indent="    ")


def _nothing(result: "Heard") -> str:
    return "" if result.sounds else ": nothing is heard, it is silent" if result.is_silent else ": nothing is heard"


def _sound_lines(
    sounds: Sequence["HeardSound"], places: Sequence[list[tuple[float, float]]], *, indent: str
) -> Iterator[str]:
    width = max((len(sound.caption) for sound in sounds), default=0)
    for sound, spans in zip(sounds, places, strict=True):
        words = f"{SURE_WORDS[sound.certainty]:<12}  {sound.level_db:6.1f} dBFS"
        yield f"{indent}{sound.caption:<{width}}  {words}  {places_text(spans)}"


def places_text(spans: Sequence[tuple[float, float]]) -> str:
    """Return the first places, such as "1.2-3.4 s, 7.0-9.1 s and 4 more"."""
    first = ", ".join(f"{start:.1f}-{stop:.1f} s" for start, stop in spans[:_MOST_PLACES])
    return first + (f" and {len(spans) - _MOST_PLACES} more" if len(spans) > _MOST_PLACES else "")
