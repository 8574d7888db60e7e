"""Pages of the settings that know more than one field: what separations run on, and the worker."""

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
    """The device, and what separations really run on: `flowsep doctor` finds out, in a process of its own."""

    def __init__(self, doctor: Command | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._doctor = doctor or Command(self)
        self.device = choice({name: self.tr("Automatic") if name == "auto" else name.upper() for name in DEVICES})
        self.device.setAccessibleName(self.tr("Device for separations"))
        self.device.setToolTip(self.tr("Automatic takes the fastest that works"))
        self.look = button(self.tr("&Try it"), self.tr("Open the model there, and say what it really runs on"))
        self.runs_on = hint()
        self.look.clicked.connect(lambda _=False: self.examine())
        self._doctor.reported.connect(self._show_findings)
        self._doctor.ended.connect(self._end_examining)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.device, 1)
        row.addWidget(self.look)
        form = page_form(self)
        form.addRow(self.tr("Runs on"), row)
        form.addRow("", self.runs_on)

    @property
    def is_examining(self) -> bool:
        """Whether the answer is still to come."""
        return self._doctor.is_running

    def examine(self) -> None:
        """Find out; takes seconds, beside the window."""
        if not self._doctor.is_running:
            self.runs_on.setText(self.tr("Looking…"))
            self.look.setEnabled(False)
            self._doctor.start("doctor", "--json", "--device", str(self.device.currentData()))

    def close_doctor(self) -> None:
        """End what still runs."""
        self._doctor.close()

    def _show_findings(self, report: Mapping[str, Any]) -> None:
        self.runs_on.setText(self._words(report.get("findings", [])))

    def _words(self, findings: Sequence[Mapping[str, Any]]) -> str:
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


class WorkerPage(QWidget):
    """Memory, room and folders of the worker."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = WorkerSettings()
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
        """Fill the fields."""
        self._shown = settings
        self.idle.setValue(settings.idle_seconds / 60)
        self.cache.setValue(settings.cache_mb)
        self.threads.setValue(settings.threads)
        self.roots.clear()
        self.roots.addItems([str(root) for root in settings.roots])

    def chosen(self) -> WorkerSettings:
        """What the fields say; what was not touched is as it was, rounded or not."""
        idle = self.idle.value() * 60
        if self.idle.value() == round(self._shown.idle_seconds / 60, _IDLE_DECIMALS):
            idle = self._shown.idle_seconds
        roots = tuple(Path(self.roots.item(row).text()) for row in range(self.roots.count()))
        return replace(
            self._shown, idle_seconds=idle, cache_mb=self.cache.value(), threads=self.threads.value(), roots=roots
        )

    def _add_root(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for jobs"))
        if folder:
            self.roots.addItem(folder)

    def _explain(self) -> None:
        for widget, name, text in (
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
            widget.setToolTip(text)

    def _lay_out(self) -> None:
        add = button(self.tr("&Add…"), self.tr("Let jobs read and write in one more folder"))
        remove = button(self.tr("&Remove"), self.tr("Take the chosen folder off the list"))
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
        form.addRow(self.tr("&Let the model go after"), self.idle)
        form.addRow(self.tr("&Keep estimates up to"), self.cache)
        form.addRow(self.tr("T&hreads"), self.threads)
        form.addRow(self.tr("More folders"), row)
        form.addRow(self.tr("Worker's folder"), hint(str(WorkerDirectory.default().folder)))
        form.addRow("", hint(self.tr("The worker reads these when it starts next.")))


def choice(texts: Mapping[str, str]) -> QComboBox:
    """A box of values and what they are called."""
    box = QComboBox()
    for value, text in texts.items():
        box.addItem(text, value)
    return box


def button(text: str, tip: str) -> QPushButton:
    """A button that Enter elsewhere does not press."""
    made = QPushButton(text)
    made.setToolTip(tip)
    made.setAutoDefault(False)
    return made


def hint(text: str = "") -> QLabel:
    """A line or more below a field, which can be copied."""
    label = QLabel(text)
    label.setObjectName("hint")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def page_form(page: QWidget) -> QFormLayout:
    """A form at the top of `page`."""
    column, form = QVBoxLayout(page), QFormLayout()
    column.setContentsMargins(14, 14, 14, 14)
    column.addLayout(form)
    column.addStretch(1)
    form.setVerticalSpacing(9)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form
