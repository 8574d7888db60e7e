"""The effects that slots can hold, the windows of plug-ins, and slots that were switched off after a crash.

Nothing of a plug-in is loaded in this process: `flowsep_plugin.effects` has a process of its own for that.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from flowsep_ui.studio.effects import chain_of, effect_label, with_lane_slot
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import TaskRunner
from PyQt6.QtCore import QObject, pyqtSignal

from flowsep_plugin.effects import EffectSlot
from flowsep_plugin.effects.catalog import (
    builtin_effects,
    cached_plugin_info,
    effects_available,
    find_plugins,
    info_of,
    plugin_info,
    why_no_effects,
)
from flowsep_plugin.effects.host import EffectHost
from flowsep_plugin.effects.info import EffectInfo
from flowsep_plugin.errors import EffectError, FlowsepError

from .plugin_editors import PluginEditors


class EffectRack(QObject):
    """Knows all effects, opens editors, and switches slots off that fail.

    changed : effects, faults or editors are others than before.     failed : an error text with a way out.
    scan_progressed : plug-ins loaded, their number, name of the next; a number of 0 where the scan has ended.
    """

    changed = pyqtSignal()
    failed = pyqtSignal(str)
    scan_progressed = pyqtSignal(int, int, str)

    def __init__(self, model: StudioModel, tasks: TaskRunner, host: EffectHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._tasks, self._host = model, tasks, host
        self._plug_ins: dict[Path, tuple[EffectInfo, ...]] = {}
        self._reasons: dict[Path, str] = {}
        self._requested: set[Path] = set()
        self._faults: dict[tuple[str, str, Path | None], str] = {}
        self._stop: threading.Event | None = None
        self._was_scanned = False
        self._editors = PluginEditors(model, tasks, host, self)
        self._editors.changed.connect(self.changed)
        self._editors.failed.connect(self.failed)
        self._editors.slot_failed.connect(self.report)

    # --- what there is ---

    @property
    def problem(self) -> str:
        """Why there are no effects and how to get them; empty where Pedalboard is installed."""
        return "" if effects_available() else why_no_effects()

    @property
    def built_in(self) -> tuple[EffectInfo, ...]:
        """Pedalboard's own effects, by category."""
        return builtin_effects()

    @property
    def plug_ins(self) -> tuple[EffectInfo, ...]:
        """The effects of all plug-in files that are known so far, by name."""
        infos = [info for of_file in self._plug_ins.values() for info in of_file]
        return tuple(sorted(infos, key=lambda info: info.name.casefold()))

    def info_of(self, slot: EffectSlot) -> EffectInfo | None:
        """Return what is known of the effect in a slot; an unknown plug-in is loaded, and `changed` follows."""
        if slot.path is None:
            return info_of(slot)
        if slot.path not in self._plug_ins and slot.path not in self._requested:
            self.describe_file(slot.path)
        return next((info for info in self._plug_ins.get(slot.path, ()) if info.name == slot.effect), None)

    def describe_file(self, path: Path, done: Callable[[EffectInfo], None] | None = None) -> None:
        """Load a plug-in's file in the background; then call `done` with its first effect, `failed` on an error."""
        self._requested.add(path)

        def finish(infos: tuple[EffectInfo, ...]) -> None:
            self._learn(path, infos)
            if done is not None:
                done(infos[0])

        def fail(why: str) -> None:
            self._reasons[path] = why
            self.changed.emit()
            if done is not None:
                self.failed.emit(why)

        self._tasks.run(partial(plugin_info, path, again=done is not None), finish, fail)

    # --- scan ---

    def scan_once(self) -> None:
        """Look for plug-ins where this was not done since the panel was started."""
        if not self._was_scanned and not self.problem:
            self.scan()

    def scan(self) -> None:
        """Look for plug-ins in the background; files that are not known yet are loaded, one after the other."""
        if self._stop is not None or self.problem:
            return
        self._was_scanned = True
        stop = self._stop = threading.Event()
        again = frozenset(self._reasons)
        self._tasks.run(partial(self._scan, stop, again), self._end_scan, self._fail_scan)

    def cancel_scan(self) -> None:
        """Stop looking for plug-ins after the file that is being loaded."""
        if self._stop is not None:
            self._stop.set()

    def _scan(
        self, stop: threading.Event, again: frozenset[Path]
    ) -> tuple[dict[Path, str], dict[Path, tuple[EffectInfo, ...]]]:
        """Return, in the background, why files cannot be used, and the effects of the others."""
        reasons, plug_ins = {}, {}
        files = find_plugins()
        for number, path in enumerate(files):
            if stop.is_set():
                plug_ins[path] = cached_plugin_info(path)
                continue
            self.scan_progressed.emit(number, len(files), path.stem)
            try:
                plug_ins[path] = plugin_info(path, again=path in again)
            except FlowsepError as error:
                reasons[path] = str(error)
        return reasons, plug_ins

    def _end_scan(self, facts: tuple[dict[Path, str], dict[Path, tuple[EffectInfo, ...]]]) -> None:
        self._stop = None
        reasons, plug_ins = facts
        self._reasons.update(reasons)
        self._plug_ins.update({path: infos for path, infos in plug_ins.items() if infos})
        self.scan_progressed.emit(0, 0, "")
        self.changed.emit()

    def _fail_scan(self, why: str) -> None:
        self._stop = None
        self.scan_progressed.emit(0, 0, "")
        self.failed.emit(why)

    def _learn(self, path: Path, infos: Iterable[EffectInfo]) -> None:
        self._plug_ins[path] = tuple(infos)
        self._reasons.pop(path, None)
        self.changed.emit()

    # --- faults ---

    def fault_of(self, lane: str, slot: EffectSlot) -> str:
        """Return why a slot was switched off, or why its plug-in cannot be used; empty where it can."""
        fault = self._faults.get(_key(lane, slot), "")
        if not slot.enabled and fault:
            return fault
        return "" if slot.path is None else self._reasons.get(slot.path, "")

    def forget_fault(self, lane: str, slot: EffectSlot) -> None:
        """Forget why a slot was switched off, before it is tried again."""
        self._faults.pop(_key(lane, slot), None)
        if slot.path is not None and self._reasons.pop(slot.path, None) is not None:
            self.describe_file(slot.path)
        self.changed.emit()

    def report(self, lane: str, error: EffectError) -> None:
        """Switch off the slot of a lane that failed, without an undo step, and tell why."""
        slots = chain_of(self._model.workspace, lane).slots
        index = error.slot
        if index is None or index >= len(slots) or slots[index].effect != error.effect:
            self.failed.emit(str(error))
            return
        slot, reason = slots[index], error.reason
        if error.is_crash:
            reason = self.tr("it crashed or did not answer ({0})").format(reason)
        self._faults[_key(lane, slot)] = reason
        if slot.enabled:
            self._model.amend(lambda w: with_lane_slot(w, lane, index, replace(slot, enabled=False)))
            text = self.tr("{0} was switched off: {1}. The sound goes on without it.")
            self.failed.emit(text.format(effect_label(slot), reason))
        self.changed.emit()

    # --- editors ---

    def is_editing(self, lane: str, index: int) -> bool:
        """Return whether the window of that slot is open."""
        return self._editors.is_editing(lane, index)

    def toggle_editor(self, lane: str, index: int) -> None:
        """Open the window of a slot's plug-in, or close it; a window of another slot is closed first."""
        self._editors.toggle(lane, index)

    def close(self) -> None:
        """Stop the scan, close the open window and end the process of effects."""
        self.cancel_scan()
        self._editors.drop()
        self._host.close()


def _key(lane: str, slot: EffectSlot) -> tuple[str, str, Path | None]:
    return lane, slot.effect, slot.path
