"""Scroll bars for time and rows; their unit grows with the strip, which may exceed an int32 in pixels."""

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import QScrollBar, QWidget

from .model import TimelineModel
from .viewport import MARGIN

_MOST = 1 << 28


class ScrollBars(QObject):
    """Scroll bars `along` the time and `down` the rows of `model`."""

    def __init__(self, model: TimelineModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model, self._unit, self._is_showing = model, 1, False
        self.along = QScrollBar(Qt.Orientation.Horizontal, parent)
        self.down = QScrollBar(Qt.Orientation.Vertical, parent)
        self.along.setAccessibleName(self.tr("Scroll in time"))
        self.down.setAccessibleName(self.tr("Scroll the tracks"))
        for bar in (self.along, self.down):
            bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.along.valueChanged.connect(self._move_along)
        self.down.valueChanged.connect(self._move_down)
        model.view_changed.connect(self._show)
        model.scene_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        """Set both bars from the model, without a change of the model."""
        view, model = self._model.view, self._model
        self._is_showing = True
        lowest, highest = min(-MARGIN, view.left), max(view.left, view.columns + MARGIN - view.width, -MARGIN)
        self._unit = max(1, -(-highest // _MOST))
        self.along.setRange(lowest // self._unit, highest // self._unit)
        self.along.setPageStep(max(1, view.width // self._unit))
        self.along.setSingleStep(max(1, 40 // self._unit))
        self.along.setValue(view.left // self._unit)
        self.down.setRange(0, max(0, model.index.layout.height - model.height))
        self.down.setPageStep(max(1, model.height))
        self.down.setSingleStep(40)
        self.down.setValue(model.top)
        self._is_showing = False

    def _move_along(self, value: int) -> None:
        if not self._is_showing:
            self._model.set_view(self._model.view.moved_to(value * self._unit))

    def _move_down(self, value: int) -> None:
        if not self._is_showing:
            self._model.set_top(value)
