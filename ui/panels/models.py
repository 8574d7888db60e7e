"""The model manager: installed and published models with licence, size and source; install, verify, add, remove.

Conversion needs torch and verification loads graphs: both run as `flowsep models …` in a process of their own.
"""

from collections.abc import Callable

from flowsep_ui.controllers.command_process import Command
from flowsep_ui.dialogs.parts import pick_list, show_message
from PyQt6.QtCore import QModelIndex, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
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
"""Question with title, text and label of the yes button -> whether the user agreed."""


class ModelManager(QWidget):
    """Lists the models and runs commands on them. `models_changed`: after an installation, addition or removal."""

    models_changed = pyqtSignal()

    def __init__(
        self,
        parent: QWidget | None = None,
        command: Command | None = None,
        confirm: Confirm | None = None,
        rows: Callable[[], list[ModelRow]] = all_rows,
        ask_reference: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._command, self._find_rows = command or Command(self), rows
        self._confirm = confirm or self._ask_user
        self._ask_reference = ask_reference or self._ask_user_for_reference
        self._offer: dict[str, object] = {}
        self._task, self._subject = "", ""
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
        self.install = self._button(self.tr("&Install…"), self.tr("Download, convert and verify"), self._install)
        self.hub = self._button(
            self.tr("From the &Hub…"), self.tr("Download a ready-made model from the Hugging Face Hub"), self._look_up
        )
        self.verify = self._button(self.tr("&Verify"), self.tr("Check every file against its checksum"), self._verify)
        self.add = self._button(self.tr("&Add folder…"), self.tr("Copy a converted model from a folder"), self._add)
        self.remove = self._button(self.tr("&Remove…"), self.tr("Delete the model from the disk"), self._remove)
        self.reveal = self._button(self.tr("&Show files"), self.tr("Open the model's folder"), self._reveal)
        self.cancel = self._button(self.tr("&Cancel"), self.tr("Stop; a download resumes next time"), self._stop)
        self._lay_out()
        self._command.reported.connect(self._show_progress)
        self._command.line_printed.connect(lambda line: self._show_message(line, "hint"))
        self._command.ended.connect(self._finish)
        self.refresh()

    def refresh(self) -> None:
        """List the models on disk again and keep the selection."""
        name = row.name if (row := self.selected()) else ""
        self.rows.show_rows(self._find_rows())
        self.table.selectRow(max(0, self.rows.row_of(name)))
        self._show_selected()

    def selected(self) -> ModelRow | None:
        """Return the selected row; None where nothing is selected."""
        index = self.table.currentIndex()
        row = self.rows.data(index, ModelRows.RowRole) if index.isValid() else None
        return row if isinstance(row, ModelRow) else None

    def close_command(self) -> None:
        """End a running command; call it before the widget is destroyed."""
        self._command.close()

    def _install(self) -> None:
        row = self.selected()
        if row is None:
            return
        if why := why_no_install():
            self._show_message(why, "warning")
            return
        size = size_text(row.size) if row.size else self.tr("some gigabytes (the publisher states no size)")
        text = self.tr(
            "{0} is downloaded from\n{1}\n\nSize: {2}\nLicence: {3}\n\n"
            "It is then converted and verified on this machine."
        ).format(row.name, row.source, size, row.licence)
        if self._confirm(self.tr("Install {0}?").format(row.name), text, self.tr("Install")):
            self._start("install", row.name, "models", "install", row.name, "--yes", "--json")

    def _look_up(self) -> None:
        """Have a model's description fetched from the Hub, after its name was typed; `_finish` then asks about it."""
        if reference := self._ask_reference().strip():
            self._offer = {}
            self._start("look_up", reference, "models", "install", reference, "--show", "--json")

    def _install_from_hub(self) -> None:
        """Ask about source, size and licence of the model that was looked up; install it after a yes."""
        offer, size = self._offer, self._offer.get("missing")
        text = self.tr("{0} is downloaded from\n{1}\n\nSize: {2}\nLicence: {3}").format(
            offer.get("name"),
            offer.get("source"),
            size_text(size if isinstance(size, int) else 0),
            offer.get("licence"),
        )
        if self._confirm(self.tr("Install {0}?").format(offer.get("name")), text, self.tr("Install")):
            self._start("hub", self._subject, "models", "install", self._subject, "--yes", "--json")
        else:
            self._show_message("", "hint")

    def _verify(self) -> None:
        if (row := self.selected()) is not None:
            self._start("verify", row.name, "models", "verify", str(row.folder))

    def _add(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of a converted model (with card.json)"))
        if folder:
            self._start("add", folder, "models", "add", folder)

    def _remove(self) -> None:
        row = self.selected()
        if row is None:
            return
        text = self.tr("{0} and its files ({1}) will be deleted from\n{2}")
        text = text.format(row.name, size_text(row.size or 0), row.folder)
        if not self._confirm(self.tr("Remove {0}?").format(row.name), text, self.tr("Remove")):
            return
        try:
            remove_model(row.name)
        except FlowsepError as error:
            self._show_message(str(error), "error")
        else:
            self._show_message(self.tr("{0} was removed").format(row.name), "good")
            self.models_changed.emit()
        self.refresh()

    def _reveal(self) -> None:
        if (row := self.selected()) is not None and row.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(row.folder)))

    def _stop(self) -> None:
        self._command.cancel()

    def _start(self, task: str, subject: str, *arguments: str) -> None:
        self._task, self._subject = task, subject
        texts = {
            "install": self.tr("Installing {0}…"),
            "look_up": self.tr("Asking the Hub about {0}…"),
            "hub": self.tr("Installing {0}…"),
            "verify": self.tr("Verifying {0}…"),
            "add": self.tr("Adding {0}…"),
        }
        self._show_message(texts[task].format(subject), "hint")
        self.progress.setRange(0, 0)
        self._command.start(*arguments)
        self._show_selected()

    def _show_progress(self, report: dict[str, object]) -> None:
        if self._task == "look_up":
            self._offer = report
            return
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
        if have == whole and self._task == "install":
            self.progress.setRange(0, 0)
            text = self.tr("{0} is downloaded; conversion and verification take minutes").format(self._subject)
        else:
            text = self.tr("Downloading {0}: {1}").format(report.get("file"), done)
        self._show_message(text, "hint")

    def _finish(self, succeeded: bool, last: str) -> None:
        texts = {
            "install": self.tr("{0} is installed"),
            "hub": self.tr("{0} is installed"),
            "verify": self.tr("{0} is intact: all checksums match, all graphs load"),
            "add": self.tr("{0} was added"),
        }
        if succeeded and self._task == "look_up":
            self._install_from_hub()
        elif succeeded:
            self._show_message(texts[self._task].format(self._subject), "good")
        else:
            self._show_message(last or self.tr("The command gave no reason; run it in a terminal"), "error")
        self.refresh()
        if succeeded and self._task in ("install", "hub", "add") and not self._command.is_running:
            self.models_changed.emit()

    def _show_selected(self, *_: QModelIndex) -> None:
        row, busy = self.selected(), self._command.is_running
        self.install.setEnabled(row is not None and not row.installed and not busy)
        self.verify.setEnabled(row is not None and row.installed and not busy)
        self.remove.setEnabled(row is not None and row.removable and not busy)
        self.reveal.setEnabled(row is not None and row.folder is not None)
        self.add.setEnabled(not busy)
        self.hub.setEnabled(not busy)
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        if row is None:
            self.details.setText("")
        elif row.problem:
            self.details.setText(row.problem)
        elif row.installed:
            self.details.setText("\n".join(filter(None, (row.about, str(row.folder)))))
        else:
            text = self.tr("Not installed. Source: {0}\nLicence: {1}").format(row.source, row.licence)
            self.details.setText("\n".join(filter(None, (text, why_no_install()))))

    def _show_message(self, text: str, kind: str) -> None:
        show_message(self.message, text, kind)

    def _ask_user(self, title: str, text: str, yes: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Question, title, text, QMessageBox.StandardButton.Cancel, self)
        yes_button = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is yes_button

    def _ask_user_for_reference(self) -> str:
        title = self.tr("A model from the Hugging Face Hub")
        text, agreed = QInputDialog.getText(self, title, self.tr("Name, such as org/name or org/name@revision:"))
        return text if agreed else ""

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
        for button in (self.install, self.hub, self.add, self.verify, self.remove, self.reveal):
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
