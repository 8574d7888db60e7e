"""Hints: spans of the timeline in which a query's sound is, and spans in which it is not."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.audio.span import Span
from flowsep_plugin.declared import declared
from flowsep_plugin.errors import UsageError
from flowsep_plugin.untrusted.shortened import shortened

MOST_SPANS = 1000
"""Spans of either kind that a query can have."""

HERE = 1
"""Value of a grid frame in which the sound is; a frame that no span marks is 0."""

NOT_HERE = -1
"""Value of a grid frame in which it is not."""


@dataclass(frozen=True, slots=True)
class Hints:
    """Spans of the clip's timeline, at any rate, in which the sound of a query is, and in which it is not.

    >>> Hints(here=[Span(0, 24_000, 48_000)], not_here=[Span(2, 1, 1)])
    Hints(here=(Span(start=0, frames=24000, rate=48000),), not_here=(Span(start=2, frames=1, rate=1),))

    Raises UsageError for an empty span, for more than `MOST_SPANS` of a kind, and where both kinds overlap.
    """

    here: Sequence[Span] = field(default=(), metadata=declared("spans in which the sound is", longest=MOST_SPANS))
    not_here: Sequence[Span] = field(
        default=(), metadata=declared("spans in which it is not; its stem is silent there", longest=MOST_SPANS)
    )

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            object.__setattr__(self, name, _checked(name, words, getattr(self, name)))
        both = _contradiction(self.here, self.not_here)
        if both is not None:
            raise UsageError(
                f"the sound cannot be and not be at the same time: {_text(both[0])} is marked as here and "
                f"{_text(both[1])} as not here; remove or shorten one of them",
                setting="not_here",
            )

    def __bool__(self) -> bool:
        """Whether there is any span."""
        return bool(self.here or self.not_here)

    def check_within(self, clip: Span) -> None:
        """Raise UsageError where a span lies outside `clip`; one that lies partly in it counts as far as it does."""
        for name, words in _WORDS.items():
            for span in getattr(self, name):
                if _start(span) >= _stop(clip) or _stop(span) <= _start(clip):
                    raise _refusal(
                        name,
                        f"{_text(span)}, marked as {words}, is outside the clip, which is {_text(clip)}; "
                        "mark a part of the clip",
                    )

    def on_grid(self, first: int, frames: int, step: Fraction) -> NDArray[np.int8]:
        """Return `HERE`, `NOT_HERE` or 0 of each of the grid frames `[first, first + frames)`.

        step : seconds between grid frames. A frame counts where its centre, frame * step, lies in a span; a span that
        is too short to contain one counts at its nearest frame.
        """
        values = np.zeros(frames, np.int8)
        for spans, value in ((self.here, HERE), (self.not_here, NOT_HERE)):
            for span in spans:
                start, stop = -(-_start(span) // step), -(-_stop(span) // step)
                if start == stop:
                    start, stop = (nearest := round((_start(span) + _stop(span)) / 2 / step)), nearest + 1
                values[max(0, start - first) : max(0, stop - first)] = value
        return values

    def as_json(self) -> dict[str, list[dict[str, int]]]:
        """Return plain values, `here` and `not_here`, without the one that is empty."""
        return {
            name: [{"start": one.start, "frames": one.frames, "rate": one.rate} for one in getattr(self, name)]
            for name in _WORDS
            if getattr(self, name)
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Hints":
        """Return the hints in plain values; the inverse of `as_json`. Raises UsageError, TypeError for other names."""
        return cls(**{name: [_span(name, one) for one in spans] for name, spans in record.items()})


_WORDS = {"here": "here", "not_here": "not here"}


def _checked(name: str, words: str, spans: Any) -> tuple[Span, ...]:
    """Return spans of one kind by their start. Raises UsageError."""
    if isinstance(spans, Span):
        spans = [spans]
    if not isinstance(spans, Iterable) or isinstance(spans, (str, Mapping)):
        raise _refusal(name, f"{name} must be a list of Span, got {spans!r}")
    checked = tuple(spans)
    if len(checked) > MOST_SPANS:
        raise _refusal(
            name, f"{len(checked)} spans are marked as {words}, at most {MOST_SPANS} are allowed; remove some"
        )
    for span in checked:
        if not isinstance(span, Span):
            raise _refusal(name, f"{name} must be a list of Span, got {span!r} in it")
        if not span.frames:
            raise _refusal(
                name, f"the span at {_seconds(_start(span))} s, marked as {words}, is empty; mark a longer one"
            )
    return tuple(sorted(checked, key=lambda span: (_start(span), _stop(span))))


def _refusal(name: str, message: str) -> UsageError:
    """Return the error for wrong spans of the field `name`."""
    return UsageError(message, setting="here") if name == "here" else UsageError(message, setting="not_here")


def _contradiction(here: Sequence[Span], not_here: Sequence[Span]) -> tuple[Span, Span] | None:
    """Return a span of each kind that overlap, or None. Both are sorted by their start."""
    starts = [_start(span) for span in here]
    latest = list(accumulate(here, _later))
    for span in not_here:
        before = bisect_left(starts, _stop(span))
        if before and _stop(latest[before - 1]) > _start(span):
            return latest[before - 1], span
    return None


def _later(one: Span, other: Span) -> Span:
    """Return the span that stops later."""
    return max(one, other, key=_stop)


def _span(name: str, record: Any) -> Span:
    try:
        return Span(**record)
    except (TypeError, ValueError) as error:
        raise _refusal(name, f"{name}: {shortened(record)} is not a span ({error})") from error


def _start(span: Span) -> Fraction:
    return Fraction(span.start, span.rate)


def _stop(span: Span) -> Fraction:
    return Fraction(span.stop, span.rate)


def _text(span: Span) -> str:
    return f"{_seconds(_start(span))}-{_seconds(_stop(span))} s"


def _seconds(value: Fraction) -> str:
    return f"{float(value):.3f}".rstrip("0").rstrip(".")
