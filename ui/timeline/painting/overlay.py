"""Painting over the rows, for what changes often: selection and handles, markers, playhead, names, scales."""

from typing import Final

from flowsep_ui.timeline.layout import Row
from flowsep_ui.timeline.model import TimelineModel
from PyQt6.QtCore import QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QFontMetrics, QPainter, QPen, QPolygonF

from flowsep_plugin.spectrogram.tiles import ROWS, row_of

from .colours import qcolor
from .context import PaintContext
from .lanes import lane_zoom_db
from .places import place_rect
from .rows import draw_title, has_title, sound_band

GRIP_WIDE, GRIP_TALL = 7, 26


def draw_over(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    """Draw everything over the rows inside `area` of the canvas."""
    if model.is_empty:
        return
    _draw_markers(painter, context, model, area)
    _draw_names(painter, context, model, area)
    _draw_scales(painter, context, model, area)
    _draw_zooms(painter, context, model, area)
    _draw_selection(painter, context, model, area)
    draw_playhead(painter, context, model, area)


def draw_playhead(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    """Draw the playhead's line over the height of `area`."""
    x = context.view.x_of(model.playhead)
    if area.left() - 2 <= x <= area.right() + 2:
        painter.setPen(QPen(qcolor(context.colours.playhead), 1.4))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom() + 1))


def _draw_markers(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    for marker in model.scene.markers:
        for frame in {marker.span.start, marker.span.stop}:
            x = context.view.x_of(frame)
            if area.left() <= x <= area.right():
                hue = context.colours.accent if marker.is_own else context.colours.marker
                painter.setPen(QPen(qcolor(hue, 150), 1, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(int(x) + 0.5, area.top()), QPointF(int(x) + 0.5, area.bottom()))


def _draw_names(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    """Draw the titles of clips that begin left of the view at its left edge."""
    first = context.view.frame_at(0)
    for row in model.index.layout.between(model.top + area.top(), model.top + area.bottom() + 1):
        if row.lane is not None or not has_title(row.height):
            continue
        for clip in model.index.clips[model.index.numbers[row.track.id]].between(first, first + 1):
            band = QRect(0, row.top - model.top, context.view.width, row.height)
            whole = place_rect(context, clip.place.start, clip.place.stop, band).intersected(band)
            draw_title(painter, context, clip, whole, whole.adjusted(1, 1, -1, 0).intersected(area))


def _draw_scales(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    """Draw frequencies at the right edge of spectrograms that are high enough."""
    wide = QFontMetrics(context.font).horizontalAdvance("10k") + 8
    if not context.spectrogram or area.right() < context.view.width - wide:
        return
    painter.setFont(context.font)
    for row in model.index.layout.between(model.top + area.top(), model.top + area.bottom() + 1):
        top, height = sound_band(row)
        if height < _SCALE_FROM or (rate := _rate(context, row)) is None:
            continue
        for y, text in scale_labels(height, rate):
            box = QRect(context.view.width - wide, top - model.top + round(y) - 7, wide, 14)
            painter.fillRect(box, qcolor(context.colours.head, 190))
            painter.setPen(qcolor(context.colours.text))
            painter.drawText(box.adjusted(0, 0, -4, 0), _RIGHT, text)


def scale_labels(height: int, rate: int) -> list[tuple[float, str]]:
    """Return y (from the top of a spectrogram of `height` pixels) and text of its frequencies, none over another."""
    labels: list[tuple[float, str]] = []
    for hertz, text in _HERTZ:
        y = row_of(hertz, rate) * height / (ROWS - 1)
        if 7 <= y <= height - 7 and all(abs(y - other) >= _LABEL_TALL for other, _ in labels):
            labels.append((y, text))
    return labels


def _draw_zooms(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    """Draw at the right edge of lanes by how much their waveform is magnified."""
    if context.spectrogram or not context.zooms_lanes or area.right() < context.view.width - _ZOOM_WIDE:
        return
    painter.setFont(context.font)
    metrics = QFontMetrics(context.font)
    right = context.view.width - 3
    for row in model.index.layout.between(model.top + area.top(), model.top + area.bottom() + 1):
        decibels = 0 if row.lane is None or row.height < _SCALE_FROM else lane_zoom_db(context, row.lane)
        if decibels:
            text = f"+{decibels} dB"
            wide = metrics.horizontalAdvance(text) + 8
            box = QRect(right - wide, row.top - model.top + 3, wide, 15)
            painter.fillRect(box, qcolor(context.colours.head, 190))
            painter.setPen(qcolor(context.colours.faint))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _rate(context: PaintContext, row: Row) -> int | None:
    """Return the rate of the sound in a row; None where it is not loaded."""
    owners = row.lane.parts if row.lane else row.track.clips
    path = next((owner.path for owner in owners if owner.path), None)
    peaks = context.store.sound_state(path).peaks if path else None
    return peaks and peaks.rate


def _draw_selection(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    if model.selection is None:
        return
    _draw_selected_clip(painter, context, model, area)
    left, right = selection_edges(context, model)
    for top, bottom in selected_bands(model):
        band = QRectF(left, top, right - left, bottom - top).intersected(QRectF(area))
        painter.fillRect(band, qcolor(context.colours.selection, 52 if context.colours.is_dark else 44))
        painter.setPen(QPen(qcolor(context.colours.selection), 1.5))
        for x in (left, right):
            if area.left() - 2 <= x <= area.right() + 2:
                painter.drawLine(QPointF(x, top), QPointF(x, bottom))
                _draw_grip(painter, context, x, (top + bottom) / 2)


def _draw_selected_clip(painter: QPainter, context: PaintContext, model: TimelineModel, area: QRect) -> None:
    """Draw a rim around the selected clip."""
    selection = model.selection
    if selection is None or selection.clip_id is None or not selection.track_ids:
        return
    row = model.index.layout.row_of(selection.track_ids[0])
    clips = model.index.clips[model.index.numbers[selection.track_ids[0]]] if row else None
    span = selection.span
    clip = clips and next((c for c in clips.between(span.start, span.start + 1) if c.id == selection.clip_id), None)
    if row and clip:
        band = QRect(0, row.top - model.top, context.view.width, row.height)
        painter.setPen(QPen(qcolor(context.colours.selection), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place_rect(context, clip.place.start, clip.place.stop, band).adjusted(1, 1, -1, -1))


def selection_edges(context: PaintContext, model: TimelineModel) -> tuple[float, float]:
    """Return left and right of the selection in pixels, at most 1000 beyond the view, as Qt needs it."""
    assert model.selection is not None
    left, right = (context.view.x_of(f) for f in (model.selection.span.start, model.selection.span.stop))
    return max(left, -1000.0), min(right, context.view.width + 1000.0)


def selected_bands(model: TimelineModel) -> list[tuple[int, int]]:
    """Return top and bottom, on the canvas, of each run of selected rows."""
    bands: list[tuple[int, int]] = []
    for row in model.index.layout.rows:
        if not model.is_selected(row.track.id):
            continue
        top, bottom = row.top - model.top, row.bottom - model.top
        if bands and top - bands[-1][1] <= _JOINED:
            bands[-1] = (bands[-1][0], bottom)
        else:
            bands.append((top, bottom))
    return bands


def _draw_grip(painter: QPainter, context: PaintContext, x: float, middle: float) -> None:
    """Draw the handle of an edge."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(qcolor(context.colours.row), 1))
    painter.setBrush(qcolor(context.colours.selection))
    painter.drawRoundedRect(QRectF(x - GRIP_WIDE / 2, middle - GRIP_TALL / 2, GRIP_WIDE, GRIP_TALL), 3, 3)
    painter.restore()


def pointer_shape(x: float, bottom: float) -> QPolygonF:
    """Return the playhead's triangle on the ruler, its tip at (`x`, `bottom`)."""
    return QPolygonF([QPointF(x - 5, bottom - 8), QPointF(x + 5, bottom - 8), QPointF(x, bottom)])


_JOINED: Final = 8
_ZOOM_WIDE: Final = 80
_SCALE_FROM: Final = 44
"""Height from which a spectrogram has its scale."""

_LABEL_TALL: Final = 16
_HERTZ: Final = ((1000, "1k"), (100, "100"), (10_000, "10k"), (5000, "5k"), (200, "200"), (2000, "2k"), (500, "500"),
                 (50, "50"))  # fmt: skip
"""In the order in which they are kept where not all have room."""

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
