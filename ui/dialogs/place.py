"""The dialog “Place in session”: takes to place, a preview of every change, one button; undo restores the backup."""

from pathlib import Path

from flowsep_ui.controllers.placement import PlacementController
from flowsep_ui.controllers.separation import SeparationController
from flowsep_ui.studio.difference_texts import difference_texts, rendered_gains, shortened
from flowsep_ui.studio.placement import (
    PlacementChoice,
    new_session_path,
    placeable_takes,
    plan_placement,
    preview_placement,
)
from flowsep_ui.studio.reconcile import has_finals
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.timeline import SaveResult, Timeline, session_suffixes

from .parts import show_message


class PlaceDialog(QDialog):
    """Previews the changed session in the background; “Place” is enabled once the stems and the preview are ready."""

    def __init__(
        self,
        model: StudioModel,
        separation: SeparationController,
        placement: PlacementController,
        tasks: TaskRunner,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Place in session"))
        self._model, self._separation, self._placement, self._tasks = model, separation, placement, tasks
        self._timeline: Timeline | None = None
        self._preview = 0
        front = model.workspace.front
        assert front is not None
        self._document = front
        self.takes = QListWidget(self)
        self.takes.setAccessibleName(self.tr("Takes to place"))
        self.residual = QCheckBox(self.tr("With the rest"), self)
        self.residual.setChecked(True)
        self.residual.setToolTip(self.tr("Stems and rest together sound exactly like the clip"))
        self.mute = QCheckBox(self.tr("Mute the source clips"), self)
        self.mute.setChecked(True)
        self.regions = QCheckBox(self.tr("Add markers where each sound was found"), self)
        self.target, self.browse = QLineEdit(self), QToolButton(self)
        self.words, self.diff = (
            _text(self, self.tr("Changes")),
            _text(self, self.tr("Changes of the file, line by line")),
        )
        self.differences, self.status = QLabel(self), QLabel(self)
        for label in (self.differences, self.status):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)  # names may look like HTML
        self.differences.hide()
        self.buttons = QDialogButtonBox(self)
        self.place_button = self.buttons.addButton(self.tr("Place"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._fill()
        self._lay_out()
        self._connect()
        self.setFocus()  # else the list would mark its first row
        self.preview()

    def sizeHint(self) -> QSize:
        """Large enough for a diff."""
        return QSize(720, 560)

    @property
    def choice(self) -> PlacementChoice:
        """The checked takes and options."""
        items = [self.takes.item(row) for row in range(self.takes.count())]
        checked = [item for item in items if item is not None and item.checkState() == Qt.CheckState.Checked]
        return PlacementChoice(
            takes=tuple(str(item.data(Qt.ItemDataRole.UserRole)) for item in checked),
            residual=self.residual.isChecked(),
            mute_source=self.mute.isChecked(),
            regions=self.regions.isChecked(),
        )

    @property
    def path(self) -> Path:
        """Absolute path of the session to write."""
        return Path(self.target.text()).expanduser().absolute()

    def preview(self) -> None:
        """Start a preview of the changes; stems that are not written yet are written first."""
        self._timeline = None
        self._enable()
        self._preview += 1
        number, content = self._preview, self._model.content(self._document.id)
        if content is None:
            self._show_message(self.tr("Reading the session…"), "hint")
            return
        workspace = self._model.workspace
        takes = [take for take in placeable_takes(workspace, self._model.results) if take.id in self.choice.takes]
        waiting = [take for take in takes if not has_finals(workspace, take, self._model.result(take.id))]
        if waiting:
            self._show_message(self.tr("Writing the stems with the newest settings…"), "hint")
            for take in waiting:
                self._separation.write_finals(take.id)
            return
        try:
            timeline = plan_placement(self._model.workspace, content, self._model.results, self.choice)
        except FlowsepError as error:
            self._show_failure(number, str(error))
            return
        path = self.path
        self._show_message(self.tr("Comparing the sessions…"), "hint")
        self._tasks.run(
            lambda: preview_placement(timeline, path),
            lambda saved: self._show_preview(number, timeline, saved),
            lambda why: self._show_failure(number, why),
        )

    def place(self) -> None:
        """Write the previewed session in the background and close the dialog."""
        if self._timeline is not None:
            for take in self.choice.takes:
                self._separation.hand_out(take)
            self._placement.place(self._document.id, self._timeline, self.path)
            self.accept()

    def _show_preview(self, number: int, timeline: Timeline, saved: SaveResult) -> None:
        if number != self._preview:  # the choice has changed meanwhile
            return
        self._timeline = timeline
        self._show_differences(timeline)
        self.words.setPlainText("\n".join(saved.summary) or self.tr("No changes."))
        self.diff.setPlainText(saved.diff or self.tr("This format is not text; the changes are listed above."))
        if self.path.exists():
            self._show_message(self.tr("A backup is saved next to the session first; Undo restores it."), "hint")
        else:
            self._show_message(self.tr("A new session is created; no other file changes."), "hint")
        self._enable()

    def _show_differences(self, timeline: Timeline) -> None:
        """Show what the stems will not have of their clips, and whose moving gain is rendered into them."""
        texts, gains = difference_texts(timeline), rendered_gains(timeline, self.path)
        lines = [self.tr("Not in the stems: {0}").format(shortened(texts))] if texts else []
        if gains:
            lines.append(self.tr("Gain automation is rendered into the stems of: {0}").format(shortened(gains)))
        show_message(self.differences, "\n".join(lines), "hint")
        self.differences.setToolTip("\n".join(texts))
        self.differences.setVisible(bool(lines))

    def _show_failure(self, number: int, why: str) -> None:
        if number == self._preview:
            self._show_message(why, "error")
            self._enable()

    def _enable(self) -> None:
        if self.place_button is not None:
            self.place_button.setEnabled(self._timeline is not None)

    def _show_message(self, text: str, kind: str) -> None:
        show_message(self.status, text, kind)

    def _fill(self) -> None:
        content = self._model.content(self._document.id)
        self.takes.blockSignals(True)
        self.takes.clear()
        for take in placeable_takes(self._model.workspace, self._model.results):
            queries = ", ".join(query.text for query in take.stem_queries)
            clip = content.timeline.find(take.clip)[1].name if content is not None else take.clip
            text = self.tr("{0}: {1} (take {2})").format(clip, queries, take.number)
            item = QListWidgetItem(text, self.takes)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            item.setData(Qt.ItemDataRole.UserRole, take.id)
        self.takes.blockSignals(False)
        if self.target.text():
            return
        if self._document.kind == "session":
            self.target.setText(str(self._document.paths[0]))
        elif content is not None:
            self.target.setText(str(new_session_path(content)))

    def _browse(self) -> None:
        suffixes = " ".join(f"*{suffix}" for suffix in session_suffixes(lists=False))
        filters = self.tr("Sessions ({0})").format(suffixes)
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save session as"), self.target.text(), filters)
        if name:
            self.target.setText(name)
            self.preview()

    def _result_changed(self, take: str) -> None:
        if take in self.choice.takes and self._timeline is None:
            self.preview()

    def _document_read(self, document: str) -> None:
        """Preview again, as the session was read again."""
        if document == self._document.id and self.isVisible():
            self._fill()
            self.preview()

    def _connect(self) -> None:
        for box in (self.residual, self.mute, self.regions):
            box.toggled.connect(lambda on: self.preview())
        self.takes.itemChanged.connect(lambda item: self.preview())
        self.target.editingFinished.connect(self.preview)
        self.browse.clicked.connect(self._browse)
        self.buttons.accepted.connect(self.place)
        self.buttons.rejected.connect(self.reject)
        self._model.result_changed.connect(self._result_changed)
        self._model.document_read.connect(self._document_read)

    def _lay_out(self) -> None:
        self.browse.setText("…")
        self.browse.setToolTip(self.tr("Save as another session; the open one stays unchanged"))
        self.browse.setAccessibleName(self.browse.toolTip())
        self.target.setAccessibleName(self.tr("Session"))
        self.takes.setMaximumHeight(84)
        self.takes.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.takes.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("Session"), self))
        row.addWidget(self.target, 1)
        row.addWidget(self.browse)
        boxes = QHBoxLayout()
        for box in (self.residual, self.mute, self.regions):
            boxes.addWidget(box)
        boxes.addStretch(1)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.addWidget(self.words)
        split.addWidget(self.diff)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.takes)
        column.addLayout(boxes)
        column.addWidget(split, 1)
        column.addWidget(self.differences)
        column.addWidget(self.status)
        column.addWidget(self.buttons)


def _text(parent: QWidget, name: str) -> QPlainTextEdit:
    text = QPlainTextEdit(parent)
    text.setReadOnly(True)
    text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    text.setAccessibleName(name)
    text.setPlaceholderText(name)
    return text
