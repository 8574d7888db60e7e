"""The model manager: what is installed, with licence, size and source; install, verify, add, remove.

Converting needs torch and verifying opens graphs: both run as `flowsep models …` in a process of their own.
"""

from collections.abc import Callable

from flowsep_ui.controllers.command_process import Command
from flowsep_ui.dialogs.parts import pick_list, say
from PyQt6.QtCore import QModelIndex, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.library import remove_model, why_no_install

from .model_rows import ModelRow, ModelRows, all_rows, size_text

Confirm = Callable[[str, str, str], bool]
"""Asked with a title, a text and the word for yes."""


class ModelManager(QWidget):
    """Shows the models; `models_changed` after every change. `close_command` ends what still runs."""

    models_changed = pyqtSignal()

    def __init__(
        self,
        parent: QWidget | None = None,
        command: Command | None = None,
        ask: Confirm | None = None,
        rows: Callable[[], list[ModelRow]] = all_rows,
    ) -> None:
        super().__init__(parent)
        self._command, self._ask, self._find = command or Command(self), ask or self._ask_user, rows
        self._doing, self._subject = "", ""
        self.rows = ModelRows(self)
        self.table = self._table()
        self.details, self.message = QLabel(), QLabel()
        self.details.setWordWrap(True)
        self.details.setMinimumHeight(54)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(self.tr("Progress"))
        self.install = self._button(self.tr("&Install…"), self.tr("Download, convert and check"), self._install)
        self.verify = self._button(self.tr("&Verify"), self.tr("Compare every file with its checksum"), self._verify)
        self.add = self._button(self.tr("&Add folder…"), self.tr("Copy a converted model from a folder"), self._add)
        self.remove = self._button(self.tr("&Remove…"), self.tr("Delete the model from the disk"), self._remove)
        self.reveal = self._button(self.tr("&Show files"), self.tr("Open the model's folder"), self._reveal)
        self.cancel = self._button(self.tr("&Cancel"), self.tr("Stop; a download goes on there next time"), self._stop)
        self._lay_out()
        self._command.reported.connect(self._show_progress)
        self._command.said.connect(lambda line: self._say(line, "hint"))
        self._command.ended.connect(self._finish)
        self.refresh()

    def refresh(self) -> None:
        """Look at the disk again."""
        name = row.name if (row := self.selected()) else ""
        self.rows.show_rows(self._find())
        self.table.selectRow(max(0, self.rows.row_of(name)))
        self._show_selected()

    def selected(self) -> ModelRow | None:
        """The line that is chosen."""
        index = self.table.currentIndex()
        found = self.rows.data(index, ModelRows.RowRole) if index.isValid() else None
        return found if isinstance(found, ModelRow) else None

    def close_command(self) -> None:
        """End what still runs; call it before the window goes."""
        self._command.close()

    def _install(self) -> None:
        row = self.selected()
        if row is None:
            return
        if why := why_no_install():
            self._say(why, "warning")
            return
        size = size_text(row.size) if row.size else self.tr("some gigabytes (the publisher names no size)")
        text = self.tr(
            "%1 is fetched from\n%2\n\nTo download: %3\nLicence: %4\n\nIt is converted on this machine and checked."
        )
        for mark, value in (("%1", row.name), ("%2", row.source), ("%3", size), ("%4", row.licence)):
            text = text.replace(mark, value)
        if self._ask(self.tr("Install %1?").replace("%1", row.name), text, self.tr("Install")):
            self._start("install", row.name, "models", "install", row.name, "--yes", "--json")

    def _verify(self) -> None:
        if (row := self.selected()) is not None:
            self._start("verify", row.name, "models", "verify", str(row.folder))

    def _add(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of a converted model (card.json in it)"))
        if folder:
            self._start("add", folder, "models", "add", folder)

    def _remove(self) -> None:
        row = self.selected()
        if row is None:
            return
        text = self.tr("%1 and its files (%2) are deleted from\n%3").replace("%1", row.name)
        text = text.replace("%2", size_text(row.size or 0)).replace("%3", str(row.folder))
        if not self._ask(self.tr("Remove %1?").replace("%1", row.name), text, self.tr("Remove")):
            return
        try:
            remove_model(row.name)
        except FlowsepError as error:
            self._say(str(error), "error")
        else:
            self._say(self.tr("%1 was removed").replace("%1", row.name), "good")
            self.models_changed.emit()
        self.refresh()

    def _reveal(self) -> None:
        if (row := self.selected()) is not None and row.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(row.folder)))

    def _stop(self) -> None:
        self._command.cancel()

    def _start(self, doing: str, subject: str, *arguments: str) -> None:
        self._doing, self._subject = doing, subject
        words = {"install": self.tr("Installing %1…"), "verify": self.tr("Verifying %1…"), "add": self.tr("Adding %1…")}
        self._say(words[doing].replace("%1", subject), "hint")
        self.progress.setRange(0, 0)
        self._command.start(*arguments)
        self._show_selected()

    def _show_progress(self, report: dict[str, object]) -> None:
        have, whole = report.get("have"), report.get("whole")
        if not isinstance(have, int):
            return
        if isinstance(whole, int) and whole > 0:
            self.progress.setRange(0, 1000)
            self.progress.setValue(have * 1000 // whole)
            done = f"{size_text(have)} / {size_text(whole)}"
        else:
            self.progress.setRange(0, 0)
            done = size_text(have)
        if have == whole:
            self.progress.setRange(0, 0)
            self._say(
                self.tr("%1 is there; converting and checking takes minutes").replace("%1", self._subject), "hint"
            )
        else:
            said = self.tr("Downloading %1: %2").replace("%1", str(report.get("file"))).replace("%2", done)
            self._say(said, "hint")

    def _finish(self, well: bool, last: str) -> None:
        words = {
            "install": self.tr("%1 is installed"),
            "verify": self.tr("%1 is whole: every file has its checksum, every graph opens"),
            "add": self.tr("%1 was added"),
        }
        if well:
            self._say(words[self._doing].replace("%1", self._subject), "good")
        else:
            self._say(last or self.tr("It ended without saying why; try it in a terminal"), "error")
        self.refresh()
        if well and self._doing != "verify":
            self.models_changed.emit()

    def _show_selected(self, *_: QModelIndex) -> None:
        row, busy = self.selected(), self._command.is_running
        self.install.setEnabled(row is not None and not row.installed and not busy)
        self.verify.setEnabled(row is not None and row.installed and not busy)
        self.remove.setEnabled(row is not None and row.removable and not busy)
        self.reveal.setEnabled(row is not None and row.folder is not None)
        self.add.setEnabled(not busy)
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        if row is None:
            self.details.setText("")
        elif row.trouble:
            self.details.setText(row.trouble)
        elif row.installed:
            self.details.setText("\n".join(filter(None, (row.about, str(row.folder)))))
        else:
            text = (
                self.tr("Not installed. Source: %1\nLicence: %2").replace("%1", row.source).replace("%2", row.licence)
            )
            self.details.setText("\n".join(filter(None, (text, why_no_install()))))

    def _say(self, text: str, kind: str) -> None:
        say(self.message, text, kind)

    def _ask_user(self, title: str, text: str, yes: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Question, title, text, QMessageBox.StandardButton.Cancel, self)
        agreed = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is agreed

    def _button(self, text: str, hint: str, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: call())
        return button

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.rows)
        table.setAccessibleName(self.tr("Models"))
        pick_list(table)
        header = table.horizontalHeader()
        if header is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
            header.setSectionResizeMode(4, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(4, 190)
        selection = table.selectionModel()
        if selection is not None:
            selection.currentRowChanged.connect(self._show_selected)
        return table

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.install, self.add, self.verify, self.remove, self.reveal):
            buttons.addWidget(button)
        buttons.addStretch(1)
        running = QHBoxLayout()
        running.addWidget(self.progress, 1)
        running.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addWidget(self.details)
        column.addLayout(buttons)
        column.addLayout(running)
        column.addWidget(self.message)
