"""The text field for a query, with a list of suggestions that takes neither focus nor clicks from the window."""

from collections.abc import Sequence

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PyQt6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

MOST_SUGGESTIONS = 8
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class QueryField(QLineEdit):
    """A line of text with suggestions below it. `left`: Esc was pressed while no suggestions were open.

    Qt's own completer opens a popup window, which swallows the next click wherever it goes; this list is a child of the
    window, and closes when the field loses the focus.
    """

    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggestions: tuple[str, ...] = ()
        self.list = QListWidget()
        self.list.setObjectName("suggestions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(self.tr("Suggestions"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setParent(self)
        self.list.hide()
        self.list.itemClicked.connect(self._use)
        self.textEdited.connect(self._suggest)

    def set_suggestions(self, texts: Sequence[str]) -> None:
        """Suggest the ones of `texts` that contain what is typed; an open list stays as it is."""
        self._suggestions = tuple(texts)

    def close_suggestions(self) -> None:
        """Hide the list of suggestions."""
        self.list.hide()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move in the list with Up and Down, use its current text with Return, close it or leave with Esc."""
        if event is None:
            return
        key = Qt.Key(event.key())
        is_open, item = self.list.isVisible(), self.list.currentItem()
        if key == Qt.Key.Key_Escape:
            self.close_suggestions() if is_open else self.left.emit()
        elif key in _STEPS:
            self._step(_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and is_open and item is not None and not event.modifiers():
            self._use(item)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Close the list with the focus."""
        self.close_suggestions()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Close the list with the field."""
        self.close_suggestions()
        super().hideEvent(event)

    def _suggest(self, text: str) -> None:
        key = text.strip().casefold()
        texts = [one for one in self._suggestions if key in one.casefold() and key != one.casefold()] if key else []
        self._open(texts)

    def _open(self, texts: Sequence[str]) -> None:
        self.list.clear()
        for text in texts[:MOST_SUGGESTIONS]:
            self.list.addItem(text)
        window = self.window()
        if not self.list.count() or window is None:
            self.close_suggestions()
            return
        self.list.setParent(window)
        row = self.list.sizeHintForRow(0) + 1
        below = self.mapTo(window, QPoint(0, self.height() + 1))
        height = self.list.count() * row + 2 * self.list.frameWidth() + 2
        self.list.setGeometry(below.x(), below.y(), self.width(), min(height, max(row, window.height() - below.y())))
        self.list.show()
        self.list.raise_()

    def _step(self, by: int) -> None:
        """Move the current row, from the text itself (none) to the last; Down opens the list of all suggestions."""
        if not self.list.isVisible():
            key = self.text().strip().casefold()
            self._open([one for one in self._suggestions if key in one.casefold()])
            if not self.list.isVisible():
                return
        row = max(-1, min(self.list.currentRow() + by, self.list.count() - 1))
        self.list.setCurrentRow(row)

    def _use(self, item: QListWidgetItem) -> None:
        self.setText(item.text())
        self.close_suggestions()
        self.textEdited.emit(item.text())
        self.close_suggestions()
