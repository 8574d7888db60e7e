"""The export dialog: which stems, a mix, format, rate, names with a preview, handles, padding, folder, effects."""

from collections.abc import Sequence

from flowsep_ui.dialogs.export_rows import ExportRow, export_items, export_prints
from flowsep_ui.studio.prints import MARK, LanePrint
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.files.export import ExportItem, ExportOptions, PlannedFile, plan_export
from flowsep_plugin.files.patterns import illegal_signs

from .export_fields import ExportFields
from .parts import plain_list, show_message

_PREVIEW_MILLISECONDS = 120
_WIDEST_SOUND = 240
_TICK_WIDE = 16
"""Qt's hint for a column counts narrower ticks than those of the style sheet."""


class ExportDialog(QDialog):
    """Chooses stems and options: `result_options` and `plan` after the dialog was accepted. `run_export` writes.

    rows : stems and the mix that can be exported; their ticks are in the first column.
    """

    def __init__(self, rows: Sequence[ExportRow], options: ExportOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export stems"))
        self.resize(640, 560)
        self._rows = tuple(rows)
        self.result_options: ExportOptions | None = None
        self.plan: list[PlannedFile] = []
        self.fields = ExportFields(options, self)
        self.fields.show_effects(
            has_effects=any(row.print is not None and row.print.chain for row in rows),
            has_gain=any(row.print is not None and row.print.gain_db for row in rows),
        )
        self.preview = _preview([self.tr("Sound"), self.tr("File"), ""])
        self.preview.setAccessibleName(self.tr("Files to be written"))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(34)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("Export"))
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.fields)
        column.addWidget(self.preview, 1)
        column.addWidget(self.message)
        column.addWidget(self._buttons)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PREVIEW_MILLISECONDS)
        self._soon.timeout.connect(self.refresh)
        self._fill()
        self.preview.itemChanged.connect(lambda item: self._soon.start())
        self.fields.edited.connect(self._soon.start)
        self.refresh()

    @property
    def selected_rows(self) -> tuple[ExportRow, ...]:
        """The rows that are ticked."""
        cells = [self.preview.item(number, 0) for number in range(len(self._rows))]
        checked = [cell is not None and cell.checkState() == Qt.CheckState.Checked for cell in cells]
        return tuple(row for row, is_checked in zip(self._rows, checked, strict=True) if is_checked)

    @property
    def prints(self) -> dict[ExportItem, LanePrint]:
        """The prints that the plan needs, by item."""
        return export_prints(self.selected_rows, self.fields.effects.currentData(), gain=self.fields.gain.isChecked())

    def refresh(self) -> None:
        """Preview the files that the options write, or show why they cannot be written."""
        try:
            options = self.fields.options()
            effects, gain = self.fields.effects.currentData(), self.fields.gain.isChecked()
            self.plan = plan_export(export_items(self.selected_rows, effects, gain=gain), options)
        except (FlowsepError, OSError) as error:
            self.plan = []
            show_message(self.message, str(error), "error")
        else:
            self._show_notes(options)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(self.plan))
        self._show_plan()

    def accept(self) -> None:
        """Store the options in `result_options` and close, if there is anything to write."""
        self._soon.stop()
        self.refresh()
        if self.plan:
            self.result_options = self.fields.options()
            super().accept()

    def _show_notes(self, options: ExportOptions) -> None:
        signs = " ".join(illegal_signs(options.pattern))
        replaced = sum(planned.replaces for planned in self.plan)
        if signs:
            self._show_message(self.tr("File names cannot contain {0}; replaced by _.").format(signs), "warning")
        elif replaced:
            self._show_message(self.tr("Files that will be replaced: {0}").format(replaced), "warning")
        elif not self.plan:
            self._show_message(self.tr("Tick the stems to export."), "hint")
        elif options.rate is not None:
            self._show_message(
                self.tr("Stems at another rate are converted once: they sum to the converted clip, but not exactly."),
                "hint",
            )
        elif options.format != "wav32f":
            self._show_message(
                self.tr(
                    "24-bit stems stay exact; float stems are rounded once, or stay float where they pass full scale."
                ),
                "hint",
            )
        else:
            self._show_message(self.tr("Samples are written unchanged."), "hint")

    def _show_message(self, text: str, kind: str) -> None:
        show_message(self.message, text, kind)

    def _fill(self) -> None:
        self.preview.setRowCount(len(self._rows))
        for number, row in enumerate(self._rows):
            title = self.tr("Mix, as heard") if row.is_mix else row.item.sound
            cell = QTableWidgetItem(title)
            cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            cell.setCheckState(Qt.CheckState.Checked if row.is_selected else Qt.CheckState.Unchecked)
            effects = "" if row.print is None else row.print.description
            cell.setToolTip(" · ".join(text for text in (title, row.item.track, effects) if text))
            self.preview.setItem(number, 0, cell)
            self.preview.setItem(number, 1, QTableWidgetItem())
            self.preview.setItem(number, 2, QTableWidgetItem())
        self.preview.setColumnWidth(0, min(_WIDEST_SOUND, self.preview.sizeHintForColumn(0) + _TICK_WIDE))

    def _show_plan(self) -> None:
        """Show the names of the files of every row, and whether they replace others."""
        self.preview.blockSignals(True)
        for number, row in enumerate(self._rows):
            files = [planned for planned in self.plan if planned.item.path == row.item.path]
            replaces, skips = any(file.replaces for file in files), any(file.skipped for file in files)
            state = self.tr("replaced") if replaces else self.tr("skipped") if skips else ""
            name, mark = self.preview.item(number, 1), self.preview.item(number, 2)
            assert name is not None
            assert mark is not None
            name.setText(" +".join([*(file.target.name for file in files[:1]), *(MARK for _ in files[1:])]))
            name.setToolTip("\n".join(str(file.target) for file in files))
            mark.setText(state)
        self.preview.blockSignals(False)


def _preview(titles: list[str]) -> QTableWidget:
    table = QTableWidget(0, len(titles))
    table.setHorizontalHeaderLabels(titles)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    plain_list(table)
    header = table.horizontalHeader()
    if header is not None:
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
    return table
