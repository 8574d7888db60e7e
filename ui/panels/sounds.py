"""What to take out: type it, hear a draft, make it final, turn it, compare takes. Shows the studio, decides nothing."""

from dataclasses import replace

from flowsep_ui.controllers.separation import SeparationController
from flowsep_ui.studio.focus import focused_clip, focused_take, missing_queries, presence_texts
from flowsep_ui.studio.queries import QueryRow, query_hints, with_query
from flowsep_ui.studio.results import error_of
from flowsep_ui.studio.takes import with_current_take, without_take
from flowsep_ui.studio.workspace import Take, Workspace, with_favourite  # fmt: skip
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import QStringListModel, Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from .model_box import ModelBox
from .preset_menu import PresetMenu
from .query_rows import QueryRowList
from .render_settings import RenderPanel
from .takes import TakeRow, TakesPanel


class SoundsPanel(QWidget):
    """The query panel."""

    def __init__(self, model: StudioModel, separation: SeparationController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._separation = model, separation
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(self.tr("Type a sound…"))
        self.line.setClearButtonEnabled(True)
        self.line.setAccessibleName(self.tr("Sound to take out"))
        self.line.setToolTip(self.tr("Enter adds it, Ctrl+Enter separates. A draft is made while you type."))
        self._words = QStringListModel(self)
        completer = QCompleter(self._words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.line.setCompleter(completer)
        self.keep_out = self._tool("⊖", self.tr("Keep out: what is typed competes, but stays in the rest"))
        self.keep_out.setCheckable(True)
        self.add = self._tool("+", self.tr("Add this sound (Enter)"))
        self.known = PresetMenu(model, self)
        self.hint = _told(self, "warning")
        self.verdict = _told(self, "warning")
        self.rows = QueryRowList(self)
        self.drafts = QCheckBox(self.tr("Drafts"), self)
        self.drafts.setChecked(True)
        self.drafts.setToolTip(self.tr("While you type: few steps on the selection, 20 s at most. Nothing is written."))
        self.separate = QPushButton(self.tr("Separate"), self)
        self.separate.setDefault(True)
        self.separate.setToolTip(self.tr("Make the stems, in full quality, of what is selected (Ctrl+Enter)"))
        self.render_panel, self.takes = RenderPanel(self), TakesPanel(self)
        self.model_box = ModelBox(self)
        self._lay_out()
        self._connect()
        self.show_workspace()

    def focus_line(self) -> None:
        """Type now."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def add_typed(self) -> None:
        """Make what is typed one of the sounds."""
        text, negative = self.line.text(), self.keep_out.isChecked()
        if not text.strip():
            return
        self._model.do(
            self.tr("Add a sound"), lambda w: replace(w, sounds=with_query(w.sounds, text, negative=negative))
        )
        self.line.setText("")
        self.keep_out.setChecked(False)
        self._show_hints("")

    def separate_now(self) -> None:
        """What is typed becomes a sound, and all of them are separated."""
        self.add_typed()
        self._separation.final()

    # --- shown ---

    def show_workspace(self) -> None:
        """Follow the studio."""
        workspace, content = self._model.workspace, self._model.front
        take = focused_take(workspace, content)
        self._show_rows(workspace, take)
        self._show_takes(workspace)
        self.render_panel.show_settings(workspace.render)
        self.model_box.show_model(workspace.model)
        self._show_verdict(take)
        self.separate.setEnabled(content is not None)
        words = list(dict.fromkeys((*workspace.favourites, *workspace.history)))
        if words != self._words.stringList():  # a list that is open would close
            self._words.setStringList(words)

    def _show_rows(self, workspace: Workspace, take: Take | None) -> None:
        heard: dict[str, str] = {}
        if take is not None:
            words = presence_texts(take, self._model.result(take.id))
            heard = {sound.text: said for sound, said in zip(take.queries, words, strict=True)}
        found = tuple(
            self.tr("kept out") if sound.negative else heard.get(sound.text, "") for sound in workspace.sounds
        )
        self.rows.show_sounds(workspace.sounds, found, workspace.favourites)

    def _show_takes(self, workspace: Workspace) -> None:
        clip = focused_clip(workspace, self._model.front)
        if clip is None or workspace.shown is None:
            self.takes.show_rows(())
            return
        heard = workspace.current_take(workspace.shown, clip.id)
        takes = workspace.takes_of(workspace.shown, clip.id)
        self.takes.show_rows(tuple(TakeRow(take, self._model.result(take.id), take == heard) for take in takes))

    def _show_verdict(self, take: Take | None) -> None:
        said = ""
        if take is not None:
            result = self._model.result(take.id)
            absent = missing_queries(take, result)
            error = error_of(result, take.render)
            if error is not None:
                said = self.tr("This take failed: %1").replace("%1", error)
            elif absent:
                names = ", ".join(f"“{text}”" for text in absent)
                said = self.tr(
                    "%1: not found in this clip. The stem is silent rather than invented. Try other words, "
                    "a longer part, or what is heard instead."
                ).replace("%1", names)
        self.verdict.setText(said)
        self.verdict.setVisible(bool(said))

    def _show_hints(self, text: str) -> None:
        self.hint.setObjectName("warning")
        found = query_hints(text)
        self.hint.setText("\n".join(found))
        self.hint.setVisible(bool(found))

    def _show_refusal(self, why: str) -> None:
        if self.line.text().strip():
            self.hint.setText(why)
            self.hint.setVisible(True)

    # --- said ---

    def _typed(self, text: str) -> None:
        self._show_hints(text)
        if self.drafts.isChecked():
            self._separation.typed(text, self.keep_out.isChecked())

    def _change(self, index: int, text: str, **values: object) -> None:
        def changed(workspace: Workspace) -> Workspace:
            sounds = list(workspace.sounds)
            sounds[index] = replace(sounds[index], **values)  # type: ignore[arg-type]
            return replace(workspace, sounds=tuple(sounds))

        self._model.do(text, changed)

    def _remove(self, index: int) -> None:
        self._model.do(
            self.tr("Remove a sound"), lambda w: replace(w, sounds=(*w.sounds[:index], *w.sounds[index + 1 :]))
        )

    def _star(self, index: int, on: bool) -> None:
        text = self._sound(index).text
        self._model.do(self.tr("Favourite"), lambda workspace: with_favourite(workspace, text, on))

    def _recolour(self, index: int) -> None:
        self._change(index, self.tr("Colour"), colour=self._sound(index).colour + 1)

    def _sound(self, index: int) -> QueryRow:
        return self._model.workspace.sounds[index]

    def _choose_model(self, name: str) -> None:
        self._model.do(self.tr("Model"), lambda workspace: replace(workspace, model=name))

    def save_preset(self, name: str | None = None) -> None:
        """Keep sounds and settings under a name, which is asked for where it is not given."""
        self.known.save_preset(name)

    def _connect(self) -> None:
        self.line.textEdited.connect(self._typed)
        self.line.returnPressed.connect(self.add_typed)
        self.keep_out.toggled.connect(lambda on: self._typed(self.line.text()))
        self.add.clicked.connect(self.add_typed)
        self.separate.clicked.connect(self.separate_now)
        self.drafts.toggled.connect(lambda on: self._typed(self.line.text()) if on else self._separation.drop_draft())
        self._separation.draft_refused.connect(self._show_refusal)
        rows = self.rows
        rows.switched.connect(lambda index, on: self._change(index, self.tr("Ask for a sound"), on=on))
        rows.kept_out.connect(lambda index, on: self._change(index, self.tr("Keep a sound out"), negative=on))
        rows.starred.connect(self._star)
        rows.recoloured.connect(self._recolour)
        rows.removed.connect(self._remove)
        self.model_box.chosen.connect(self._choose_model)
        self.render_panel.settings_changed.connect(self._separation.set_render)
        self.render_panel.slider_released.connect(self._model.seal)
        self.takes.chosen.connect(
            lambda take: self._model.do(self.tr("Show a take"), lambda w: with_current_take(w, take))
        )
        self.takes.another_asked.connect(self._separation.another)
        self.takes.tried_again.connect(self._separation.try_again)
        self.takes.removed.connect(
            lambda name: self._model.do(self.tr("Remove a take"), lambda w: without_take(w, name))
        )
        self._model.workspace_changed.connect(lambda before, after: self.show_workspace())
        self._model.result_changed.connect(lambda take: self.show_workspace())
        self._model.document_read.connect(lambda document: self.show_workspace())

    def _lay_out(self) -> None:
        typing = QHBoxLayout()
        typing.setSpacing(4)
        typing.addWidget(self.line, 1)
        for button in (self.keep_out, self.add, self.known):
            typing.addWidget(button)
        asking = QHBoxLayout()
        asking.addWidget(self.drafts)
        asking.addStretch(1)
        asking.addWidget(self.model_box)
        asking.addWidget(self.separate)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(typing)
        column.addWidget(self.hint)
        column.addWidget(self.rows)
        column.addLayout(asking)
        column.addWidget(self.verdict)
        column.addWidget(_group(self.tr("Render"), self.render_panel))
        column.addWidget(_group(self.tr("Takes"), self.takes), 1)
        scroll = QScrollArea(self)
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.setMinimumWidth(300)

    def _tool(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button


def _told(parent: QWidget, name: str) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.hide()
    return label


def _group(title: str, content: QWidget) -> QGroupBox:
    group = QGroupBox(title)
    column = QVBoxLayout(group)
    column.setContentsMargins(8, 6, 8, 8)
    column.addWidget(content)
    return group
