"""Audacity label tracks: lines of `start<TAB>end<TAB>name`, in seconds. Most editors read them.

`parse_labels(format_labels(m), rate) == m` for markers whose names are one clean line.
"""

import re
from collections.abc import Iterable

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import frames, number, seconds


def format_labels(markers: Iterable[Marker]) -> str:
    """Return the text of a label track, one line for each marker or region. Inverse: `parse_labels`."""
    return "".join(
        f"{seconds(m.span.start, m.span.rate)}\t{seconds(m.span.stop, m.span.rate)}\t{clean(m.name)}\n" for m in markers
    )


def parse_labels(text: str, rate: int) -> tuple[Marker, ...]:
    """Return the markers of a label track at `rate`; skips lines of frequencies, which start with a backslash.

    Raises SessionError for a line that is not a label.
    """
    markers = []
    for line in re.split(r"\r?\n", text):
        if not line.strip() or line.startswith("\\"):
            continue
        words = line.split("\t", 2)
        if len(words) < 2:
            raise SessionError(f"{line!r} is not a label: write start, end and name with tabs between them")
        start, stop = (frames(number(word.strip(), "a label's time"), rate) for word in words[:2])
        markers.append(Marker(words[2] if len(words) > 2 else "", Span(start, max(0, stop - start), rate)))
    return tuple(markers)
