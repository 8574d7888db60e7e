"""Painting of sound inside a rectangle: waveform, single samples, or spectrogram."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from flowsep_ui.contrast import Rgb
from flowsep_ui.timeline.sound.mapping import PlacedSound
from PyQt6.QtCore import QPointF, QRect, Qt
from PyQt6.QtGui import QImage, QPainter, QPen, QPolygonF

from flowsep_plugin.audio.types import Doubles
from flowsep_plugin.media.peaks import Columns
from flowsep_plugin.spectrogram.tiles import COLUMNS, FLOOR_DB, ROWS, TileKey, tiles_over, zoom_for

from .colours import qcolor
from .context import PaintContext
from .raster import Pixels, spectrum_pixels, wave_pixels

_SAMPLES_FROM = 3.0
"""Pixels per sample from which samples are joined by a line; above `_DOTS_FROM` each has a dot."""

_DOTS_FROM = 7.0
_COARSER = 5


def draw_sound(painter: QPainter, context: PaintContext, sound: PlacedSound, area: QRect, hue: Rgb) -> None:
    """Draw the part of `sound` under `area`: pixels of the canvas, inside the sound's place."""
    if area.width() <= 0 or area.height() <= 0 or not context.budget.allows(area):
        return
    pixels_per_sample = 1 / (context.view.frames_per_pixel * sound.speed)
    if context.spectrogram:
        _draw_spectrum(painter, context, sound, area)
    elif pixels_per_sample < _SAMPLES_FROM or not _draw_samples(painter, context, sound, area, hue, pixels_per_sample):
        _draw_wave(painter, context, sound, area, hue)


def scene_edges(context: PaintContext, area: QRect) -> Doubles:
    """Return scene frames at the edges of the n device pixels of `area`, (n + 1,)."""
    count = max(1, round(area.width() * context.dpr))
    x = area.left() + np.arange(count + 1) * (area.width() / count)
    return np.asarray((context.view.left + x) * context.view.frames_per_pixel)


def columns_in(context: PaintContext, sound: PlacedSound, edges: Doubles) -> Columns | None:
    """Return peaks of n columns between scene frames `edges` (n + 1,), left to right; None until loaded."""
    inside = sound.file_edges(edges)
    if not sound.reverse:
        return context.store.columns(sound.path, inside)
    columns = context.store.columns(sound.path, inside[::-1])
    return columns and Columns(columns.low[:, ::-1], columns.high[:, ::-1], columns.rms[:, ::-1])


def _draw_wave(painter: QPainter, context: PaintContext, sound: PlacedSound, area: QRect, hue: Rgb) -> None:
    edges = scene_edges(context, area)
    columns = columns_in(context, sound, edges)
    if columns is None:
        return
    level = sound.gain * context.amplitude
    if sound.fades != (0, 0):
        level = (sound.level_at((edges[:-1] + edges[1:]) / 2) * context.amplitude).astype(np.float32)
    height = round(area.height() * context.dpr)
    pixels = wave_pixels(columns, height, level, context.colours.wave(hue), context.colours.core(hue))
    draw_pixels(painter, pixels, area)


def _draw_samples(
    painter: QPainter, context: PaintContext, sound: PlacedSound, area: QRect, hue: Rgb, pixels_per_sample: float
) -> bool:
    """Join samples by a line; return False where they are not loaded yet."""
    ends = sound.file_edges(np.asarray(scene_edges(context, area)[[0, -1]]))
    first, stop = int(ends.min()) - 2, int(ends.max()) + 3
    block = context.store.samples(sound.path, first, stop)
    if block is None:
        return False
    start, samples = block
    low, high = max(0, first - start), min(samples.shape[1], stop - start)
    frames = np.asarray([sound.scene_frame(start + n) for n in range(low, high)])
    level = sound.level_at(frames) * context.amplitude
    x = frames / context.view.frames_per_pixel - context.view.left
    with clipped(painter, area):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wave = qcolor(context.colours.wave(hue))
        tall = area.height() / len(samples)
        for channel, values in enumerate(samples[:, low:high] * level):
            y = area.top() + tall * (channel + 0.5) - values.clip(-1, 1) * tall / 2
            line = QPolygonF([QPointF(*point) for point in zip(x, y, strict=True)])
            painter.setPen(QPen(wave, 1.4))
            painter.drawPolyline(line)
            if pixels_per_sample >= _DOTS_FROM:
                painter.setPen(QPen(wave, 5.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPoints(line)
    return True


def _draw_spectrum(painter: QPainter, context: PaintContext, sound: PlacedSound, area: QRect) -> None:
    rows = spectrum_rows(context, sound, scene_edges(context, area))
    draw_pixels(painter, spectrum_pixels(rows, round(area.height() * context.dpr), context.spectrum_table), area)


def spectrum_rows(context: PaintContext, sound: PlacedSound, edges: Doubles) -> np.ndarray:
    """Return bytes (ROWS, n) of the columns between scene frames `edges` (n + 1,); 0 where no tile is loaded."""
    inside = sound.file_edges(edges)
    start, stop = np.minimum(inside[:-1], inside[1:]), np.maximum(inside[:-1], inside[1:])
    zoom = zoom_for(context.view.frames_per_pixel * sound.speed / context.dpr)
    rows = np.zeros((ROWS, len(start)), np.uint8)
    first = np.floor(start).astype(np.int64) >> zoom
    last = np.maximum(first, (np.ceil(stop).astype(np.int64) - 1) >> zoom)
    for index in tiles_over(max(0, int(start.min())), max(1, int(np.ceil(stop.max()))), zoom):
        here = np.flatnonzero((first // COLUMNS == index) | (last // COLUMNS == index))
        if not here.size:
            continue
        tile = _tile(context, sound, TileKey(zoom, index))
        if tile is not None:
            one, other = ((part[here] - index * COLUMNS).clip(0, COLUMNS - 1) for part in (first, last))
            rows[:, here] = np.maximum(rows[:, here], np.maximum(tile[:, one], tile[:, other]))
    loudness = 20 * np.log10(np.maximum(1e-6, sound.level_at((edges[:-1] + edges[1:]) / 2)))
    return _louder(rows, loudness)


def _tile(context: PaintContext, sound: PlacedSound, key: TileKey) -> np.ndarray | None:
    """Return a tile (ROWS, COLUMNS), or, until it is loaded, the part of a coarser one that is."""
    tile = context.store.tile(sound.path, key)
    for up in range(1, _COARSER):
        if tile is not None:
            return tile
        size = COLUMNS >> up
        wide = context.store.cached_tile(sound.path, TileKey(key.zoom + up, key.index >> up))
        if wide is not None:
            place = (key.index & ((1 << up) - 1)) * size
            return np.repeat(wide[:, place : place + size], 1 << up, axis=1)
    return tile


def _louder(rows: np.ndarray, decibels: Doubles) -> np.ndarray:
    """Return bytes `rows` (ROWS, n) louder by `decibels` (n,): bytes are linear in decibels."""
    change = np.rint(decibels * (255 / -FLOOR_DB)).astype(np.int16)
    if not change.any():
        return rows
    return np.where(rows > 0, (rows.astype(np.int16) + change).clip(0, 255), 0).astype(np.uint8)


def draw_pixels(painter: QPainter, pixels: Pixels, area: QRect) -> None:
    """Paint device pixels (height, width) into `area`."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    painter.drawImage(area, image)


@contextmanager
def clipped(painter: QPainter, area: QRect) -> Iterator[None]:
    """Restrict painting to `area` inside the block; restore the painter after it."""
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    try:
        yield
    finally:
        painter.restore()
