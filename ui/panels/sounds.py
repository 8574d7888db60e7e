"""The panel of sounds: queries with drafts, the button to separate, render settings, takes."""

from collections.abc import Iterable
from dataclasses import replace

from flowsep_ui import i18n
from flowsep_ui.controllers.separation import SeparationController
from flowsep_ui.studio.focus import focused_clip, focused_draft, focused_take
from flowsep_ui.studio.queries import QueryRow, cleaned, with_query, with_renamed_query
from flowsep_ui.studio.reconcile import stem_settings
from flowsep_ui.studio.results import error_of
from flowsep_ui.studio.takes import with_current_take, without_take
from flowsep_ui.studio.texts import setting_of, step_name, translate
from flowsep_ui.studio.words.known_sounds import known_sounds
from flowsep_ui.studio.words.presence_texts import presence_texts
from flowsep_ui.studio.words.remarks import Remark, take_remarks, typed_remarks
from flowsep_ui.studio.words.take_names import take_names
from flowsep_ui.studio.workspace import Take, Workspace, with_favourite  # fmt: skip
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.ways_out import WAYS_OUT, button_text
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSettings

from .buttons import describe, icon_button, section
from .model_box import ModelBox
from .preset_menu import PresetMenu
from .query.field import QueryField
from .query.remark_label import RemarkLabel
from .query.rows import QueryRowList
from .render_settings import RenderPanel
from .takes import TakeRow, TakesPanel


class SoundsPanel(QWidget):
    """Shows queries, render settings and takes of the workspace, and sends edits to the model and the controller.

    timeline_requested : the keyboard focus belongs to the timeline again: after Separate, and after Esc in the field.
    way_out_requested : the setting that helps with the take's error, with a row in `ways_out.WAYS_OUT`.
    """

    timeline_requested = pyqtSignal()
    way_out_requested = pyqtSignal(str)

    def __init__(self, model: StudioModel, separation: SeparationController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._separation = model, separation
        self.line = QueryField(self)
        self.line.setPlaceholderText(self.tr("A sound: dog, Hund, 犬…"))
        self.line.setClearButtonEnabled(True)
        self.line.setAccessibleName(self.tr("Sound to separate"))
        self.line.setToolTip(
            self.tr(
                "A description in English, or the name of a sound in German, French, Spanish, Italian, Portuguese, "
                "Japanese or Chinese.\nEnter adds the sound, Ctrl+Enter separates. A draft is made while you type."
            )
        )
        self.keep_out = icon_button(
            "keep-out", self.tr("Keep out"), self.tr("Keep out: the typed sound competes, but stays in the rest"), self
        )
        self.keep_out.setCheckable(True)
        self.add = icon_button("add", self.tr("Add"), self.tr("Add this sound (Enter)"), self)
        self.presets = PresetMenu(model, self)
        self.hint, self.verdict = RemarkLabel(self), RemarkLabel(self)
        self.way_out = QPushButton(self)
        self.way_out.setAutoDefault(False)
        self.way_out.hide()
        self.rows = QueryRowList(self)
        self.drafts = QCheckBox(self.tr("Drafts"), self)
        self.drafts.setChecked(True)
        self.drafts.setToolTip(
            self.tr("While you type: few steps on the selection, 20 s at most, without writing stems.")
        )
        self.separate = QPushButton(self.tr("Separate"), self)
        self.separate.setObjectName("primary")
        describe(
            self.separate, self.tr("Separate"), self.tr("Make stems of the selection in full quality (Ctrl+Enter)")
        )
        self.render_panel, self.takes = RenderPanel(self), TakesPanel(self)
        self.model_box = ModelBox(self)
        self._lay_out()
        self._connect()
        self.show_workspace()

    def focus_line(self) -> None:
        """Focus the text field and select its text."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def add_typed(self) -> None:
        """Add the typed text to the queries and clear the field."""
        text, negative = self.line.text(), self.keep_out.isChecked()
        if not text.strip():
            return
        self._model.do(
            step_name(self.tr("Add a sound"), cleaned(text)),
            lambda w: replace(w, queries=with_query(w.queries, text, negative=negative)),
        )
        self.line.setText("")
        self.keep_out.setChecked(False)
        self.line.close_suggestions()
        self._separation.forget_typed()
        self._show_hints("")

    def separate_now(self) -> None:
        """Add the typed text to the queries and separate all of them; the keys then belong to the timeline again."""
        self.add_typed()
        self.line.close_suggestions()
        if self._separation.separate():
            self.timeline_requested.emit()

    # --- workspace to widgets ---

    def show_workspace(self) -> None:
        """Update all widgets from the workspace and its results."""
        workspace, content = self._model.workspace, self._model.front
        take, draft = focused_take(workspace, content), focused_draft(workspace, content)
        self._show_rows(workspace, [one for one in (draft, take) if one is not None])
        self._show_takes(workspace)
        self._show_settings(workspace)
        self.model_box.show_model(workspace.model)
        self._show_verdict(draft, take)
        self.separate.setEnabled(content is not None)
        own = (*workspace.favourites, *workspace.history)
        self.line.set_suggestions(tuple(dict.fromkeys((*own, *known_sounds(i18n.current())))))

    def _show_rows(self, workspace: Workspace, takes: Iterable[Take]) -> None:
        by_query: dict[str, str] = {}
        for take in takes:
            presences = presence_texts(take, self._model.result(take.id))
            by_query |= {query.text: presence for query, presence in zip(take.stem_queries, presences, strict=True)}
        texts = tuple(
            self.tr("kept out") if query.negative else by_query.get(query.text, "") for query in workspace.queries
        )
        self.rows.show_queries(workspace.queries, texts, workspace.favourites)

    def _show_settings(self, workspace: Workspace) -> None:
        """Show the settings of the selected sounds, or of all where none is selected."""
        edited = self._edited(workspace)
        if not edited:
            title = self.tr("Add a sound to set how its stem is made.")
        elif len(edited) == 1:
            title = edited[0].text
        elif self.rows.selection:
            title = self.tr("{0} sounds").format(len(edited))
        else:
            title = self.tr("All {0} sounds; click a sound for its own").format(len(edited))
        self.render_panel.show_settings([query.render for query in edited], title, is_part=bool(self.rows.selection))

    def _edited(self, workspace: Workspace) -> tuple[QueryRow, ...]:
        """Return the selected queries that get stems, or all of those."""
        stems = tuple(query for query in workspace.queries if not query.negative)
        return tuple(query for query in stems if query.text in self.rows.selection) or stems

    def _change_setting(self, name: str, value: object) -> None:
        edited = self._edited(self._model.workspace)
        settings = {query.text: replace(query.render, **{name: value}) for query in edited}  # type: ignore[arg-type]
        label = next(setting.label for setting in RENDER_SETTINGS if setting.name == name)
        self._separation.set_render(settings, translate("RenderPanel", label))

    def _reset_settings(self) -> None:
        edited = self._edited(self._model.workspace)
        self._separation.set_render({query.text: RenderSettings() for query in edited}, self.tr("Reset"))
        self._model.seal()

    def _show_takes(self, workspace: Workspace) -> None:
        clip = focused_clip(workspace, self._model.front)
        if clip is None or workspace.front_id is None:
            self.takes.show_rows(())
            return
        current = workspace.current_take(workspace.front_id, clip.id)
        takes = workspace.takes_of(workspace.front_id, clip.id)
        rows = zip(takes, take_names(takes), strict=True)
        self.takes.show_rows(
            tuple(TakeRow(take, name, self._model.result(take.id), take == current) for take, name in rows)
        )

    def _show_verdict(self, draft: Take | None, take: Take | None) -> None:
        """Show why the take failed, else remarks about its sounds; those of a draft come first."""
        workspace = self._model.workspace
        remarks: list[Remark] = []
        setting = ""
        for one in (draft, take):
            if one is None:
                continue
            result = self._model.result(one.id)
            error = error_of(result, stem_settings(workspace, one))
            if error is None:
                others = () if one == take or take is None else (query.text for query in take.stem_queries)
                remarks += take_remarks(one, result, others)
            else:
                remarks.append(Remark(self.tr("This take failed: {0}").format(error), ""))
                setting = setting_of(error) or setting
        self.verdict.show_remarks(remarks)
        way = WAYS_OUT.get(setting)
        self.way_out.setVisible(way is not None)
        if way is not None:
            self.way_out.setText(button_text(way))
            self.way_out.setAccessibleName(button_text(way))
            self.way_out.setProperty("setting", setting)

    def _show_hints(self, text: str) -> None:
        self.hint.show_remarks(typed_remarks(text))

    def _use_instead(self, text: str, other: str) -> None:
        """Use another text for the typed one, or for a query of that text."""
        if cleaned(self.line.text()).casefold() == cleaned(text).casefold():
            self.line.setText(other)
            self.line.setFocus()
            self._text_edited(other)
            return
        self._model.do(
            step_name(self.tr("Rename a sound"), other),
            lambda w: replace(w, queries=with_renamed_query(w.queries, text, other)),
        )

    def _show_refusal(self, why: str) -> None:
        if self.line.text().strip():
            self.hint.show_remarks([Remark(why, "")])

    # --- widgets to workspace ---

    def _text_edited(self, text: str) -> None:
        self._show_hints(text)
        if self.drafts.isChecked():
            self._separation.set_typed(text, self.keep_out.isChecked())

    def _change(self, index: int, text: str, **values: object) -> None:
        def changed(workspace: Workspace) -> Workspace:
            queries = list(workspace.queries)
            queries[index] = replace(queries[index], **values)  # type: ignore[arg-type]
            return replace(workspace, queries=tuple(queries))

        self._model.do(step_name(text, self._query(index).text), changed)

    def _remove(self, index: int) -> None:
        self._model.do(
            step_name(self.tr("Remove a sound"), self._query(index).text),
            lambda w: replace(w, queries=(*w.queries[:index], *w.queries[index + 1 :])),
        )

    def _star(self, index: int, on: bool) -> None:
        text = self._query(index).text
        self._model.do(step_name(self.tr("Favourite"), text), lambda workspace: with_favourite(workspace, text, on))

    def _recolour(self, index: int) -> None:
        self._change(index, self.tr("Colour"), colour=self._query(index).colour + 1)

    def _query(self, index: int) -> QueryRow:
        return self._model.workspace.queries[index]

    def _choose_model(self, name: str) -> None:
        self._model.do(self.tr("Model"), lambda workspace: replace(workspace, model=name))

    def save_preset(self, name: str | None = None) -> None:
        """Save the queries with their render settings as the preset `name`; None lets the user enter the name."""
        self.presets.save_preset(name)

    def _connect(self) -> None:
        self.line.textEdited.connect(self._text_edited)
        self.line.returnPressed.connect(self.add_typed)
        self.line.left.connect(self.timeline_requested)
        self.keep_out.toggled.connect(lambda on: self._text_edited(self.line.text()))
        self.add.clicked.connect(self.add_typed)
        self.separate.clicked.connect(self.separate_now)
        self.drafts.toggled.connect(
            lambda on: self._text_edited(self.line.text()) if on else self._separation.drop_draft()
        )
        self._separation.draft_refused.connect(self._show_refusal)
        for label in (self.hint, self.verdict):
            label.replaced.connect(self._use_instead)
        rows = self.rows
        rows.switched.connect(lambda index, on: self._change(index, self.tr("Switch a sound"), on=on))
        rows.kept_out.connect(lambda index, on: self._change(index, self.tr("Keep a sound out"), negative=on))
        rows.starred.connect(self._star)
        rows.recoloured.connect(self._recolour)
        rows.removed.connect(self._remove)
        self.model_box.model_selected.connect(self._choose_model)
        rows.selection_changed.connect(self.show_workspace)
        self.way_out.clicked.connect(lambda: self.way_out_requested.emit(str(self.way_out.property("setting"))))
        self.render_panel.setting_changed.connect(self._change_setting)
        self.render_panel.all_requested.connect(rows.select)
        self.render_panel.reset_requested.connect(self._reset_settings)
        self.render_panel.slider_released.connect(self._model.seal)
        self.takes.take_selected.connect(
            lambda take: self._model.do(self.tr("Show a take"), lambda w: with_current_take(w, take))
        )
        self.takes.another_requested.connect(self._separation.add_take)
        self.takes.retry_requested.connect(self._separation.try_again)
        self.takes.remove_requested.connect(
            lambda name: self._model.do(self.tr("Remove a take"), lambda w: without_take(w, name))
        )
        self._model.workspace_changed.connect(lambda before, after: self.show_workspace())
        self._model.result_changed.connect(lambda take: self.show_workspace())
        self._model.document_read.connect(lambda document: self.show_workspace())

    def _lay_out(self) -> None:
        input_row = QHBoxLayout()
        input_row.setSpacing(4)
        input_row.addWidget(self.line, 1)
        for button in (self.keep_out, self.add, self.presets):
            input_row.addWidget(button)
        options_row = QHBoxLayout()
        options_row.setSpacing(8)
        options_row.addWidget(self.drafts)
        options_row.addWidget(self.model_box, 1)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addLayout(input_row)
        column.addWidget(self.hint)
        column.addWidget(self.rows)
        column.addWidget(self.separate)
        column.addLayout(options_row)
        column.addWidget(self.verdict)
        column.addWidget(self.way_out, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(section(self.tr("Render")))
        column.addWidget(self.render_panel)
        column.addWidget(section(self.tr("Takes")))
        column.addWidget(self.takes)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.setMinimumWidth(344)
