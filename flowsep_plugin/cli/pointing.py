"""Hints as `--at` and `--not-at` take them, a sound and its times: "dog: 1.5-2, 0:07-0:07.5"."""

from collections.abc import Mapping, Sequence

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.queries import Hints, query_key, query_named
from flowsep_plugin.suggest import did_you_mean

from .times import TICKS, Time, parse_time

EXAMPLE = '--at "dog: 1.5-2"'


def parse_hints(here: Sequence[str], not_here: Sequence[str], queries: Sequence[str]) -> tuple[Hints | None, ...]:
    """Return `Request.hints` for `queries`, () where no text is given; times are spans in nanoseconds.

    A text names its sound in full or by words of it, or leaves it out where there is one query.
    Raises UsageError for a text that names no times, or a sound that is not one of the queries.
    """
    spans: dict[str, tuple[list[Span], list[Span]]] = {}
    for kind, texts in enumerate((here, not_here)):
        for text in texts:
            key, times = _sound_and_times(text, ("--at", "--not-at")[kind], queries)
            spans.setdefault(key, ([], []))[kind].extend(times)
    if not spans:
        return ()
    hints: Mapping[str, Hints] = {key: Hints(*of_sound) for key, of_sound in spans.items()}
    return tuple(hints.get(query_key(query)) for query in queries)


def _sound_and_times(text: str, option: str, queries: Sequence[str]) -> tuple[str, list[Span]]:
    """Return the key of the query that `text` names, and its times."""
    sound, times = _split(text)
    if not sound and len(queries) != 1:
        raise UsageError(
            f'{option} {text!r} must name one of the sounds {_listed(queries)}; write {option} "SOUND: 1-2"'
        )
    query = query_named(sound or queries[0], queries)
    if query is None:
        hint = did_you_mean(sound, queries) or f"; they are {_listed(queries)}"
        raise UsageError(f"{option} {text!r}: {sound!r} names none of the sounds to extract, or several{hint}")
    return query_key(query), [_span(part, text, option) for part in times.split(",")]


def _split(text: str) -> tuple[str, str]:
    """Return the sound of "SOUND: TIMES", "" where there is none; times have colons too, before a digit."""
    sound, colon, times = text.partition(": ")
    if colon:
        return sound.strip(), times
    head, colon, tail = text.partition(":")
    return (head.strip(), tail) if colon and not head.strip()[-1:].isdigit() else ("", text)


def _span(part: str, text: str, option: str) -> Span:
    first, dash, last = part.replace("–", "-").partition("-")
    if not dash:
        raise UsageError(f"{option} {text!r}: {part.strip()!r} is not a range of time; write {EXAMPLE}")
    start, stop = (_nanoseconds(parse_time(time), text, option) for time in (first, last))
    if stop <= start:
        raise UsageError(f"{option} {text!r}: {part.strip()!r} ends before it begins; write {EXAMPLE}")
    return Span(start, stop - start, TICKS)


def _nanoseconds(time: Time, text: str, option: str) -> int:
    if time.rate is None:
        raise UsageError(f"{option} {text!r}: samples cannot be counted here; write seconds, such as {EXAMPLE}")
    return time.count


def _listed(queries: Sequence[str]) -> str:
    return ", ".join(map(repr, queries))
