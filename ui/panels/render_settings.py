"""How stems are rendered: mode, strength, reduction, gate. Moved sliders are heard at once, from the kept estimate."""

from dataclasses import replace

from flowsep_ui.studio.scales import GATE, REDUCE, STRENGTH, Scale
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSlider, QToolButton, QWidget

from flowsep_plugin.engine.base import MODES, RenderSettings

USUAL_REDUCTION_DB = 12.0


class RenderPanel(QWidget):
    """Shows `RenderSettings` and says when the user wants others.

    settings_changed : the new ones, also while a slider is dragged.     slider_released : a drag has ended.
    """

    settings_changed = pyqtSignal(object)
    slider_released = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = RenderSettings()
        self.mode = QComboBox(self)
        for mode, (title, tip) in zip(MODES, self._modes(), strict=True):
            self.mode.addItem(title, mode)
            self.mode.setItemData(self.mode.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.mode.setAccessibleName(self.tr("Render mode"))
        self.mode.setToolTip(
            self.tr("Mask: the clip itself, filtered; stems and rest null.\nThe others need a model with a vocoder.")
        )
        self.strength = self._slider(STRENGTH, self.tr("Strength"), self.tr(
            "Strength, 0.25 to 4 times. Above 1: less bleed, more artefacts. Double-click for 1."))  # fmt: skip
        self.reduces = QCheckBox(self.tr("Turn down"), self)
        self.reduces.setToolTip(self.tr("Leave the sound in, quieter by so many dB, instead of taking it out."))
        self.reduce = self._slider(REDUCE, self.tr("Turn down by, dB"), self.tr("1 to 60 dB quieter."))
        self.gate = self._slider(GATE, self.tr("Gate"), self.tr(
            "0 to 100 %: how far a stem is closed where its sound is absent. Double-click for 100 %."))  # fmt: skip
        self.values = {name: QLabel(self) for name in ("strength", "reduce", "gate")}
        self.reset = QToolButton(self)
        self.reset.setText(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Mask, strength 1, taken out whole, gate 100 %"))
        self._lay_out()
        self._connect()
        self.show_settings(self._settings)

    def show_settings(self, settings: RenderSettings) -> None:
        """Follow the workspace, without saying so."""
        self._settings = settings
        for widget in (self.mode, self.strength, self.reduces, self.reduce, self.gate):
            widget.blockSignals(True)
        self.mode.setCurrentIndex(MODES.index(settings.mode))
        self.strength.setValue(STRENGTH.step(settings.strength))
        self.reduces.setChecked(settings.reduce_db is not None)
        if settings.reduce_db is not None:
            self.reduce.setValue(REDUCE.step(settings.reduce_db))
        self.reduce.setEnabled(settings.reduce_db is not None)
        self.gate.setValue(GATE.step(settings.gate))
        for widget in (self.mode, self.strength, self.reduces, self.reduce, self.gate):
            widget.blockSignals(False)
        self._write_values()

    def _write_values(self) -> None:
        settings = self._settings
        self.values["strength"].setText(STRENGTH.text(settings.strength))
        out = self.tr("out")
        self.values["reduce"].setText(out if settings.reduce_db is None else REDUCE.text(settings.reduce_db))
        self.values["gate"].setText(f"{settings.gate:.0%}")
        self.reset.setEnabled(settings != RenderSettings())

    def _change(self, **values: object) -> None:
        settings = replace(self._settings, **values)  # type: ignore[arg-type]
        if settings != self._settings:
            self.show_settings(settings)
            self.settings_changed.emit(settings)

    def _connect(self) -> None:
        self.mode.currentIndexChanged.connect(lambda index: self._change(mode=MODES[index]))
        self.strength.valueChanged.connect(lambda step: self._change(strength=STRENGTH.value(step)))
        self.gate.valueChanged.connect(lambda step: self._change(gate=GATE.value(step)))
        self.reduce.valueChanged.connect(lambda step: self._change(reduce_db=REDUCE.value(step)))
        self.reduces.toggled.connect(self._reduce)
        self.reset.clicked.connect(self._reset)
        for slider in (self.strength, self.reduce, self.gate):
            slider.sliderReleased.connect(self.slider_released)

    def _reduce(self, on: bool) -> None:
        self._change(reduce_db=USUAL_REDUCTION_DB if on else None)
        self.slider_released.emit()

    def _reset(self) -> None:
        self._change(mode="mask", strength=1.0, reduce_db=None, gate=1.0)
        self.slider_released.emit()

    def _slider(self, scale: Scale, name: str, tip: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(0, scale.steps)
        slider.setPageStep(max(1, scale.steps // 12))
        slider.setAccessibleName(name)
        slider.setToolTip(tip)
        return slider

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.addWidget(QLabel(self.tr("Mode"), self), 0, 0)
        grid.addWidget(self.mode, 0, 1)
        grid.addWidget(self.reset, 0, 2)
        rows = ((QLabel(self.tr("Strength"), self), self.strength, "strength"), (self.reduces, self.reduce, "reduce"),
                (QLabel(self.tr("Gate"), self), self.gate, "gate"))  # fmt: skip
        for row, (label, slider, name) in enumerate(rows, start=1):
            value = self.values[name]
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("88.8 dB "))
            grid.addWidget(label, row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(value, row, 2)

    def _modes(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Mask"), self.tr("A soft mask on the clip itself: nulls, keeps the stereo image")),
            (self.tr("Generated"), self.tr("The model's own sound; needs a vocoder")),
            (self.tr("Hybrid"), self.tr("Mask, and the model's sound where the mask starves; needs a vocoder")),
        )
