"""The rows of queries: on, colour, text, presence, keep out, favourite, remove; clicks on texts select rows."""

from flowsep_ui.icons import swatch
from flowsep_ui.panels.buttons import describe, icon_button
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.theme import colours, lane_colour
from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics, QIcon, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from flowsep_plugin.render_settings import RenderSettings

_SELECT_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return)


class QueryRowWidget(QWidget):
    """The row of one query, with a mark where its render settings are not the defaults.

    switched : used or not.     kept_out : negative or not.     starred : favourite or not.
    selected : its text was clicked, alone (False) or with Ctrl or Shift (True).
    recoloured, removed : its button was clicked.
    """

    switched = pyqtSignal(bool)
    kept_out = pyqtSignal(bool)
    starred = pyqtSignal(bool)
    selected = pyqtSignal(bool)
    recoloured = pyqtSignal()
    removed = pyqtSignal()

    def __init__(
        self, query: QueryRow, presence: str, favourite: bool, is_selected: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.text = query.text
        self.is_selected = is_selected
        self.on = QCheckBox(self)
        self.on.setChecked(query.on)
        describe(self.on, self.tr("Separate {0}").format(query.text), self.tr("Separate this sound"))
        self.on.toggled.connect(self.switched)
        colour = icon_button("check", self.tr("Colour of {0}").format(query.text), self.tr("Next colour"), self)
        colour.clicked.connect(lambda: self.recoloured.emit())
        colour.setIcon(QIcon(swatch(lane_colour(query.colour))))
        colour.setIconSize(QSize(12, 12))
        self.label = _QueryLabel(query.text, self)
        self.label.setEnabled(query.on)
        self.label.clicked.connect(self.selected)
        self.mark = QLabel("●", self)
        self.mark.setVisible(query.render != RenderSettings())
        describe(self.mark, self.tr("Own settings"), self.tr("Its render settings are not the defaults"))
        self.presence = QLabel(presence, self)
        self.presence.setObjectName("hint")
        self.presence.setToolTip(self.tr("Number of regions where it was found, and its level relative to the clip"))
        self.keep = self._toggle(
            "keep-out", self.tr("Keep out {0}"), self.tr("Keep out: this sound competes, but stays in the rest"),
            query.negative,
        )  # fmt: skip
        self.keep.toggled.connect(self.kept_out)
        self.star = self._toggle(
            "favourite", self.tr("Favourite {0}"), self.tr("Favourite: offered while you type"), favourite
        )
        self.star.toggled.connect(self.starred)
        self.remove = icon_button(
            "remove", self.tr("Remove {0}").format(query.text), self.tr("Remove this sound from the list"), self
        )
        self.remove.clicked.connect(lambda: self.removed.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 1, 0, 1)
        row.setSpacing(2)
        for widget in (self.on, colour):
            row.addWidget(widget)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.label)
        if presence:
            texts.addWidget(self.presence)
        else:
            self.presence.hide()
        row.addLayout(texts, 1)
        for widget in (self.mark, self.keep, self.star, self.remove):
            row.addWidget(widget)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the background of a selected row."""
        if self.is_selected:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours().raised)
            painter.drawRoundedRect(self.rect(), 4, 4)
            painter.fillRect(0, 3, 3, self.height() - 6, colours().accent)
            painter.end()

    def _toggle(self, name: str, label: str, tip: str, on: bool) -> QToolButton:
        button = icon_button(name, label.format(self.text), tip, self)
        button.setCheckable(True)
        button.setChecked(on)
        return button


class QueryRowList(QWidget):
    """The rows of all queries, rebuilt when they change. Signals as of `QueryRowWidget`, with the row's index.

    selection_changed : the texts of the selected rows; none selected stands for all.
    """

    switched = pyqtSignal(int, bool)
    kept_out = pyqtSignal(int, bool)
    starred = pyqtSignal(int, bool)
    recoloured = pyqtSignal(int)
    removed = pyqtSignal(int)
    selection_changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[QueryRowWidget] = []
        self._queries: tuple[QueryRow, ...] = ()
        self._selected_keys: frozenset[str] = frozenset()
        self._state: object = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def selection(self) -> tuple[str, ...]:
        """The texts of the selected rows in their order; empty where none is selected."""
        return tuple(query.text for query in self._queries if query.text.casefold() in self._selected_keys)

    def select(self, *texts: str) -> None:
        """Select the rows of `texts`; none deselects all."""
        self._selected_keys = frozenset(text.casefold() for text in texts)
        self.selection_changed.emit()

    def show_queries(
        self, queries: tuple[QueryRow, ...], presences: tuple[str, ...], favourites: tuple[str, ...]
    ) -> None:
        """Show `queries`, each with a text about its presence in the shown take."""
        self._queries = queries
        state = (queries, presences, favourites, self._selected_keys, colours().name)
        if state == self._state:
            return
        self._state = state
        focus = self._focus()
        for row in self.rows:
            row.hide()
            row.deleteLater()
        starred = {text.casefold() for text in favourites}
        self.rows = [
            QueryRowWidget(query, presence, query.text.casefold() in starred, query.text in self.selection, self)
            for query, presence in zip(queries, presences, strict=True)
        ]
        for index, row in enumerate(self.rows):
            self._connect(index, row)
            self._column.addWidget(row)
            row.show()
        if focus is not None and focus[0] < len(self.rows):
            row = self.rows[focus[0]]
            (row.label if focus[1] else row.on).setFocus()

    def _connect(self, index: int, row: QueryRowWidget) -> None:
        row.switched.connect(lambda on: self.switched.emit(index, on))
        row.kept_out.connect(lambda on: self.kept_out.emit(index, on))
        row.starred.connect(lambda on: self.starred.emit(index, on))
        row.recoloured.connect(lambda: self.recoloured.emit(index))
        row.removed.connect(lambda: self.removed.emit(index))
        row.selected.connect(lambda more: self._choose(index, more))

    def _choose(self, index: int, more: bool) -> None:
        """Select the row alone, or add it to (remove it from) the selection; the only one is deselected."""
        key = self._queries[index].text.casefold()
        if more:
            self._selected_keys = self._selected_keys ^ {key}
        else:
            self._selected_keys = frozenset() if self._selected_keys == {key} else frozenset({key})
        self.selection_changed.emit()

    def _focus(self) -> tuple[int, bool] | None:
        """Return the row that has the focus, and whether its text has it; None where no row has it."""
        for index, row in enumerate(self.rows):
            if row.label.hasFocus():
                return index, True
            if any(child.hasFocus() for child in row.findChildren(QWidget)):
                return index, False
        return None


class _QueryLabel(QLabel):
    """Text of a query, which ends in … where it does not fit; the tooltip has all of it.

    clicked : with the mouse, Space or Return; True with Ctrl or Shift.
    """

    clicked = pyqtSignal(bool)

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._full_text = text
        tip = self.tr("{0}\nClick: show and edit its settings. Ctrl+click: edit several together.").format(text)
        describe(self, text, tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)

    def resizeEvent(self, event: object) -> None:
        """Elide the text to the new width."""
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._full_text, Qt.TextElideMode.ElideRight, self.width()))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Emit `clicked` for the left button."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(_is_extending(event.modifiers()))

    def event(self, event: QEvent | None) -> bool:
        """Keep Space from the shortcut that plays while a row has the focus."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _SELECT_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Emit `clicked` for Space and Return."""
        if event is not None and event.key() in _SELECT_KEYS:
            self.clicked.emit(_is_extending(event.modifiers()))
        else:
            super().keyPressEvent(event)


def _is_extending(modifiers: Qt.KeyboardModifier) -> bool:
    return bool(modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
