"""Wheel and trackpad on canvas, ruler and heads: zoom, scroll, row heights.

mouse wheel            zoom at the mouse          trackpad, two fingers    scroll both ways
Ctrl + wheel, pinch    zoom at the mouse          Shift + wheel            scroll in time
Alt + wheel            scroll the tracks          Ctrl + Shift + wheel     taller or lower rows
"""

from typing import Final

from flowsep_ui.timeline.model import TimelineModel
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QWheelEvent

_NOTCH: Final = 120
_ZOOM: Final = 1.25
_SCROLL: Final = 90
_TRACKPAD_ZOOM: Final = 240


def turn_wheel(model: TimelineModel, event: QWheelEvent, x: float, over_heads: bool = False) -> None:
    """Zoom, scroll or scale `model` for a wheel event at pixel `x` of the canvas."""
    keys = event.modifiers()
    control = bool(keys & Qt.KeyboardModifier.ControlModifier)
    shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
    pixels, notches = event.pixelDelta(), _notches(event.angleDelta())
    if control and shift:
        model.set_scale(model.scale * _ZOOM**notches)
    elif control:
        model.set_view(model.view.zoomed(2 ** (pixels.y() / _TRACKPAD_ZOOM) if pixels.y() else _ZOOM**notches, x))
    elif not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
        _scroll(model, pixels.x(), pixels.y())
    elif shift or (event.angleDelta().x() and not keys & Qt.KeyboardModifier.AltModifier):
        _scroll(model, round(notches * _SCROLL), 0)
    elif over_heads or keys & Qt.KeyboardModifier.AltModifier:
        _scroll(model, 0, round(notches * _SCROLL))
    else:
        model.set_view(model.view.zoomed(_ZOOM**notches, x))


def _scroll(model: TimelineModel, right: int, down: int) -> None:
    if right:
        model.set_view(model.view.scrolled(-right))
    if down:
        model.set_top(model.top - down)


def _notches(angle: QPoint) -> float:
    """Return the turns of the wheel; with Alt or Shift some systems report them as horizontal."""
    return (angle.y() or angle.x()) / _NOTCH
