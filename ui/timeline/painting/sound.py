"""The sound of a clip or lane inside a rectangle: waveform, single samples, or spectrogram."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from flowsep_ui.timeline.sound.mapping import Sounding
from PyQt6.QtCore import QPointF, QRect, Qt
from PyQt6.QtGui import QImage, QPainter, QPen, QPolygonF

from flowsep_plugin.audio.types import Doubles
from flowsep_plugin.media.peaks import Columns
from flowsep_plugin.spectrogram.tiles import COLUMNS, FLOOR_DB, ROWS, TileKey, tiles_over, zoom_for

from .colours import qcolor
from .contrast import Rgb
from .look import Look
from .raster import Pixels, spectrum_pixels, wave_pixels

_SAMPLES_FROM = 3.0
"""Pixels a sample from which samples are joined by a line; above `_DOTS_FROM` each has a dot."""

_DOTS_FROM = 7.0
_COARSER = 5


def draw_sound(painter: QPainter, look: Look, sound: Sounding, area: QRect, hue: Rgb) -> None:
    """Draw what lies under `area` (pixels of the canvas, inside the sound's place) of `sound`."""
    if area.width() <= 0 or area.height() <= 0 or not look.budget.allows(area):
        return
    pixels_a_sample = 1 / (look.view.frames_per_pixel * sound.speed)
    if look.spectrogram:
        _draw_spectrum(painter, look, sound, area)
    elif pixels_a_sample < _SAMPLES_FROM or not _draw_samples(painter, look, sound, area, hue, pixels_a_sample):
        _draw_wave(painter, look, sound, area, hue)


def scene_edges(look: Look, area: QRect) -> Doubles:
    """Scene frames at the edges of the area's device pixels."""
    count = max(1, round(area.width() * look.dpr))
    x = area.left() + np.arange(count + 1) * (area.width() / count)
    return np.asarray((look.view.left + x) * look.view.frames_per_pixel)


def columns_in(look: Look, sound: Sounding, edges: Doubles) -> Columns | None:
    """Peaks between scene frames `edges`, left to right."""
    inside = sound.file_edges(edges)
    if not sound.reverse:
        return look.store.columns(sound.path, inside)
    made = look.store.columns(sound.path, inside[::-1])
    return made and Columns(made.low[:, ::-1], made.high[:, ::-1], made.rms[:, ::-1])


def _draw_wave(painter: QPainter, look: Look, sound: Sounding, area: QRect, hue: Rgb) -> None:
    edges = scene_edges(look, area)
    columns = columns_in(look, sound, edges)
    if columns is None:
        return
    level = sound.gain * look.amplitude
    if sound.fades != (0, 0):
        level = (sound.level_at((edges[:-1] + edges[1:]) / 2) * look.amplitude).astype(np.float32)
    height = round(area.height() * look.dpr)
    pixels = wave_pixels(columns, height, level, look.colours.wave(hue), look.colours.core(hue))
    draw_pixels(painter, pixels, area)


def _draw_samples(
    painter: QPainter, look: Look, sound: Sounding, area: QRect, hue: Rgb, pixels_a_sample: float
) -> bool:
    """Join samples by a line; False where they are not there yet."""
    ends = sound.file_edges(np.asarray(scene_edges(look, area)[[0, -1]]))
    first, stop = int(ends.min()) - 2, int(ends.max()) + 3
    found = look.store.samples(sound.path, first, stop)
    if found is None:
        return False
    start, samples = found
    low, high = max(0, first - start), min(samples.shape[1], stop - start)
    frames = np.asarray([sound.scene_frame(start + n) for n in range(low, high)])
    level = sound.level_at(frames) * look.amplitude
    x = frames / look.view.frames_per_pixel - look.view.left
    with clipped(painter, area):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wave = qcolor(look.colours.wave(hue))
        tall = area.height() / len(samples)
        for channel, values in enumerate(samples[:, low:high] * level):
            y = area.top() + tall * (channel + 0.5) - values.clip(-1, 1) * tall / 2
            line = QPolygonF([QPointF(*point) for point in zip(x, y, strict=True)])
            painter.setPen(QPen(wave, 1.4))
            painter.drawPolyline(line)
            if pixels_a_sample >= _DOTS_FROM:
                painter.setPen(QPen(wave, 5.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPoints(line)
    return True


def _draw_spectrum(painter: QPainter, look: Look, sound: Sounding, area: QRect) -> None:
    rows = spectrum_rows(look, sound, scene_edges(look, area))
    draw_pixels(painter, spectrum_pixels(rows, round(area.height() * look.dpr), look.heat), area)


def spectrum_rows(look: Look, sound: Sounding, edges: Doubles) -> np.ndarray:
    """Bytes (ROWS, n) under the columns between scene frames `edges`; 0 where nothing is known yet."""
    inside = sound.file_edges(edges)
    start, stop = np.minimum(inside[:-1], inside[1:]), np.maximum(inside[:-1], inside[1:])
    zoom = zoom_for(look.view.frames_per_pixel * sound.speed / look.dpr)
    made = np.zeros((ROWS, len(start)), np.uint8)
    first = np.floor(start).astype(np.int64) >> zoom
    last = np.maximum(first, (np.ceil(stop).astype(np.int64) - 1) >> zoom)
    for index in tiles_over(max(0, int(start.min())), max(1, int(np.ceil(stop.max()))), zoom):
        here = np.flatnonzero((first // COLUMNS == index) | (last // COLUMNS == index))
        if not here.size:
            continue
        tile = _tile(look, sound, TileKey(zoom, index))
        if tile is not None:
            one, other = ((part[here] - index * COLUMNS).clip(0, COLUMNS - 1) for part in (first, last))
            made[:, here] = np.maximum(made[:, here], np.maximum(tile[:, one], tile[:, other]))
    loudness = 20 * np.log10(np.maximum(1e-6, sound.level_at((edges[:-1] + edges[1:]) / 2)))
    return _louder(made, loudness)


def _tile(look: Look, sound: Sounding, key: TileKey) -> np.ndarray | None:
    """The tile, or, until it is there, the part of a coarser one that is."""
    tile = look.store.tile(sound.path, key)
    for up in range(1, _COARSER):
        if tile is not None:
            return tile
        size = COLUMNS >> up
        wide = look.store.kept_tile(sound.path, TileKey(key.zoom + up, key.index >> up))
        if wide is not None:
            place = (key.index & ((1 << up) - 1)) * size
            return np.repeat(wide[:, place : place + size], 1 << up, axis=1)
    return tile


def _louder(rows: np.ndarray, decibels: Doubles) -> np.ndarray:
    """Gain and fades, as bytes are decibels."""
    change = np.rint(decibels * (255 / -FLOOR_DB)).astype(np.int16)
    if not change.any():
        return rows
    return np.where(rows > 0, (rows.astype(np.int16) + change).clip(0, 255), 0).astype(np.uint8)


def draw_pixels(painter: QPainter, pixels: Pixels, area: QRect) -> None:
    """Put device pixels into `area`."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    painter.drawImage(area, image)


@contextmanager
def clipped(painter: QPainter, area: QRect) -> Iterator[None]:
    """Draw nowhere else, and leave the painter as it was."""
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    try:
        yield
    finally:
        painter.restore()
