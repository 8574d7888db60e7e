"""The thin rows of sounds that were not found: a sentence, and a button that keeps the stem all the same."""

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from .layout import THIN, Row
from .model import TimelineModel

_SPACE = 20


class MissingBar(QWidget):
    """A sentence about one sound, and the button."""

    keep_pressed = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sentence = QLabel(self)
        self.sentence.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.button = QPushButton(self.tr("Keep it anyway"), self)
        self.button.setToolTip(self.tr("Write a stem for this sound although it was not found"))
        self.button.setAccessibleDescription(self.button.toolTip())
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setFixedHeight(THIN - 3)
        self.button.setStyleSheet("QPushButton { padding: 0 8px; min-height: 0; }")
        self.button.clicked.connect(self.keep_pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(_SPACE, 0, 0, 0)
        row.setSpacing(_SPACE)
        row.addWidget(self.sentence)
        row.addWidget(self.button)
        row.addStretch(1)

    def show_row(self, row: Row) -> None:
        """Show the sentence of a lane."""
        assert row.lane is not None
        self.sentence.setText(row.lane.missing)
        self.button.setAccessibleName(self.tr("Keep {0} anyway").format(row.lane.title))


class MissingRows(QObject):
    """Keeps a bar over every thin row in view of a canvas. `keep_requested`: id of the lane."""

    keep_requested = pyqtSignal(str)

    def __init__(self, model: TimelineModel, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._model, self._canvas = model, canvas
        self._bars: dict[str, MissingBar] = {}
        model.scene_changed.connect(self._show)
        model.view_changed.connect(self._show)

    def bar(self, lane_id: str) -> MissingBar | None:
        """Return the bar of a lane; None where it has none."""
        return self._bars.get(lane_id)

    def _show(self) -> None:
        model = self._model
        rows = {row.id: row for row in model.index.layout.thin}
        for removed in [lane_id for lane_id in self._bars if lane_id not in rows]:
            bar = self._bars.pop(removed)
            bar.hide()
            bar.deleteLater()
        for lane_id, row in rows.items():
            bar = self._bars.get(lane_id) or self._add(lane_id)
            bar.show_row(row)
            bar.setGeometry(0, row.top - model.top, self._canvas.width(), row.height)
            bar.setVisible(-row.height < row.top - model.top < model.height)

    def _add(self, lane_id: str) -> MissingBar:
        bar = self._bars[lane_id] = MissingBar(self._canvas)
        bar.keep_pressed.connect(lambda: self.keep_requested.emit(lane_id))
        return bar
