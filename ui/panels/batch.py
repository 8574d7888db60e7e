"""The panel “Batch”: a folder or clips as one set of jobs, with progress and a table of results."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from flowsep_ui.controllers.sessions.batch import BatchController
from flowsep_ui.dialogs.parts import plain_list
from flowsep_ui.studio.batch.batch_clips import OPEN_STATES
from flowsep_ui.studio.batch.batch_rows import BatchRow, batch_rows
from flowsep_ui.studio.batch.batch_set import summary_text
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import QModelIndex, QSize, Qt, QTimer
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from .batch_model import DURATION, FILE, LEVEL, NULL, PRESENCE, SOUND, STATE, BatchFilter, BatchModel
from .buttons import EmptyHint, describe

_SHOW_MS = 60
"""Progress is shown at most so often."""


class BatchPanel(QWidget):
    """Buttons, progress and table of the batch. The jobs are in the worker's queue and go on without the panel."""

    def __init__(self, batch: BatchController, model: StudioModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._batch, self._model = batch, model
        self.table = QTableView(self)
        self.rows = BatchModel(self)
        self.filter = BatchFilter(self)
        self.filter.setSourceModel(self.rows)
        self.add = self._button(self.tr("Add"), self.tr("Add a folder of audio files, or clips of the document"), None)
        self.sounds = QComboBox(self)
        describe(self.sounds, self.tr("Sounds of the batch"), self.tr("The sounds to separate, with their settings"))
        self.start = self._button(
            self.tr("Start"), self.tr("Separate all clips that were not started yet"), self._start
        )
        self.pause = self._button(self.tr("Pause"), self.tr("Pause the batch; other jobs go on"), None)
        self.pause.setCheckable(True)
        self.cancel = self._button(
            self.tr("Cancel"), self.tr("Stop within one step; finished clips keep their stems"), batch.cancel
        )
        self.retry = self._button(
            self.tr("Retry failed"), self.tr("Separate failed and cancelled clips once more"), batch.retry_failed
        )
        self.remove = self._button(
            self.tr("Remove"), self.tr("Remove the selected clips, or all; their files stay"), self._remove
        )
        self.export = self._button(
            self.tr("Export table…"), self.tr("Write the table as CSV or JSON"), lambda: self.export_table()
        )
        self.found_only = QCheckBox(self.tr("Found only"), self)
        describe(self.found_only, self.tr("Found only"), self.tr("Hide sounds that were not found"))
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName(self.tr("Progress of the batch"))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SHOW_MS)
        self._soon.timeout.connect(self._show_late)
        self._is_late = False
        self._fill_add_menu()
        self._prepare_table()
        self._lay_out()
        self._connect()
        self.show_sounds()
        self.show_batch()

    def sizeHint(self) -> QSize:
        """Return a size with room for some rows."""
        return QSize(760, 180)

    def show_batch(self) -> None:
        """Update table, progress and buttons from the batch."""
        clips, summary = self._batch.clips, self._batch.summary
        self.rows.show_rows(batch_rows(clips))
        self.progress.setVisible(bool(summary.total))
        self.progress.setValue(round(1000 * summary.fraction))
        self.progress.setFormat(summary_text(summary))
        states = {clip.state for clip in clips}
        is_open = bool(states & set(OPEN_STATES))
        self.start.setEnabled("new" in states)
        self.cancel.setEnabled(is_open)
        self.pause.setEnabled(is_open)
        self.pause.setChecked(is_open and not states & {"waiting", "running"})
        self.retry.setEnabled(bool(states & {"failed", "cancelled"}))
        self.remove.setEnabled(bool(clips))
        self.export.setEnabled(bool(clips))

    def _show_soon(self) -> None:
        """Show the first of many changes at once, and the others together."""
        if self._soon.isActive():
            self._is_late = True
        else:
            self.show_batch()
            self._soon.start()

    def _show_late(self) -> None:
        if self._is_late:
            self._is_late = False
            self.show_batch()

    def show_sounds(self) -> None:
        """List the queries of the Sounds panel and the presets, and keep the choice."""
        workspace, before = self._model.workspace, self.sounds.currentData()
        self.sounds.blockSignals(True)
        self.sounds.clear()
        self.sounds.addItem(self.tr("Sounds panel"), "")
        for preset in workspace.presets:
            self.sounds.addItem(self.tr("Preset: {0}").format(preset.name), preset.name)
        self.sounds.setCurrentIndex(max(0, self.sounds.findData(before)))
        self.sounds.blockSignals(False)
        self._show_queries()

    def _show_queries(self) -> None:
        """List the chosen sounds in the tooltip."""
        stems = [query.text for query in self.queries if query.on and not query.negative]
        self.sounds.setToolTip(", ".join(stems) or self.tr("No sounds yet: type them in the Sounds panel"))

    @property
    def queries(self) -> tuple[QueryRow, ...]:
        """The queries of the chosen preset, or of the Sounds panel."""
        workspace, name = self._model.workspace, self.sounds.currentData()
        preset = next((preset for preset in workspace.presets if name and preset.name == name), None)
        return workspace.queries if preset is None else preset.queries

    def add_folder(self, folder: Path | None = None) -> None:
        """Add the audio files below `folder`; None lets the user choose it."""
        if folder is None:
            name = QFileDialog.getExistingDirectory(self, self.tr("Folder with audio files"))
            if not name:
                return
            folder = Path(name)
        self._batch.add_folder(folder)

    def export_table(self, path: Path | None = None) -> None:
        """Write the table to `path`; None lets the user choose it."""
        if path is None:
            filters = f"{self.tr('Table ({0})').format('*.csv')};;{self.tr('JSON ({0})').format('*.json')}"
            name, _ = QFileDialog.getSaveFileName(self, self.tr("Export table"), "batch.csv", filters)
            if not name:
                return
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".csv")
        self._batch.export(path)

    def selected(self) -> list[BatchRow]:
        """Return the selected rows from top to bottom."""
        selection = self.table.selectionModel()
        indices = [] if selection is None else selection.selectedRows()
        return [index.data(BatchModel.RowRole) for index in sorted(indices, key=lambda index: index.row())]

    def _start(self) -> None:
        self._batch.start(self.queries)

    def _remove(self) -> None:
        rows = self.selected()
        self._batch.remove({row.clip.key for row in rows} or {clip.key for clip in self._batch.clips})

    def _open(self, index: QModelIndex) -> None:
        row = index.data(BatchModel.RowRole)
        if row is not None:
            self._batch.open(row.clip.key)

    def _fill_add_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Folder…"), self.add_folder)
        menu.addAction(self.tr("Selected clips"), partial(self._batch.add_clips, selected_only=True))
        menu.addAction(self.tr("All clips of the document"), partial(self._batch.add_clips, selected_only=False))
        self.add.setMenu(menu)

    def _prepare_table(self) -> None:
        table = self.table
        table.setModel(self.filter)
        self.empty = EmptyHint(
            table, self.tr("Add a folder or clips, choose the sounds, and start. A double click opens a clip.")
        )
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        plain_list(table)
        table.setWordWrap(False)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setAccessibleName(self.tr("Results of the batch"))
        header, lines = table.horizontalHeader(), table.verticalHeader()
        assert header is not None
        assert lines is not None
        lines.setDefaultSectionSize(table.fontMetrics().height() + 8)
        for column in (FILE, SOUND):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        width = table.fontMetrics().horizontalAdvance
        for column, signs in ((PRESENCE, 13), (LEVEL, 8), (NULL, 10), (DURATION, 9), (STATE, 14)):
            table.setColumnWidth(column, max(header.sectionSizeHint(column), width("n" * signs) + 12))

    def _connect(self) -> None:
        self._batch.changed.connect(self._show_soon)
        self.pause.clicked.connect(self._batch.pause)
        self.found_only.toggled.connect(self.filter.set_found_only)
        self.table.doubleClicked.connect(self._open)
        self.sounds.currentIndexChanged.connect(lambda index: self._show_queries())
        self._model.workspace_changed.connect(
            lambda before, after: (
                self.show_sounds() if (before.queries, before.presets) != (after.queries, after.presets) else None
            )
        )

    def _lay_out(self) -> None:
        self.sounds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.sounds.setMaximumWidth(260)
        self.progress.setRange(0, 1000)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        for row in (top, bottom):
            row.setContentsMargins(6, 4, 6, 0)
            row.setSpacing(4)
        for widget in (self.add, self.sounds, self.start, self.pause, self.cancel, self.retry):
            top.addWidget(widget)
        top.addStretch(1)
        for widget in (self.found_only, self.remove, self.export):
            bottom.addWidget(widget)
        bottom.insertWidget(0, self.progress, 1)
        bottom.insertStretch(1, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(bottom)
        column.addWidget(self.table, 1)

    def _button(self, text: str, tip: str, call: Callable[[], object] | None) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        describe(button, text, tip)
        if call is not None:
            button.clicked.connect(lambda: call())
        return button
