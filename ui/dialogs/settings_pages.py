"""Pages of the settings dialog with fields of their own: the device of separations, and the worker."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowsep_ui.controllers.command_process import Command
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.settings import WorkerSettings

DEVICES = ("auto", "cpu", "cuda", "tensorrt", "coreml", "directml")
"""As `flowsep_plugin.engine.devices.DEVICES`; a test compares them."""

_IDLE_DECIMALS = 1


class SeparationPage(QWidget):
    """The device for separations, and the provider it results in, which `flowsep doctor` reports from a process."""

    def __init__(self, doctor: Command | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._doctor = doctor or Command(self)
        self.device = choice({name: self.tr("Automatic") if name == "auto" else name.upper() for name in DEVICES})
        self.device.setAccessibleName(self.tr("Device for separations"))
        self.device.setToolTip(self.tr("Automatic uses the fastest that works"))
        self.check = button(
            self.tr("&Check"), self.tr("Load the model on this device and show the provider it runs on")
        )
        self.runs_on = hint()
        self.check.clicked.connect(lambda _=False: self.examine())
        self._doctor.reported.connect(self._show_findings)
        self._doctor.ended.connect(self._end_examining)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.device, 1)
        row.addWidget(self.check)
        form = page_form(self)
        form.addRow(self.tr("Runs on"), row)
        form.addRow("", self.runs_on)

    @property
    def is_examining(self) -> bool:
        """Whether the check is running."""
        return self._doctor.is_running

    def examine(self) -> None:
        """Start the check of the chosen device, which takes seconds in a process of its own."""
        if not self._doctor.is_running:
            self.runs_on.setText(self.tr("Checking…"))
            self.check.setEnabled(False)
            self._doctor.start("doctor", "--json", "--device", str(self.device.currentData()))

    def close_doctor(self) -> None:
        """End a running check of the device."""
        self._doctor.close()

    def _show_findings(self, report: Mapping[str, Any]) -> None:
        self.runs_on.setText(self._summary(report.get("findings", [])))

    def _summary(self, findings: Sequence[Mapping[str, Any]]) -> str:
        """Return the doctor's findings about the device as lines of the form `auto → CPU, because …`."""
        by_name = {finding["name"]: finding for finding in findings}
        runs = by_name.get("runs on")
        broken = next((finding for finding in findings if finding["state"] == "broken"), None)
        if runs is None and broken is not None:
            return "\n".join(filter(None, (f"{broken['name']}: {broken['said']}", broken.get("mend"))))
        if runs is None:
            return self.tr("The device could not be determined.")
        lines = [f"{self.device.currentData()} → {runs['said']}"]
        for name, finding in by_name.items():
            if name.startswith("device ") and finding["state"] != "good" and finding.get("mend"):
                lines.append(f"{name.removeprefix('device ')}: {finding['mend']}")
        return "\n".join(lines)

    def _end_examining(self, succeeded: bool, last: str) -> None:
        self.check.setEnabled(True)
        if not succeeded and self.runs_on.text() == self.tr("Checking…"):
            self.runs_on.setText(last or self.tr("The device could not be determined."))


class WorkerPage(QWidget):
    """Idle time, cache size, threads and folders of the worker."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = WorkerSettings()
        self.idle, self.cache, self.threads, self.roots = QDoubleSpinBox(), QSpinBox(), QSpinBox(), QListWidget()
        self.idle.setRange(0, 24 * 60)
        self.idle.setDecimals(_IDLE_DECIMALS)
        self.idle.setSuffix(self.tr(" min"))
        self.cache.setRange(0, 1_000_000)
        self.cache.setSingleStep(256)
        self.cache.setSuffix(" MB")
        self.threads.setRange(0, 1024)
        self.threads.setSpecialValueText(self.tr("All cores"))
        self.roots.setFixedHeight(96)
        self._explain()
        self._lay_out()

    def show_settings(self, settings: WorkerSettings) -> None:
        """Fill the fields from `settings`."""
        self._settings = settings
        self.idle.setValue(settings.idle_seconds / 60)
        self.cache.setValue(settings.cache_mb)
        self.threads.setValue(settings.threads)
        self.roots.clear()
        self.roots.addItems([str(root) for root in settings.roots])

    def edited_settings(self) -> WorkerSettings:
        """Return the settings in the fields; a value that was not edited keeps its full precision."""
        idle = self.idle.value() * 60
        if self.idle.value() == round(self._settings.idle_seconds / 60, _IDLE_DECIMALS):
            idle = self._settings.idle_seconds
        roots = tuple(Path(self.roots.item(row).text()) for row in range(self.roots.count()))
        return replace(
            self._settings, idle_seconds=idle, cache_mb=self.cache.value(), threads=self.threads.value(), roots=roots
        )

    def _add_root(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for jobs"))
        if folder:
            self.roots.addItem(folder)

    def _explain(self) -> None:
        for widget, name, text in (
            (
                self.idle,
                self.tr("Unload the model after, minutes"),
                self.tr("Minutes without work; 0 unloads it at once"),
            ),
            (
                self.cache,
                self.tr("Size of the estimate cache, MB"),
                self.tr("Cached estimates are rendered again at once"),
            ),
            (self.threads, self.tr("Threads on the CPU"), self.tr("0 uses all cores")),
            (
                self.roots,
                self.tr("More folders for jobs"),
                self.tr("In addition to your home, mounted disks and temporary files"),
            ),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(text)

    def _lay_out(self) -> None:
        add = button(self.tr("&Add…"), self.tr("Allow jobs to read and write another folder"))
        remove = button(self.tr("&Remove"), self.tr("Remove the selected folder from the list"))
        add.clicked.connect(lambda _=False: self._add_root())
        remove.clicked.connect(lambda _=False: self.roots.takeItem(self.roots.currentRow()))
        buttons, row = QVBoxLayout(), QHBoxLayout()
        buttons.addWidget(add)
        buttons.addWidget(remove)
        buttons.addStretch(1)
        row.setSpacing(6)
        row.addWidget(self.roots, 1)
        row.addLayout(buttons)
        form = page_form(self)
        form.addRow(self.tr("&Unload the model after"), self.idle)
        form.addRow(self.tr("&Cache estimates up to"), self.cache)
        form.addRow(self.tr("T&hreads"), self.threads)
        form.addRow(self.tr("More folders"), row)
        form.addRow(self.tr("Worker's folder"), hint(str(WorkerDirectory.default().folder)))
        form.addRow("", hint(self.tr("These settings apply from the worker's next start.")))


def choice(texts: Mapping[str, str]) -> QComboBox:
    """Return a combo box with one entry per value -> text."""
    box = QComboBox()
    for value, text in texts.items():
        box.addItem(text, value)
    return box


def button(text: str, tip: str) -> QPushButton:
    """Return a push button that Enter in another field does not press."""
    result = QPushButton(text)
    result.setToolTip(tip)
    result.setAutoDefault(False)
    return result


def hint(text: str = "") -> QLabel:
    """Return a selectable, wrapping label in the theme's hint colour."""
    label = QLabel(text)
    label.setObjectName("hint")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def page_form(page: QWidget) -> QFormLayout:
    """Return a form layout at the top of `page`."""
    column, form = QVBoxLayout(page), QFormLayout()
    column.setContentsMargins(14, 14, 14, 14)
    column.addLayout(form)
    column.addStretch(1)
    form.setVerticalSpacing(9)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form
