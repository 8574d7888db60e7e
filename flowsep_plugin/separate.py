"""The whole arrow: clip and request in, stems and rest out.

    source ─► windows ─► engine ─► Estimate ─► Renderer ─► stems, rest
             prepare     flow      stitched    blocks

`Separator.separate` does it for a clip in memory; `flowsep_plugin.files.separate_file` streams the same two passes,
`estimate` and `render`, from file to files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.audio.clip import AudioClip, Source
from flowsep_plugin.audio.prepare import prepare
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.audio.windows import Stitcher, WindowPlan, plan_windows
from flowsep_plugin.engine.base import Engine, QueryEncoding, Request, WindowEstimate
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.estimate import Estimate, FrameStore
from flowsep_plugin.render_settings import Mode, RenderSettings

from .deprecated import renamed
from .engine import open_engine
from .errors import UsageError
from .progress import ProgressCallback, ProgressMeter, ignore
from .render import CONTEXT_SECONDS, Block, Renderer

_WINDOWS_AT_ONCE_BYTES = 32 << 20


@renamed(rest="residual")
@dataclass(frozen=True, slots=True)
class Separation:
    """What came of a request: `stems` in the order of its queries, and `rest`, which with them sums to the clip.

    presence : (queries, grid frames) in 0..1, every `presence_step_seconds`.
    level_db : each query's share of the clip's energy, dB.     null_db : peak of clip minus stems minus rest, dBFS.
    """

    queries: tuple[str, ...]
    stems: tuple[AudioClip, ...]
    residual: AudioClip
    presence: Floats
    presence_step_seconds: float
    level_db: tuple[float, ...]
    null_db: float

    def __getitem__(self, query: str) -> AudioClip:
        """The stem of `query`."""
        return self.stems[self.queries.index(query)]


class Separator:
    """An engine and what to do with it. Not thread-safe: use one a thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, model: str | Path = "default", device: str = "auto", *, threads: int | None = None) -> "Separator":
        """Open a model by name or folder on a device ("auto", "cuda", "cpu", …).

        Raises BundleError for a damaged or unknown model, ProviderError for a device that is not there.
        """
        return cls(open_engine(model, device, threads=threads))

    def separate(self, clip: AudioClip, request: Request, report: ProgressCallback = ignore) -> Separation:
        """Take the request's sounds out of `clip`.

        Every stem has the clip's frames, rate and channels; stems and rest sum to the clip within 1e-6 of full scale.
        Raises Cancelled where `report` does, EngineError where inference fails.
        """
        with self.estimate(clip, clip.start, clip.span, request, report) as estimate:
            return self.render(clip, estimate, request, report)

    def render(
        self, clip: AudioClip, estimate: Estimate, request: Request, report: ProgressCallback = ignore
    ) -> Separation:
        """Stems of a kept estimate: no inference, so new settings are heard at once."""
        count = len(request.queries)
        stems = np.empty((count, clip.channels, clip.frames), np.float32)
        residual = np.empty((clip.channels, clip.frames), np.float32)
        for block in self.blocks(clip, clip.start, clip.span, estimate, request.render, count, report):
            low = block.start - clip.start
            stems[:, :, low : low + block.residual.shape[-1]] = block.stems
            residual[:, low : low + block.residual.shape[-1]] = block.residual
        left = np.abs(clip.samples.astype(np.float64) - stems.sum(axis=0, dtype=np.float64) - residual).max()
        return Separation(
            queries=tuple(request.queries),
            stems=tuple(AudioClip(stem, clip.rate, clip.start) for stem in stems),
            residual=AudioClip(residual, clip.rate, clip.start),
            presence=estimate.presence()[:count, estimate.frames_of(clip.span)],
            presence_step_seconds=estimate.grid.hop / estimate.grid.rate,
            level_db=tuple(estimate.overall_db(clip.span)[:count]),
            null_db=decibels(float(left)),
        )

    def estimate(
        self, source: Source, origin: int, span: Span, request: Request, report: ProgressCallback = ignore
    ) -> Estimate:
        """First pass: what the model says about `span` of `source`, whose frame 0 lies at timeline frame `origin`."""
        self.check(request)
        card, grid = self.engine.card, self.engine.grid
        covered = _with_context(span, source, origin, card)
        plan = plan_windows(covered.start, covered.stop, size=card.window_frames, overlap=card.overlap_frames)
        query = self.engine.encode_queries(request.all_queries)
        texts = len(request.all_queries)
        meter = ProgressMeter(report, "separate", self.engine.units(plan.count, texts, request))
        collected = _Collector(plan.per(grid.hop), texts, self.engine, keep_target=request.render.mode != "mask")
        try:
            for group in _groups(plan, source.channels):
                collected.add(self._estimate_group(source, origin, plan, group, query, request, meter))
            return collected.estimate(request.all_queries, self.engine)
        except BaseException:
            collected.close()
            raise

    def blocks(
        self, source: Source, origin: int, span: Span, estimate: Estimate, settings: RenderSettings, wanted: int,
        report: ProgressCallback = ignore, quantise: Any = None,
    ) -> Iterator[Block]:  # fmt: skip
        """Second pass: render `span` block by block; see `Renderer.blocks`."""
        meter = ProgressMeter(report, "render", span.frames)
        renderer = Renderer(source, origin, estimate, settings, wanted, self.engine.vocode, quantise)
        for block in renderer.blocks(span):
            yield block
            meter.tick(block.residual.shape[-1])

    def check(self, request: Request) -> None:
        """Refuse before any work what the model cannot do. Raises UsageError."""
        if request.render.mode != "mask" and self.engine.vocoder_features is None:
            raise UsageError(f"the model {self.engine.card.name} has no vocoder: use --render mask")

    def _estimate_group(
        self,
        source: Source,
        origin: int,
        plan: WindowPlan,
        group: range,
        query: QueryEncoding,
        request: Request,
        meter: ProgressMeter,
    ) -> WindowEstimate:
        card = self.engine.card
        prepared, gains = prepare(source, origin, plan, group, rate=card.rate, level=card.level, padding=card.padding)
        heard = np.flatnonzero(~gains.silent)
        starts = [plan.window_start(group[row]) for row in heard]
        silent = _silence(len(group), len(request.all_queries), self.engine)
        meter.tick(
            self.engine.units(len(group) - len(heard), len(request.all_queries), request)
            if len(heard) < len(group)
            else 0
        )
        if not len(heard):
            return silent
        made = self.engine.estimate(prepared.windows[heard], starts, query, request, meter.tick)
        power = np.square(gains.gains[heard])
        silent.mask_logits[heard] = made.mask_logits
        silent.energy[heard] = made.energy / power[:, None, None]
        silent.total[heard] = made.total / power[:, None]
        if silent.generated is not None and made.generated is not None:
            silent.generated[heard] = replace(gains, gains=gains.gains[heard]).restore(made.generated)
        return silent


def decibels(amplitude: float) -> float:
    """20 log10 of an amplitude, -200 at the least."""
    return round(float(20 * np.log10(max(amplitude, 1e-10))), 1)


def _with_context(span: Span, source: Source, origin: int, card: ModelCard) -> Span:
    """`span` at the model's rate, and as much around it, where the source has audio there, as its rendering can see.

    So a part that is cut out of a source equals the same part of the whole source.
    """
    wider = card.overlap_frames + round(CONTEXT_SECONDS * card.rate)
    have = Span(origin, source.frames, source.rate).at(card.rate)
    asked = span.at(card.rate)
    start = min(asked.start, max(have.start, asked.start - wider))
    stop = max(asked.stop, min(have.stop, asked.stop + wider), start + 1)
    return Span(start, stop - start, card.rate)


def _groups(plan: WindowPlan, channels: int) -> Iterator[range]:
    """Runs of windows that are read and estimated together."""
    size = max(1, _WINDOWS_AT_ONCE_BYTES // (4 * channels * plan.size))
    for first in range(0, plan.count, size):
        yield range(first, min(first + size, plan.count))


def _silence(windows: int, texts: int, engine: Engine) -> WindowEstimate:
    """What is said about windows in which there is nothing."""
    shape = (windows, texts, engine.card.window_mel_frames, engine.grid.bands)
    return WindowEstimate(
        np.full(shape, -20.0, np.float32),
        np.zeros(shape[:3], np.float32),
        np.zeros((windows, shape[2]), np.float32),
        np.full((*shape[:3], engine.vocoder_features.width), engine.vocoder_features.silence, np.float32)
        if engine.vocoder_features
        else None,
    )


class _Collector:
    """Stitches window estimates into an `Estimate` as they come."""

    def __init__(self, plan: WindowPlan, texts: int, engine: Engine, *, keep_target: bool) -> None:
        self._plan, self._texts = plan, texts
        self._mask_logits, self._target, self._energy = Stitcher(plan), Stitcher(plan), Stitcher(plan)
        self._logits_store = FrameStore((texts, engine.grid.bands))
        self._target_store = (
            FrameStore((texts, engine.vocoder_features.width), "float32")
            if keep_target and engine.vocoder_features
            else None
        )
        self._energies: list[Floats] = []

    def add(self, made: WindowEstimate) -> None:
        """Take the next windows."""
        for index in range(len(made.mask_logits)):
            for block in self._mask_logits.push(made.mask_logits[index].swapaxes(0, 1)):
                self._logits_store.append(block)
            if self._target_store is not None and made.generated is not None:
                for block in self._target.push(made.generated[index].swapaxes(0, 1)):
                    self._target_store.append(block)
            self._energies += self._energy.push(np.vstack([made.energy[index], made.total[index][None]]).T)

    def close(self) -> None:
        """Forget it: the job was stopped."""
        self._logits_store.close()
        if self._target_store is not None:
            self._target_store.close()

    def estimate(self, texts: Sequence[str], engine: Engine) -> Estimate:
        """What was collected."""
        energy = np.concatenate(self._energies).T
        return Estimate(
            tuple(texts), engine.grid, self._plan.start, self._logits_store, energy[:-1], energy[-1],
            engine.card.presence, self._target_store,
        )  # fmt: skip


__all__ = ["Mode", "Separation", "Separator", "decibels"]
