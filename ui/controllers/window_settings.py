"""The settings dialog on the window's own parts, opened at a page; and what a controller's orders do."""

from functools import partial
from typing import TYPE_CHECKING

from flowsep_ui.dialogs.settings import SettingsDialog

from flowsep_plugin.settings import PanelSettings

from .midi_listener import MidiListener

if TYPE_CHECKING:
    from flowsep_ui.window import MainWindow

PAGES = ("", "models", "shortcuts", "midi")


def show_settings(window: "MainWindow", page: str = "") -> SettingsDialog:
    """Open it; `page` is one of PAGES, "" the first."""
    dialog = SettingsDialog(
        window, actions=window.every_action, midi=window.parts.midi, tasks=window.parts.tasks
    )  # fmt: skip
    if page:
        dialog.show_page(getattr(dialog, page))
    dialog.changed.connect(partial(take_settings, window))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def take_settings(window: "MainWindow", settings: PanelSettings) -> None:
    """Work as the settings say from now on."""
    window.parts.player.set_device(settings.sound_device or None)
    window.use_device(settings.device)
    listen(window, settings)
    window.document_view.show_scene()
    window.sounds.show_workspace()


def listen(window: "MainWindow", settings: PanelSettings) -> None:
    """Listen to the controller that the settings name."""
    midi = window.parts.midi
    if midi is not None and settings.midi_input != midi.port:
        midi.listen(settings.midi_input)


def follow_midi(window: "MainWindow", midi: MidiListener) -> None:
    """Let a controller do what keys do."""
    orders = {
        "separate": window.sounds.separate_now,
        "audition": window.bar.play_action.trigger,
        "compare": window.bar.compare_action.trigger,
        "next_query": partial(hear_next, window, 1),
        "previous_query": partial(hear_next, window, -1),
        "cancel": window.jobs.cancel_all,
    }
    midi.acted.connect(lambda action: orders[action]())
    midi.failed.connect(window.messages.warn)


def hear_next(window: "MainWindow", by: int) -> None:
    """Listen to the next of clip, stems, rest, sum; round in a circle."""
    player = window.parts.player
    choices = player.choices
    if choices:
        place = choices.index(player.heard) if player.heard in choices else -1
        player.listen(choices[(place + by) % len(choices)])
