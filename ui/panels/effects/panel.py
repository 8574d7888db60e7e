"""The panel of effects: the slots of one lane, the parameters of the selected slot, presets, bypass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flowsep_ui.controllers.effect_rack import EffectRack
from flowsep_ui.controllers.stem_prints import StemPrints
from flowsep_ui.icons import set_icon
from flowsep_ui.panels.buttons import describe, icon_button
from flowsep_ui.studio.effects import (
    all_bypassed,
    chain_of,
    effect_label,
    lacks_file,
    new_slot,
    parameter_label,
    summary_of,
    with_chain,
    with_slot_at,
    with_value,
    without_slot,
)
from flowsep_ui.studio.lanes import StudioLane, all_lanes, lanes_of
from flowsep_ui.studio_model import StudioModel
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.effects.info import EffectInfo

from .busy_row import BusyRow
from .chain_presets import ChainPresets
from .lane_box import LaneBox
from .menus import AddEffectButton, EffectPresetButton
from .parameters import ParameterPanel, message_label
from .slots import SlotList, SlotRow

_SOON_MS = 20


class EffectsPanel(QWidget):
    """Shows the effects of one lane of the document in front, and sends edits to the model as undo steps."""

    def __init__(self, model: StudioModel, rack: EffectRack, prints: StemPrints, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._rack, self._prints = model, rack, prints
        self._lane: str | None = None
        self._selected = -1
        self._before_bypass: dict[str, tuple[bool, ...]] = {}
        self.lanes = LaneBox(self)
        self.bypass = QToolButton(self)
        self.bypass.setText(self.tr("Bypass all"))
        self.bypass.setCheckable(True)
        self.bypass.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self.bypass, "power")
        describe(self.bypass, self.bypass.text(), self.tr("Hear the lane without its effects; again: as it was before"))
        self.slots = SlotList(self)
        self.add = AddEffectButton(lambda: (rack.built_in, rack.plug_ins), self)
        self.preset_menu = EffectPresetButton(lambda: model.workspace, lambda: bool(self.chain.slots), self)
        self.presets = ChainPresets(self.preset_menu, model, lambda: self.chain, self._use_chain)
        self.up = icon_button("up", self.tr("Earlier"), self.tr("Move the effect up (Alt+↑)"), self)
        self.down = icon_button("down", self.tr("Later"), self.tr("Move the effect down (Alt+↓)"), self)
        self.remove = icon_button("remove", self.tr("Remove"), self.tr("Remove the effect (Delete)"), self)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.editor = QPushButton(self.tr("Editor"), self)
        self.editor.setCheckable(True)
        self.editor.setToolTip(self.tr("Show the plug-in's own window"))
        self.fault = message_label(self, "warning")
        self.again = QPushButton(self.tr("Try again"), self)
        self.again.setToolTip(self.tr("Switch the effect on again"))
        self.parameters = ParameterPanel(self)
        self.hint = message_label(self, "hint")
        self.busy = BusyRow(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._follow)
        self._lay_out()
        self._connect()
        self.show_workspace()

    @property
    def lane(self) -> str | None:
        """Id of the shown lane; None where there is none."""
        return self._lane

    @property
    def chain(self) -> EffectChain:
        """The chain of the shown lane."""
        return EffectChain() if self._lane is None else chain_of(self._model.workspace, self._lane)

    def show_lane(self, lane: str) -> None:
        """Show the effects of a lane."""
        if lane != self._lane:
            self._lane, self._selected = lane, 0
        self.show_workspace()

    def follow_row(self, row: str) -> None:
        """Show the effects of the row that was picked in the timeline, where it is a lane that can have some."""
        if any(lane.id == row for lane in self._lanes()):
            self.show_lane(row)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Show what changed while the panel was hidden; the first time, look for plug-ins."""
        super().showEvent(event)
        self.show_workspace()
        self._rack.scan_once()

    # --- workspace to widgets ---

    def show_workspace(self) -> None:
        """Update all widgets from the workspace."""
        self._show_lanes()
        chain = self.chain
        self._selected = min(max(self._selected, 0), len(chain.slots) - 1)
        self.slots.show_rows([self._row(slot) for slot in chain.slots], self._selected)
        has_lane, problem = self._lane is not None, self._rack.problem
        self.bypass.setChecked(bool(chain.slots) and not chain)
        self.bypass.setEnabled(bool(chain.slots))
        self.add.setEnabled(has_lane and not problem)
        self.preset_menu.setEnabled(has_lane)
        self.remove.setEnabled(self._selected >= 0)
        self.up.setEnabled(self._selected > 0)
        self.down.setEnabled(0 <= self._selected < len(chain.slots) - 1)
        self._show_hint(
            problem or ("" if has_lane else self.tr("Separate a sound first; then its lane can have effects."))
        )
        self._show_slot(chain.slots[self._selected] if self._selected >= 0 else None)

    def _follow(self) -> None:
        """Show the workspace where it can be seen."""
        if self.isVisible():
            self.show_workspace()

    def _show_lanes(self) -> None:
        lanes, content = self._lanes(), self._model.front
        names = [lane.id for lane in lanes]
        if self._lane not in names:
            self._lane = names[0] if names else None
        tracks = () if content is None else content.timeline.tracks
        self.lanes.show_lanes(lanes, {track.id: track.name for track in tracks}, self._lane)

    def _lanes(self) -> tuple[StudioLane, ...]:
        """Return the lanes that can have effects: of stems and residuals, not of drafts and missing sounds."""
        lanes = all_lanes(lanes_of(self._model.workspace, self._model.front, self._model.results))
        return tuple(lane for lane in lanes if lane.kind != "draft" and not lane.is_missing)

    def _row(self, slot: EffectSlot) -> SlotRow:
        return SlotRow(slot, effect_label(slot), self._rack.fault_of(self._lane or "", slot))

    def _show_slot(self, slot: EffectSlot | None) -> None:
        info = None if slot is None else self._rack.info_of(slot)
        fault = "" if slot is None else self._rack.fault_of(self._lane or "", slot)
        self.title.setText("" if slot is None else effect_label(slot))
        self.title.setToolTip("" if info is None else summary_of(info))
        self.editor.setVisible(slot is not None and slot.path is not None and not fault)
        self.editor.setChecked(self._rack.is_editing(self._lane or "", self._selected))
        missing = slot is not None and not slot.enabled and info is not None and lacks_file(slot, info)
        is_off = slot is not None and not slot.enabled
        text = self.tr("Switched off: {0}").format(fault) if fault and is_off else fault
        self.fault.setText(self.tr("Choose its file first.") if missing else text)
        self.fault.setVisible(bool(fault) or missing)
        self.again.setVisible(bool(fault) and not missing)
        self.parameters.setVisible(slot is not None)
        self.parameters.show_parameters(
            () if info is None else info.parameters, {} if slot is None else slot.parameters
        )

    def _show_hint(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    # --- widgets to workspace ---

    def _change(self, text: str, change: Callable[[EffectChain], EffectChain], merge: str | None = None) -> None:
        lane = self._lane
        if lane is not None:
            self._model.do(text, lambda w: with_chain(w, lane, change(chain_of(w, lane))), merge=merge)
            self.show_workspace()

    def _add_effect(self, info: EffectInfo) -> None:
        place = self._selected + 1 if self._selected >= 0 else len(self.chain.slots)
        slot = new_slot(info)
        self._selected = place
        self._change(self.tr("Add {0}").format(effect_label(info)), lambda chain: with_slot_at(chain, place, slot))

    def _remove(self, index: int) -> None:
        if 0 <= index < len(self.chain.slots):
            label = effect_label(self.chain.slots[index])
            self._change(self.tr("Remove {0}").format(label), lambda chain: without_slot(chain, index))

    def _move(self, index: int, to: int) -> None:
        if 0 <= index < len(self.chain.slots) and 0 <= to < len(self.chain.slots):
            self._selected = to
            self._change(self.tr("Order of effects"), lambda chain: chain.moved(index, to))

    def _switch(self, index: int, on: bool) -> None:
        slot = replace(self.chain.slots[index], enabled=on)
        text = self.tr("Switch {0} on") if on else self.tr("Bypass {0}")
        if on:
            self._rack.forget_fault(self._lane or "", slot)
        self._change(text.format(effect_label(slot)), lambda chain: chain.with_slot(index, slot))

    def _bypass_all(self) -> None:
        lane, chain = self._lane or "", self.chain
        before = self._before_bypass.pop(lane, ())
        if chain:
            self._before_bypass[lane] = tuple(slot.enabled for slot in chain.slots)
        text = self.tr("Bypass all effects") if chain else self.tr("Switch the effects on")
        self._change(text, lambda chain: all_bypassed(chain, before))

    def _set_parameter(self, name: str, value: float | bool | str | None) -> None:
        index = self._selected
        slot = self.chain.slots[index]
        info = self._rack.info_of(slot)
        parameter = None if info is None else info.parameter(name)
        if parameter is None:
            return
        text = f"{effect_label(slot)}: {parameter_label(parameter)}"
        if parameter.kind == "file" and value:
            self._rack.forget_fault(self._lane or "", slot)
        self._change(
            text,
            lambda chain: chain.with_slot(index, with_value(chain.slots[index], parameter, value)),
            merge=f"effect {self._lane} {index} {slot.effect} {name}",
        )

    def _try_again(self) -> None:
        if self._selected >= 0:
            self._switch(self._selected, True)

    def _edit(self, index: int) -> None:
        slots = self.chain.slots
        if self._lane is not None and 0 <= index < len(slots) and slots[index].path is not None:
            self._rack.toggle_editor(self._lane, index)
        self.show_workspace()

    def _choose_plugin(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Choose a plug-in"), "", self.tr("Plug-ins (*.vst3 *.component)")
        )
        if name:
            self._rack.describe_file(Path(name), self._add_effect)

    def _use_chain(self, text: str, new: EffectChain) -> None:
        self._selected = 0
        self._change(text, lambda chain: new)

    # --- construction ---

    def _choose_slot(self, index: int) -> None:
        self._selected = index
        self.show_workspace()

    def _connect(self) -> None:
        model, rack, slots = self._model, self._rack, self.slots
        self.lanes.lane_selected.connect(self.show_lane)
        self.bypass.clicked.connect(self._bypass_all)
        slots.slot_selected.connect(self._choose_slot)
        slots.slot_switched.connect(self._switch)
        slots.slot_moved.connect(self._move)
        slots.removal_requested.connect(self._remove)
        slots.editor_requested.connect(self._edit)
        self.add.effect_chosen.connect(self._add_effect)
        self.add.file_requested.connect(self._choose_plugin)
        self.add.scan_requested.connect(rack.scan)
        self.up.clicked.connect(lambda: self._move(self._selected, self._selected - 1))
        self.down.clicked.connect(lambda: self._move(self._selected, self._selected + 1))
        self.remove.clicked.connect(lambda: self._remove(self._selected))
        self.editor.clicked.connect(lambda: self._edit(self._selected))
        self.again.clicked.connect(self._try_again)
        self.parameters.value_changed.connect(self._set_parameter)
        self.parameters.value_settled.connect(model.seal)
        for signal in (model.workspace_changed, model.result_changed, model.document_read, rack.changed):
            signal.connect(lambda *_: self._soon.start())
        rack.scan_progressed.connect(self._show_scan)
        self._prints.progressed.connect(self._show_print)
        self.busy.cancel.clicked.connect(self._cancel)

    def _show_scan(self, done: int, total: int, name: str) -> None:
        self.busy.show_progress(self.tr("Looking for plug-ins: {0}").format(name) if total else "", done, total)

    def _show_print(self, text: str, fraction: float) -> None:
        self.busy.show_progress(
            self.tr("Printing effects: {0}").format(text) if text else "", round(100 * fraction), 100
        )

    def _cancel(self) -> None:
        self._rack.cancel_scan()
        self._prints.cancel()

    def _lay_out(self) -> None:
        top, middle, header = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.lanes, 1)
        top.addWidget(self.bypass)
        middle.setSpacing(4)
        for widget in (self.add, self.preset_menu):
            middle.addWidget(widget)
        middle.addStretch(1)
        for widget in (self.up, self.down, self.remove):
            middle.addWidget(widget)
        self.title.setObjectName("title")
        header.addWidget(self.title, 1)
        header.addWidget(self.again)
        header.addWidget(self.editor)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.hint)
        column.addLayout(middle)
        column.addWidget(self.slots, 1)
        column.addLayout(header)
        column.addWidget(self.fault)
        column.addWidget(self.parameters, 2)
        column.addWidget(self.busy)
        self.setMinimumWidth(300)
