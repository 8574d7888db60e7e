"""The panel's controls for render settings, one row for each declaration in `RENDER_SETTINGS`.

Stems are rendered again from the cached estimate while a slider moves.
"""

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSlider, QToolButton, QWidget

from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSetting, RenderSettings
from flowsep_plugin.scale import Scale


class RenderPanel(QWidget):
    """Shows `RenderSettings` and reports changes by the user.

    settings_changed : the new settings, also while a slider is dragged.     slider_released : a drag has ended.
    """

    settings_changed = pyqtSignal(object)
    slider_released = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = RenderSettings()
        self.controls: dict[str, ChoiceControl | NumberControl] = {
            setting.name: (ChoiceControl if setting.choices else NumberControl)(setting, self.tr, self)
            for setting in RENDER_SETTINGS
        }
        self.reset = QToolButton(self)
        self.reset.setText(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Set all render settings to their defaults"))
        self.reset.clicked.connect(self._reset)
        for name, control in self.controls.items():
            control.changed.connect(lambda value, name=name: self._change(name, value))
            control.released.connect(self.slider_released)
        self._lay_out()
        self.show_settings(self._settings)

    def show_settings(self, settings: RenderSettings) -> None:
        """Show `settings` without emitting a signal."""
        self._settings = settings
        for name, control in self.controls.items():
            control.show_value(getattr(settings, name))
        self.reset.setEnabled(settings != RenderSettings())

    def _change(self, name: str, value: object) -> None:
        self._use(replace(self._settings, **{name: value}))  # type: ignore[arg-type]

    def _use(self, settings: RenderSettings) -> None:
        if settings != self._settings:
            self.show_settings(settings)
            self.settings_changed.emit(settings)

    def _reset(self) -> None:
        self._use(RenderSettings())
        self.slider_released.emit()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, control in enumerate(self.controls.values()):
            grid.addWidget(control.label, row, 0)
            grid.addWidget(control.editor, row, 1)
            if isinstance(control, NumberControl):
                grid.addWidget(control.number, row, 2)
        grid.addWidget(self.reset, 0, 2)


class ChoiceControl(QObject):
    """A label and a box to choose from.

    changed : the text chosen by the user.     released : never emitted; a choice is one step.
    """

    changed = pyqtSignal(object)
    released = pyqtSignal()

    def __init__(self, setting: RenderSetting, translate: Callable[[str], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._values = setting.values
        self.label = QLabel(translate(setting.label), parent)
        self.editor = QComboBox(parent)
        for index, choice in enumerate(setting.choices):
            self.editor.addItem(translate(choice.label), choice.value)
            self.editor.setItemData(index, translate(choice.tip), Qt.ItemDataRole.ToolTipRole)
        self.editor.setAccessibleName(translate(setting.label))
        self.editor.setToolTip(translate(setting.tip))
        self.editor.currentIndexChanged.connect(lambda index: self.changed.emit(self._values[index]))

    def show_value(self, value: str) -> None:
        """Show `value` without emitting a signal."""
        self.editor.blockSignals(True)
        self.editor.setCurrentIndex(self._values.index(value))
        self.editor.blockSignals(False)


class NumberControl(QObject):
    """A label, or a check box where the setting may be None; a slider; and the number with its unit.

    changed : the number set by the user, or None.     released : a drag, double-click or click on the box has ended.
    """

    changed = pyqtSignal(object)
    released = pyqtSignal()

    def __init__(self, setting: RenderSetting, translate: Callable[[str], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._scale, self._none_label = setting.scale, translate(setting.none_label)
        name, tip = translate(setting.label), translate(setting.tip)
        usual = setting.default if setting.usual is None else setting.usual
        self.label = QCheckBox(name, parent) if setting.optional else QLabel(name, parent)
        self.label.setToolTip(tip)
        self.editor = ScaleSlider(self._scale, usual, parent)
        self.editor.setAccessibleName(name)
        self.editor.setToolTip(tip)
        self.editor.valueChanged.connect(lambda step: self.changed.emit(self._scale.value(step)))
        self.editor.sliderReleased.connect(self.released)
        self.number = QLabel(parent)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.number.setMinimumWidth(self.number.fontMetrics().horizontalAdvance("88.8 dB "))
        if isinstance(self.label, QCheckBox):
            self.label.toggled.connect(lambda on: self.changed.emit(usual if on else None))
            self.label.toggled.connect(lambda on: self.released.emit())

    def show_value(self, value: float | None) -> None:
        """Show `value` without emitting a signal."""
        for widget in (self.label, self.editor):
            widget.blockSignals(True)
        if isinstance(self.label, QCheckBox):
            self.label.setChecked(value is not None)
        self.editor.setEnabled(value is not None)
        if value is not None:
            self.editor.setValue(self._scale.step(value))
        for widget in (self.label, self.editor):
            widget.blockSignals(False)
        self.number.setText(self._none_label if value is None else self._scale.text(value))


class ScaleSlider(QSlider):
    """A slider over the steps of a `Scale`; a double-click sets the usual value."""

    def __init__(self, scale: Scale, usual: float, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._usual = scale.step(usual)
        self.setRange(0, scale.steps)
        self.setPageStep(max(1, scale.steps // 12))

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Set the usual value, as one step of undo."""
        self.setValue(self._usual)
        self.sliderReleased.emit()
