"""Audio data of every file in view: peaks, samples for close views, spectrogram tiles.

No call waits: each returns what is loaded, starts loading the remainder, and `arrived` reports it. Peaks are computed
in the order of requests; samples and tiles newest first, since only those in view matter.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.audio.types import Doubles, Samples
from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.media.peak_cache import PeakCache
from flowsep_plugin.media.peaks import BASE, Columns, Peaks, columns_of
from flowsep_plugin.spectrogram.tiles import Tile, TileKey, make_tile

from .lru import LruCache
from .open_files import OpenFiles
from .pool import WorkerPool, WorkTicket
from .results import DetailRequest, LoadResult, SoundKey, SoundState, file_of, stamp_of

SAMPLE_BLOCK: Final = 1 << 16
_MOST_TILES, _MOST_BLOCKS, _MOST_QUEUED = 512, 96, 128
_WATCH_MS: Final = 2000
_SKETCH_REACH: Final = 0.5
"""Least length of a column, in bins of the sketch, for which the sketch is drawn."""


class SoundStore(QObject):
    """Loads audio data for painting, on threads of `pool`; its methods are called in the panel's thread.

    cache : of peaks, on disk.
    """

    arrived = pyqtSignal(object)
    """`SoundKey` of a file of which more is loaded now."""

    _finished = pyqtSignal(object)

    def __init__(self, pool: WorkerPool, cache: PeakCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool, self._cache, self._files = pool, cache, OpenFiles()
        self._states: dict[SoundKey, SoundState] = {}
        self._loading_peaks: OrderedDict[SoundKey, WorkTicket] = OrderedDict()
        self._waiting_peaks: OrderedDict[SoundKey, None] = OrderedDict()
        self._loading_details: dict[DetailRequest, WorkTicket] = {}
        self._waiting_details: OrderedDict[DetailRequest, None] = OrderedDict()
        self._failed: set[DetailRequest] = set()
        self._tiles: LruCache[Tile] = LruCache(_MOST_TILES)
        self._blocks: LruCache[Samples] = LruCache(_MOST_BLOCKS)
        self._finished.connect(self._receive)
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self.check_files)
        self._watch.start()

    @property
    def is_busy(self) -> bool:
        """Whether anything is being loaded or waits for it."""
        return bool(self._loading_peaks or self._waiting_peaks or self._loading_details or self._waiting_details)

    def sound_state(self, path: SoundKey) -> SoundState:
        """Return the state of `path`; the first call starts computing its peaks."""
        if path not in self._states:
            self._states[path] = SoundState()
            self._waiting_peaks[path] = None
            self._next()
        return self._states[path]

    def columns(self, path: SoundKey, edges: Doubles) -> Columns | None:
        """Return peaks of n columns between `edges` (n + 1,), file frames, from samples, peaks or the sketch.

        None where nothing is loaded yet.
        """
        state = self.sound_state(path)
        if state.peaks is None:
            return None
        width = float(edges[-1] - edges[0]) / max(1, len(edges) - 1)
        if width < BASE and (block := self.samples(path, int(edges[0]) - 1, int(edges[-1]) + 2)) is not None:
            return columns_of(block[1], block[0], edges)
        columns = state.peaks.columns(edges)
        if state.sketch is not None and width >= state.sketch.levels[0].size * _SKETCH_REACH:
            columns = _filled(columns, state.sketch.columns(edges))
        return columns

    def samples(self, path: SoundKey, first: int, stop: int) -> tuple[int, Samples] | None:
        """Return the first frame and samples (channels, n) of `[first, stop)`, cut to the file; None until loaded."""
        peaks = self.sound_state(path).peaks
        if peaks is None:
            return None
        first, stop = max(0, first), min(peaks.frames, stop)
        numbers = range(first // SAMPLE_BLOCK, -(-stop // SAMPLE_BLOCK))
        blocks = [self._block(path, number) for number in numbers]
        loaded = [block for block in blocks if block is not None]
        if not loaded or len(loaded) < len(blocks):
            return None
        starts = [number * SAMPLE_BLOCK for number in numbers]
        parts = [b[:, max(0, first - s) : stop - s] for s, b in zip(starts, loaded, strict=True)]
        return first, parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def tile(self, path: SoundKey, key: TileKey) -> Tile | None:
        """Return a tile of the spectrogram, (ROWS, COLUMNS) bytes; None until it is loaded."""
        state = self.sound_state(path)
        if state.peaks is None or key.start >= state.peaks.frames:
            return None
        request = DetailRequest(path, key)
        tile = self._tiles.get(request)
        if tile is None:
            self._request(request)
        return tile

    def cached_tile(self, path: SoundKey, key: TileKey) -> Tile | None:
        """Return a tile, (ROWS, COLUMNS) bytes, if it is loaded; does not load it."""
        return self._tiles.get(DetailRequest(path, key))

    def keep_only(self, paths: Iterable[SoundKey]) -> None:
        """Forget all files but `paths`, and reload those that changed on disk."""
        remaining = set(paths)
        for path in [path for path in self._states if path not in remaining]:
            self._forget(path)
        self.check_files()

    def check_files(self) -> None:
        """Reload files that changed on disk or have become readable; called every two seconds."""
        stamps = {path: state.stamp for path, state in self._states.items() if state.stamp or state.error}
        if stamps:
            self._pool.start(lambda ticket: self._find_changes(stamps), WorkTicket())

    def close(self) -> None:
        """Cancel all work, wait for the threads, and close the files."""
        self._watch.stop()
        self._waiting_peaks.clear()
        self._waiting_details.clear()
        for ticket in (*self._loading_peaks.values(), *self._loading_details.values()):
            ticket.cancel()
        self._pool.close()
        self._loading_peaks.clear()
        self._loading_details.clear()
        self._files.close()

    def _block(self, path: SoundKey, index: int) -> Samples | None:
        request = DetailRequest(path, index)
        block = self._blocks.get(request)
        if block is None:
            self._request(request)
        return block

    def _request(self, request: DetailRequest) -> None:
        if request in self._loading_details or request in self._failed:
            return
        self._waiting_details[request] = None
        self._waiting_details.move_to_end(request)
        while len(self._waiting_details) > _MOST_QUEUED:
            self._waiting_details.popitem(last=False)
        self._next()

    def _next(self) -> None:
        """Start as much work as the pool has threads; half of them (rounded down, one at least) compute peaks."""
        while self._waiting_peaks and len(self._loading_peaks) < max(1, self._pool.width // 2):
            path, _ = self._waiting_peaks.popitem(last=False)
            ticket = self._loading_peaks[path] = WorkTicket()
            self._pool.start(lambda t, path=path: self._load_peaks(path, t), ticket)
        while self._waiting_details and len(self._loading_details) < max(1, self._pool.width - self._pool.width // 2):
            request, _ = self._waiting_details.popitem()
            ticket = self._loading_details[request] = WorkTicket()
            self._pool.start(lambda t, request=request: self._load_detail(request, t), ticket)

    def _load_peaks(self, path: SoundKey, ticket: WorkTicket) -> None:
        """In a thread: compute or load the peaks of a file, reporting every part."""
        stamp = stamp_of(path)
        state = SoundState(stamp=stamp)

        def report(peaks: Peaks, sketch: bool = False) -> None:
            nonlocal state
            ticket.check()
            state = replace(state, sketch=peaks, peaks=_none_of(peaks)) if sketch else replace(state, peaks=peaks)
            self._finished.emit(LoadResult(path, state, is_end=False, ticket=ticket))

        try:
            file, stream = file_of(path)
            peaks = self._cache.peaks(file, report, lambda sketch: report(sketch, True), stream)
            state = SoundState(peaks=peaks, stamp=stamp)
        except FlowsepError as error:
            state = SoundState(error=str(error), stamp=stamp)
        self._finished.emit(LoadResult(path, state, ticket=ticket))

    def _load_detail(self, request: DetailRequest, ticket: WorkTicket) -> None:
        """In a thread: load a block of samples or a tile."""
        value: Tile | Samples | None = None
        try:
            with self._files.reading(request.path) as source:
                if isinstance(request.detail, TileKey):
                    value = make_tile(source, request.detail)
                else:
                    start = request.detail * SAMPLE_BLOCK
                    value = source.read(start, min(source.frames, start + SAMPLE_BLOCK))
        except FlowsepError:
            value = None  # the state of the file has the error
        self._finished.emit(LoadResult(request.path, request=request, value=value, ticket=ticket))

    def _find_changes(self, stamps: dict[SoundKey, tuple[int, int] | None]) -> None:
        """In a thread: report files that have another stamp."""
        for path, stamp in stamps.items():
            if stamp_of(path) != stamp:
                self._finished.emit(LoadResult(path, SoundState(), is_end=False))

    def _receive(self, result: LoadResult) -> None:
        """In the panel's thread: store a result and report it."""
        if result.request is not None:
            self._receive_detail(result)
        elif result.state == SoundState() and not result.is_end:
            if result.path not in self._states:
                return
            self._forget(result.path)
            self.sound_state(result.path)
        elif self._loading_peaks.get(result.path) is result.ticket:
            if result.is_end:
                del self._loading_peaks[result.path]
            assert result.state is not None
            self._states[result.path] = result.state
        else:
            return
        self._next()
        self.arrived.emit(result.path)

    def _receive_detail(self, result: LoadResult) -> None:
        assert result.request is not None
        if self._loading_details.get(result.request) is not result.ticket:
            return  # the file was forgotten in the meantime
        del self._loading_details[result.request]
        if result.value is None:
            self._failed.add(result.request)
        else:
            (self._tiles if isinstance(result.request.detail, TileKey) else self._blocks).store(
                result.request, result.value
            )

    def _forget(self, path: SoundKey) -> None:
        self._states.pop(path, None)
        self._waiting_peaks.pop(path, None)
        if (ticket := self._loading_peaks.pop(path, None)) is not None:
            ticket.cancel()
        for request in [
            request for request in (*self._waiting_details, *self._loading_details) if request.path == path
        ]:
            self._waiting_details.pop(request, None)
            if (ticket := self._loading_details.pop(request, None)) is not None:
                ticket.cancel()
        self._failed = {request for request in self._failed if request.path != path}
        for cache in (self._tiles, self._blocks):
            cache.drop(lambda request: isinstance(request, DetailRequest) and request.path == path)
        self._files.drop(path)


def _none_of(sketch: Peaks) -> Peaks:
    """Return peaks of the same file with no bin computed yet."""
    return replace(sketch, done=0)


def _filled(columns: Columns, sketch: Columns) -> Columns:
    """Return `columns` with those of the sketch where they are not known (NaN)."""
    parts = ((columns.low, sketch.low), (columns.high, sketch.high), (columns.rms, sketch.rms))
    return Columns(*(np.where(np.isnan(exact), guess, exact) for exact, guess in parts))
