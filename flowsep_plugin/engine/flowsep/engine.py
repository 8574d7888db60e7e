"""FlowSep on ONNX Runtime: text-conditioned rectified flow in the latent space of a mel VAE (Yuan et al., ICASSP 2025).

Windows and queries are encoded once; only the velocity graph runs once a flow step. Windows and queries are stacked as
pairs and run in batches that fit the device.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from flowsep_plugin.audio.mel import band_centres_hz, band_edges_hz, log_mel_of_channels
from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.engine.base import (
    Grid,
    NearestLabels,
    QueryEncoding,
    Request,
    Tick,
    VocoderFeatures,
    WindowEstimate,
)
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.bundle_engine import BundleEngine
from flowsep_plugin.engine.encoding_cache import EncodingCache
from flowsep_plugin.engine.mask_logits import LIMIT, calibrate_logits, energies, logits_of_pair, logits_of_single
from flowsep_plugin.errors import UsageError
from flowsep_plugin.flow.noise import noise_field
from flowsep_plugin.flow.solvers import EVALUATIONS, SOLVERS

from .analysis import Analyser
from .card import FlowSepCard
from .zero_shot import sentence_vectors

_VOCODER_FRAMES = 1024
_VOCODER_CONTEXT = 64
"""Mel frames to a vocoder call, and how many on either side are thrown away: more than its kernels see."""

_MOST_NEAREST = 256
"""Queries whose nearest labels are kept, so that rendering again costs no text graph (6 ms a query)."""


class FlowSepEngine(BundleEngine[FlowSepCard]):
    """An opened bundle of the `flowsep` family. Construct with `FlowSepEngine.open`."""

    BATCH: ClassVar = {"cpu": 4, "": 32}
    """Pairs of window and query that go through the velocity graph at once, by device."""

    def __init__(
        self,
        bundle: ModelBundle,
        device: str = "auto",
        *,
        threads: int | None = None,
        batch: int | None = None,
        bind: bool | None = None,
    ) -> None:
        super().__init__(bundle, device, threads=threads, batch=batch, bind=bind)
        spec = self.card.mel
        self._grid = Grid(spec.rate, spec.hop, tuple(float(hz) for hz in band_centres_hz(spec)))
        edges = band_edges_hz(spec)
        self._widths = np.asarray(edges[2:] - edges[:-2], np.float32)
        self._latents, self._decoded_mixtures = EncodingCache(), EncodingCache()
        self._nearest: dict[str, NearestLabels] = {}
        self._takes_step = self.graphs.has_input("velocity", "step")
        self._logits_output = self.graphs.output_index("velocity", "odds")
        self.analyser = (
            None if self.card.components is None else Analyser(bundle, self.graphs, self._grid, self._widths)
        )

    @property
    def grid(self) -> Grid:
        """Mel frames by mel bands."""
        return self._grid

    @property
    def vocoder_features(self) -> VocoderFeatures | None:
        """Log-mels for the vocoder, where the bundle has one."""
        if "vocoder" not in self.graphs.sessions:
            return None
        return VocoderFeatures(self.card.mel.bands, self.card.mel.silence)

    def log_spectrum(self, windows: Samples) -> Mel:
        """See `Engine.log_spectrum`: the log-mel (windows, frames, bands)."""
        return log_mel_of_channels(windows, self.card.mel, self.card.window_mel_frames)

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Return the token states of every query, followed by those of the complements where the card has them."""
        texts = list(queries)
        if self._asks_for_complement and self.card.flow.complement:
            texts += [self.card.flow.complement.replace("{}", query) for query in queries]
        ids, mask = self.token_ids(texts)
        states = self.graphs.run("text", {"input_ids": ids, "attention_mask": mask})[0]
        return QueryEncoding(tuple(queries), states, mask.astype(np.float32))

    def nearest_labels(self, queries: Sequence[str]) -> tuple[NearestLabels, ...]:
        """Return the listener's classes nearest to each query; see `Engine.nearest_labels`."""
        if self.analyser is None:
            return ()
        new = [query for query in queries if query not in self._nearest]
        if new:
            encoding, count = self.encode_queries(new), len(new)
            vectors = sentence_vectors(encoding.states[:count], encoding.mask[:count])
            self._nearest |= zip(new, self.analyser.classes.nearest(vectors), strict=True)
        nearest = tuple(self._nearest[query] for query in queries)
        if len(self._nearest) > _MOST_NEAREST:
            self._nearest.clear()
        return nearest

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """Return the velocity calls for every window and text, plus one each for encoding, analysing and decoding."""
        steps, solver = self._schedule(request)
        texts = query_count * (2 if self._asks_for_complement else 1)
        flow = texts * (steps * EVALUATIONS[solver] * request.seed_count + 1)
        return windows * (flow + (1 if self.analyser is None else 2))

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Estimate Q queries in windows (windows, channels, frames); see `Engine.estimate`."""
        count = len(query.queries)
        mel = self.log_spectrum(windows)
        mixture = self.encode(mel)
        tick(len(windows))
        mask_logits, mels = self.text_logits(mel, mixture, starts, query, request, tick)
        energy_logits = mask_logits
        if self.analyser is not None:
            analysis = self.analyser.analyse(windows, mel[:, None], mixture)
            mask_logits, energy_logits = self.analyser.fuse(mask_logits, mel, query, analysis)
            mask_logits = np.clip(mask_logits, -LIMIT, LIMIT)
            tick(len(windows))
        energy, total = energies(energy_logits, mel[:, None], self._widths)
        generated = np.maximum(mels[0][:, :count], np.float32(self.card.mel.silence)) if mels else None
        return WindowEstimate(mask_logits, energy, total[:, 0], generated)

    def close(self) -> None:
        """Release the sessions and all cached encodings; see `Engine.close`."""
        super().close()
        self._latents.clear()
        self._decoded_mixtures.clear()
        if self.analyser is not None:
            self.analyser.clear()

    def encode(self, mel: Mel) -> Floats:
        """Return the scaled latents (windows, C, T, F) of mixtures' log-mels (windows, frames, bands), cached."""
        return self._latents.get_or_compute(mel[:, None], self._encode_all)

    def text_logits(
        self, mel: Mel, mixture: Floats, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> tuple[Floats, list[Mel]]:
        """Run the text-conditioned network alone; return its mask logits and the log-mels that it generated, if any.

        Both are (windows, Q, frames, bands); of the log-mels, one array a generation.

        mel : (windows, frames, bands).     mixture : their latents, as `encode` returns them.
        """
        card = self.card
        pairs = [(window, text) for window in range(len(mel)) for text in range(len(query.states))]
        logits: list[Floats] = []
        generations: list[list[Mel]] = []
        for batch in self.graphs.batches(np.asarray(pairs)):
            columns = [starts[window] // card.column_frames for window, _ in batch]
            latent, mask_logits = self._generate(mixture[batch[:, 0]], columns, query, batch[:, 1], request, tick)
            logits += [] if mask_logits is None else [mask_logits]
            if mask_logits is None or request.needs_vocoder:
                generations.append([self._decode(part) for part in np.split(latent, card.flow.generations, axis=1)])
            tick(len(batch))
        shape = (len(mel), len(query.states), card.window_mel_frames, card.mel.bands)
        mels = [np.concatenate(parts).reshape(shape) for parts in zip(*generations, strict=True)]
        if logits:
            return calibrate_logits(np.concatenate(logits).reshape(shape), card.mask), mels
        return self._logits_of(mels, mixture, len(query.queries)), mels

    def _logits_of(self, mels: Sequence[Mel], mixture: Floats, query_count: int) -> Floats:
        """Mask logits (windows, Q, frames, bands) from generated mels alone: target and complement, or target."""
        target, rule = mels[0], self.card.mask
        if len(mels) > 1:
            return logits_of_pair(target, mels[1], rule)
        if target.shape[1] > query_count:
            return logits_of_pair(target[:, :query_count], target[:, query_count:], rule)
        decoded = self._decoded_mixtures.get_or_compute(mixture, self._decode_all)
        return logits_of_single(target, decoded[:, None], rule)

    def vocode(self, frames: Mel) -> Samples:
        """Return waveforms (Q, frames * hop) of log-mels (Q, frames, bands), in pieces that overlap, without seams.

        Raises UsageError where the bundle has no vocoder.
        """
        if self.vocoder_features is None:
            raise UsageError(f"the model {self.card.name} has no vocoder; use the render mode 'mask'", setting="mode")
        hop, count = self.card.mel.hop, frames.shape[-2]
        audio = np.empty((len(frames), count * hop), np.float32)
        for first in range(0, count, _VOCODER_FRAMES):
            last = min(first + _VOCODER_FRAMES, count)
            low, high = max(0, first - _VOCODER_CONTEXT), min(count, last + _VOCODER_CONTEXT)
            piece = self.graphs.run("vocoder", {"mel": frames[:, low:high].swapaxes(-1, -2)})[0]
            audio[:, first * hop : last * hop] = piece[:, (first - low) * hop : (last - low) * hop]
        return audio

    def _schedule(self, request: Request) -> tuple[int, str]:
        flow = self.card.flow
        return request.steps or (flow.draft_steps if request.draft else flow.steps), request.solver or flow.solver

    def _encode_all(self, mels: Mel) -> Floats:
        return np.concatenate([self._encode(part) for part in self.graphs.batches(mels)])

    def _encode(self, mel: Mel) -> Floats:
        return self.graphs.run("encode", {"mel": mel})[0] * np.float32(self.card.latent.scale)

    def _decode_all(self, latents: Floats) -> Mel:
        return np.concatenate([self._decode(part) for part in self.graphs.batches(latents)])

    def _decode(self, latent: Floats) -> Mel:
        return self.graphs.run("decode", {"latent": latent / np.float32(self.card.latent.scale)})[0][:, 0]

    def _generate(
        self, mixture: Floats, columns: Sequence[int], query: QueryEncoding, texts: Floats, request: Request, tick: Tick
    ) -> tuple[Floats, Floats | None]:
        """Follow the flow for a batch of pairs; return latents, and the mask logits of its last evaluation or None.

        With several seeds, the means of both. `texts` are the pairs' rows of `query`.
        """
        steps, solver = self._schedule(request)
        constant = {"mixture": mixture, "text": query.states[texts], "text_mask": query.mask[texts]}
        run = self.graphs.repeat("velocity", constant)

        def velocity(state: Floats, time: float, step: float) -> Floats:
            inputs = {"latent": state, "time": np.full(len(state), time, np.float32)}
            if self._takes_step:
                inputs["step"] = np.full(len(state), step, np.float32)
            outputs[:] = run(inputs)
            return outputs[0]

        outputs: list[Floats] = []
        latents, logits = np.zeros((), np.float32), np.zeros((), np.float32)
        for seed in range(request.seed, request.seed + request.seed_count):
            latent = np.stack([self._noise(seed, column) for column in columns])
            for state in SOLVERS[solver](velocity, latent, steps):
                tick(len(state) * EVALUATIONS[solver])
                latent = state
            latents = latents + latent
            if self._logits_output is not None:
                logits = logits + outputs[self._logits_output]
        count = np.float32(request.seed_count)
        mean = np.asarray(latents / count, np.float32)
        return mean, None if self._logits_output is None else np.asarray(logits / count)

    def _noise(self, seed: int, column: int) -> Floats:
        card = self.card
        channels = card.latent.channels * card.flow.generations
        return noise_field(seed, column, card.window_columns, channels=channels, rows=card.rows)

    @property
    def _asks_for_complement(self) -> bool:
        return self._logits_output is None and self.card.flow.generations == 1 and self.card.flow.complement is not None
