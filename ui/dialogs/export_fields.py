"""The fields of the export dialog: format, rate, names, folder, handles, padding, effects."""

from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from flowsep_plugin.files.export import DEFAULT_PATTERN, RATES, ExportOptions
from flowsep_plugin.files.patterns import FIELDS


class ExportFields(QWidget):
    """Shows `ExportOptions` and what is printed. `edited`: a field was changed."""

    edited = pyqtSignal()

    def __init__(self, options: ExportOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_widgets(options)
        self._make_effect_widgets()
        self._lay_out()
        self._explain()
        for signal in (
            self.format.currentIndexChanged, self.rate.currentIndexChanged, self.pattern.textChanged,
            self.folder.textChanged, self.handles.valueChanged, self.padded.toggled, self.policy.currentIndexChanged,
            self.effects.currentIndexChanged, self.gain.toggled,
        ):  # fmt: skip
            signal.connect(lambda *_: self.edited.emit())

    def options(self) -> ExportOptions:
        """Return the options in the fields. Raises UsageError where they are invalid."""
        return ExportOptions(
            folder=Path(self.folder.text()).expanduser(),
            format=self.format.currentData(),
            pattern=self.pattern.text(),
            handles_seconds=self.handles.value(),
            padded=self.padded.isChecked(),
            policy=self.policy.currentData(),
            rate=self.rate.currentData(),
        )

    def show_effects(self, *, has_effects: bool, has_gain: bool) -> None:
        """Show the fields for effects and gain where any lane has some."""
        self._form.setRowVisible(self.effects, has_effects)
        self._form.setRowVisible(self.gain, has_gain)

    def _make_widgets(self, options: ExportOptions) -> None:
        self.format = _choice(
            {
                "wav24": self.tr("WAV, 24-bit (Broadcast Wave)"),
                "wav32f": self.tr("WAV, 32-bit float (Broadcast Wave)"),
                "flac24": self.tr("FLAC, 24-bit"),
            },
            options.format,
        )
        rates = {rate: self.tr("{0} kHz").format(self.locale().toString(rate / 1000, "g", 4)) for rate in RATES}
        self.rate = _choice({None: self.tr("The clip's own"), **rates}, options.rate)
        self.pattern = QLineEdit(options.pattern)
        self.folder = QLineEdit(str(options.folder))
        self.handles = QDoubleSpinBox()
        self.handles.setRange(0, 3600)
        self.handles.setDecimals(2)
        self.handles.setSingleStep(0.5)
        self.handles.setSuffix(" s")
        self.handles.setValue(options.handles_seconds)
        self.padded = QCheckBox(self.tr("Start every file at the session's start, padded with silence"))
        self.padded.setChecked(options.padded)
        self.policy = _choice(
            {
                "number": self.tr("Add a number"),
                "replace": self.tr("Replace the file"),
                "skip": self.tr("Keep the file, skip this stem"),
            },
            options.policy,
        )
        self.browse = QPushButton(self.tr("Choose…"))
        self.browse.clicked.connect(self._choose_folder)

    def _make_effect_widgets(self) -> None:
        self.effects = _choice(
            {
                "both": self.tr("Printed as “… [fx]”, and the dry stem"),
                "wet": self.tr("Printed as “… [fx]”"),
                "dry": self.tr("Not printed: the dry stem"),
            },
            "both",
        )
        self.gain = QCheckBox(self.tr("Print the gain of the lanes too"))

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for the stems"), self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _lay_out(self) -> None:
        form = self._form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        format_row = QHBoxLayout()
        format_row.addWidget(self.format, 2)
        rate_label = QLabel(self.tr("&Rate"))
        rate_label.setBuddy(self.rate)
        format_row.addWidget(rate_label)
        format_row.addWidget(self.rate, 1)
        format_label = QLabel(self.tr("&Format"))
        format_label.setBuddy(self.format)
        form.addRow(format_label, format_row)
        form.addRow(self.tr("&Effects"), self.effects)
        form.addRow("", self.gain)
        form.addRow(self.tr("&Names"), self.pattern)
        fields = QLabel("  ".join(f"{{{name}}}" for name in FIELDS))
        fields.setObjectName("hint")
        fields.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form.addRow("", fields)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(self.browse)
        label = QLabel(self.tr("F&older"))
        label.setBuddy(self.folder)
        form.addRow(label, row)
        form.addRow(self.tr("If a file e&xists"), self.policy)
        form.addRow(self.tr("&Handles"), self.handles)
        form.addRow("", self.padded)

    def _explain(self) -> None:
        self.pattern.setPlaceholderText(DEFAULT_PATTERN)
        self.pattern.setToolTip(
            self.tr(
                "Name of every file. Fields: {clip}, {sound}, {take}, {track}, {number}, {date}. {take:02} gives 01."
            )
        )
        self.handles.setToolTip(
            self.tr("Seconds before and after the clip, as far as the stem reaches; 0 writes the clip alone.")
        )
        self.padded.setToolTip(
            self.tr("For programs that cannot spot to a time stamp: drop the file at the session's start.")
        )
        self.effects.setToolTip(self.tr("Stems of lanes with effects. The dry stem always stays where it is."))
        self.gain.setToolTip(self.tr("Off: only the effects are printed, and the gain stays in the panel."))
        for widget, name in (
            (self.format, self.tr("Format")),
            (self.rate, self.tr("Sample rate")),
            (self.effects, self.tr("Effects")),
            (self.pattern, self.tr("Naming pattern")),
            (self.folder, self.tr("Folder")),
            (self.browse, self.tr("Choose the folder")),
            (self.policy, self.tr("If a file exists")),
            (self.handles, self.tr("Handles in seconds")),
        ):
            widget.setAccessibleName(name)


def _choice(texts: dict[str, str] | dict[int | None, str], current: object) -> QComboBox:
    box = QComboBox()
    for value, text in texts.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box
