"""FlowSep on ONNX Runtime: text-conditioned rectified flow in the latent space of a mel VAE (Yuan et al., ICASSP 2025).

Window and texts become mixture latents and token states once; only the velocity graph runs once a flow step. Windows
and texts travel as one stack of pairs, in batches that fit the device: out of memory halves the batch and goes on.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.mel import band_centres_hz, band_edges_hz, log_mel_of_channels
from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.engine.base import Grid, QueryEncoding, Request, Tick, VocoderFeatures, WindowEstimate
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.encoding_cache import EncodingCache
from flowsep_plugin.engine.graphs import GraphRunner
from flowsep_plugin.engine.mask_logits import LIMIT, calibrate_logits, energies, logits_of_pair, logits_of_single
from flowsep_plugin.engine.tokenizer import open_tokenizer, pad_ids
from flowsep_plugin.errors import UsageError
from flowsep_plugin.flow.noise import noise_field
from flowsep_plugin.flow.solvers import EVALUATIONS, SOLVERS

from .analysis import Analyser

_BATCH = {"cpu": 4, "": 32}
"""Pairs of window and text at once."""

_VOCODER_FRAMES = 1024
_VOCODER_CONTEXT = 64
"""Mel frames to a vocoder call, and how many on either side are thrown away: more than its kernels see."""


class FlowSepEngine:
    """An opened bundle of the `flowsep` family. Construct with `FlowSepEngine.open`."""

    def __init__(
        self,
        bundle: ModelBundle,
        device: str = "auto",
        *,
        threads: int | None = None,
        batch: int | None = None,
        bind: bool | None = None,
    ) -> None:
        self.bundle = bundle
        self.graphs = GraphRunner(bundle, device, threads=threads, batch={"": batch} if batch else _BATCH, bind=bind)
        self._tokenizer = open_tokenizer(bundle.folder, bundle.card.text)
        spec = bundle.card.mel
        self._grid = Grid(spec.rate, spec.hop, tuple(float(hz) for hz in band_centres_hz(spec)))
        edges = band_edges_hz(spec)
        self._widths = np.asarray(edges[2:] - edges[:-2], np.float32)
        self._kept, self._kept_decoded = EncodingCache(), EncodingCache()
        self._takes_step = self.graphs.takes("velocity", "step")
        self._mask_logits = self.graphs.output("velocity", "odds")
        self.analyser = (
            None if bundle.card.components is None else Analyser(bundle, self.graphs, self._grid, self._widths)
        )

    @classmethod
    def open(cls, folder: Path, device: str = "auto", *, threads: int | None = None) -> "FlowSepEngine":
        """Open the bundle in `folder` on `device`. Raises BundleError, ProviderError, UsageError."""
        return cls(ModelBundle.open(folder), device, threads=threads)

    @property
    def card(self) -> ModelCard:
        """The model's numbers."""
        return self.bundle.card

    @property
    def grid(self) -> Grid:
        """Mel frames by mel bands."""
        return self._grid

    @property
    def provider(self) -> str:
        """What the velocity graph really runs on, and why nothing faster."""
        return self.graphs.device.statement

    @property
    def vocoder_features(self) -> VocoderFeatures | None:
        """Log-mels for the vocoder, where there is one."""
        return (
            VocoderFeatures(self.card.mel.bands, self.card.mel.silence) if "vocoder" in self.graphs.sessions else None
        )

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Token states of every text, followed by those of the complements where the card asks for them."""
        card = self.card
        asked = list(queries)
        if self._asks_for_complement and card.flow.complement:
            asked += [card.flow.complement.format(text) for text in queries]
        ids, mask = pad_ids([self._tokenizer.ids(text, card.text.length) for text in asked], self._tokenizer.pad)
        states = self.graphs.run("text", {"input_ids": ids, "attention_mask": mask})[0]
        return QueryEncoding(tuple(queries), states, mask.astype(np.float32))

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """Flow evaluations for every window and text, plus one each for encoding, analysing and decoding."""
        steps, solver = self._schedule(request)
        asked = query_count * (2 if self._asks_for_complement else 1)
        return windows * asked * (steps * EVALUATIONS[solver] * request.seed_count + 1) + windows * (
            1 if self.analyser is None else 2
        )

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """See `Engine.estimate`."""
        card, texts = self.card, len(query.queries)
        mel = log_mel_of_channels(windows, card.mel, card.window_mel_frames)
        mixture = self.encode(mel)
        tick(len(windows))
        mask_logits, mels = self.text_odds(mel, mixture, starts, query, request, tick)
        believed = None
        if self.analyser is not None:
            analysis = self.analyser.analyse(windows, mel[:, None], mixture)
            mask_logits, believed = self.analyser.fuse(mask_logits, mel, query, analysis)
            mask_logits = np.clip(mask_logits, -LIMIT, LIMIT)
            tick(len(windows))
        energy, total = energies(mask_logits if believed is None else believed, mel[:, None], self._widths)
        generated = np.maximum(mels[0][:, :texts], np.float32(card.mel.silence)) if mels else None
        return WindowEstimate(mask_logits, energy, total[:, 0], generated)

    def close(self) -> None:
        """See `Engine.close`."""
        self.graphs.close()
        self._kept.clear()
        self._kept_decoded.clear()
        if self.analyser is not None:
            self.analyser.clear()

    def encode(self, mel: Mel) -> Floats:
        """Return the scaled latents (windows, C, T, F) of mixtures' log-mels (windows, frames, bands), cached."""
        return self._kept.of(mel[:, None], self._encode_all)

    def text_odds(
        self, mel: Mel, mixture: Floats, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> tuple[Floats, list[Mel]]:
        """Run the text-conditioned network alone: log-odds, and the log-mels that it generated, if any.

        The log-odds are (windows, Q, frames, bands).

        mel : (windows, frames, bands).     mixture : as `encode` gives it.
        """
        card, texts = self.card, len(query.queries)
        pairs = [(window, text) for window in range(len(mel)) for text in range(len(query.states))]
        said: list[Floats] = []
        generations: list[list[Mel]] = []
        for batch in self.graphs.batches(np.asarray(pairs)):
            columns = [starts[window] // card.column_frames for window, _ in batch]
            latent, mask_logits = self._generate(mixture[batch[:, 0]], columns, query, batch[:, 1], request, tick)
            said += [] if mask_logits is None else [mask_logits]
            if mask_logits is None or request.render.mode != "mask":
                generations.append([self._decode(part) for part in np.split(latent, card.flow.generations, axis=1)])
            tick(len(batch))
        shape = (len(mel), len(query.states), card.window_mel_frames, card.mel.bands)
        mels = [np.concatenate(parts).reshape(shape) for parts in zip(*generations, strict=True)]
        if said:
            return calibrate_logits(np.concatenate(said).reshape(shape), card.mask), mels
        return self._logits_of(mels, mixture, texts), mels

    def _logits_of(self, mels: Sequence[Mel], mixture: Floats, texts: int) -> Floats:
        """Log-odds `(windows, texts, frames, bands)` from generated mels alone: target and complement, or target."""
        target, rule = mels[0], self.card.mask
        if len(mels) > 1:
            return logits_of_pair(target, mels[1], rule)
        if target.shape[1] > texts:
            return logits_of_pair(target[:, :texts], target[:, texts:], rule)
        return logits_of_single(target, self._kept_decoded.of(mixture, self._decode_all)[:, None], rule)

    def vocode(self, frames: Mel) -> Samples:
        """See `Engine.vocode`. Long mels go through in pieces with more context than the network sees: no seams."""
        if self.vocoder_features is None:
            raise UsageError(f"the model {self.card.name} has no vocoder; use the render mode 'mask'", setting="mode")
        hop, count = self.card.mel.hop, frames.shape[-2]
        made = np.empty((len(frames), count * hop), np.float32)
        for first in range(0, count, _VOCODER_FRAMES):
            last = min(first + _VOCODER_FRAMES, count)
            low, high = max(0, first - _VOCODER_CONTEXT), min(count, last + _VOCODER_CONTEXT)
            piece = self.graphs.run("vocoder", {"mel": frames[:, low:high].swapaxes(-1, -2)})[0]
            made[:, first * hop : last * hop] = piece[:, (first - low) * hop : (last - low) * hop]
        return made

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
        self, mixture: Floats, columns: Sequence[int], query: QueryEncoding, which: Floats, request: Request, tick: Tick
    ) -> tuple[Floats, Floats | None]:
        """Follow the flow for a batch of pairs: latents, and the log-odds that its last evaluation said, if it does.

        With several takes, the means of both.
        """
        steps, solver = self._schedule(request)
        constant = {"mixture": mixture, "text": query.states[which], "text_mask": query.mask[which]}
        run = self.graphs.repeat("velocity", constant)

        def velocity(state: Floats, time: float, step: float) -> Floats:
            inputs = {"latent": state, "time": np.full(len(state), time, np.float32)}
            if self._takes_step:
                inputs["step"] = np.full(len(state), step, np.float32)
            said[:] = run(inputs)
            return said[0]

        said: list[Floats] = []
        total, mask_logits = np.zeros((), np.float32), np.zeros((), np.float32)
        for take in range(request.seed_count):
            latent = np.stack([self._noise(request.seed + take, column) for column in columns])
            for state in SOLVERS[solver](velocity, latent, steps):
                tick(len(state) * EVALUATIONS[solver])
                latent = state
            total = total + latent
            mask_logits = mask_logits if self._mask_logits is None else mask_logits + said[self._mask_logits]
        takes = np.float32(request.seed_count)
        return np.asarray(total / takes, np.float32), None if self._mask_logits is None else np.asarray(
            mask_logits / takes
        )

    def _noise(self, seed: int, column: int) -> Floats:
        card = self.card
        channels = card.latent.channels * card.flow.generations
        return noise_field(seed, column, card.window_columns, channels=channels, rows=card.rows)

    @property
    def _asks_for_complement(self) -> bool:
        return self._mask_logits is None and self.card.flow.generations == 1 and self.card.flow.complement is not None
