"""A loaded model as a separator of clips."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from flowsep_plugin.audio.clip import AudioClip, Source
from flowsep_plugin.audio.prepare import prepare
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats, Samples
from flowsep_plugin.audio.windows import WindowPlan, plan_windows
from flowsep_plugin.deprecated import renamed_argument
from flowsep_plugin.edits import edited_presence
from flowsep_plugin.engine import open_engine
from flowsep_plugin.engine.base import Engine, QueryEncoding, Request, WindowEstimate
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.engine.providers import usable_cores
from flowsep_plugin.errors import EngineError, UsageError
from flowsep_plugin.presence import StemPeaks
from flowsep_plugin.progress import OverallProgress, ProgressCallback, ProgressMeter, ignore
from flowsep_plugin.queries import Query
from flowsep_plugin.render import Block, Renderer

from .arguments import Audio, as_clip, as_request
from .finished_windows import FinishedWindows
from .in_thread import cancellable, in_thread, turn
from .separation import Separation, decibels
from .windows import (
    EstimateBuilder,
    GrowthCallback,
    ignore_growth,
    silent_estimate,
    window_groups,
    window_parts,
    with_context,
)

_MOST_ENERGY = 1e30
"""Largest energy of a frame, far from the end of float32's range."""

_MOST_RENDER_THREADS = 8
"""Each needs memory for the covariances of one source of a block."""


class Separator:
    """A loaded model. Not thread-safe: use one per thread, or `separate_async`, which queues.

    >>> with Separator.open("echo") as separator:
    ...     separator
    Separator(model='echo 1', provider='none (echo)')
    """

    def __init__(self, engine: Engine, *, threads: int | None = None) -> None:
        self.engine = engine
        self._threads = threads or usable_cores()
        self._closed = False
        self._lock = threading.Lock()

    @classmethod
    def open(cls, model: str | Path = "default", device: str = "auto", *, threads: int | None = None) -> Self:
        """Load a model by name ("default", "echo", an installed one) or folder.

        device : "auto", "cuda", "tensorrt", "coreml", "directml" or "cpu".     threads : CPU cores; None takes all.
        Raises BundleError for a damaged or unknown model, UsageError for an unknown device, ProviderError for a device
        that this machine does not have.
        """
        return cls(open_engine(model, device, threads=threads), threads=threads)

    def close(self) -> None:
        """Release the model with its memory, also on the device. Idempotent; later calls raise EngineError."""
        self._closed = True
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        card, state = self.engine.card, ", closed" if self._closed else ""
        return f"Separator(model={f'{card.name} {card.version}'!r}, provider={self.engine.provider!r}{state})"

    @renamed_argument(report="progress", clip="audio", request="queries")
    def separate(
        self,
        audio: Audio,
        queries: str | Query | Sequence[str | Query] | Request,
        progress: ProgressCallback = ignore,
        **settings: Any,
    ) -> Separation:
        """Extract one stem per query from `audio`; every stem has its frames, rate and channels.

        audio : an `AudioClip`, the path of an audio file, or `(array, sample_rate)` with (channels, frames) floats.
        queries : a text, a `Query`, a list of these, or a `Request`.
        progress : called with `Progress`; may raise Cancelled.
        settings : fields of `Request` and `RenderSettings`, such as `negative=["speech"]`, `seed=1`, `strength=1.5`.
        Stems and residual sum to the clip: exactly where it comes from 16 or 24 bits, else but for the
        rounding of the residual to float32.
        Raises UsageError for settings or queries that are not allowed, MediaError for audio that cannot be read,
        Cancelled where `progress` does, EngineError where inference fails.
        """
        clip, request, overall = as_clip(audio), as_request(queries, settings), OverallProgress(progress)
        with self.estimate(clip, clip.start, clip.span, request, overall) as estimate:
            return self.render(clip, estimate, request, overall)

    async def separate_async(
        self,
        audio: Audio,
        queries: str | Query | Sequence[str | Query] | Request,
        progress: ProgressCallback = ignore,
        **settings: Any,
    ) -> Separation:
        """Run `separate` in a thread without blocking the event loop; calls on one Separator run one at a time.

        Cancelling the task stops the work at its next flow step or rendered block, and waits for that.
        progress : called in the thread.     Raises as `separate`.
        """

        def work(cancelled: threading.Event) -> Separation:
            with turn(self._lock, cancelled):
                return self.separate(audio, queries, cancellable(progress, cancelled), **settings)

        return await in_thread(work)

    def render(
        self, clip: AudioClip, estimate: Estimate, request: Request, progress: ProgressCallback = ignore
    ) -> Separation:
        """Render the stems of a cached estimate without inference, in milliseconds, as `request` says.

        request : its render settings, hints and edits count, whatever those of the estimate were.
        Raises EngineError where the Separator is closed, Cancelled where `progress` does.
        """
        count, estimate = len(request.queries), estimate.with_hints(request.hints)
        stems = np.empty((count, clip.channels, clip.frames), np.float32)
        residual = np.empty((clip.channels, clip.frames), np.float32)
        levels = stem_peaks_of(estimate, clip.span, count)
        for block in self.blocks(clip, clip.start, clip.span, estimate, request, progress=progress):
            low = block.start - clip.start
            levels.add(block.start, block.stems)
            stems[:, :, low : low + block.residual.shape[-1]] = block.stems
            residual[:, low : low + block.residual.shape[-1]] = block.residual
        null = np.abs(clip.samples.astype(np.float64) - stems.sum(axis=0, dtype=np.float64) - residual).max()
        return Separation(
            queries=tuple(request.queries),
            stems=tuple(AudioClip(stem, clip.rate, clip.start) for stem in stems),
            residual=AudioClip(residual, clip.rate, clip.start),
            presence=levels.audible(presence_of(estimate, clip.span, request)),
            presence_step_seconds=estimate.grid.hop / estimate.grid.rate,
            level_db=tuple(estimate.overall_db(clip.span)[:count]),
            null_db=decibels(float(null)),
        )

    def estimate(
        self,
        source: Source,
        origin: int,
        span: Span,
        request: Request,
        progress: ProgressCallback = ignore,
        finished: FinishedWindows | None = None,
        on_growth: GrowthCallback = ignore_growth,
    ) -> Estimate:
        """First pass: estimate all queries over `span` of `source`, whose frame 0 is timeline frame `origin`.

        finished : where windows that are done are stored, and where a pass that was killed is continued.
        on_growth : called after every few windows, with what returns the estimate so far.
        Raises UsageError where the model cannot do what is requested or a hint is outside `source`, EngineError where
        inference fails or the Separator is closed, Cancelled where `progress` does.
        """
        self.check(request)
        request.check_hints(Span(origin, source.frames, source.rate))
        card, grid, count = self.engine.card, self.engine.grid, len(request.all_queries)
        covered = with_context(span, source, origin, card)
        plan = plan_windows(covered.start, covered.stop, size=card.window_frames, overlap=card.overlap_frames)
        encoding = self.engine.encode_queries(request.encoder_texts)
        meter = ProgressMeter(progress, "separate", self.engine.units(plan.count, count, request))
        arguments = (source, origin, plan, encoding, request, meter)
        builder = EstimateBuilder(plan.per(grid.hop), count, self.engine, with_generated=request.needs_vocoder)
        try:
            groups = list(window_groups(plan, source.channels))
            if finished is not None:
                for record in finished.resume({"windows": plan.count, "group": len(groups[0]), "queries": count}):
                    builder.restore(record)
                meter.skip(self.engine.units(builder.windows, count, request) if builder.windows else 0)
            for group in groups:
                if group.start < builder.windows:
                    continue
                for part in self._estimate_group(group, *arguments):
                    builder.add(part)
                    if builder.frames and builder.windows < plan.count:
                        on_growth(lambda: builder.estimate(request.all_queries).with_hints(request.hints))
                if finished is not None:
                    finished.append(builder.unsaved())
            return builder.estimate(request.all_queries).with_hints(request.hints)
        except BaseException:
            builder.close()
            raise

    def blocks(
        self,
        source: Source,
        origin: int,
        span: Span,
        estimate: Estimate,
        request: Request,
        *,
        stems: Sequence[int] | None = None,
        progress: ProgressCallback = ignore,
        quantise: Callable[[Samples], Samples] | None = None,
        only: Span | None = None,
    ) -> Iterator[Block]:
        """Second pass: render `span` block by block; see `Renderer.blocks`.

        stems : indices of the queries that become stems, None for all; the others stay in the residual.
        only : render just the blocks of `span` that overlap it, such as the `affected_span` of edits that were changed.
        Raises EngineError, Cancelled.
        """
        self._check_open()
        renderer = Renderer(
            source=source,
            origin=origin,
            estimate=estimate.with_hints(request.hints),
            settings=request.all_render,
            stems=range(len(request.queries)) if stems is None else stems,
            vocode=self.engine.vocode,
            quantise=quantise,
            threads=min(self._threads, _MOST_RENDER_THREADS),
            edits=request.edits,
        )
        frames = sum(stop - start for start, stop in renderer.block_ranges(span, only))
        meter = ProgressMeter(progress, "render", frames)
        for block in renderer.blocks(span, only):
            yield block
            meter.tick(block.residual.shape[-1])

    def check(self, request: Request) -> None:
        """Check before any work that the model can do what is requested. Raises UsageError, EngineError if closed."""
        self._check_open()
        if request.needs_vocoder and self.engine.vocoder_features is None:
            raise UsageError(
                f"the model {self.engine.card.name} has no vocoder; use the render mode 'mask'", setting="mode"
            )

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the Separator is closed; open the model again with Separator.open")

    def _estimate_group(
        self,
        group: range,
        source: Source,
        origin: int,
        plan: WindowPlan,
        encoding: QueryEncoding,
        request: Request,
        meter: ProgressMeter,
    ) -> Iterator[WindowEstimate]:
        """Yield the estimate of the windows `group` in parts, at the clip's level; silent windows skip the engine."""
        card, count = self.engine.card, len(request.all_queries)
        prepared, gains = prepare(source, origin, plan, group, rate=card.rate, level=card.level, padding=card.padding)
        for rows in window_parts(gains.silent, self.engine):
            audible = rows.start + np.flatnonzero(~gains.silent[rows.start : rows.stop])
            estimate = silent_estimate(len(rows), count, self.engine)
            skipped = len(rows) - len(audible)
            meter.tick(self.engine.units(skipped, count, request) if skipped else 0)
            if len(audible):
                starts = [plan.window_start(group[row]) for row in audible]
                part = self.engine.estimate(prepared.windows[audible], starts, encoding, request, meter.tick)
                power, places = _powers(gains.gains[audible], part), audible - rows.start
                estimate.mask_logits[places] = part.mask_logits
                estimate.energy[places] = part.energy / power[:, None, None]
                estimate.total[places] = part.total / power[:, None]
                if estimate.generated is not None and part.generated is not None:
                    estimate.generated[places] = replace(gains, gains=gains.gains[audible]).restore(part.generated)
            yield estimate


def _powers(gains: Floats, part: WindowEstimate) -> Floats:
    """Return the squares of `gains` (windows,), none so small that the energies divided by it would pass 1e30.

    So presence, which compares energies, holds far above full scale, too.
    """
    loudest = np.maximum(part.energy.max(axis=(1, 2)), part.total.max(axis=1)).astype(np.float64)
    powers: Floats = np.maximum(np.square(gains, dtype=np.float64), loudest / _MOST_ENERGY).astype(np.float32)
    return powers


def stem_peaks_of(estimate: Estimate, span: Span, stem_count: int) -> StemPeaks:
    """Return a meter for stems of `span`, on the grid of `estimate.presence()` in it."""
    inside, grid = estimate.frames_of(span), estimate.grid
    return StemPeaks(
        stem_count=stem_count, first=estimate.first + inside.start, frames=inside.stop - inside.start, hop=grid.hop,
        grid_rate=grid.rate, rate=span.rate,
    )  # fmt: skip


def presence_of(estimate: Estimate, span: Span, request: Request) -> Floats:
    """Return the presence of the queries of `request` in `span`, (queries, frames), where edits add something too.

    Hints, edits and model say where a sound may be; `StemPeaks.audible` says where it is heard.
    """
    inside, grid = estimate.frames_of(span), estimate.grid
    presence = estimate.with_hints(request.hints).presence()[: len(request.queries), inside]
    for row, own in enumerate(request.edits):
        presence[row] = edited_presence(
            presence[row], own, first=estimate.first + inside.start, step_seconds=grid.hop / grid.rate, rate=span.rate
        )
    return presence
