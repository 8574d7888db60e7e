"""The dialog “Place in session”: takes, options, a picture and a sentence of the changes; undo restores the backup."""

from pathlib import Path

from flowsep_ui.controllers.separation import SeparationController
from flowsep_ui.controllers.sessions.placement import PlacementController
from flowsep_ui.icons import set_icon
from flowsep_ui.studio.lanes import lanes_of
from flowsep_ui.studio.markers import front_markers
from flowsep_ui.studio.placement import (
    PlacementChoice,
    PlacementPlan,
    new_session_path,
    placeable_takes,
    plan_placement,
    preview_placement,
)
from flowsep_ui.studio.sessions.placement_picture import picture_of
from flowsep_ui.studio.sessions.placement_words import (
    placement_lines,
    placement_remarks,
    placement_sentence,
    position_text,
)
from flowsep_ui.studio.texts import percent, translate
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import (
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
from flowsep_plugin.timeline import SaveResult, session_suffixes

from .parts import show_message
from .place_options import PlaceOptions
from .place_picture import PlacementPictureView
from .place_preparation import PlacementPreparation


class PlaceDialog(QDialog):
    """Previews the changed session in the background; “Place” is enabled once the stems and the preview are ready.

    ruler : unit of times, "time", "timecode" or "bars".
    """

    def __init__(
        self,
        model: StudioModel,
        separation: SeparationController,
        placement: PlacementController,
        tasks: TaskRunner,
        parent: QWidget | None = None,
        *,
        ruler: str = "time",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Place in session"))
        self._model, self._separation, self._placement, self._tasks = model, separation, placement, tasks
        self._preparation = PlacementPreparation(model, separation, placement, tasks, self)
        self._plan: PlacementPlan | None = None
        self._preview, self._ruler, self._waiting = 0, ruler, ""
        front = model.workspace.front
        assert front is not None
        self._document = front
        self.takes = QListWidget(self)
        self.takes.setAccessibleName(self.tr("Takes to place"))
        self.options = PlaceOptions(self)
        self.target, self.browse = QLineEdit(self), QToolButton(self)
        self.picture = PlacementPictureView(self)
        self.sentence, self.differences, self.status = QLabel(self), QLabel(self), QLabel(self)
        for label in (self.sentence, self.differences, self.status):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)  # names may look like HTML
        self.differences.hide()
        self.words = _text(self, self.tr("Changes"))
        self.diff = _text(self, self.tr("Changes of the file, line by line"))
        self.details = QSplitter(Qt.Orientation.Vertical, self)
        self.show_details = QToolButton(self)
        self.buttons = QDialogButtonBox(self)
        self.place_button = self.buttons.addButton(self.tr("Place"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._fill()
        self._lay_out()
        self._connect()
        self.setFocus()  # else the list would mark its first row
        self.preview()

    def sizeHint(self) -> QSize:
        """Large enough for the picture of some tracks."""
        return QSize(760, 600)

    @property
    def choice(self) -> PlacementChoice:
        """The checked takes and options."""
        items = [self.takes.item(row) for row in range(self.takes.count())]
        checked = [item for item in items if item is not None and item.checkState() == Qt.CheckState.Checked]
        return self.options.choice(tuple(str(item.data(Qt.ItemDataRole.UserRole)) for item in checked))

    @property
    def path(self) -> Path:
        """Absolute path of the session to write."""
        return Path(self.target.text()).expanduser().absolute()

    def preview(self) -> None:
        """Start a preview of the changes; what is not written yet is written first."""
        self._plan = None
        self._enable()
        self._preview += 1
        number, content = self._preview, self._model.content(self._document.id)
        if content is None:
            self._show_message(self.tr("Reading the session…"), "hint")
            return
        self._fit_options()
        choice, path = self.choice, self.path
        try:
            self._waiting = self._preparation.waits_for(content, choice)
            if self._waiting:
                self._show_message(self._waiting, "hint")
                return
            plan = plan_placement(
                self._model.workspace, content, self._model.results, choice,
                wide=self._preparation.wide, prints=self._preparation.prints,
            )  # fmt: skip
        except FlowsepError as error:
            self._show_failure(number, str(error))
            return
        self._show_message(self.tr("Comparing the sessions…"), "hint")
        self._tasks.run(
            lambda: preview_placement(plan, path),
            lambda saved: self._show_preview(number, plan, saved),
            lambda why: self._show_failure(number, why),
        )

    def place(self) -> None:
        """Write the previewed session in the background and close the dialog."""
        if self._plan is not None:
            for take in self.choice.takes:
                self._separation.hand_out(take)
            self._placement.place(self._document.id, self._plan, self.path)
            self.accept()

    def done(self, result: int) -> None:
        """Close the dialog and cancel the jobs that it still waits for."""
        self._preparation.close()
        super().done(result)

    def _fit_options(self) -> None:
        """Enable the options that the session can hold."""
        workspace = self._model.workspace
        lanes = lanes_of(workspace, self._model.content(self._document.id), self._model.results)
        has_effects = any(lane.chain for of_track in lanes.values() for lane in of_track if lane.kind != "draft")
        self.options.fit(self.path, has_effects=has_effects, has_markers=bool(front_markers(workspace)))

    def _show_preview(self, number: int, plan: PlacementPlan, saved: SaveResult) -> None:
        content = self._model.content(self._document.id)
        if number != self._preview or content is None:  # the choice has changed meanwhile
            return
        self._plan = plan
        timeline, is_new = plan.timeline, not self.path.exists()
        sentence = placement_sentence(saved.changes, timeline, self.path, is_new=is_new)
        self.sentence.setText(sentence)
        self.picture.show_picture(picture_of(content.timeline, timeline, plan.colours), sentence)
        lines = placement_lines(
            saved.changes, timeline, lambda frame: position_text(timeline, self._ruler, frame)
        )  # fmt: skip
        self.words.setPlainText("\n".join(lines or saved.summary) or self.tr("No changes."))
        self.diff.setPlainText(saved.diff or self.tr("This format is not text; the changes are listed above."))
        remarks = placement_remarks(timeline, self.path, self._notes())
        show_message(self.differences, "\n".join(remarks), "hint")
        self.differences.setVisible(bool(remarks))
        if is_new:
            self._show_message(self.tr("A new session is created; no other file changes."), "hint")
        else:
            self._show_message(self.tr("A backup is saved next to the session first; Undo restores it."), "hint")
        self._enable()

    def _notes(self) -> tuple[str, ...]:
        """Return the remarks of the receipts of the chosen takes, with the names of their clips."""
        notes, content = [], self._model.content(self._document.id)
        for take in (self._model.workspace.take(name) for name in self.choice.takes):
            if take is not None and content is not None:
                clip = content.timeline.find(take.clip)[1].name
                of_take = (note for note in self._model.result(take.id).notes if note not in take.notes)
                notes += [translate("Place", "Clip {0}: {1}").format(clip, note) for note in of_take]
        return tuple(dict.fromkeys(notes))

    def _show_failure(self, number: int, why: str) -> None:
        if number == self._preview:
            self._show_message(why, "error")
            self._enable()

    def _show_progress(self, fraction: float) -> None:
        if self._plan is None and self._waiting:
            self._show_message(f"{self._waiting} {percent(fraction)}", "hint")

    def _enable(self) -> None:
        if self.place_button is not None:
            self.place_button.setEnabled(self._plan is not None)

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
        if take in self.choice.takes and self._plan is None:
            self.preview()

    def _document_read(self, document: str) -> None:
        """Preview again, as the session was read again."""
        if document == self._document.id and self.isVisible():
            self._fill()
            self.preview()

    def _toggle_details(self, on: bool) -> None:
        self.details.setVisible(on)
        self.picture.setVisible(not on)

    def _connect(self) -> None:
        self.options.changed.connect(self.preview)
        self.takes.itemChanged.connect(lambda item: self.preview())
        self.target.editingFinished.connect(self.preview)
        self.browse.clicked.connect(self._browse)
        self.show_details.toggled.connect(self._toggle_details)
        self.buttons.accepted.connect(self.place)
        self.buttons.rejected.connect(self.reject)
        self._preparation.advanced.connect(self.preview)
        self._preparation.progressed.connect(self._show_progress)
        self._preparation.failed.connect(lambda why: self._show_failure(self._preview, why))
        self._model.result_changed.connect(self._result_changed)
        self._model.document_read.connect(self._document_read)

    def _lay_out(self) -> None:
        set_icon(self.browse, "folder")
        self.browse.setToolTip(self.tr("Save as another session; the open one stays unchanged"))
        self.browse.setAccessibleName(self.tr("Other session"))
        self.browse.setAccessibleDescription(self.browse.toolTip())
        self.target.setAccessibleName(self.tr("Session"))
        self.takes.setMaximumHeight(84)
        self.takes.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.takes.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_details.setText(self.tr("Details"))
        self.show_details.setCheckable(True)
        self.show_details.setToolTip(self.tr("List every change, and the lines of the file"))
        self.details.addWidget(self.words)
        self.details.addWidget(self.diff)
        self.details.setStretchFactor(0, 2)
        self.details.setStretchFactor(1, 3)
        self.details.hide()
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("Session"), self))
        row.addWidget(self.target, 1)
        row.addWidget(self.browse)
        bottom = QHBoxLayout()
        bottom.addWidget(self.show_details)
        bottom.addWidget(self.status, 1)
        bottom.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.takes)
        column.addWidget(self.options)
        column.addWidget(self.sentence)
        column.addWidget(self.picture, 1)
        column.addWidget(self.details, 1)
        column.addWidget(self.differences)
        column.addLayout(bottom)


def _text(parent: QWidget, name: str) -> QPlainTextEdit:
    text = QPlainTextEdit(parent)
    text.setReadOnly(True)
    text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    text.setAccessibleName(name)
    text.setPlaceholderText(name)
    return text
