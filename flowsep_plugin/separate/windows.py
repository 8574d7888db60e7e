"""Parts of the first pass: which windows are read together, and how their estimates become one `Estimate`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.audio.windows import Stitcher, WindowPlan
from flowsep_plugin.engine.base import Engine, WindowEstimate
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.estimate import Estimate, FrameStore
from flowsep_plugin.render import CONTEXT_SECONDS

_GROUP_BYTES = 32 << 20

GrowthCallback: TypeAlias = Callable[[Callable[[], Estimate]], None]
"""Called after every part of the first pass, with what returns the estimate so far: its frames up to the last window.

That estimate changes with the next part and must not be closed.
"""


def ignore_growth(so_far: Callable[[], Estimate]) -> None:
    """Do nothing: the default callback."""


def with_context(span: Span, source: Source, origin: int, card: ModelCard) -> Span:
    """Return `span` at the model's rate, widened by what its rendering reads around it, within the source.

    So a part that is cut out of a source equals the same part of the whole source.
    """
    reach = card.overlap_frames + round(CONTEXT_SECONDS * card.rate)
    whole = Span(origin, source.frames, source.rate).at(card.rate)
    inner = span.at(card.rate)
    start = min(inner.start, max(whole.start, inner.start - reach))
    stop = max(inner.stop, min(whole.stop, inner.stop + reach), start + 1)
    return Span(start, stop - start, card.rate)


def window_groups(plan: WindowPlan, channels: int) -> Iterator[range]:
    """Yield runs of window indices that are read and estimated together: at most 32 MB of samples each."""
    size = max(1, _GROUP_BYTES // (4 * channels * plan.size))
    for first in range(0, plan.count, size):
        yield range(first, min(first + size, plan.count))


def window_parts(silent: NDArray[np.bool_], engine: Engine) -> Iterator[range]:
    """Yield the windows of a group in parts, of which the engine computes as many together as its batches hold.

    silent : (windows,), those that the engine does not compute. So its batches are those of the whole group, and an
    engine that does not say how many it computes together gets the group in one part.
    """
    size = getattr(engine, "windows_at_once", None) or len(silent)
    ends = np.flatnonzero(~silent)[size - 1 :: size] + 1
    edges = [0, *(int(end) for end in ends[:-1]), len(silent)]
    if len(ends) and np.any(~silent[int(ends[-1]) :]):
        edges.insert(-1, int(ends[-1]))
    for first, stop in pairwise(edges):
        yield range(first, stop)


def silent_estimate(windows: int, query_count: int, engine: Engine) -> WindowEstimate:
    """Return the estimate of silent windows: no query present, vocoder features of silence."""
    shape = (windows, query_count, engine.card.window_frames // engine.grid.hop, engine.grid.bands)
    features = engine.vocoder_features
    return WindowEstimate(
        mask_logits=np.full(shape, -20.0, np.float32),
        energy=np.zeros(shape[:3], np.float32),
        total=np.zeros((windows, shape[2]), np.float32),
        generated=np.full((*shape[:3], features.width), features.silence, np.float32) if features else None,
    )


class EstimateBuilder:
    """Stitches the estimates of consecutive windows into one `Estimate`."""

    def __init__(self, plan: WindowPlan, query_count: int, engine: Engine, *, with_generated: bool) -> None:
        self._plan, self._engine = plan, engine
        self._mask_logits, self._generated, self._energy = Stitcher(plan), Stitcher(plan), Stitcher(plan)
        self._logits_store = FrameStore((query_count, engine.grid.bands))
        features = engine.vocoder_features if with_generated else None
        self._generated_store = FrameStore((query_count, features.width), "float32") if features else None
        self._energies: list[Floats] = []
        self._saved_blocks, self._saved_frames = 0, 0

    def add(self, windows: WindowEstimate) -> None:
        """Append the estimates of the next windows, (windows, Q, frames, bands)."""
        for index in range(len(windows.mask_logits)):
            for block in self._mask_logits.push(windows.mask_logits[index].swapaxes(0, 1)):
                self._logits_store.append(block)
            if self._generated_store is not None and windows.generated is not None:
                for block in self._generated.push(windows.generated[index].swapaxes(0, 1)):
                    self._generated_store.append(block)
            self._energies += self._energy.push(np.vstack([windows.energy[index], windows.total[index][None]]).T)

    @property
    def frames(self) -> int:
        """Number of grid frames that are known."""
        return self._logits_store.frames

    @property
    def windows(self) -> int:
        """Number of windows that were added."""
        return self._energy.state[0]

    def unsaved(self) -> dict[str, Floats]:
        """Return the frames (n, ...) that were added since the last call, by name, with the state of the cross-fades.

        Inverse: `restore`.
        """
        blocks, first = self._energies[self._saved_blocks :], self._saved_frames
        self._saved_blocks, self._saved_frames = len(self._energies), self._logits_store.frames
        arrays = {name: store.raw(first) for name, store in self._stores.items()}
        tails = {f"{name} tail": stitcher.state[1] for name, stitcher in self._stitchers.items()}
        energies = {"energy": np.concatenate(blocks)} if blocks else {}
        windows = {"windows": np.asarray(self.windows)}
        return {**windows, **arrays, **energies, **{name: tail for name, tail in tails.items() if tail is not None}}

    def restore(self, arrays: Mapping[str, Floats]) -> None:
        """Add the frames (n, ...) that `unsaved` returned, bit for bit."""
        for name, store in self._stores.items():
            store.append(arrays[name])
        if "energy" in arrays:
            self._energies.append(arrays["energy"])
        for name, stitcher in self._stitchers.items():
            stitcher.resume(int(arrays["windows"]), arrays.get(f"{name} tail"))
        self._saved_blocks, self._saved_frames = len(self._energies), self._logits_store.frames

    @property
    def _stores(self) -> dict[str, FrameStore]:
        stores = {"mask_logits": self._logits_store}
        return stores if self._generated_store is None else {**stores, "generated": self._generated_store}

    @property
    def _stitchers(self) -> dict[str, Stitcher]:
        of_stores = {"mask_logits": self._mask_logits, "generated": self._generated}
        return {"energy": self._energy, **{name: of_stores[name] for name in self._stores}}

    def close(self) -> None:
        """Discard all frames, temporary files included."""
        self._logits_store.close()
        if self._generated_store is not None:
            self._generated_store.close()

    def estimate(self, queries: Sequence[str]) -> Estimate:
        """Return the estimate of the windows that were added; after the last one, it owns the frames.

        Before that it is for a look: it changes with the next window, and must not be closed.
        """
        energy = np.concatenate(self._energies).T
        return Estimate(
            queries=tuple(queries),
            grid=self._engine.grid,
            first=self._plan.start,
            mask_logits=self._logits_store,
            energy=energy[:-1],
            total=energy[-1],
            presence_rule=self._engine.card.presence,
            generated=self._generated_store,
        )
