"""The renderer: an estimate and its clip in, stems and rest out, one block at a time.

Every block is rendered from the clip and the estimate alone, with as much of both around it as the transforms see. So
blocks need no memory of each other: an hour takes as much memory as a minute, a part equals the same part of the whole,
and nothing is heard where blocks meet. The rest is the clip minus the stems, which is why everything nulls.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.stft import Stft
from flowsep_plugin.audio.types import Doubles, Floats, Mel, Samples, Spectrum
from flowsep_plugin.engine.estimate import PEAK_SECONDS, Estimate
from flowsep_plugin.render_settings import RenderSettings

from . import resynth, spatial
from .masks import band_matrix, compete, interpolate, shape, taken

CONTEXT_SECONDS = max(spatial.REACH_SECONDS, PEAK_SECONDS) + 0.3
"""How far around a frame rendering looks at the estimate and the clip."""

_BLOCK_BYTES = 24 << 20
"""Memory aimed at for one spectrum of a block."""

_SHORTEST_SECONDS, _LONGEST_SECONDS = 1.0, 6.0
"""Longer blocks save little: 12 s take 130 MB more and a tenth less time, for what they share with their neighbours."""
_GATE_SMOOTHING = 5
"""Grid frames on either side that a gate's edge is spread over: 50 ms."""


@dataclass(frozen=True, slots=True)
class Block:
    """Timeline frames `[start, start + n)` of every stem, `(stems, channels, n)`, and of the rest, `(channels, n)`."""

    start: int
    stems: Samples
    residual: Samples


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders `estimate` onto `source`, whose frame 0 lies at timeline frame `origin`.

    wanted : how many of the estimate's texts become stems; those after them are negatives, which stay in the rest.
    vocode : makes waveforms of log-mels; needed by the modes "generated" and "hybrid".
    """

    source: Source
    origin: int
    estimate: Estimate
    settings: RenderSettings
    wanted: int
    vocode: Callable[[Mel], Samples] | None = None
    quantise: Callable[[Samples], Samples] | None = field(default=None)

    def blocks(self, span: Span) -> Iterator[Block]:
        """Render `span` (at the source's rate, on the timeline) from its start to its end.

        `grid_step` maps samples to what the file format can hold; stems go through it before the rest is taken, so
        that files null as exactly as their format allows.
        """
        length = self._block_frames()
        gates = self._gates()
        for start in range(span.start, span.stop, length):
            stop = min(start + length, span.stop)
            clip = self.source.read(start - self.origin, stop - self.origin)
            stems = self._stems(start, stop, gates) * taken(self.settings)
            if self.quantise is not None:
                stems = self.quantise(stems)
            residual = clip.astype(np.float64) - stems.sum(axis=0, dtype=np.float64)
            yield Block(start, stems, residual.astype(np.float32))

    def _stems(self, start: int, stop: int, gates: Floats) -> Samples:
        stft = Stft.for_rate(self.source.rate)
        reach = round(spatial.REACH_SECONDS * self.source.rate / stft.hop)
        first, last = stft.frames_over(start, stop)
        first, last = first - reach, last + reach
        begin, end = stft.samples_under(first, last)
        spectrum = stft.forward(self.source.read(begin - self.origin, end - self.origin))
        masks = self._masks(stft, first, last, gates)
        if self.source.channels == 2:
            stems = spatial.wiener(spectrum, masks, reach)[: self.wanted]
        else:
            stems = masks[:, : self.wanted].swapaxes(0, 1)[:, None] * spectrum
        if self.settings.mode != "mask":
            stems = self._resynthesise(stft, stems, begin, end, reach, masks)
        inner = stems[..., reach : last - first - reach, :]
        offset = start - (begin + reach * stft.hop)
        return np.ascontiguousarray(stft.inverse(inner)[..., offset : offset + stop - start])

    def _positions(self, stft: Stft, first: int, last: int) -> Doubles:
        """Grid frames, counted from the estimate's first, at which STFT frames `[first, last)` are centred."""
        grid, frames = self.estimate.grid, np.arange(first, last)
        return frames * (stft.hop * grid.rate) / (self.source.rate * grid.hop) - self.estimate.first

    def _masks(self, stft: Stft, first: int, last: int, gates: Floats) -> Floats:
        """Masks `(frames, texts, bins)` of STFT frames `[first, last)`."""
        positions = self._positions(stft, first, last)
        low, high = int(np.floor(positions[0])), int(np.ceil(positions[-1])) + 1
        mask_logits = interpolate(self.estimate.mask_logits.read(low, high), positions - low)
        masks = compete(mask_logits @ band_matrix(self.estimate.grid, self.source.rate, stft.bins))
        inside = np.clip(positions, 0, gates.shape[1] - 1)
        return shape(masks, interpolate(gates.T, inside), self.settings)

    def _gates(self) -> Floats:
        """Presence, opened a little before and closed a little after, `(texts, grid frames)`."""
        presence = self.estimate.presence()
        width = 2 * _GATE_SMOOTHING + 1
        kernel = np.ones(width, np.float32) / width
        padded = np.pad(presence, [(0, 0), (_GATE_SMOOTHING, _GATE_SMOOTHING)], mode="edge")
        return np.stack([np.convolve(row, kernel, mode="valid") for row in padded])

    def _resynthesise(self, stft: Stft, masked: Spectrum, begin: int, end: int, reach: int, masks: Floats) -> Spectrum:
        estimate = self.estimate
        if self.vocode is None or estimate.generated is None:
            raise ValueError(f"render mode {self.settings.mode} needs the generated mels and a vocoder")
        mono = resynth.waveform(
            estimate.generated, estimate.first, estimate.grid, self.vocode, begin, end, self.source.rate
        )[: self.wanted]  # fmt: skip
        generated = resynth.spread(stft.forward(mono), masked, reach // 8)
        open_now = np.clip(masks[:, : self.wanted].max(axis=-1) * 50, 0, 1).T[:, None, :, None]
        generated = generated * open_now
        return generated if self.settings.mode == "generated" else resynth.fill(masked, generated, max(1, reach // 16))

    def _block_frames(self) -> int:
        """Frames to a block: a whole number of hops, so much that its spectra fit the memory aimed at."""
        stft = Stft.for_rate(self.source.rate)
        width = max(self.source.channels, 2) * max(1, len(self.estimate.queries))
        seconds = _BLOCK_BYTES / (8 * width * (stft.bins / stft.hop) * self.source.rate)
        seconds = min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)
        return max(1, round(seconds * self.source.rate / stft.hop)) * stft.hop
