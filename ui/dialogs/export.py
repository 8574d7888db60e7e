"""The export dialog: format, name pattern with a preview, handles, padding, folder, policy for existing files."""

import logging
from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.files.export import DEFAULT_PATTERN, ExportItem, ExportOptions, PlannedFile, plan_export
from flowsep_plugin.files.patterns import FIELDS, illegal_signs

from .parts import plain_list, show_message

log = logging.getLogger(__name__)
_PREVIEW_MILLISECONDS = 120


class ExportDialog(QDialog):
    """Chooses export options: `result_options` after the dialog was accepted. `run_export` writes."""

    def __init__(self, items: Sequence[ExportItem], options: ExportOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export stems"))
        self.resize(600, 520)
        self._items = list(items)
        self.result_options: ExportOptions | None = None
        self.plan: list[PlannedFile] = []
        self._make_fields(options)
        self._lay_out()
        self._explain()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PREVIEW_MILLISECONDS)
        self._soon.timeout.connect(self.refresh)
        for signal in (
            self.format.currentIndexChanged,
            self.pattern.textChanged,
            self.folder.textChanged,
            self.handles.valueChanged,
            self.padded.toggled,
            self.policy.currentIndexChanged,
        ):
            signal.connect(lambda *_: self._soon.start())
        self.refresh()

    def _make_fields(self, options: ExportOptions) -> None:
        self.format = _choice(
            {
                "wav24": self.tr("WAV, 24-bit (Broadcast Wave)"),
                "wav32f": self.tr("WAV, 32-bit float (Broadcast Wave)"),
                "flac24": self.tr("FLAC, 24-bit"),
            },
            options.format,
        )
        self.pattern = QLineEdit(options.pattern)
        self.folder = QLineEdit(str(options.folder))
        self.handles = QDoubleSpinBox()
        self.handles.setRange(0, 3600)
        self.handles.setDecimals(2)
        self.handles.setSingleStep(0.5)
        self.handles.setSuffix(" s")
        self.handles.setValue(options.handles_seconds)
        self.padded = QCheckBox(self.tr("Start every file at the session's start, padded with silence"))
        self.padded.setChecked(options.padded)
        self.policy = _choice(
            {
                "number": self.tr("Add a number"),
                "replace": self.tr("Replace the file"),
                "skip": self.tr("Keep the file, skip this stem"),
            },
            options.policy,
        )
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(34)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.preview = _preview([self.tr("Sound"), self.tr("File"), ""])
        self._browse = QPushButton(self.tr("Choose…"))
        self._browse.clicked.connect(self._choose_folder)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("Export"))
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def options(self) -> ExportOptions:
        """Return the options in the fields. Raises UsageError where they are invalid."""
        return ExportOptions(
            folder=Path(self.folder.text()).expanduser(),
            format=self.format.currentData(),
            pattern=self.pattern.text(),
            handles_seconds=self.handles.value(),
            padded=self.padded.isChecked(),
            policy=self.policy.currentData(),
        )

    def refresh(self) -> None:
        """Preview the files that the options write, or show why they cannot be written."""
        try:
            options = self.options()
            self.plan = plan_export(self._items, options)
        except (FlowsepError, OSError) as error:
            self.plan = []
            self._show_message(str(error), "error")
        else:
            self._show_notes(options)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(self.plan))
        self._show_plan()

    def accept(self) -> None:
        """Store the options in `result_options` and close, if there is anything to write."""
        self.refresh()
        if self.plan:
            self.result_options = self.options()
            super().accept()

    def _show_notes(self, options: ExportOptions) -> None:
        signs = " ".join(illegal_signs(options.pattern))
        replaced = sum(planned.replaces for planned in self.plan)
        if signs:
            self._show_message(self.tr("File names cannot contain {0}; replaced by _.").format(signs), "warning")
        elif replaced:
            self._show_message(self.tr("Files that will be replaced: {0}").format(replaced), "warning")
        elif options.format != "wav32f":
            self._show_message(self.tr("24-bit stems stay exact; float stems are rounded once to 24 bits."), "hint")
        else:
            self._show_message(self.tr("Samples are written unchanged."), "hint")

    def _show_message(self, text: str, kind: str) -> None:
        show_message(self.message, text, kind)

    def _show_plan(self) -> None:
        self.preview.setRowCount(len(self.plan))
        for row, planned in enumerate(self.plan):
            state = self.tr("replaced") if planned.replaces else self.tr("skipped") if planned.skipped else ""
            for column, text in enumerate((planned.item.sound, planned.target.name, state)):
                cell = QTableWidgetItem(text)
                cell.setToolTip(str(planned.target) if column == 1 else text)
                self.preview.setItem(row, column, cell)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for the stems"), self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("&Format"), self.format)
        form.addRow(self.tr("&Names"), self.pattern)
        fields = QLabel("  ".join(f"{{{name}}}" for name in FIELDS))
        fields.setObjectName("hint")
        fields.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form.addRow("", fields)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(self._browse)
        label = QLabel(self.tr("F&older"))
        label.setBuddy(self.folder)
        form.addRow(label, row)
        form.addRow(self.tr("If a file e&xists"), self.policy)
        form.addRow(self.tr("&Handles"), self.handles)
        form.addRow("", self.padded)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.preview, 1)
        column.addWidget(self.message)
        column.addWidget(self._buttons)

    def _explain(self) -> None:
        self.pattern.setPlaceholderText(DEFAULT_PATTERN)
        self.pattern.setToolTip(
            self.tr(
                "Name of every file. Fields: {clip}, {sound}, {take}, {track}, {number}, {date}. {take:02} gives 01."
            )
        )
        self.handles.setToolTip(
            self.tr("Seconds before and after the clip, as far as the stem reaches; 0 writes the clip alone.")
        )
        self.padded.setToolTip(
            self.tr("For programs that cannot spot to a time stamp: drop the file at the session's start.")
        )
        for widget, name in (
            (self.format, self.tr("Format")),
            (self.pattern, self.tr("Naming pattern")),
            (self.folder, self.tr("Folder")),
            (self._browse, self.tr("Choose the folder")),
            (self.policy, self.tr("If a file exists")),
            (self.handles, self.tr("Handles in seconds")),
            (self.preview, self.tr("Files to be written")),
        ):
            widget.setAccessibleName(name)


def _choice(texts: dict[str, str], current: str) -> QComboBox:
    box = QComboBox()
    for value, text in texts.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box


def _preview(titles: list[str]) -> QTableWidget:
    table = QTableWidget(0, len(titles))
    table.setHorizontalHeaderLabels(titles)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    plain_list(table)
    header = table.horizontalHeader()
    if header is not None:
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
    return table
