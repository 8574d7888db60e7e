"""The control of one parameter: a row of widgets that shows a value and reports changes by the user."""

import math
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QWidget,
)

from flowsep_plugin.effects.chain import ParameterValue
from flowsep_plugin.effects.info import ParameterInfo
from flowsep_plugin.scale import Scale

STEPS = 200
"""Steps of a slider; numbers can be typed more finely."""


class ParameterControl(QObject):
    """A row of widgets for one parameter.

    value_changed : the value set by the user; None where a double click on the label or slider asks for the default.
    value_settled : a drag, choice or typed number has ended.
    """

    value_changed = pyqtSignal(object)
    value_settled = pyqtSignal()

    def __init__(self, info: ParameterInfo, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.info = info
        self.label = _ResetLabel(label, parent)
        self.label.setToolTip(self.tr("{0}\nDouble click: default ({1})").format(label, _text(info, info.default)))
        self.label.reset_requested.connect(self._reset)
        self.widgets: tuple[QWidget, ...] = ()

    def show_value(self, value: ParameterValue) -> None:
        """Show `value` without a signal."""
        for widget in self.widgets:
            widget.blockSignals(True)
        self._show(value)
        for widget in self.widgets:
            widget.blockSignals(False)

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def _use(self, widgets: tuple[QWidget, ...], label: str) -> None:
        self.widgets = widgets
        for widget in widgets:
            widget.setAccessibleName(label)
            widget.setAccessibleDescription(self.label.toolTip())
            widget.setToolTip(self.label.toolTip())

    def _reset(self) -> None:
        self.value_changed.emit(None)
        self.value_settled.emit()

    def _set(self, value: ParameterValue) -> None:
        self.value_changed.emit(value)
        self.value_settled.emit()


class EffectNumber(ParameterControl):
    """A slider over the range, and a box with the number and its unit, where it can be typed."""

    def __init__(self, info: ParameterInfo, label: str, parent: QWidget) -> None:
        super().__init__(info, label, parent)
        low, high = _range(info)
        digits = _digits(low, high, is_logarithmic=info.is_logarithmic)
        self._scale = Scale(low=low, high=high, steps=STEPS, digits=digits, logarithmic=info.is_logarithmic and low > 0)
        self.slider = _ResetSlider(parent)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 10)
        self.number = QDoubleSpinBox(parent)
        self.number.setDecimals(digits)
        self.number.setRange(low, high)
        self.number.setSingleStep(info.step or max(10**-digits, (high - low) / 100))
        self.number.setSuffix(f" {info.unit}" if info.unit else "")
        self.number.setKeyboardTracking(False)
        self.number.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setFixedWidth(92)
        self._use((self.slider, self.number), label)
        self.slider.valueChanged.connect(lambda step: self.value_changed.emit(self._scale.value(step)))
        self.slider.sliderReleased.connect(self.value_settled)
        self.slider.reset_requested.connect(self._reset)
        self.number.valueChanged.connect(self._set)

    def _show(self, value: Any) -> None:
        if not self.slider.isSliderDown():  # a drag between two steps must not jump back
            self.slider.setValue(self._scale.step(float(value)))
        self.number.setValue(float(value))


class EffectChoice(ParameterControl):
    """A box to choose from."""

    def __init__(self, info: ParameterInfo, label: str, parent: QWidget) -> None:
        super().__init__(info, label, parent)
        self.box = QComboBox(parent)
        self.box.addItems(info.choices)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        self._use((self.box,), label)
        self.box.currentTextChanged.connect(self._set)

    def _show(self, value: Any) -> None:
        self.box.setCurrentText(str(value))


class EffectSwitch(ParameterControl):
    """A check box for a parameter that is on or off."""

    def __init__(self, info: ParameterInfo, label: str, parent: QWidget) -> None:
        super().__init__(info, label, parent)
        self.box = QCheckBox(parent)
        self._use((self.box,), label)
        self.box.toggled.connect(self._set)

    def _show(self, value: Any) -> None:
        self.box.setChecked(bool(value))


class EffectText(ParameterControl):
    """A text field; of a file, with a button that opens a file dialog."""

    def __init__(self, info: ParameterInfo, label: str, parent: QWidget) -> None:
        super().__init__(info, label, parent)
        self.line = QLineEdit(parent)
        self.browse = QPushButton(self.tr("Choose…"), parent)
        self.browse.setVisible(info.kind == "file")
        self._use((self.line, self.browse) if info.kind == "file" else (self.line,), label)
        self.line.editingFinished.connect(self._finish)
        self.browse.clicked.connect(self._choose)
        self._text = ""

    def _show(self, value: Any) -> None:
        self._text = str(value)
        self.line.setText(self._text)

    def _finish(self) -> None:
        if self.line.text() != self._text:
            self._set(self.line.text())

    def _choose(self) -> None:
        folder = str(Path(self._text).parent) if self._text else ""
        name, _ = QFileDialog.getOpenFileName(self.line.window(), self.label.text(), folder)
        if name:
            self._set(name)


def make_control(info: ParameterInfo, label: str, parent: QWidget) -> ParameterControl:
    """Return the control for the kind of `info`."""
    kinds: dict[str, type[ParameterControl]] = {
        "number": EffectNumber, "choice": EffectChoice, "switch": EffectSwitch, "text": EffectText,
        "file": EffectText,
    }  # fmt: skip
    return kinds[info.kind](info, label, parent)


class _ResetLabel(QLabel):
    """A label that asks for the default on a double click."""

    reset_requested = pyqtSignal()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Emit `reset_requested` on a double click."""
        self.reset_requested.emit()


class _ResetSlider(QSlider):
    """A horizontal slider that asks for the default on a double click, and leaves the wheel to the scrolling area."""

    reset_requested = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Emit `reset_requested` on a double click."""
        self.reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the area around, unless the slider has the focus."""
        if event is not None and not self.hasFocus():
            event.ignore()
        else:
            super().wheelEvent(event)


def _range(info: ParameterInfo) -> tuple[float, float]:
    low = 0.0 if info.low is None else info.low
    high = 1.0 if info.high is None else info.high
    return (low, high) if high > low else (low, low + 1.0)


def _digits(low: float, high: float, *, is_logarithmic: bool) -> int:
    """Return decimals that show steps of the range that can be heard, and the lowest value of a logarithmic one."""
    span = high - low
    digits = 2 if span <= 30 else 1 if span <= 1000 else 0
    return max(digits, math.ceil(-math.log10(low))) if is_logarithmic and low > 0 else digits


def _text(info: ParameterInfo, value: ParameterValue) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:g}{f' {info.unit}' if info.unit else ''}"
    return str(value)
