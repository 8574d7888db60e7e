"""The renderer: an estimate and its clip in, stems and residual out, one block at a time.

Every block is rendered from the clip and the estimate alone, with as much context of both as the transforms reach. So
blocks do not depend on each other: an hour takes as much memory as a minute, a part equals the same part of the whole,
and joins are inaudible. The residual is the clip minus the stems, which is why everything nulls.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.levels import loud_exponent
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Doubles, Floats, Mel, Samples, Spectrum
from flowsep_plugin.edits import MaskEdit
from flowsep_plugin.edits.bins import BinAxis
from flowsep_plugin.engine.estimate import PEAK_SECONDS, Estimate
from flowsep_plugin.render_settings import Mode, RenderSettings

from . import resynth, spatial
from .edited import apply_edits, in_order
from .masks import band_matrix, compete, interpolate, shape, stem_gains
from .summing_grid import residual_of, split_exactly

CONTEXT_SECONDS = max(spatial.REACH_SECONDS, PEAK_SECONDS) + 0.3
"""Context of a frame on either side, in estimate and clip."""

_BLOCK_BYTES = 24 << 20
"""Memory for one spectrum of a block."""

_SHORTEST_SECONDS, _LONGEST_SECONDS = 1.0, 6.0
"""Longer blocks save little: 12 s take 130 MB more and a tenth less time, as context is computed twice."""
_GATE_SMOOTHING = 5
"""Grid frames on either side over which a gate opens and closes: 50 ms."""


@dataclass(frozen=True, slots=True)
class Block:
    """Timeline frames `[start, start + n)`: stems `(stems, channels, n)` and residual `(channels, n)`."""

    start: int
    stems: Samples
    residual: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Renders `estimate` onto `source`, whose frame 0 is timeline frame `origin`.

    settings : of each of the queries of `estimate`.
    stems : indices of the queries that become stems; the others stay in the residual.
    vocode : waveforms (Q, n) of vocoder features; required by the modes "generated" and "hybrid".
    quantise : rounds samples to what the output format can hold, before the residual is taken, so that files null as
    exactly as their format allows; None for float32, whose grid is `summing_grid`'s.
    threads : at work at once; the result does not depend on it.
    edits : of each of the first queries of `estimate`, by hand; the others have none. See `edited`.
    """

    source: Source
    origin: int
    estimate: Estimate
    settings: Sequence[RenderSettings]
    stems: Sequence[int]
    vocode: Callable[[Mel], Samples] | None = None
    quantise: Callable[[Samples], Samples] | None = None
    threads: int = 1
    edits: Sequence[Sequence[MaskEdit]] = ()

    def blocks(self, span: Span, only: Span | None = None) -> Iterator[Block]:
        """Yield the blocks of `span`, a range of the timeline at the source's rate, in order.

        only : yield just the blocks that overlap it, bit for bit those of the whole: a part that was edited is pasted
        into an older render.
        """
        gates = self._gates()
        for start, stop in self.block_ranges(span, only):
            clip = self.source.read(start - self.origin, stop - self.origin)
            stems = self._stems(start, stop, gates) * stem_gains(self._stem_settings)
            if self.quantise is None:
                yield Block(start, *split_exactly(clip, stems))
            else:
                stems = self.quantise(stems)
                yield Block(start, stems, residual_of(clip, stems))

    def block_ranges(self, span: Span, only: Span | None = None) -> list[tuple[int, int]]:
        """Return the half-open ranges of the timeline of the blocks that `blocks` yields."""
        length = self._block_frames()
        ranges = [(start, min(start + length, span.stop)) for start in range(span.start, span.stop, length)]
        return [one for one in ranges if only is None or (one[0] < only.stop and only.start < one[1])]

    def _stems(self, start: int, stop: int, gates: Floats) -> Samples:
        """Return stems (stems, channels, stop - start) at full gain; `gates` (queries, grid frames)."""
        if not self.stems:
            return np.zeros((0, self.source.channels, stop - start), np.float32)
        stft = Stft.for_rate(self.source.rate)
        reach = round(spatial.REACH_SECONDS * self.source.rate / stft.hop)
        first, last = stft.frames_over(start, stop)
        first, last = first - reach, last + reach
        begin, end = stft.samples_under(first, last)
        samples = self.source.read(begin - self.origin, end - self.origin)
        exponent = loud_exponent(samples)
        spectrum = stft.forward(np.ldexp(samples, -exponent) if exponent else samples)
        masks = self._masks(stft, first, last, gates)
        if self.source.channels == 2:
            stems = spatial.wiener(spectrum, masks, reach, threads=self.threads)[self._rows]
        else:
            stems = masks[:, self._rows].swapaxes(0, 1)[:, None] * spectrum
        if any(settings.mode != "mask" for settings in self._stem_settings):
            stems = self._resynthesise(stft, stems, begin, end, reach, masks, exponent)
        inside = slice(reach, last - first - reach)
        inner = stems[..., inside, :]
        if any(self.edits):
            rows = {query: row for row, query in enumerate(self.stems)}
            edits, axis = in_order(self.edits), BinAxis.for_rate(self.source.rate)
            apply_edits(inner, spectrum[:, inside], first + reach, edits, rows, axis)
        offset = start - (begin + reach * stft.hop)
        rendered = np.ascontiguousarray(stft.inverse(inner)[..., offset : offset + stop - start])
        return np.ldexp(rendered, exponent) if exponent else rendered

    def _positions(self, stft: Stft, first: int, last: int) -> Doubles:
        """Return the centres of STFT frames `[first, last)`, `(last - first,)`, in grid frames of the estimate."""
        grid, frames = self.estimate.grid, np.arange(first, last)
        return frames * (stft.hop * grid.rate) / (self.source.rate * grid.hop) - self.estimate.first

    def _masks(self, stft: Stft, first: int, last: int, gates: Floats) -> Floats:
        """Return masks `(frames, queries, bins)` of STFT frames `[first, last)`."""
        positions = self._positions(stft, first, last)
        low, high = int(np.floor(positions[0])), int(np.ceil(positions[-1])) + 1
        mask_logits = interpolate(self.estimate.read_mask_logits(low, high), positions - low)
        masks = compete(mask_logits @ band_matrix(self.estimate.grid, self.source.rate, stft.bins))
        inside = np.clip(positions, 0, gates.shape[1] - 1)
        return shape(masks, interpolate(gates.T, inside), self.settings)

    def _gates(self) -> Floats:
        """Return presence, smoothed so that gates open early and close late, `(queries, grid frames)`."""
        presence = self.estimate.presence()
        width = 2 * _GATE_SMOOTHING + 1
        kernel = np.ones(width, np.float32) / width
        padded = np.pad(presence, [(0, 0), (_GATE_SMOOTHING, _GATE_SMOOTHING)], mode="edge")
        return np.stack([np.convolve(row, kernel, mode="valid") for row in padded])

    def _resynthesise(
        self, stft: Stft, masked: Spectrum, begin: int, end: int, reach: int, masks: Floats, exponent: int
    ) -> Spectrum:
        """Replace or fill masked stems (stems, channels, frames, bins) with generated audio of samples [begin, end).

        exponent : the masked stems are those of the clip times 2^-exponent.
        """
        estimate = self.estimate
        if self.vocode is None or estimate.generated is None:
            raise ValueError("a render mode other than mask requires an estimate with vocoder features and a vocoder")
        mono = resynth.waveform(
            estimate.generated,
            first=estimate.first,
            grid=estimate.grid,
            vocode=self.vocode,
            start=begin,
            stop=end,
            rate=self.source.rate,
            log_gain=-exponent * math.log(2),
        )[self._rows]
        generated = resynth.spread(stft.forward(mono), masked, reach // 8)
        gate = np.clip(masks[:, self._rows].max(axis=-1) * 50, 0, 1).T[:, None, :, None]
        generated = generated * gate
        stems = masked.copy()
        whole, filled = self._stems_in("generated"), self._stems_in("hybrid")
        stems[whole] = generated[whole]
        if filled:
            stems[filled] = resynth.fill(masked[filled], generated[filled], max(1, reach // 16))
        return stems

    def _stems_in(self, mode: Mode) -> list[int]:
        """Return the rows of the stems that are rendered in `mode`."""
        return [row for row, settings in enumerate(self._stem_settings) if settings.mode == mode]

    @property
    def _stem_settings(self) -> list[RenderSettings]:
        return [self.settings[index] for index in self.stems]

    @property
    def _rows(self) -> slice | list[int]:
        """The stems among the queries; a slice, which copies nothing, where they are the first ones."""
        stems = list(self.stems)
        return slice(len(stems)) if stems == list(range(len(stems))) else stems

    def _block_frames(self) -> int:
        """Return the length of a block: a whole number of hops whose spectra fit `_BLOCK_BYTES`."""
        stft = Stft.for_rate(self.source.rate)
        width = max(self.source.channels, 2) * max(1, len(self.estimate.queries))
        seconds = _BLOCK_BYTES / (8 * width * (stft.bins / stft.hop) * self.source.rate)
        seconds = min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)
        return max(1, round(seconds * self.source.rate / stft.hop)) * stft.hop
