"""Settings: the look, the sound device, what separations run on, the worker; shortcuts, MIDI and models beside them."""

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

from .parts import say
from .settings_pages import SeparationPage, WorkerPage, button, choice, hint, page_form
from .shortcuts import ShortcutEditor


class SettingsDialog(QDialog):
    """Shows and changes `settings.toml`. Nothing is written before OK or Apply.

    changed : the new `PanelSettings`, after they were written; the theme has then been put on.
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
            (self.tr("Sound"), self._sound()),
            (self.tr("Separation"), self.separation),
            (self.tr("Worker"), self.worker),
            (self.tr("Models"), self.models),
            (self.tr("Shortcuts"), self.shortcuts),
            (self.tr("MIDI"), self.midi),
        ):
            self.tabs.addTab(page, title)
        self._lay_out()
        self._panel, self._work = PanelSettings(), WorkerSettings()
        self.load()
        self._tasks.run(self._sound_devices, self._show_sound, self._no_sound)
        self.separation.examine()

    def show_page(self, title_or_page: QWidget) -> None:
        """Turn to a page: `models`, `shortcuts`, `midi`."""
        self.tabs.setCurrentWidget(title_or_page)

    def load(self) -> None:
        """Show what the file says; where it cannot be read, say so and change nothing."""
        try:
            self._panel, self._work = panel_settings(self._path), worker_settings(self._path)
        except FlowsepError as error:
            self._say(str(error), "error")
            readable = False
        else:
            self._say("", "hint")
            readable = True
        for field in (*self._fields, self.separation, self.worker):
            field.setEnabled(readable)
        for kind in (QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Apply):
            self._buttons.button(kind).setEnabled(readable)
        self.open_file.setVisible(not readable)
        self._show_panel(self._panel)
        self.worker.show_settings(self._work)

    def chosen_panel(self) -> PanelSettings:
        """What the fields say of the panel."""
        return replace(
            self._panel,
            theme=self.theme.currentData(),
            language=self.language.currentData(),
            sound_device=self.sound.currentData() or "",
            device=self.separation.device.currentData(),
            output_folder=self.output.text().strip(),
            midi_input=self.midi.chosen_port(),
        )

    def apply(self) -> bool:
        """Write what changed; returns whether that went well."""
        if self.shortcuts.has_conflicts:
            self.tabs.setCurrentWidget(self.shortcuts)
            self._say(self.tr("Two actions have the same keys; see Shortcuts."), "error")
            return False
        panel, worker = self.chosen_panel(), self.worker.chosen()
        changes = {"panel": _different(self._panel, panel), "worker": _different(self._work, worker)}
        changes = {name: values for name, values in changes.items() if values}
        try:
            if changes:
                change_settings(changes, self._path)
            self.shortcuts.save(self._path)
        except FlowsepError as error:
            self._say(str(error), "error")
            return False
        later = self._panel.language != panel.language or self._work != worker
        self._panel, self._work = panel, worker
        self.worker.show_settings(worker)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, panel.theme)
        self._say(self.tr("Saved. Language and worker change when they start next.") if later else "", "good")
        self.changed.emit(panel)
        return True

    def accept(self) -> None:
        """Write and close."""
        if self.apply():
            super().accept()

    def done(self, result: int) -> None:
        """End what was started here."""
        self.separation.close_doctor()
        self.models.close_command()
        if self._own_midi is not None:
            self._own_midi.close()
        super().done(result)

    def _show_sound(self, found: list[Any]) -> None:
        wanted = self._panel.sound_device
        for device in found:
            text = f"{device.name} ({device.host})" + (self.tr(", default") if device.is_default else "")
            if self.sound.findData(device.name) < 0:
                self.sound.addItem(text, device.name)
            else:
                self.sound.setItemText(self.sound.findData(device.name), text)
        self.sound.setCurrentIndex(max(0, self.sound.findData(wanted)))
        self.sound_said.setText(self.tr("Sound plays at the clip's rate where the device can, else it is resampled."))

    def _no_sound(self, why: str) -> None:
        self.sound_said.setObjectName("warning")
        self.sound_said.setText(self.tr("Playing silently: %1").replace("%1", why))

    def _show_panel(self, panel: PanelSettings) -> None:
        self.theme.setCurrentIndex(max(0, self.theme.findData(panel.theme)))
        self.language.setCurrentIndex(max(0, self.language.findData(panel.language)))
        device = self.separation.device
        device.setCurrentIndex(max(0, device.findData(panel.device)))
        self.output.setText(panel.output_folder)
        if panel.sound_device and self.sound.findData(panel.sound_device) < 0:
            self.sound.addItem(self.tr("%1 (not connected)").replace("%1", panel.sound_device), panel.sound_device)
        self.sound.setCurrentIndex(max(0, self.sound.findData(panel.sound_device)))

    def _make_fields(self) -> None:
        self.theme = choice({"dark": self.tr("Dark"), "light": self.tr("Light"), "system": self.tr("As the system")})
        self.language = choice({"system": self.tr("As the system"), **i18n.languages()})
        self.output = QLineEdit()
        self.output.setPlaceholderText(str(PanelSettings().folder))
        self.sound = choice({"": self.tr("The system's default device")})
        self.sound_said = hint()
        self._fields: tuple[QWidget, ...] = (self.theme, self.language, self.output, self.sound)
        for widget, name, tip in (
            (self.theme, self.tr("Theme"), self.tr("Colours of the panel; seen at once after Apply")),
            (self.language, self.tr("Language"), self.tr("Language of the panel, from its next start on")),
            (self.output, self.tr("Output folder"), self.tr("Where stems go that are dragged out, to stay there")),
            (self.sound, self.tr("Sound device"), self.tr("What you listen on")),
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
        form.addRow("", self.sound_said)
        return page

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Output folder"), self.output.text())
        if folder:
            self.output.setText(folder)

    def _say(self, text: str, kind: str) -> None:
        say(self.message, text, kind)
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


def _different(old: PanelSettings | WorkerSettings, new: PanelSettings | WorkerSettings) -> dict[str, Any]:
    """Fields that changed, as TOML says them."""
    changed = {}
    for name in type(old).__dataclass_fields__:
        value = getattr(new, name)
        if value != getattr(old, name):
            changed[name] = [str(path) for path in value] if isinstance(value, tuple) else value
    return changed
