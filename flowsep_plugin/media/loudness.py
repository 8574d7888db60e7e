"""Loudness and true peak of an audio file, read once, block by block."""

from collections.abc import Iterator
from pathlib import Path

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.loudness import Loudness, LoudnessMeter
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.true_peak import TruePeakMeter
from flowsep_plugin.audio.types import Samples

from .source import open_media

_READ_FRAMES = 1 << 18


def integrated_lufs(path: Path) -> float | None:
    """Return the gated loudness of the file in LUFS, or None below -70 LUFS, under 0.4 s or under 4 kHz.

    Raises MediaError where the file cannot be read.
    """
    with open_media(path) as source:
        meter = LoudnessMeter(source.rate, source.channels)
        for block in _blocks(source, Span(0, source.frames, source.rate)):
            meter.add(block)
    return meter.integrated_lufs()


def file_loudness(path: Path) -> Loudness:
    """Return loudness, its range and the true peak of the file. Raises MediaError where it cannot be read."""
    with open_media(path) as source:
        return measure_loudness(source)


def measure_loudness(source: Source, span: Span | None = None) -> Loudness:
    """Return loudness, its range and the true peak of `source`, or of the part of it that is in `span`.

    Raises MediaError where it cannot be read.
    """
    whole = Span(0, source.frames, source.rate)
    part = whole if span is None else span.at(source.rate).intersect(whole)
    meter, peak = LoudnessMeter(source.rate, source.channels), TruePeakMeter(source.rate, source.channels)
    for block in _blocks(source, part):
        meter.add(block)
        peak.add(block)
    return Loudness(
        integrated_lufs=meter.integrated_lufs(),
        range_lu=meter.range_lu(),
        true_peak_dbtp=peak.dbtp(),
        max_momentary_lufs=meter.max_momentary_lufs(),
        max_short_term_lufs=meter.max_short_term_lufs(),
    )


def _blocks(source: Source, part: Span) -> Iterator[Samples]:
    """Yield the frames of `part`, at the source's rate, as blocks of (channels, n)."""
    for first in range(part.start, part.stop, _READ_FRAMES):
        yield source.read(first, min(first + _READ_FRAMES, part.stop))
