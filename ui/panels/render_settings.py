"""The panel's controls for render settings, one row for each declaration in `RENDER_SETTINGS`.

Stems are rendered again from the cached estimate while a slider moves.
"""

from collections.abc import Callable, Sequence

from flowsep_ui.studio.texts import with_decimal_sign
from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSetting, RenderSettings
from flowsep_plugin.scale import Scale


class RenderPanel(QWidget):
    """Shows the `RenderSettings` of one or more sounds and reports changes by the user.

    setting_changed : name and new value of a setting, also while a slider is dragged.
    slider_released : a drag has ended.     reset_requested : all settings to their defaults.
    all_requested : the settings of all sounds are to be shown.
    """

    setting_changed = pyqtSignal(str, object)
    slider_released = pyqtSignal()
    reset_requested = pyqtSignal()
    all_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setObjectName("hint")
        self.title.setWordWrap(True)
        self.controls: dict[str, ChoiceControl | NumberControl] = {
            setting.name: (ChoiceControl if setting.choices else NumberControl)(setting, self.tr, self)
            for setting in RENDER_SETTINGS
        }
        self.marks = {name: QLabel("●", self) for name in self.controls}
        self.reset = QToolButton(self)
        self.reset.setText(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Set all render settings of these sounds to their defaults"))
        self.reset.clicked.connect(self.reset_requested)
        self.all = QToolButton(self)
        self.all.setText(self.tr("All sounds"))
        self.all.setToolTip(self.tr("Show and set all sounds together"))
        self.all.clicked.connect(self.all_requested)
        for name, control in self.controls.items():
            control.changed.connect(lambda value, name=name: self.setting_changed.emit(name, value))
            control.released.connect(self.slider_released)
        self._lay_out()
        self.show_settings((), "")

    def show_settings(self, settings: Sequence[RenderSettings], title: str, *, is_part: bool = False) -> None:
        """Show the settings of the edited sounds, named by `title`, without emitting a signal.

        is_part : there are other sounds, which a button offers.
        A value that differs among them is shown as that of the first, with "…" after its number.
        """
        self.title.setText(title)
        self.setEnabled(bool(settings))
        self.all.setVisible(is_part)
        settings = settings or (RenderSettings(),)
        default = RenderSettings()
        for name, control in self.controls.items():
            values = [getattr(one, name) for one in settings]
            control.show_value(values[0], mixed=any(value != values[0] for value in values))
            is_changed = any(value != getattr(default, name) for value in values)
            self.marks[name].setVisible(is_changed)
            self.marks[name].setToolTip(self.tr("Not the default"))
            self.marks[name].setAccessibleName(self.tr("Not the default"))
        self.reset.setEnabled(any(one != default for one in settings))

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        grid.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance("●"))
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.all)
        head.addWidget(self.reset)
        grid.addLayout(head, 0, 0, 1, 4)
        for row, (name, control) in enumerate(self.controls.items(), 1):
            grid.addWidget(self.marks[name], row, 0)
            grid.addWidget(control.label, row, 1)
            grid.addWidget(control.editor, row, 2, 1, 1 if isinstance(control, NumberControl) else 2)
            if isinstance(control, NumberControl):
                grid.addWidget(control.number, row, 3)


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
        self.editor.setPlaceholderText("…")
        self.editor.currentIndexChanged.connect(self._choose)

    def show_value(self, value: str, *, mixed: bool = False) -> None:
        """Show `value`, or no choice where it is `mixed`, without emitting a signal."""
        self.editor.blockSignals(True)
        self.editor.setCurrentIndex(-1 if mixed else self._values.index(value))
        self.editor.blockSignals(False)

    def _choose(self, index: int) -> None:
        if index >= 0:
            self.changed.emit(self._values[index])


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
        self.number.setMinimumWidth(self.number.fontMetrics().horizontalAdvance("88.8 dB …"))
        if isinstance(self.label, QCheckBox):
            self.label.toggled.connect(lambda on: self.changed.emit(usual if on else None))
            self.label.toggled.connect(lambda on: self.released.emit())

    def show_value(self, value: float | None, *, mixed: bool = False) -> None:
        """Show `value`, with "…" after it where it is `mixed`, without emitting a signal."""
        for widget in (self.label, self.editor):
            widget.blockSignals(True)
        if isinstance(self.label, QCheckBox):
            self.label.setChecked(value is not None)
        self.editor.setEnabled(value is not None)
        if value is not None:
            self.editor.setValue(self._scale.step(value))
        for widget in (self.label, self.editor):
            widget.blockSignals(False)
        text = self._none_label if value is None else with_decimal_sign(self._scale.text(value))
        self.number.setText(f"{text} …" if mixed else text)


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
