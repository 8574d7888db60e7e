"""Painting of rows: a track with its clips, a lane with its waveform and presence.

Rows are painted into a layer that is shifted when the view scrolls, so they depend on time and row alone; `overlay`
paints what stays at the edges of the view.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from flowsep_ui.contrast import Rgb
from flowsep_ui.timeline.layout import ClipIndex, Row
from flowsep_ui.timeline.scene import SceneClip
from flowsep_ui.timeline.sound.mapping import clip_sound
from flowsep_ui.timeline.ticks import RulerTick
from PyQt6.QtCore import QCoreApplication, QLocale, QPointF, QRect, Qt
from PyQt6.QtGui import QBrush, QFontMetrics, QPainter, QPen, QPolygonF

from .colours import qcolor
from .context import PaintContext, tinted_heat
from .lanes import MUTED, draw_dimmed, draw_lane, strip_height
from .places import place_rect
from .sound import clipped, draw_sound

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
        draw_lane(painter, context, row, lane_place, area)
        return
    first, stop = (
        int((context.view.left + x) * context.view.frames_per_pixel) for x in (area.left(), area.right() + 2)
    )
    for clip in index.between(first, stop + 1):
        _draw_clip(painter, context, clip, area)
    if not row.track.is_audible:
        draw_dimmed(painter, context, area)


def draw_grid(painter: QPainter, context: PaintContext, ticks: Sequence[RulerTick], area: QRect) -> None:
    """Draw the ruler's lines, faint, over everything in `area`."""
    left, top, right, height = area.left(), area.top(), area.right(), area.height()
    painter.setPen(Qt.PenStyle.NoPen)
    for is_major, opacity in ((True, 26), (False, 11)):
        places = (math.floor(tick.x) for tick in ticks if tick.is_major == is_major)
        painter.setBrush(qcolor(context.colours.text, opacity))
        painter.drawRects([QRect(x, top, 1, height) for x in places if left <= x <= right])
    painter.setBrush(Qt.BrushStyle.NoBrush)


def has_title(height: int) -> bool:
    """Return whether clips in a row of this height have titles."""
    return height >= _TITLE_FROM


def sound_band(row: Row) -> tuple[int, int]:
    """Return top (from that of the scene) and height of the part of a row that shows its sound."""
    if row.lane is None:
        title = TITLE if has_title(row.height) else 0
        return row.top + title, row.height - title
    strip = strip_height(row)
    return row.top + 1, row.height - 1 - strip


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
    if clip.colour:
        context = replace(context, heat=tinted_heat(hue, is_dark=context.colours.is_dark))
    if sound is not None:
        draw_sound(painter, context, sound, body.intersected(area), hue)
    if clip.why_not:
        painter.fillRect(visible, QBrush(qcolor(context.colours.faint, 90), Qt.BrushStyle.BDiagPattern))
    _draw_fades(painter, context, clip, body, area, hue)
    if clip.muted:
        draw_dimmed(painter, context, body.intersected(area), MUTED)
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
        gain = f"{20 * np.log10(clip.gain):+.1f} dB" if clip.gain > 0 else ""
        sign = QLocale().decimalPoint()
        parts.append(gain.replace(".", sign) or QCoreApplication.translate("TimelineView", "silent"))
    if clip.muted:
        parts.append(QCoreApplication.translate("TimelineView", "muted"))
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


_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
