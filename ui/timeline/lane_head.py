"""The head of a lane: name, solo, mute and gain; dragging the name drags the lane's file out of the panel."""

from dataclasses import replace
from typing import Final

from flowsep_ui.timeline.painting.colours import Colours, qcolor
from flowsep_ui.timeline.painting.contrast import Rgb
from PyQt6.QtCore import QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QApplication, QDoubleSpinBox, QToolButton, QWidget

from .scene import Lane

LOWEST_DB, HIGHEST_DB = -60.0, 24.0
_BUTTON: Final = 22
_ROW_TWO: Final = 22
"""Top of the second line, from the lane's top."""


class LaneHead(QWidget):
    """Shows a lane and emits the user's changes; its only state is the lane that it shows."""

    changed = pyqtSignal(object)
    drag_started = pyqtSignal()
    clicked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lane: Lane | None = None
        self._colours: Colours | None = None
        self._hue: Rgb = (128, 128, 128)
        self._pressed: QPointF | None = None
        self.solo = self._button("S", self.tr("Solo"))
        self.mute = self._button("M", self.tr("Mute"))
        self.gain = _gain_box(self)
        self.solo.toggled.connect(lambda on: self._emit(solo=on))
        self.mute.toggled.connect(lambda on: self._emit(mute=on))
        self.gain.valueChanged.connect(lambda gain: self._emit(gain_db=gain))
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def show_lane(self, lane: Lane, colours: Colours, hue: Rgb) -> None:
        """Show `lane` without a signal."""
        self._lane, self._colours, self._hue = lane, colours, hue
        for widget in (self.solo, self.mute, self.gain):
            widget.blockSignals(True)
        self.solo.setChecked(lane.state.solo)
        self.mute.setChecked(lane.state.mute)
        if not self.gain.hasFocus() or self.gain.value() != lane.state.gain_db:
            self.gain.setValue(lane.state.gain_db)
        for widget in (self.solo, self.mute, self.gain):
            widget.blockSignals(False)
        note = f" ({lane.note})" if lane.note else ""
        self.setToolTip(self.tr("{0}{1}\nDrag it out as a file").format(lane.title, note))
        self.setAccessibleName(self.tr("Lane {0}").format(lane.title + note))
        self.solo.setAccessibleName(self.tr("Solo {0}").format(lane.title))
        self.mute.setAccessibleName(self.tr("Mute {0}").format(lane.title))
        self.gain.setAccessibleName(self.tr("Gain of {0} in decibels").format(lane.title))
        self.update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use two lines where the height allows, else one."""
        is_tall = self.height() >= _ROW_TWO + _BUTTON + 2
        top = _ROW_TWO if is_tall else max(1, (self.height() - _BUTTON) // 2)
        left = 9 if is_tall else self.width() - 2 * _BUTTON - 8
        self.solo.setGeometry(left, top, _BUTTON, _BUTTON)
        self.mute.setGeometry(left + _BUTTON + 2, top, _BUTTON, _BUTTON)
        self.gain.setGeometry(left + 2 * _BUTTON + 8, top, self.width() - left - 2 * _BUTTON - 14, _BUTTON)
        self.gain.setVisible(is_tall)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the lane's colour, name and note."""
        if self._lane is None or self._colours is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), qcolor(self._colours.row))
        painter.fillRect(QRect(0, 0, 4, self.height()), qcolor(self._colours.wave(self._hue)))
        is_tall = self.gain.isVisibleTo(self)
        space = QRectF(10, 3, self.width() - 14 - (0 if is_tall else 2 * _BUTTON + 8), _ROW_TWO - 4)
        if not is_tall:
            space.setHeight(self.height() - 6)
        self._draw_words(painter, space, self.fontMetrics())
        painter.end()

    def _draw_words(self, painter: QPainter, space: QRectF, metrics: QFontMetrics) -> None:
        assert self._lane is not None
        assert self._colours is not None
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        is_silent = self._lane.state.mute
        painter.setPen(qcolor(self._colours.faint if is_silent else self._colours.text))
        title = metrics.elidedText(self._lane.title, Qt.TextElideMode.ElideRight, int(space.width()))
        painter.drawText(space, left, title)
        used = metrics.horizontalAdvance(title) + 10
        painter.setPen(qcolor(self._colours.faint))
        note = metrics.elidedText(self._lane.note, Qt.TextElideMode.ElideRight, int(space.width()) - used)
        painter.drawText(space.adjusted(used, 0, 0, 0), left, note)

    def sizeHint(self) -> QSize:
        """Return a usual size; `Heads` sets the geometry."""
        return QSize(180, 72)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Pick the lane, and prepare to drag it."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            self.clicked.emit()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Start to drag the lane out."""
        assert event is not None
        if (
            self._pressed is None
            or (event.position() - self._pressed).manhattanLength() < QApplication.startDragDistance()
        ):
            return
        self._pressed = None
        self.drag_started.emit()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End a press without a drag."""
        self._pressed = None

    def _emit(self, **change: float | bool) -> None:
        if self._lane is not None:
            self.changed.emit(replace(self._lane.state, **change))

    def _button(self, letter: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(letter)
        button.setToolTip(name)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.setObjectName(f"lane-{name.lower()}")
        button.setStyleSheet("QToolButton { padding: 0; }")
        return button


def _gain_box(parent: QWidget) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent)
    box.setRange(LOWEST_DB, HIGHEST_DB)
    box.setSingleStep(0.5)
    box.setDecimals(1)
    box.setSuffix(" dB")
    box.setKeyboardTracking(False)
    box.setToolTip(box.tr("Gain in decibels; 0 leaves the level as it is"))
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    box.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    box.setCursor(Qt.CursorShape.ArrowCursor)
    return box
