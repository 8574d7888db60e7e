"""The settings dialog of a window, and the actions of its MIDI controller."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from flowsep_ui.dialogs.settings import SettingsDialog
from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtWidgets import QApplication

from flowsep_plugin.settings import PanelSettings

from .midi_listener import MidiListener

if TYPE_CHECKING:
    from flowsep_ui.window import MainWindow

PAGES = ("", "models", "shortcuts", "midi")


def show_settings(window: "MainWindow", page: str = "") -> SettingsDialog:
    """Open the settings dialog at `page`, one of PAGES; "" is the first page."""
    with waiting(window, QCoreApplication.translate("SettingsDialog", "Opening the settings…")):
        dialog = SettingsDialog(
            window, actions=window.all_actions, midi=window.parts.midi, tasks=window.parts.tasks
        )  # fmt: skip
    if page:
        dialog.show_page(getattr(dialog, page))
    dialog.changed.connect(partial(apply_settings, window))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


@contextmanager
def waiting(window: "MainWindow", text: str) -> Iterator[None]:
    """Show `text` in the status bar and the cursor that says wait, at once, until the work inside has ended."""
    bar = window.statusBar()
    QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    if bar is not None:
        bar.showMessage(text)
        bar.repaint()
    try:
        yield
    finally:
        QApplication.restoreOverrideCursor()
        if bar is not None:
            bar.clearMessage()


def apply_settings(window: "MainWindow", settings: PanelSettings) -> None:
    """Use the sound device, provider, MIDI port and colours of `settings` from now on."""
    window.parts.player.set_device(settings.sound_device or None)
    window.use_device(settings.device)
    listen(window, settings)
    window.document_view.show_scene()
    window.sounds.show_workspace()


def listen(window: "MainWindow", settings: PanelSettings) -> None:
    """Listen to the MIDI port that `settings` name."""
    midi = window.parts.midi
    if midi is not None and settings.midi_input != midi.port:
        midi.listen(settings.midi_input)


def follow_midi(window: "MainWindow", midi: MidiListener) -> None:
    """Connect the actions of a MIDI controller to the window."""
    handlers: dict[str, Callable[[], object]] = {
        "separate": window.sounds.separate_now,
        "audition": window.bar.play_action.trigger,
        "compare": window.bar.compare_action.trigger,
        "next_query": partial(hear_next, window, 1),
        "previous_query": partial(hear_next, window, -1),
        "cancel": window.jobs.cancel_all,
    }
    midi.action_triggered.connect(lambda action: handlers[action]())
    midi.failed.connect(window.messages.warn)


def hear_next(window: "MainWindow", by: int) -> None:
    """Play the choice `by` places after the current one of clip, stems, residual and sum, cyclically."""
    player = window.parts.player
    choices = player.choices
    if choices:
        place = choices.index(player.choice) if player.choice in choices else -1
        player.listen(choices[(place + by) % len(choices)])
