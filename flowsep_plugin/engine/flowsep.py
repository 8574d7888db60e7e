"""FlowSep on ONNX Runtime: text-conditioned rectified flow in the latent space of a mel VAE (Yuan et al., ICASSP 2025).

Window and texts become mixture latents and token states once; only the velocity graph runs once a flow step. Windows
and texts travel as one stack of pairs, in batches that fit the device: out of memory halves the batch and goes on.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from flowsep_plugin.audio.mel import band_centres_hz, band_edges_hz, log_mel_of_channels
from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.errors import Cancelled, EngineError, UsageError
from flowsep_plugin.flow.noise import noise_field
from flowsep_plugin.flow.solvers import EVALUATIONS, SOLVERS

from .base import Grid, Query, Request, Tick, WindowEstimate
from .bundle import ModelBundle, open_with_fallback
from .card import ModelCard
from .odds import energies, odds_of_pair, odds_of_single
from .tokenizer import open_tokenizer, pad_ids

log = logging.getLogger(__name__)

_BATCH = {"cpu": 4}
_GPU_BATCH = 32
_MEMORY = {"cuda": "cuda", "tensorrt": "cuda"}
"""Devices whose memory holds inputs between flow steps, by their name in OrtValue."""

_VOCODER_FRAMES = 1024
_VOCODER_CONTEXT = 64
"""Mel frames to a vocoder call, and how many on either side are thrown away: more than its kernels see."""

_OUT_OF_MEMORY = (
    "out of memory",
    "failed to allocate",
    "alloc_failed",
    "bad allocation",
    "bad_alloc",
    "cuda failure 2",
)


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
        self._device, self._sessions = open_with_fallback(bundle, device, threads=threads)
        self._tokenizer = open_tokenizer(bundle.folder, bundle.card.text)
        self._batch = batch or _BATCH.get(self._device.name, _GPU_BATCH)
        self._bind = self._device.name in _MEMORY if bind is None else bind
        spec = bundle.card.mel
        self._grid = Grid(spec.rate, spec.hop, tuple(float(hz) for hz in band_centres_hz(spec)))
        edges = band_edges_hz(spec)
        self._widths = np.asarray(edges[2:] - edges[:-2], np.float32)
        self._takes_step = any(port.name == "step" for port in self._sessions["velocity"].get_inputs())

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
        return self._device.statement

    @property
    def has_vocoder(self) -> bool:
        """Whether `vocode` works."""
        return "vocoder" in self._sessions

    def encode_query(self, texts: Sequence[str]) -> Query:
        """Token states of every text, followed by those of the complements where the card asks for them."""
        card = self.card
        asked = list(texts)
        if self._asks_for_complement and card.flow.complement:
            asked += [card.flow.complement.format(text) for text in texts]
        ids, mask = pad_ids([self._tokenizer.ids(text, card.text.length) for text in asked], self._tokenizer.pad)
        states = self._run("text", {"input_ids": ids, "attention_mask": mask})[0]
        return Query(tuple(texts), states, mask.astype(np.float32))

    def units(self, windows: int, texts: int, request: Request) -> int:
        """Flow evaluations for every window and text, plus one each for encoding and decoding."""
        steps, solver = self._schedule(request)
        asked = texts * (2 if self._asks_for_complement else 1)
        return windows * asked * (steps * EVALUATIONS[solver] * request.takes + 1) + windows

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: Query, request: Request, tick: Tick
    ) -> WindowEstimate:
        """See `Engine.estimate`."""
        card, texts = self.card, len(query.texts)
        mel = log_mel_of_channels(windows, card.mel, card.window_mel_frames)
        mixture = np.concatenate([self._encode(part) for part in self._batches(mel[:, None])])
        tick(len(windows))
        pairs = [(window, text) for window in range(len(windows)) for text in range(len(query.states))]
        target: list[Mel] = []
        rest: list[Mel] = []
        for batch in self._batches(np.asarray(pairs)):
            columns = [starts[window] // card.column_frames for window, _ in batch]
            latent = self._generate(mixture[batch[:, 0]], columns, query, batch[:, 1], request, tick)
            mels = [self._decode(part) for part in np.split(latent, card.flow.generations, axis=1)]
            target.append(mels[0])
            rest += mels[1:]
            tick(len(batch))
        shape = (len(windows), len(query.states), card.window_mel_frames, card.mel.bands)
        generated = np.concatenate(target).reshape(shape)
        if rest:
            odds = odds_of_pair(generated, np.concatenate(rest).reshape(shape), card.mask)
        elif shape[1] > texts:
            odds = odds_of_pair(generated[:, :texts], generated[:, texts:], card.mask)
        else:
            through = np.concatenate([self._decode(part) for part in self._batches(mixture)])
            odds = odds_of_single(generated, through[:, None], card.mask)
        generated = np.maximum(generated[:, :texts], np.float32(card.mel.silence))
        energy, total = energies(odds, mel[:, None], self._widths)
        return WindowEstimate(odds, energy, total[:, 0], generated)

    def vocode(self, mels: Mel) -> Samples:
        """See `Engine.vocode`. Long mels go through in pieces with more context than the network sees: no seams."""
        if "vocoder" not in self._sessions:
            raise UsageError(f"the model {self.card.name} has no vocoder: use --render mask")
        hop, frames = self.card.mel.hop, mels.shape[-2]
        made = np.empty((len(mels), frames * hop), np.float32)
        for first in range(0, frames, _VOCODER_FRAMES):
            last = min(first + _VOCODER_FRAMES, frames)
            low, high = max(0, first - _VOCODER_CONTEXT), min(frames, last + _VOCODER_CONTEXT)
            piece = self._run("vocoder", {"mel": np.ascontiguousarray(mels[:, low:high].swapaxes(-1, -2))})[0]
            made[:, first * hop : last * hop] = piece[:, (first - low) * hop : (last - low) * hop]
        return made

    def _schedule(self, request: Request) -> tuple[int, str]:
        flow = self.card.flow
        return request.steps or (flow.draft_steps if request.draft else flow.steps), request.solver or flow.solver

    def _encode(self, mel: Mel) -> Floats:
        return self._run("encode", {"mel": mel})[0] * np.float32(self.card.latent.scale)

    def _decode(self, latent: Floats) -> Mel:
        return self._run("decode", {"latent": latent / np.float32(self.card.latent.scale)})[0][:, 0]

    def _generate(
        self, mixture: Floats, columns: Sequence[int], query: Query, which: Floats, request: Request, tick: Tick
    ) -> Floats:
        """Follow the flow for a batch of pairs; with several takes, the mean of their latents."""
        steps, solver = self._schedule(request)
        constant = {"mixture": mixture, "text": query.states[which], "text_mask": query.mask[which]}
        run = self._bound("velocity", constant)

        def velocity(state: Floats, time: float, step: float) -> Floats:
            inputs = {"latent": state, "time": np.full(len(state), time, np.float32)}
            if self._takes_step:
                inputs["step"] = np.full(len(state), step, np.float32)
            return run(inputs)[0]

        total = np.zeros((), np.float32)
        for take in range(request.takes):
            latent = np.stack([self._noise(request.seed + take, column) for column in columns])
            for state in SOLVERS[solver](velocity, latent, steps):
                tick(len(state) * EVALUATIONS[solver])
                latent = state
            total = total + latent
        return np.asarray(total / np.float32(request.takes), np.float32)

    def _noise(self, seed: int, column: int) -> Floats:
        card = self.card
        channels = card.latent.channels * card.flow.generations
        return noise_field(seed, column, card.window_columns, channels=channels, rows=card.rows)

    @property
    def _asks_for_complement(self) -> bool:
        return self.card.flow.generations == 1 and self.card.flow.complement is not None

    def _batches(self, stack: Floats) -> Iterator[Floats]:
        for first in range(0, len(stack), self._batch):
            yield stack[first : first + self._batch]

    def _bound(self, graph: str, constant: dict[str, Floats]) -> Callable[[dict[str, Floats]], list[Floats]]:
        """Run `graph` again and again with the same `constant` inputs, which are sent to the device once."""
        if not self._bind:
            return lambda inputs: self._run(graph, {**constant, **inputs})
        session = self._sessions[graph]
        binding = session.io_binding()
        try:
            for name, value in constant.items():
                where = ort.OrtValue.ortvalue_from_numpy(
                    np.ascontiguousarray(value), _MEMORY.get(self._device.name, "cpu"), 0
                )
                binding.bind_ortvalue_input(name, where)
        except Exception as error:
            log.warning("%s: inputs cannot stay on %s (%s); they are sent every step", graph, self._device.name, error)
            return lambda inputs: self._run(graph, {**constant, **inputs})

        def run(inputs: dict[str, Floats]) -> list[Floats]:
            for name, value in inputs.items():
                binding.bind_cpu_input(name, np.ascontiguousarray(value))
            for port in session.get_outputs():
                binding.bind_output(port.name, "cpu")
            try:
                session.run_with_iobinding(binding)
            except Exception as error:
                log.warning("%s: %s; once more without binding", graph, error)
                return self._run(graph, {**constant, **inputs})
            return list(binding.copy_outputs_to_cpu())

        return run

    def _run(self, graph: str, inputs: dict[str, Any]) -> list[Floats]:
        """Run a graph; out of memory halves the batch, for good, and goes on."""
        rows = len(next(iter(inputs.values())))
        try:
            return list(
                self._sessions[graph].run(None, {name: np.ascontiguousarray(value) for name, value in inputs.items()})
            )
        except Cancelled:
            raise
        except Exception as error:
            if rows > 1 and any(sign in str(error).lower() for sign in _OUT_OF_MEMORY):
                self._batch = max(1, self._batch // 2)
                log.warning("%s: out of memory with a batch of %d; going on with %d", graph, rows, self._batch)
                return self._halved(graph, inputs, rows)
            raise EngineError(f"{self.card.name}: graph {graph!r} failed on {self._device.name}: {error}") from error

    def _halved(self, graph: str, inputs: dict[str, Any], rows: int) -> list[Floats]:
        parts = [
            self._run(graph, {name: value[low:high] for name, value in inputs.items()})
            for low, high in ((0, rows // 2), (rows // 2, rows))
        ]
        return [np.concatenate(pair) for pair in zip(*parts, strict=True)]
