"""The settings dialog: theme, audio device, provider, worker, shortcuts, MIDI and models, a page each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_ui import i18n, theme
from flowsep_ui.controllers.command_process import Command
from flowsep_ui.controllers.midi_listener import MidiListener
from flowsep_ui.panels.midi import MidiPanel
from flowsep_ui.panels.models import ModelManager
from flowsep_ui.tasks import InlineTasks, TaskRunner
from PyQt6.QtCore import Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QAction, QDesktopServices
from PyQt6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.audition import devices
from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.settings import PanelSettings, WorkerSettings, panel_settings, settings_file, worker_settings
from flowsep_plugin.settings.edit import change_settings

from .parts import show_message
from .settings_pages import SeparationPage, WorkerPage, button, choice, hint, page_form
from .shortcuts import ShortcutEditor


class SettingsDialog(QDialog):
    """Shows and edits `settings.toml`; writes it on OK or Apply.

    changed : the new `PanelSettings`, after they were written and the theme was applied.
    """

    changed = pyqtSignal(object)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        path: Path | None = None,
        actions: Sequence[QAction] = (),
        midi: MidiListener | None = None,
        tasks: TaskRunner | None = None,
        doctor: Command | None = None,
        models: ModelManager | None = None,
        sound_devices: Callable[[], list[Any]] = devices,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.resize(680, 540)
        self._path, self._tasks = path or settings_file(), tasks or InlineTasks()
        self._sound_devices = sound_devices
        self._own_midi = MidiListener(self) if midi is None else None
        self._midi = midi or self._own_midi
        assert self._midi is not None
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._make_fields()
        self.separation, self.worker = SeparationPage(doctor), WorkerPage()
        self.shortcuts, self.midi = ShortcutEditor(actions), MidiPanel(self._midi)
        self.models = models or ModelManager()
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(self.tr("Pages"))
        for title, page in (
            (self.tr("General"), self._general()),
            (self.tr("Audio"), self._sound()),
            (self.tr("Separation"), self.separation),
            (self.tr("Worker"), self.worker),
            (self.tr("Models"), self.models),
            (self.tr("Shortcuts"), self.shortcuts),
            (self.tr("MIDI"), self.midi),
        ):
            self.tabs.addTab(page, title)
        self._lay_out()
        self._panel_settings, self._worker_settings = PanelSettings(), WorkerSettings()
        self.load()
        self._tasks.run(self._sound_devices, self._show_sound, self._no_sound)
        self.separation.examine()

    def show_page(self, page: QWidget) -> None:
        """Show a page: `models`, `shortcuts`, `midi`, `separation` or `worker` of this dialog."""
        self.tabs.setCurrentWidget(page)

    def load(self) -> None:
        """Fill the pages from the file; where it cannot be read, report that and disable the fields."""
        try:
            self._panel_settings, self._worker_settings = panel_settings(self._path), worker_settings(self._path)
        except FlowsepError as error:
            self._show_message(str(error), "error")
            readable = False
        else:
            self._show_message("", "hint")
            readable = True
        for field in (*self._fields, self.separation, self.worker):
            field.setEnabled(readable)
        for kind in (QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Apply):
            self._buttons.button(kind).setEnabled(readable)
        self.open_file.setVisible(not readable)
        self._show_panel(self._panel_settings)
        self.worker.show_settings(self._worker_settings)

    def edited_panel_settings(self) -> PanelSettings:
        """Return the panel's settings in the fields."""
        return replace(
            self._panel_settings,
            theme=self.theme.currentData(),
            language=self.language.currentData(),
            sound_device=self.sound.currentData() or "",
            device=self.separation.device.currentData(),
            output_folder=self.output.text().strip(),
            midi_input=self.midi.chosen_port(),
        )

    def apply(self) -> bool:
        """Write changed settings and apply the theme; returns whether that succeeded."""
        if self.shortcuts.has_conflicts:
            self.tabs.setCurrentWidget(self.shortcuts)
            self._show_message(self.tr("Two actions have the same keys; change one under Shortcuts."), "error")
            return False
        panel, worker = self.edited_panel_settings(), self.worker.edited_settings()
        changes = {
            "panel": _changed_fields(self._panel_settings, panel),
            "worker": _changed_fields(self._worker_settings, worker),
        }
        changes = {name: values for name, values in changes.items() if values}
        try:
            if changes:
                change_settings(changes, self._path)
            self.shortcuts.save(self._path)
        except FlowsepError as error:
            self._show_message(str(error), "error")
            return False
        needs_restart = self._panel_settings.language != panel.language or self._worker_settings != worker
        self._panel_settings, self._worker_settings = panel, worker
        self.worker.show_settings(worker)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, panel.theme)
        text = self.tr("Saved. Language and worker settings apply from the next start.") if needs_restart else ""
        self._show_message(text, "good")
        self.changed.emit(panel)
        return True

    def accept(self) -> None:
        """Write the settings and close, unless they cannot be written."""
        if self.apply():
            super().accept()

    def done(self, result: int) -> None:
        """Close the dialog and end the processes and MIDI listener that it started."""
        self.separation.close_doctor()
        self.models.close_command()
        if self._own_midi is not None:
            self._own_midi.close()
        super().done(result)

    def _show_sound(self, sound_devices: list[Any]) -> None:
        for device in sound_devices:
            text = f"{device.name} ({device.host})" + (self.tr(", default") if device.is_default else "")
            if self.sound.findData(device.name) < 0:
                self.sound.addItem(text, device.name)
            else:
                self.sound.setItemText(self.sound.findData(device.name), text)
        self.sound.setCurrentIndex(max(0, self.sound.findData(self._panel_settings.sound_device)))
        self.sound_hint.setText(
            self.tr("Audio plays at the clip's sample rate if the device supports it, and is resampled otherwise.")
        )

    def _no_sound(self, why: str) -> None:
        self.sound_hint.setObjectName("warning")
        self.sound_hint.setText(self.tr("Playing silently: {0}").format(why))

    def _show_panel(self, panel: PanelSettings) -> None:
        self.theme.setCurrentIndex(max(0, self.theme.findData(panel.theme)))
        self.language.setCurrentIndex(max(0, self.language.findData(panel.language)))
        device = self.separation.device
        device.setCurrentIndex(max(0, device.findData(panel.device)))
        self.output.setText(panel.output_folder)
        if panel.sound_device and self.sound.findData(panel.sound_device) < 0:
            self.sound.addItem(self.tr("{0} (not connected)").format(panel.sound_device), panel.sound_device)
        self.sound.setCurrentIndex(max(0, self.sound.findData(panel.sound_device)))

    def _make_fields(self) -> None:
        self.theme = choice(
            {
                "dark": self.tr("Dark"),
                "light": self.tr("Light"),
                "contrast": self.tr("High contrast"),
                "system": self.tr("Same as the system"),
            }
        )
        self.language = choice({"system": self.tr("Same as the system"), **i18n.languages()})
        self.output = QLineEdit()
        self.output.setPlaceholderText(str(PanelSettings().folder))
        self.sound = choice({"": self.tr("The system's default device")})
        self.sound_hint = hint()
        self._fields: tuple[QWidget, ...] = (self.theme, self.language, self.output, self.sound)
        for widget, name, tip in (
            (self.theme, self.tr("Theme"), self.tr("Colours of the panel, applied at once")),
            (self.language, self.tr("Language"), self.tr("Language of the panel, from the next start")),
            (self.output, self.tr("Output folder"), self.tr("Folder that keeps stems which are dragged out")),
            (self.sound, self.tr("Audio device"), self.tr("Output device for listening")),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)

    def _general(self) -> QWidget:
        browse = button(self.tr("&Choose…"), self.tr("Choose the output folder"))
        browse.clicked.connect(lambda _=False: self._browse())
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.output, 1)
        row.addWidget(browse)
        page = QWidget()
        form = page_form(page)
        form.addRow(self.tr("&Theme"), self.theme)
        form.addRow(self.tr("&Language"), self.language)
        form.addRow(self.tr("Output folder"), row)
        form.addRow(self.tr("Settings file"), hint(str(self._path)))
        return page

    def _sound(self) -> QWidget:
        page = QWidget()
        form = page_form(page)
        form.addRow(self.tr("&Device"), self.sound)
        form.addRow("", self.sound_hint)
        return page

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Output folder"), self.output.text())
        if folder:
            self.output.setText(folder)

    def _show_message(self, text: str, kind: str) -> None:
        show_message(self.message, text, kind)
        self.message.setVisible(bool(text))

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel | buttons.Apply)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._buttons.button(buttons.Apply).clicked.connect(lambda _=False: self.apply())
        self.open_file = button(self.tr("&Open the file"), self.tr("Open settings.toml to correct it"))
        self.open_file.clicked.connect(lambda _=False: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path))))
        bottom = QHBoxLayout()
        bottom.addWidget(self.message, 1)
        bottom.addWidget(self.open_file)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs, 1)
        column.addLayout(bottom)
        column.addWidget(self._buttons)


def _changed_fields(old: PanelSettings | WorkerSettings, new: PanelSettings | WorkerSettings) -> dict[str, Any]:
    """Return the fields that differ, with the new values as TOML types."""
    changed = {}
    for name in type(old).__dataclass_fields__:
        value = getattr(new, name)
        if value != getattr(old, name):
            changed[name] = [str(path) for path in value] if isinstance(value, tuple) else value
    return changed
