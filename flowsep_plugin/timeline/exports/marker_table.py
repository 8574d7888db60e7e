"""Markers as a table, for spreadsheets and scripts."""

import csv
import io
from collections.abc import Iterable

from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import seconds
from flowsep_plugin.timeline.position import bars_text, timecode_text
from flowsep_plugin.timeline.timeline import Timeline

COLUMNS = ("name", "start", "end", "rate", "start_seconds", "end_seconds", "timecode", "bars")


def marker_table(markers: Iterable[Marker], timeline: Timeline) -> str:
    """Return markers as CSV: name, start and end in frames and seconds, start in timecode (if any) and bars."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for marker in markers:
        start, stop, rate = marker.span.start, marker.span.stop, marker.span.rate
        timecode = timecode_text(start, timeline) or ""
        table.writerow([clean(marker.name), start, stop, rate, seconds(start, rate), seconds(stop, rate), timecode,
                        bars_text(start, timeline)])  # fmt: skip
    return text.getvalue()
