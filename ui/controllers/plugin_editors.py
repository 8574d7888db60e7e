"""The own window of a plug-in: opened in the process of effects, its changes set in the workspace."""

from dataclasses import dataclass, replace
from functools import partial

from flowsep_ui.studio.effects import chain_of, effect_label, with_lane_slot
from flowsep_ui.studio.workspace import Workspace
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.effects import EffectSlot
from flowsep_plugin.effects.host import EffectHost
from flowsep_plugin.errors import EffectError


@dataclass(slots=True)
class _OpenEditor:
    """The window of a plug-in: its slot as it was last, and whether its state is dropped when it closes."""

    lane: str
    index: int
    slot: EffectSlot
    is_dropped: bool = False


class PluginEditors(QObject):
    """Opens one window at a time.

    changed : a window was opened or closed.     failed : an error text.
    slot_failed : id of the lane, and the `EffectError`.
    """

    changed = pyqtSignal()
    failed = pyqtSignal(str)
    slot_failed = pyqtSignal(str, object)
    _edited = pyqtSignal(object, object)

    def __init__(self, model: StudioModel, tasks: TaskRunner, host: EffectHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._tasks, self._host = model, tasks, host
        self._editor: _OpenEditor | None = None
        self._edited.connect(self._take_edit)
        model.workspace_changed.connect(self._follow_editor)

    def is_editing(self, lane: str, index: int) -> bool:
        """Return whether the window of that slot is open."""
        editor = self._editor
        return editor is not None and (editor.lane, editor.index) == (lane, index)

    def toggle(self, lane: str, index: int) -> None:
        """Open the window of a slot's plug-in, or close it; a window of another slot is closed first."""
        was_editing = self.is_editing(lane, index)
        if self._editor is not None:
            self._host.close_editor()
            if not was_editing:
                self.failed.emit(self.tr("The window of another plug-in was closed; press Editor again."))
            return
        chain = chain_of(self._model.workspace, lane)
        editor = self._editor = _OpenEditor(lane, index, chain.slots[index])

        def edited(slot: EffectSlot) -> None:
            self._edited.emit(editor, slot)

        def work() -> EffectSlot | EffectError:
            try:
                return self._host.show_editor(chain, index, edited)
            except EffectError as error:
                return error

        self._tasks.run(work, partial(self._end_editor, editor), partial(self._fail_editor, editor))
        self.changed.emit()

    def drop(self) -> None:
        """Drop what the open window answers, before the host is closed."""
        if self._editor is not None:
            self._editor.is_dropped = True

    def _take_edit(self, editor: _OpenEditor, slot: EffectSlot) -> None:
        """Set the slot to the state in its window, as one undo step while the window is open."""
        if editor.is_dropped or editor is not self._editor:
            return
        editor.slot = replace(slot, enabled=editor.slot.enabled)
        self._model.do(
            self.tr("Edit {0}").format(effect_label(slot)),
            lambda w: with_lane_slot(w, editor.lane, editor.index, editor.slot),
            merge=f"editor {id(editor)}",
        )

    def _end_editor(self, editor: _OpenEditor, answer: EffectSlot | EffectError) -> None:
        if isinstance(answer, EffectError):
            self._fail_editor(editor, str(answer))
            if not editor.is_dropped:
                self.slot_failed.emit(editor.lane, answer)
            return
        self._take_edit(editor, answer)
        self._editor = None
        self._model.seal()
        self.changed.emit()

    def _fail_editor(self, editor: _OpenEditor, why: str) -> None:
        self._editor = None
        if not editor.is_dropped:
            self.failed.emit(why)
        self.changed.emit()

    def _follow_editor(self, before: Workspace, after: Workspace) -> None:
        """Follow the edited slot to its new place; close its window where it was changed elsewhere or removed."""
        editor = self._editor
        if editor is None or editor.is_dropped or before.chains.get(editor.lane) == after.chains.get(editor.lane):
            return
        slots = chain_of(after, editor.lane).slots
        places = [index for index, slot in enumerate(slots) if _is_edited(slot, editor.slot)]
        if editor.index not in places and places:
            editor.index = places[0]
        elif not places:
            editor.is_dropped = True
            self._host.close_editor()
            return
        editor.slot = slots[editor.index]


def _is_edited(slot: EffectSlot, edited: EffectSlot) -> bool:
    """Return whether a slot is the edited one, bypassed or not."""
    return replace(slot, enabled=True) == replace(edited, enabled=True)
