"""The dialog “Check session”: what cannot be separated, what stems will not have, which media are missing."""

from pathlib import Path

from flowsep_ui.studio.sessions.check_texts import check_sections, check_summary, check_text
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from flowsep_plugin.timeline.check import SessionCheck

from .parts import show_message


class CheckDialog(QDialog):
    """Lists the sections of a check. `find_requested`: the folder with missing media; None: to be chosen."""

    find_requested = pyqtSignal(object)

    def __init__(self, check: SessionCheck, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Check session"))
        self.check = check
        self.summary = QLabel(check_summary(check), self)
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.list = QTreeWidget(self)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(True)
        self.list.setWordWrap(True)
        self.list.setAccessibleName(self.tr("What was noticed"))
        self.nothing = QLabel(self)
        show_message(self.nothing, self.tr("Nothing to report: every clip can be separated as it plays."), "good")
        self.buttons = QDialogButtonBox(self)
        self.copy = self.buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.find = self.buttons.addButton(self.tr("Find media…"), QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button = self.buttons.addButton(self.tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        self._fill()
        column = QVBoxLayout(self)
        column.addWidget(self.summary)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        column.addWidget(self.buttons)
        self._connect()

    def sizeHint(self) -> QSize:
        """Room for the paths of media."""
        return QSize(720, 440)

    @property
    def near_folder(self) -> Path | None:
        """The folder in which all missing media that were found elsewhere are; None where there is no such folder."""
        folders = {media.matches[0].parent for media in self.check.missing if len(media.matches) == 1}
        return next(iter(folders)) if len(folders) == 1 else None

    def _fill(self) -> None:
        sections = check_sections(self.check)
        for section in sections:
            title = QTreeWidgetItem(self.list, [f"{section.title} ({len(section.lines)})"])
            font = title.font(0)
            font.setBold(True)
            title.setFont(0, font)
            for line in section.lines:
                item = QTreeWidgetItem(title, [line])
                item.setToolTip(0, line)
            title.setExpanded(True)
        self.list.setVisible(bool(sections))
        self.nothing.setVisible(not sections)
        for button in (self.copy, self.find):
            if button is not None:
                button.setAutoDefault(False)
        if self.find is not None:
            self.find.setVisible(bool(self.check.missing))
        if self.close_button is not None:
            self.close_button.setDefault(True)
            self.close_button.setFocus()

    def _connect(self) -> None:
        self.buttons.rejected.connect(self.reject)
        if self.copy is not None:
            self.copy.clicked.connect(self._copy)
        if self.find is not None:
            self.find.clicked.connect(self._find)

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(check_text(self.check))

    def _find(self) -> None:
        self.accept()
        self.find_requested.emit(self.near_folder)
