"""Painting of lanes: the stems of a sound with their presence, and what state they are in.

A draft has a dashed outline, a stem that waits for newer settings or is not in the mix is dimmed, one without a file
is hatched. Waveforms of quiet lanes are magnified in steps of 3 dB.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np
from flowsep_ui.contrast import Rgb, mixed
from flowsep_ui.timeline.layout import STRIP, Row
from flowsep_ui.timeline.scene import Lane, LanePart
from flowsep_ui.timeline.sound.mapping import part_sound
from flowsep_ui.timeline.sound.regions import part_regions, presence_columns
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QBrush, QPainter, QPen

from .colours import qcolor
from .context import PaintContext, tinted_heat
from .places import place_rect
from .raster import curve_pixels
from .sound import draw_pixels, draw_sound, scene_edges

_ZOOM_STEP_DB: Final = 3
_MOST_ZOOM_DB: Final = 42
_STALE = MUTED = 105
_SILENT = 150
"""How opaque the ground is over stems that wait for newer settings, over muted clips, over rows that are not heard."""


def draw_lane(painter: QPainter, context: PaintContext, row: Row, lane_place: int, area: QRect) -> None:
    """Draw the part of a lane's row inside `area`, both in pixels of the canvas."""
    lane = row.lane
    if lane is None or lane.missing:
        return
    hue = context.colours.lane(lane, lane_place)
    factor = 10 ** (lane_zoom_db(context, lane) / 20)
    tinted = replace(context, heat=tinted_heat(hue, is_dark=context.colours.is_dark))
    for part in lane.parts:
        whole = place_rect(context, part.place.start, part.place.stop, area)
        if whole.intersects(area):
            _draw_part(painter, tinted.magnified(factor), row, part, whole, area, hue)
    if not lane.is_audible:
        draw_dimmed(painter, context, area)


def draw_dimmed(painter: QPainter, context: PaintContext, area: QRect, opacity: int = _SILENT) -> None:
    """Let what was painted in `area` step back."""
    painter.fillRect(area, qcolor(context.colours.row, opacity))


def lane_zoom_db(context: PaintContext, lane: Lane) -> int:
    """Return the decibels by which a lane's waveform is magnified: 0 to 42, in steps of 3."""
    if not context.zooms_lanes or context.spectrogram:
        return 0
    peak = max((_peak(context, part) for part in lane.parts), default=0.0)
    if peak <= 0:
        return 0
    steps = math.floor(-20 * math.log10(peak) / _ZOOM_STEP_DB)
    return max(0, min(_MOST_ZOOM_DB, steps * _ZOOM_STEP_DB))


def has_strip(lane: Lane) -> bool:
    """Return whether a lane has a presence strip: a curve or regions."""
    return any(part.presence or part.regions for part in lane.parts)


def strip_height(row: Row) -> int:
    """Return the height of the presence strip in a row; 0 where it has none."""
    return min(STRIP, row.height // 3) if row.lane is not None and has_strip(row.lane) else 0


def strip_rect(row: Row, whole: QRect) -> QRect:
    """Return the presence strip of a part whose block is `whole`."""
    height = strip_height(row)
    return QRect(whole.left(), whole.bottom() + 1 - height, whole.width(), height)


def _peak(context: PaintContext, part: LanePart) -> float:
    """Return the largest sample of a part's file, linear; 0 until all of it is known."""
    peaks = context.store.sound_state(part.path).peaks if part.path else None
    if peaks is None or not peaks.is_whole:
        return 0.0
    level = peaks.levels[-1]
    return float(max(np.abs(level.low).max(initial=0), np.abs(level.high).max(initial=0)))


def _draw_part(
    painter: QPainter, context: PaintContext, row: Row, part: LanePart, whole: QRect, area: QRect, hue: Rgb
) -> None:
    lane = row.lane
    assert lane is not None
    visible = whole.intersected(area)
    painter.fillRect(visible, qcolor(context.colours.block(hue)))
    strip = strip_rect(row, whole)
    body = whole.adjusted(0, 1, 0, -strip.height())
    state = part.path and context.store.sound_state(part.path)
    sound = part_sound(part, state.peaks.rate if state and state.peaks else None, lane.mix.gain_db)
    if sound is not None:
        draw_sound(painter, context, sound, body.intersected(area), hue)
    elif part.state != "missing":
        painter.fillRect(body.intersected(area), QBrush(qcolor(context.colours.faint, 70), Qt.BrushStyle.BDiagPattern))
    _draw_presence(painter, context, part, strip, area, hue)
    if part.state == "stale":
        draw_dimmed(painter, context, visible, _STALE)
    if lane.kind == "draft":
        painter.setPen(QPen(qcolor(context.colours.wave(hue)), 1, Qt.PenStyle.DashLine))
        painter.drawRect(whole.adjusted(0, 0, -1, -1))


def _draw_presence(
    painter: QPainter, context: PaintContext, part: LanePart, strip: QRect, area: QRect, hue: Rgb
) -> None:
    """Draw a dark band with the regions, which can be clicked, and the curve."""
    visible = strip.intersected(area)
    if visible.isEmpty():
        return
    painter.fillRect(visible, qcolor(mixed(context.colours.ground, hue, 0.06)))
    values = presence_columns(part, np.asarray(scene_edges(context, visible)))
    shade = mixed(context.colours.row, hue, 0.35)
    draw_pixels(painter, curve_pixels(values, round(visible.height() * context.dpr), shade), visible)
    for span in part_regions(part):
        spot = (
            place_rect(context, span.start, span.stop, strip).adjusted(0, strip.height() - 5, 0, -1).intersected(area)
        )
        painter.fillRect(spot, qcolor(context.colours.wave(hue)))
