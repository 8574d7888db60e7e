"""A line that shows what runs in the background: scans and prints, with cancel."""

from flowsep_ui.panels.buttons import icon_button
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget


class BusyRow(QWidget):
    """A line with a progress bar and a cancel button; hidden while nothing runs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text, self.bar = QLabel(self), QProgressBar(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setObjectName("hint")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.cancel = icon_button("cancel", self.tr("Cancel"), self.tr("Stop this; nothing unfinished is left"), self)
        column, row = QVBoxLayout(), QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        row.addLayout(column, 1)
        row.addWidget(self.cancel)
        self.hide()

    def show_progress(self, text: str, done: int, total: int) -> None:
        """Show `done` of `total` under `text`; an empty text hides the line."""
        self.text.setText(self.text.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, 240))
        self.text.setToolTip(text)
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)
        self.setVisible(bool(text))
