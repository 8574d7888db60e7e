"""Rows of the canvas: a track with its clips, a lane with its waveform and presence.

Everything here is drawn into a layer that is shifted when the view scrolls, so it depends on time and row alone: what
sticks to the view's edges is drawn by `paint_over`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from flowsep_ui.timeline.layout import STRIP, ClipIndex, Row
from flowsep_ui.timeline.scene import Lane, SceneClip
from flowsep_ui.timeline.sound.mapping import sounding_clip, sounding_lane
from flowsep_ui.timeline.sound.regions import lane_regions, presence_columns
from flowsep_ui.timeline.ticks import Tick
from PyQt6.QtCore import QPointF, QRect, Qt
from PyQt6.QtGui import QBrush, QFontMetrics, QPainter, QPen, QPolygonF

from .colours import qcolor
from .contrast import Rgb, mixed
from .look import Look
from .raster import curve_pixels
from .sound import clipped, draw_pixels, draw_sound, scene_edges

TITLE: Final = 16
"""Height of a clip's title."""

_TITLE_FROM: Final = 44
"""Rows at least this high have titles."""

_NARROW: Final = 3
"""Clips that are no wider, in pixels, are one plain bar."""


def draw_row(painter: QPainter, look: Look, row: Row, index: ClipIndex, lane_place: int, area: QRect) -> None:
    """Draw the part of `row` inside `area`, both in pixels of the canvas."""
    painter.fillRect(area, qcolor(look.colours.row))
    if row.lane is not None:
        _draw_lane(painter, look, row.lane, lane_place, area, row)
        return
    first, stop = (int((look.view.left + x) * look.view.frames_per_pixel) for x in (area.left(), area.right() + 2))
    for clip in index.between(first, stop + 1):
        _draw_clip(painter, look, clip, area)


def draw_grid(painter: QPainter, look: Look, ticks: Sequence[Tick], area: QRect) -> None:
    """The ruler's lines, faint, over everything in `area`."""
    for tick in ticks:
        if area.left() <= int(tick.x) <= area.right():
            line = QRect(int(np.floor(tick.x)), area.top(), 1, area.height())
            painter.fillRect(line, qcolor(look.colours.text, 26 if tick.is_major else 11))


def place_rect(look: Look, start: int, stop: int, area: QRect) -> QRect:
    """The pixels from frame `start` to `stop`, one at least, as high as `area`; it may reach far beyond the view."""
    left = int(np.floor(look.view.x_of(start)))
    right = max(left + 1, int(np.floor(look.view.x_of(stop))))
    left, right = max(left, -32_000), min(right, 32_000)
    return QRect(left, area.top(), right - left, area.height())


def has_title(height: int) -> bool:
    """Whether clips of a row so high have titles."""
    return height >= _TITLE_FROM


def sound_band(row: Row) -> tuple[int, int]:
    """Top (from the scene's) and height of the part of a row in which its sound is drawn."""
    if row.lane is None:
        title = TITLE if has_title(row.height) else 0
        return row.top + title, row.height - title
    strip = strip_height(row.height) if has_strip(row.lane) else 0
    return row.top + 1, row.height - 1 - strip


def has_strip(lane: Lane) -> bool:
    """Whether anything is known of where the sound is."""
    return bool(lane.presence or lane.regions)


def strip_height(row_height: int) -> int:
    """Height of the presence strip in a lane so high."""
    return min(STRIP, row_height // 3)


def _draw_clip(painter: QPainter, look: Look, clip: SceneClip, area: QRect) -> None:
    whole = place_rect(look, clip.place.start, clip.place.stop, area)
    seen = whole.intersected(area)
    hue = look.colours.clip(clip)
    if whole.width() <= _NARROW:
        painter.fillRect(seen, qcolor(look.colours.wave(hue)))
        return
    painter.fillRect(seen, qcolor(look.colours.block(hue)))
    body = whole.adjusted(0, TITLE if has_title(whole.height()) else 0, 0, 0)
    sound = sounding_clip(clip)
    if sound is not None:
        draw_sound(painter, look, sound, body.intersected(area), hue)
    if clip.why_not:
        painter.fillRect(seen, QBrush(qcolor(look.colours.faint, 90), Qt.BrushStyle.BDiagPattern))
    _draw_fades(painter, look, clip, body, area, hue)
    if has_title(whole.height()):
        draw_title(painter, look, clip, whole, area)
    painter.setPen(qcolor(look.colours.title(hue)))
    painter.drawRect(whole.adjusted(0, 0, -1, -1))


def draw_title(painter: QPainter, look: Look, clip: SceneClip, whole: QRect, area: QRect) -> None:
    """The bar with the clip's name, and why it cannot be separated, and its gain where it is not 0 dB."""
    hue = look.colours.clip(clip)
    ground = look.colours.title(hue)
    bar = QRect(whole.left(), whole.top(), whole.width(), TITLE)
    painter.fillRect(bar.intersected(area), qcolor(ground))
    if whole.width() < 24:
        return
    with clipped(painter, bar.intersected(area)):
        painter.setFont(look.font)
        painter.setPen(qcolor(look.colours.on(ground)))
        painter.drawText(bar.adjusted(6, 0, -4, 0), _LEFT, elided(look, title_text(clip), bar.width() - 10))


def title_text(clip: SceneClip) -> str:
    """What a clip's title says."""
    parts = [clip.name]
    if clip.gain != 1:
        parts.append("silent" if clip.gain <= 0 else f"{20 * np.log10(clip.gain):+.1f} dB")
    if clip.muted:
        parts.append("muted")
    if clip.why_not:
        parts.append(clip.why_not)
    return "  ·  ".join(parts)


def elided(look: Look, text: str, width: int) -> str:
    """`text`, cut with dots where it is too long."""
    return QFontMetrics(look.font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))


def _draw_fades(painter: QPainter, look: Look, clip: SceneClip, body: QRect, area: QRect, hue: Rgb) -> None:
    """A line from silence to full level, and the corner above it darker."""
    fade_in, fade_out = clip.fades
    ends = (
        (fade_in, clip.place.start, clip.place.start + fade_in),
        (fade_out, clip.place.stop, clip.place.stop - fade_out),
    )
    for frames, silent, full in ends:
        silent_x, full_x = look.view.x_of(silent), look.view.x_of(full)
        if not frames or abs(silent_x - full_x) < 2 or max(silent_x, full_x) < area.left():
            continue
        low, high = QPointF(silent_x, body.bottom()), QPointF(full_x, body.top())
        with clipped(painter, body.intersected(area)):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(qcolor(look.colours.ground, 110))
            painter.drawPolygon(QPolygonF([low, QPointF(silent_x, body.top()), high]))
            painter.setPen(QPen(qcolor(look.colours.core(hue)), 1.4))
            painter.drawLine(low, high)


def _draw_lane(painter: QPainter, look: Look, lane: Lane, lane_place: int, area: QRect, row: Row) -> None:
    whole = place_rect(look, lane.place.start, lane.place.stop, area)
    seen = whole.intersected(area)
    hue = look.colours.lane(lane, lane_place)
    if lane.state.mute:
        hue = mixed(hue, look.colours.faint, 0.75)
    painter.fillRect(seen, qcolor(look.colours.block(hue)))
    strip = strip_rect(row.height, whole) if has_strip(lane) else QRect()
    body = whole.adjusted(0, 1, 0, -strip.height())
    heard = lane.path and look.store.heard(lane.path)
    sound = sounding_lane(lane, heard.peaks.rate if heard and heard.peaks else None)
    if sound is not None:
        draw_sound(painter, look, sound, body.intersected(area), hue)
    else:
        painter.fillRect(body.intersected(area), QBrush(qcolor(look.colours.faint, 70), Qt.BrushStyle.BDiagPattern))
    _draw_presence(painter, look, lane, strip, area, hue)


def strip_rect(row_height: int, whole: QRect) -> QRect:
    """The presence strip of a lane whose block is `whole`."""
    height = strip_height(row_height)
    return QRect(whole.left(), whole.bottom() + 1 - height, whole.width(), height)


def _draw_presence(painter: QPainter, look: Look, lane: Lane, strip: QRect, area: QRect, hue: Rgb) -> None:
    """A dark band; in it the regions, which can be clicked, and the curve."""
    seen = strip.intersected(area)
    if seen.isEmpty():
        return
    painter.fillRect(seen, qcolor(mixed(look.colours.ground, hue, 0.06)))
    for span in lane_regions(lane):
        spot = place_rect(look, span.start, span.stop, strip).adjusted(0, 1, 0, -1).intersected(area)
        painter.fillRect(spot, qcolor(mixed(look.colours.row, hue, 0.45)))
    values = presence_columns(lane, np.asarray(scene_edges(look, seen)))
    draw_pixels(painter, curve_pixels(values, round(seen.height() * look.dpr), look.colours.wave(hue)), seen)


_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
