"""What is known about the sound of every file in view: peaks, samples of close views, spectrogram tiles.

Asking never waits: an answer is what is known now, and where that is not all, work is begun and `arrived` tells of it.
Peaks are made in the order asked for; samples and tiles newest first, as only what is in view now matters.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from flowsep_plugin.audio.types import Doubles, Samples
from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.media.peak_cache import PeakCache
from flowsep_plugin.media.peaks import BASE, Columns, Peaks, columns_of
from flowsep_plugin.spectrogram.tiles import Tile, TileKey, make_tile

from .pool import Pool, Ticket
from .recent import Recent
from .results import Answer, Asked, Heard, stamp_of
from .shelf import Shelf

SAMPLE_BLOCK: Final = 1 << 16
_MOST_TILES, _MOST_BLOCKS, _MOST_QUEUED = 512, 96, 128
_WATCH_MS: Final = 2000
_SKETCH_REACH: Final = 0.5
"""Sketched bins may be drawn where a column is at least half as long."""


class SoundStore(QObject):
    """Answers the painters; lives in the panel's thread."""

    arrived = pyqtSignal(object)
    """More is known now of the file at this path."""

    _answered = pyqtSignal(object)

    def __init__(self, pool: Pool, cache: PeakCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool, self._cache, self._shelf = pool, cache, Shelf()
        self._heard: dict[Path, Heard] = {}
        self._reading: OrderedDict[Path, Ticket] = OrderedDict()
        self._to_read: OrderedDict[Path, None] = OrderedDict()
        self._looking: dict[Asked, Ticket] = {}
        self._to_look: OrderedDict[Asked, None] = OrderedDict()
        self._failed: set[Asked] = set()
        self._tiles: Recent[Tile] = Recent(_MOST_TILES)
        self._blocks: Recent[Samples] = Recent(_MOST_BLOCKS)
        self._answered.connect(self._take)
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self.look_again)
        self._watch.start()

    @property
    def is_busy(self) -> bool:
        """Whether anything is being read or looked at, or waits for it."""
        return bool(self._reading or self._to_read or self._looking or self._to_look)

    def heard(self, path: Path) -> Heard:
        """What is known of `path`; asks for its peaks the first time."""
        if path not in self._heard:
            self._heard[path] = Heard()
            self._to_read[path] = None
            self._next()
        return self._heard[path]

    def columns(self, path: Path, edges: Doubles) -> Columns | None:
        """Peaks of columns between `edges` (n + 1 frames of the file), from samples, peaks or the sketch.

        None where nothing is known yet.
        """
        heard = self.heard(path)
        if heard.peaks is None:
            return None
        width = float(edges[-1] - edges[0]) / max(1, len(edges) - 1)
        if width < BASE and (found := self.samples(path, int(edges[0]) - 1, int(edges[-1]) + 2)) is not None:
            return columns_of(found[1], found[0], edges)
        columns = heard.peaks.columns(edges)
        if heard.sketch is not None and width >= heard.sketch.levels[0].size * _SKETCH_REACH:
            columns = _filled(columns, heard.sketch.columns(edges))
        return columns

    def samples(self, path: Path, first: int, stop: int) -> tuple[int, Samples] | None:
        """First frame and (channels, n) samples that hold `[first, stop)`, cut to the file; None until there."""
        peaks = self.heard(path).peaks
        if peaks is None:
            return None
        first, stop = max(0, first), min(peaks.frames, stop)
        wanted = range(first // SAMPLE_BLOCK, -(-stop // SAMPLE_BLOCK))
        found = [self._block(path, index) for index in wanted]
        there = [block for block in found if block is not None]
        if not there or len(there) < len(found):
            return None
        starts = [index * SAMPLE_BLOCK for index in wanted]
        parts = [b[:, max(0, first - s) : stop - s] for s, b in zip(starts, there, strict=True)]
        return first, parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def tile(self, path: Path, key: TileKey) -> Tile | None:
        """A tile of the spectrogram; None until it is there."""
        heard = self.heard(path)
        if heard.peaks is None or key.start >= heard.peaks.frames:
            return None
        asked = Asked(path, key)
        tile = self._tiles.get(asked)
        if tile is None:
            self._ask(asked)
        return tile

    def kept_tile(self, path: Path, key: TileKey) -> Tile | None:
        """The same, without asking for it."""
        return self._tiles.get(Asked(path, key))

    def keep(self, paths: Iterable[Path]) -> None:
        """Forget all other files, and look again at those that changed on the disk."""
        wanted = set(paths)
        for path in [path for path in self._heard if path not in wanted]:
            self._forget(path)
        self.look_again()

    def look_again(self) -> None:
        """Find files that changed on the disk, or can be read now; done every two seconds by itself."""
        stamps = {path: heard.stamp for path, heard in self._heard.items() if heard.stamp or heard.why_not}
        if stamps:
            self._pool.start(lambda ticket: self._look_for_changes(stamps), Ticket())

    def close(self) -> None:
        """Call everything off, wait for the threads, close the files."""
        self._watch.stop()
        self._to_read.clear()
        self._to_look.clear()
        for ticket in (*self._reading.values(), *self._looking.values()):
            ticket.cancel()
        self._pool.close()
        self._reading.clear()
        self._looking.clear()
        self._shelf.close()

    def _block(self, path: Path, index: int) -> Samples | None:
        asked = Asked(path, index)
        block = self._blocks.get(asked)
        if block is None:
            self._ask(asked)
        return block

    def _ask(self, asked: Asked) -> None:
        if asked in self._looking or asked in self._failed:
            return
        self._to_look[asked] = None
        self._to_look.move_to_end(asked)
        while len(self._to_look) > _MOST_QUEUED:
            self._to_look.popitem(last=False)
        self._next()

    def _next(self) -> None:
        """Begin as much as the pool is wide, half of it (rounded down) whole files."""
        while self._to_read and len(self._reading) < max(1, self._pool.width // 2):
            path, _ = self._to_read.popitem(last=False)
            ticket = self._reading[path] = Ticket()
            self._pool.start(lambda t, path=path: self._read(path, t), ticket)
        while self._to_look and len(self._looking) < max(1, self._pool.width - self._pool.width // 2):
            asked, _ = self._to_look.popitem()
            ticket = self._looking[asked] = Ticket()
            self._pool.start(lambda t, asked=asked: self._look(asked, t), ticket)

    def _read(self, path: Path, ticket: Ticket) -> None:
        """In a thread: make or load peaks, telling what is known as it comes."""
        stamp = stamp_of(path)
        heard = Heard(stamp=stamp)

        def tell(peaks: Peaks, sketch: bool = False) -> None:
            nonlocal heard
            ticket.check()
            heard = replace(heard, sketch=peaks, peaks=_none_of(peaks)) if sketch else replace(heard, peaks=peaks)
            self._answered.emit(Answer(path, heard, is_end=False, ticket=ticket))

        try:
            peaks = self._cache.peaks(path, tell, lambda sketch: tell(sketch, True))
            heard = Heard(peaks=peaks, stamp=stamp)
        except FlowsepError as error:
            heard = Heard(why_not=str(error), stamp=stamp)
        self._answered.emit(Answer(path, heard, ticket=ticket))

    def _look(self, asked: Asked, ticket: Ticket) -> None:
        """In a thread: a block of samples or a tile."""
        value: Tile | Samples | None = None
        try:
            with self._shelf.reading(asked.path) as source:
                if isinstance(asked.what, TileKey):
                    value = make_tile(source, asked.what)
                else:
                    start = asked.what * SAMPLE_BLOCK
                    value = source.read(start, min(source.frames, start + SAMPLE_BLOCK))
        except FlowsepError:
            value = None  # the peaks say why
        self._answered.emit(Answer(asked.path, asked=asked, value=value, ticket=ticket))

    def _look_for_changes(self, stamps: dict[Path, tuple[int, int] | None]) -> None:
        """In a thread: find files that are not what they were."""
        for path, stamp in stamps.items():
            if stamp_of(path) != stamp:
                self._answered.emit(Answer(path, Heard(), is_end=False))

    def _take(self, answer: Answer) -> None:
        """In the panel's thread: keep an answer and tell of it."""
        if answer.asked is not None:
            self._take_look(answer)
        elif answer.heard == Heard() and not answer.is_end:
            if answer.path not in self._heard:
                return
            self._forget(answer.path)
            self.heard(answer.path)
        elif self._reading.get(answer.path) is answer.ticket:
            if answer.is_end:
                del self._reading[answer.path]
            assert answer.heard is not None
            self._heard[answer.path] = answer.heard
        else:
            return
        self._next()
        self.arrived.emit(answer.path)

    def _take_look(self, answer: Answer) -> None:
        assert answer.asked is not None
        if self._looking.get(answer.asked) is not answer.ticket:
            return  # the file was forgotten meanwhile
        del self._looking[answer.asked]
        if answer.value is None:
            self._failed.add(answer.asked)
        else:
            (self._tiles if isinstance(answer.asked.what, TileKey) else self._blocks).put(answer.asked, answer.value)

    def _forget(self, path: Path) -> None:
        self._heard.pop(path, None)
        self._to_read.pop(path, None)
        if (ticket := self._reading.pop(path, None)) is not None:
            ticket.cancel()
        for asked in [asked for asked in (*self._to_look, *self._looking) if asked.path == path]:
            self._to_look.pop(asked, None)
            if (ticket := self._looking.pop(asked, None)) is not None:
                ticket.cancel()
        self._failed = {asked for asked in self._failed if asked.path != path}
        for kept in (self._tiles, self._blocks):
            kept.drop(lambda asked: isinstance(asked, Asked) and asked.path == path)
        self._shelf.drop(path)


def _none_of(sketch: Peaks) -> Peaks:
    """Peaks of which nothing is known yet."""
    return replace(sketch, done=0)


def _filled(columns: Columns, sketch: Columns) -> Columns:
    """`columns`, and the sketch where they are not known."""
    parts = ((columns.low, sketch.low), (columns.high, sketch.high), (columns.rms, sketch.rms))
    return Columns(*(np.where(np.isnan(known), guess, known) for known, guess in parts))
