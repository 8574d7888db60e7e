"""The sounds asked for, a row each: on, colour, text, keep out, favourite, remove."""

from flowsep_ui.icons import swatch
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.theme import colours, lane_colour
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics, QIcon
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget


class QueryRowWidget(QWidget):
    """One sound. `changed`: switched on or off, or another role. `removed`, `starred`, `recoloured`: as they say."""

    switched = pyqtSignal(bool)
    kept_out = pyqtSignal(bool)
    starred = pyqtSignal(bool)
    recoloured = pyqtSignal()
    removed = pyqtSignal()

    def __init__(self, sound: QueryRow, found: str, favourite: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.on = QCheckBox(self)
        self.on.setChecked(sound.on)
        self.on.setToolTip(self.tr("Ask for this sound"))
        self.on.setAccessibleName(self.tr("Ask for %1").replace("%1", sound.text))
        self.on.toggled.connect(self.switched)
        colour = self._button("", self.tr("Next colour"), self.recoloured)
        colour.setIcon(QIcon(swatch(lane_colour(sound.colour))))
        colour.setIconSize(QSize(12, 12))
        self.label = _Elided(sound.text, self)
        self.label.setEnabled(sound.on)
        self.found = QLabel(found, self)
        self.found.setObjectName("hint")
        self.found.setToolTip(self.tr("In how many places it was found, and how loud it is against the clip"))
        self.keep = self._toggle("⊖", self.tr("Keep out: this sound competes, but stays in the rest"), sound.negative)
        self.keep.toggled.connect(self.kept_out)
        self.star = self._toggle("★" if favourite else "☆", self.tr("Favourite"), favourite)
        self.star.toggled.connect(self.starred)
        self.remove = self._button("×", self.tr("Remove %1").replace("%1", sound.text), self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 1, 2, 1)
        row.setSpacing(4)
        for widget in (self.on, colour):
            row.addWidget(widget)
        row.addWidget(self.label, 1)
        row.addWidget(self.found)
        for widget in (self.keep, self.star, self.remove):
            row.addWidget(widget)

    def _button(self, text: str, tip: str, signal: object) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.setFixedSize(22, 22)
        button.clicked.connect(lambda: signal.emit())  # type: ignore[attr-defined]
        return button

    def _toggle(self, text: str, tip: str, on: bool) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(True)
        button.setChecked(on)
        button.setAutoRaise(True)
        button.setFixedSize(22, 22)
        return button


class QueryRowList(QWidget):
    """All rows; made anew where the sounds are others. Signals name the row."""

    switched = pyqtSignal(int, bool)
    kept_out = pyqtSignal(int, bool)
    starred = pyqtSignal(int, bool)
    recoloured = pyqtSignal(int)
    removed = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[QueryRowWidget] = []
        self._shown: object = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_sounds(self, sounds: tuple[QueryRow, ...], found: tuple[str, ...], favourites: tuple[str, ...]) -> None:
        """Show these; `found` says per sound what the take that is shown heard of it."""
        shown = (sounds, found, favourites, colours().name)
        if shown == self._shown:
            return
        self._shown = shown
        focus = next((index for index, row in enumerate(self.rows) if row.isAncestorOf(row.focusWidget() or row)), None)
        for row in self.rows:
            row.hide()
            row.deleteLater()
        starred = {text.casefold() for text in favourites}
        self.rows = [
            QueryRowWidget(sound, found[index], sound.text.casefold() in starred, self)
            for index, sound in enumerate(sounds)
        ]
        for index, row in enumerate(self.rows):
            row.switched.connect(lambda on, index=index: self.switched.emit(index, on))
            row.kept_out.connect(lambda on, index=index: self.kept_out.emit(index, on))
            row.starred.connect(lambda on, index=index: self.starred.emit(index, on))
            row.recoloured.connect(lambda index=index: self.recoloured.emit(index))
            row.removed.connect(lambda index=index: self.removed.emit(index))
            self._column.addWidget(row)
            row.show()
        if focus is not None and focus < len(self.rows) and self.hasFocus():
            self.rows[focus].on.setFocus()


class _Elided(QLabel):
    """A text that ends in … where there is no room, whole in the tooltip."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)

    def resizeEvent(self, event: object) -> None:
        """Cut anew."""
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))
