"""The rows of queries: on, colour, text, presence, keep out, favourite, remove."""

from flowsep_ui.icons import swatch
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.theme import colours, lane_colour
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics, QIcon
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from .buttons import describe, icon_button


class QueryRowWidget(QWidget):
    """The row of one query.

    switched : used or not.     kept_out : negative or not.     starred : favourite or not.
    recoloured, removed : its button was clicked.
    """

    switched = pyqtSignal(bool)
    kept_out = pyqtSignal(bool)
    starred = pyqtSignal(bool)
    recoloured = pyqtSignal()
    removed = pyqtSignal()

    def __init__(self, query: QueryRow, presence: str, favourite: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = query.text
        self.on = QCheckBox(self)
        self.on.setChecked(query.on)
        describe(self.on, self.tr("Separate {0}").format(query.text), self.tr("Separate this sound"))
        self.on.toggled.connect(self.switched)
        colour = icon_button("check", self.tr("Colour of {0}").format(query.text), self.tr("Next colour"), self)
        colour.clicked.connect(lambda: self.recoloured.emit())
        colour.setIcon(QIcon(swatch(lane_colour(query.colour))))
        colour.setIconSize(QSize(12, 12))
        self.label = _ElidedLabel(query.text, self)
        self.label.setEnabled(query.on)
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
        row.setContentsMargins(0, 1, 0, 1)
        row.setSpacing(2)
        for widget in (self.on, colour):
            row.addWidget(widget)
        row.addWidget(self.label, 1)
        row.addWidget(self.presence)
        for widget in (self.keep, self.star, self.remove):
            row.addWidget(widget)

    def _toggle(self, name: str, label: str, tip: str, on: bool) -> QToolButton:
        button = icon_button(name, label.format(self.text), tip, self)
        button.setCheckable(True)
        button.setChecked(on)
        return button


class QueryRowList(QWidget):
    """The rows of all queries, rebuilt when they change. Signals as of `QueryRowWidget`, with the row's index."""

    switched = pyqtSignal(int, bool)
    kept_out = pyqtSignal(int, bool)
    starred = pyqtSignal(int, bool)
    recoloured = pyqtSignal(int)
    removed = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[QueryRowWidget] = []
        self._state: object = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_queries(
        self, queries: tuple[QueryRow, ...], presences: tuple[str, ...], favourites: tuple[str, ...]
    ) -> None:
        """Show `queries`, each with a text about its presence in the shown take."""
        state = (queries, presences, favourites, colours().name)
        if state == self._state:
            return
        self._state = state
        focus = next((index for index, row in enumerate(self.rows) if row.isAncestorOf(row.focusWidget() or row)), None)
        for row in self.rows:
            row.hide()
            row.deleteLater()
        starred = {text.casefold() for text in favourites}
        self.rows = [
            QueryRowWidget(query, presence, query.text.casefold() in starred, self)
            for query, presence in zip(queries, presences, strict=True)
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


class _ElidedLabel(QLabel):
    """Label whose text ends in … where it does not fit; the tooltip has all of it."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._full_text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)

    def resizeEvent(self, event: object) -> None:
        """Elide the text to the new width."""
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._full_text, Qt.TextElideMode.ElideRight, self.width()))
