"""Settings: the look, the sound device, what separations run on, the worker; shortcuts, MIDI and models beside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_ui import i18n, theme
from flowsep_ui.commands import Command
from flowsep_ui.midi_listener import MidiListener
from flowsep_ui.panels.midi import MidiPanel
from flowsep_ui.panels.models import ModelManager
from flowsep_ui.panels.shortcuts import ShortcutEditor
from flowsep_ui.tasks import Inline, Runs
from PyQt6.QtCore import Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QAction, QDesktopServices
from PyQt6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.audition import devices
from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.home import Home
from flowsep_plugin.settings import (
    PanelSettings,
    WorkerSettings,
    panel_settings,
    settings_file,
    worker_settings,
)
from flowsep_plugin.settings_edit import change_settings

DEVICES = ("auto", "cpu", "cuda", "tensorrt", "coreml", "directml")
"""As `flowsep_plugin.engine.providers.DEVICES`, which loads ONNX Runtime; a test compares them."""


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
        tasks: Runs | None = None,
        doctor: Command | None = None,
        models: ModelManager | None = None,
        sound_devices: Callable[[], list[Any]] = devices,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.resize(680, 540)
        self._path, self._tasks = path or settings_file(), tasks or Inline()
        self._sound_devices = sound_devices
        self._doctor = doctor or Command(self)
        self._own_midi = MidiListener(self) if midi is None else None
        self._midi = midi or self._own_midi
        assert self._midi is not None
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._make_fields()
        self.shortcuts, self.midi = ShortcutEditor(actions), MidiPanel(self._midi)
        self.models = models or ModelManager()
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(self.tr("Pages"))
        for title, page in (
            (self.tr("General"), self._general()),
            (self.tr("Sound"), self._sound()),
            (self.tr("Separation"), self._separation()),
            (self.tr("Worker"), self._worker()),
            (self.tr("Models"), self.models),
            (self.tr("Shortcuts"), self.shortcuts),
            (self.tr("MIDI"), self.midi),
        ):
            self.tabs.addTab(page, title)
        self._lay_out()
        self._panel, self._work = PanelSettings(), WorkerSettings()
        self.load()
        self._tasks.run(self._sound_devices, self._show_sound, self._no_sound)
        self._doctor.reported.connect(self._show_findings)
        self._doctor.ended.connect(self._end_examining)
        self.examine()

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
        for field in self._fields:
            field.setEnabled(readable)
        for button in (QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Apply):
            self._buttons.button(button).setEnabled(readable)
        self.open_file.setVisible(not readable)
        self._show_panel(self._panel)
        self._show_worker(self._work)

    def chosen_panel(self) -> PanelSettings:
        """What the fields say of the panel."""
        return replace(
            self._panel,
            theme=self.theme.currentData(),
            language=self.language.currentData(),
            sound_device=self.sound.currentData() or "",
            device=self.device.currentData(),
            output_folder=self.output.text().strip(),
            midi_input=self.midi.chosen_port(),
        )

    def chosen_worker(self) -> WorkerSettings:
        """What the fields say of the worker."""
        roots = tuple(Path(self.roots.item(row).text()) for row in range(self.roots.count()))
        return replace(
            self._work, idle_seconds=self.idle.value() * 60, cache_mb=self.cache.value(), threads=self.threads.value(),
            roots=roots,
        )  # fmt: skip

    def apply(self) -> bool:
        """Write what changed; returns whether that went well."""
        if self.shortcuts.has_conflicts:
            self.tabs.setCurrentWidget(self.shortcuts)
            self._say(self.tr("Two actions have the same keys; see Shortcuts."), "error")
            return False
        panel, worker = self.chosen_panel(), self.chosen_worker()
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
        self._doctor.close()
        self.models.close_command()
        if self._own_midi is not None:
            self._own_midi.close()
        super().done(result)

    def examine(self) -> None:
        """Find out what separations would really run on; takes seconds, beside the window."""
        if self._doctor.is_running:
            return
        self.runs_on.setText(self.tr("Looking…"))
        self.look.setEnabled(False)
        self._doctor.start("doctor", "--json", "--device", str(self.device.currentData()))

    def show_engine(self, statement: str) -> None:
        """What the worker says that it runs on."""
        if statement:
            self.runs_on.setText(self.tr("The worker runs on: %1").replace("%1", statement))

    def _show_findings(self, report: Mapping[str, Any]) -> None:
        self.runs_on.setText(self._device_words(report.get("findings", [])))

    def _device_words(self, findings: Sequence[Mapping[str, Any]]) -> str:
        """`auto → CPU, because …`, out of the doctor's findings."""
        by_name = {finding["name"]: finding for finding in findings}
        runs = by_name.get("runs on")
        broken = next((finding for finding in findings if finding["state"] == "broken"), None)
        if runs is None and broken is not None:
            return "\n".join(filter(None, (f"{broken['name']}: {broken['said']}", broken.get("mend"))))
        if runs is None:
            return self.tr("It is not known what separations would run on.")
        lines = [f"{self.device.currentData()} → {runs['said']}"]
        for name, finding in by_name.items():
            if name.startswith("device ") and finding["state"] != "good" and finding.get("mend"):
                lines.append(f"{name.removeprefix('device ')}: {finding['mend']}")
        return "\n".join(lines)

    def _end_examining(self, well: bool, last: str) -> None:
        self.look.setEnabled(True)
        if not well and self.runs_on.text() == self.tr("Looking…"):
            self.runs_on.setText(last or self.tr("It is not known what separations would run on."))

    def _show_sound(self, found: list[Any]) -> None:
        wanted = self._panel.sound_device
        for choice in found:
            text = f"{choice.name} ({choice.host})" + (self.tr(", default") if choice.is_default else "")
            if self.sound.findData(choice.name) < 0:
                self.sound.addItem(text, choice.name)
            else:
                self.sound.setItemText(self.sound.findData(choice.name), text)
        self.sound.setCurrentIndex(max(0, self.sound.findData(wanted)))
        self.sound_said.setText(self.tr("Sound plays at the clip's rate where the device can, else it is resampled."))

    def _no_sound(self, why: str) -> None:
        self.sound_said.setObjectName("warning")
        self.sound_said.setText(self.tr("Playing silently: %1").replace("%1", why))

    def _show_panel(self, panel: PanelSettings) -> None:
        self.theme.setCurrentIndex(max(0, self.theme.findData(panel.theme)))
        self.language.setCurrentIndex(max(0, self.language.findData(panel.language)))
        self.device.setCurrentIndex(max(0, self.device.findData(panel.device)))
        self.output.setText(panel.output_folder)
        if panel.sound_device and self.sound.findData(panel.sound_device) < 0:
            self.sound.addItem(self.tr("%1 (not connected)").replace("%1", panel.sound_device), panel.sound_device)
        self.sound.setCurrentIndex(max(0, self.sound.findData(panel.sound_device)))

    def _show_worker(self, worker: WorkerSettings) -> None:
        self.idle.setValue(worker.idle_seconds / 60)
        self.cache.setValue(worker.cache_mb)
        self.threads.setValue(worker.threads)
        self.roots.clear()
        self.roots.addItems([str(root) for root in worker.roots])

    def _make_fields(self) -> None:
        self.theme = _choice({"dark": self.tr("Dark"), "light": self.tr("Light"), "system": self.tr("As the system")})
        self.language = _choice({"system": self.tr("As the system"), **i18n.languages()})
        self.output = QLineEdit()
        self.output.setPlaceholderText(str(PanelSettings().folder))
        self.sound = _choice({"": self.tr("The system's default device")})
        self.sound_said, self.runs_on = _hint(), _hint()
        self.device = _choice({name: self.tr("Automatic") if name == "auto" else name.upper() for name in DEVICES})
        self.look = self._button(self.tr("&Try it"), self.tr("Open the model there, and say what it really runs on"))
        self.look.clicked.connect(lambda _=False: self.examine())
        self.idle, self.cache, self.threads = QDoubleSpinBox(), QSpinBox(), QSpinBox()
        self.idle.setRange(0, 24 * 60)
        self.idle.setDecimals(1)
        self.idle.setSuffix(self.tr(" min"))
        self.cache.setRange(0, 1_000_000)
        self.cache.setSingleStep(256)
        self.cache.setSuffix(" MB")
        self.threads.setRange(0, 1024)
        self.threads.setSpecialValueText(self.tr("All cores"))
        self.roots = QListWidget()
        self.roots.setFixedHeight(96)
        self._fields: tuple[QWidget, ...] = (
            self.theme, self.language, self.output, self.sound, self.device, self.idle, self.cache, self.threads,
            self.roots,
        )  # fmt: skip
        for widget, name, hint in (
            (self.theme, self.tr("Theme"), self.tr("Colours of the panel; seen at once after Apply")),
            (self.language, self.tr("Language"), self.tr("Language of the panel, from its next start on")),
            (self.output, self.tr("Output folder"), self.tr("Where stems go that are dragged out, to stay there")),
            (self.sound, self.tr("Sound device"), self.tr("What you listen on")),
            (self.device, self.tr("Device for separations"), self.tr("Automatic takes the fastest that works")),
            (
                self.idle,
                self.tr("Let the model go after, minutes"),
                self.tr("Minutes without work; 0 lets it go at once"),
            ),
            (self.cache, self.tr("Room for kept estimates, MB"), self.tr("Megabytes; what is kept re-renders at once")),
            (self.threads, self.tr("Threads on the CPU"), self.tr("0 takes all cores")),
            (
                self.roots,
                self.tr("More folders for jobs"),
                self.tr("Beside your home, mounted disks and temporary files"),
            ),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(hint)

    def _general(self) -> QWidget:
        browse = self._button(self.tr("&Choose…"), self.tr("Choose the output folder"))
        browse.clicked.connect(lambda _=False: self._browse())
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.output, 1)
        row.addWidget(browse)
        page, form = _page()
        form.addRow(self.tr("&Theme"), self.theme)
        form.addRow(self.tr("&Language"), self.language)
        form.addRow(self.tr("Output folder"), row)
        form.addRow(self.tr("Settings file"), _path_label(self._path))
        return page

    def _sound(self) -> QWidget:
        page, form = _page()
        form.addRow(self.tr("&Device"), self.sound)
        form.addRow("", self.sound_said)
        return page

    def _separation(self) -> QWidget:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.device, 1)
        row.addWidget(self.look)
        page, form = _page()
        form.addRow(self.tr("Runs on"), row)
        form.addRow("", self.runs_on)
        return page

    def _worker(self) -> QWidget:
        add = self._button(self.tr("&Add…"), self.tr("Let jobs read and write in one more folder"))
        remove = self._button(self.tr("&Remove"), self.tr("Take the chosen folder off the list"))
        add.clicked.connect(lambda _=False: self._add_root())
        remove.clicked.connect(lambda _=False: self.roots.takeItem(self.roots.currentRow()))
        buttons = QVBoxLayout()
        buttons.addWidget(add)
        buttons.addWidget(remove)
        buttons.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.roots, 1)
        row.addLayout(buttons)
        page, form = _page()
        form.addRow(self.tr("&Let the model go after"), self.idle)
        form.addRow(self.tr("&Keep estimates up to"), self.cache)
        form.addRow(self.tr("T&hreads"), self.threads)
        form.addRow(self.tr("More folders"), row)
        form.addRow(self.tr("Worker's folder"), _path_label(Home.default().folder))
        form.addRow("", _hint(self.tr("The worker reads these when it starts next.")))
        return page

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Output folder"), self.output.text())
        if folder:
            self.output.setText(folder)

    def _add_root(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for jobs"))
        if folder:
            self.roots.addItem(folder)

    def _button(self, text: str, hint: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        return button

    def _say(self, text: str, kind: str) -> None:
        self.message.setObjectName(kind)
        self.message.setText(text)
        self.message.setVisible(bool(text))
        style = self.message.style()
        if style is not None:
            style.polish(self.message)

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel | buttons.Apply)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._buttons.button(buttons.Apply).clicked.connect(lambda _=False: self.apply())
        self.open_file = self._button(self.tr("&Open the file"), self.tr("Open settings.toml to correct it"))
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


def _choice(texts: Mapping[str, str]) -> QComboBox:
    box = QComboBox()
    for value, text in texts.items():
        box.addItem(text, value)
    return box


def _page() -> tuple[QWidget, QFormLayout]:
    page = QWidget()
    column, form = QVBoxLayout(page), QFormLayout()
    column.setContentsMargins(14, 14, 14, 14)
    column.addLayout(form)
    column.addStretch(1)
    form.setVerticalSpacing(9)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return page, form


def _path_label(path: Path) -> QLabel:
    return _hint(str(path))


def _hint(text: str = "") -> QLabel:
    """A line or more below a field, which can be copied."""
    label = QLabel(text)
    label.setObjectName("hint")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
