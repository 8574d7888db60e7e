"""The parameters of one effect, drawn from its metadata: slider and number, choice, switch, text, file."""

from collections.abc import Mapping, Sequence

from flowsep_ui.studio.effects import parameter_label
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from flowsep_plugin.effects.chain import ParameterValue
from flowsep_plugin.effects.info import ParameterInfo

from .controls import ParameterControl, make_control

_FILTER_FROM = 12
"""A plug-in with more parameters than this gets a field that filters them."""


class ParameterPanel(QWidget):
    """Shows the values of one effect's parameters and reports changes by the user.

    value_changed : name, and the new value; None for the effect's own default.     value_settled : an edit has ended.
    """

    value_changed = pyqtSignal(str, object)
    value_settled = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controls: dict[str, ParameterControl] = {}
        self._infos: tuple[ParameterInfo, ...] = ()
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(self.tr("Filter the parameters"))
        self.filter.setAccessibleName(self.filter.placeholderText())
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.filter)
        column.addWidget(self._scroll, 1)
        self._build(())

    def show_parameters(self, infos: Sequence[ParameterInfo], values: Mapping[str, ParameterValue]) -> None:
        """Show a control for each of `infos` with its value in `values`, else its default; without a signal."""
        if tuple(infos) != self._infos:
            self._build(tuple(infos))
        for info in infos:
            self.controls[info.name].show_value(values.get(info.name, info.default))

    def _build(self, infos: tuple[ParameterInfo, ...]) -> None:
        self._infos, self.controls = infos, {}
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 4, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, info in enumerate(infos):
            control = self.controls[info.name] = make_control(info, parameter_label(info), inside)
            control.value_changed.connect(lambda value, name=info.name: self.value_changed.emit(name, value))
            control.value_settled.connect(self.value_settled)
            grid.addWidget(control.label, row, 0)
            for column, widget in enumerate(control.widgets, 1):
                is_last = widget is control.widgets[-1]
                grid.addWidget(widget, row, column, 1, 3 - column if is_last else 1)
        grid.setRowStretch(len(infos), 1)
        self._scroll.setWidget(inside)
        self.filter.clear()
        self.filter.setVisible(len(infos) > _FILTER_FROM)

    def _filter(self, text: str) -> None:
        for control in self.controls.values():
            shows = text.casefold() in control.label.text().casefold()
            for widget in (control.label, *control.widgets):
                widget.setVisible(shows)


def message_label(parent: QWidget, kind: str) -> QLabel:
    """Return a hidden label for messages in the theme's colour of `kind`: "hint", "warning" or "error"."""
    label = QLabel(parent)
    label.setObjectName(kind)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.hide()
    return label
