"""Painting of rows: a track with its clips, a lane with its waveform and presence.

Rows are painted into a layer that is shifted when the view scrolls, so they depend on time and row alone; `overlay`
paints what stays at the edges of the view.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from flowsep_ui.timeline.layout import STRIP, ClipIndex, Row
from flowsep_ui.timeline.scene import Lane, SceneClip
from flowsep_ui.timeline.sound.mapping import clip_sound, lane_sound
from flowsep_ui.timeline.sound.regions import lane_regions, presence_columns
from flowsep_ui.timeline.ticks import RulerTick
from PyQt6.QtCore import QPointF, QRect, Qt
from PyQt6.QtGui import QBrush, QFontMetrics, QPainter, QPen, QPolygonF

from .colours import qcolor
from .context import PaintContext
from .contrast import Rgb, mixed
from .raster import curve_pixels
from .sound import clipped, draw_pixels, draw_sound, scene_edges

TITLE: Final = 16
"""Height of a clip's title."""

_TITLE_FROM: Final = 44
"""Rows at least this high have titles."""

_NARROW: Final = 3
"""Clips that are no wider, in pixels, are one plain bar."""


def draw_row(
    painter: QPainter, context: PaintContext, row: Row, index: ClipIndex, lane_place: int, area: QRect
) -> None:
    """Draw the part of `row` inside `area`, both in pixels of the canvas."""
    painter.fillRect(area, qcolor(context.colours.row))
    if row.lane is not None:
        _draw_lane(painter, context, row.lane, lane_place, area, row)
        return
    first, stop = (
        int((context.view.left + x) * context.view.frames_per_pixel) for x in (area.left(), area.right() + 2)
    )
    for clip in index.between(first, stop + 1):
        _draw_clip(painter, context, clip, area)


def draw_grid(painter: QPainter, context: PaintContext, ticks: Sequence[RulerTick], area: QRect) -> None:
    """Draw the ruler's lines, faint, over everything in `area`."""
    for tick in ticks:
        if area.left() <= int(tick.x) <= area.right():
            line = QRect(int(np.floor(tick.x)), area.top(), 1, area.height())
            painter.fillRect(line, qcolor(context.colours.text, 26 if tick.is_major else 11))


def place_rect(context: PaintContext, start: int, stop: int, area: QRect) -> QRect:
    """Return the pixels from frame `start` to `stop`, one at least, as high as `area`; may exceed the view."""
    left = int(np.floor(context.view.x_of(start)))
    right = max(left + 1, int(np.floor(context.view.x_of(stop))))
    left, right = max(left, -32_000), min(right, 32_000)
    return QRect(left, area.top(), right - left, area.height())


def has_title(height: int) -> bool:
    """Return whether clips in a row of this height have titles."""
    return height >= _TITLE_FROM


def sound_band(row: Row) -> tuple[int, int]:
    """Return top (from that of the scene) and height of the part of a row that shows its sound."""
    if row.lane is None:
        title = TITLE if has_title(row.height) else 0
        return row.top + title, row.height - title
    strip = strip_height(row.height) if has_strip(row.lane) else 0
    return row.top + 1, row.height - 1 - strip


def has_strip(lane: Lane) -> bool:
    """Return whether a lane has a presence strip: a curve or regions."""
    return bool(lane.presence or lane.regions)


def strip_height(row_height: int) -> int:
    """Return the height of the presence strip in a lane of this height."""
    return min(STRIP, row_height // 3)


def _draw_clip(painter: QPainter, context: PaintContext, clip: SceneClip, area: QRect) -> None:
    whole = place_rect(context, clip.place.start, clip.place.stop, area)
    visible = whole.intersected(area)
    hue = context.colours.clip(clip)
    if whole.width() <= _NARROW:
        painter.fillRect(visible, qcolor(context.colours.wave(hue)))
        return
    painter.fillRect(visible, qcolor(context.colours.block(hue)))
    body = whole.adjusted(0, TITLE if has_title(whole.height()) else 0, 0, 0)
    sound = clip_sound(clip)
    if sound is not None:
        draw_sound(painter, context, sound, body.intersected(area), hue)
    if clip.why_not:
        painter.fillRect(visible, QBrush(qcolor(context.colours.faint, 90), Qt.BrushStyle.BDiagPattern))
    _draw_fades(painter, context, clip, body, area, hue)
    if has_title(whole.height()):
        draw_title(painter, context, clip, whole, area)
    painter.setPen(qcolor(context.colours.title(hue)))
    painter.drawRect(whole.adjusted(0, 0, -1, -1))


def draw_title(painter: QPainter, context: PaintContext, clip: SceneClip, whole: QRect, area: QRect) -> None:
    """Draw the bar with the clip's name, its gain where it is not 0 dB, and why it cannot be separated."""
    hue = context.colours.clip(clip)
    ground = context.colours.title(hue)
    bar = QRect(whole.left(), whole.top(), whole.width(), TITLE)
    painter.fillRect(bar.intersected(area), qcolor(ground))
    if whole.width() < 24:
        return
    with clipped(painter, bar.intersected(area)):
        painter.setFont(context.font)
        painter.setPen(qcolor(context.colours.on(ground)))
        painter.drawText(bar.adjusted(6, 0, -4, 0), _LEFT, elided(context, title_text(clip), bar.width() - 10))


def title_text(clip: SceneClip) -> str:
    """Return the text of a clip's title."""
    parts = [clip.name]
    if clip.gain != 1:
        parts.append("silent" if clip.gain <= 0 else f"{20 * np.log10(clip.gain):+.1f} dB")
    if clip.muted:
        parts.append("muted")
    if clip.why_not:
        parts.append(clip.why_not)
    return "  ·  ".join(parts)


def elided(context: PaintContext, text: str, width: int) -> str:
    """Return `text`, shortened with an ellipsis where it is wider than `width` pixels."""
    return QFontMetrics(context.font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))


def _draw_fades(painter: QPainter, context: PaintContext, clip: SceneClip, body: QRect, area: QRect, hue: Rgb) -> None:
    """Draw a line from silence to full level, and darken the corner above it."""
    fade_in, fade_out = clip.fades
    ends = (
        (fade_in, clip.place.start, clip.place.start + fade_in),
        (fade_out, clip.place.stop, clip.place.stop - fade_out),
    )
    for frames, silent, full in ends:
        silent_x, full_x = context.view.x_of(silent), context.view.x_of(full)
        if not frames or abs(silent_x - full_x) < 2 or max(silent_x, full_x) < area.left():
            continue
        low, high = QPointF(silent_x, body.bottom()), QPointF(full_x, body.top())
        with clipped(painter, body.intersected(area)):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(qcolor(context.colours.ground, 110))
            painter.drawPolygon(QPolygonF([low, QPointF(silent_x, body.top()), high]))
            painter.setPen(QPen(qcolor(context.colours.core(hue)), 1.4))
            painter.drawLine(low, high)


def _draw_lane(painter: QPainter, context: PaintContext, lane: Lane, lane_place: int, area: QRect, row: Row) -> None:
    whole = place_rect(context, lane.place.start, lane.place.stop, area)
    visible = whole.intersected(area)
    hue = context.colours.lane(lane, lane_place)
    if lane.state.mute:
        hue = mixed(hue, context.colours.faint, 0.75)
    painter.fillRect(visible, qcolor(context.colours.block(hue)))
    strip = strip_rect(row.height, whole) if has_strip(lane) else QRect()
    body = whole.adjusted(0, 1, 0, -strip.height())
    state = lane.path and context.store.sound_state(lane.path)
    sound = lane_sound(lane, state.peaks.rate if state and state.peaks else None)
    if sound is not None:
        draw_sound(painter, context, sound, body.intersected(area), hue)
    else:
        painter.fillRect(body.intersected(area), QBrush(qcolor(context.colours.faint, 70), Qt.BrushStyle.BDiagPattern))
    _draw_presence(painter, context, lane, strip, area, hue)


def strip_rect(row_height: int, whole: QRect) -> QRect:
    """Return the presence strip of a lane whose block is `whole`."""
    height = strip_height(row_height)
    return QRect(whole.left(), whole.bottom() + 1 - height, whole.width(), height)


def _draw_presence(painter: QPainter, context: PaintContext, lane: Lane, strip: QRect, area: QRect, hue: Rgb) -> None:
    """Draw a dark band with the regions, which can be clicked, and the curve."""
    visible = strip.intersected(area)
    if visible.isEmpty():
        return
    painter.fillRect(visible, qcolor(mixed(context.colours.ground, hue, 0.06)))
    for span in lane_regions(lane):
        spot = place_rect(context, span.start, span.stop, strip).adjusted(0, 1, 0, -1).intersected(area)
        painter.fillRect(spot, qcolor(mixed(context.colours.row, hue, 0.45)))
    values = presence_columns(lane, np.asarray(scene_edges(context, visible)))
    draw_pixels(
        painter, curve_pixels(values, round(visible.height() * context.dpr), context.colours.wave(hue)), visible
    )


_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
