"""Measures whether every visible text of a window can be read whole, and a language that is a third longer."""

import re
from collections.abc import Iterator

from flowsep_ui.timeline.heads import Heads
from PyQt6.QtCore import QPoint, QRect, Qt, QTranslator
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenuBar,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

_ACCENTS = str.maketrans("aceilnorstuyACEILNORSTUY", "áćéíĺńóŕśťúýÁĆÉÍĹŃÓŔŚŤÚÝ")
_FIXED = re.compile(r"(\{[^}]*\}|<[^>]*>|&.|\n)")
"""Fields, tags, mnemonics and breaks, which translations keep."""


class PseudoLanguage(QTranslator):
    """Translator that answers every text with accents, in brackets, and a third longer."""

    def translate(self, context, source, disambiguation=None, n=-1):
        """Return the lengthened text."""
        return longer(source) if source else source

    def isEmpty(self):
        """Return False: every text has a translation."""
        return False


def longer(text: str) -> str:
    """Return `text` a third longer, as a translator's would be, with its fields and tags untouched."""
    parts = [part if index % 2 else part.translate(_ACCENTS) for index, part in enumerate(_FIXED.split(text))]
    words = round(0.3 * len(_FIXED.sub("", text))) // 5
    return f"[{''.join(parts)}{' ~~~~' * words}~]"


def cut_texts(window: QWidget) -> list[str]:
    """Return what cannot be read whole in `window`, and what lies outside a widget that holds it."""
    cut = [f"{_name(widget)}: {why}" for widget in _visible(window) if (why := _too_narrow(widget))]
    return cut + [f"{_name(widget)} is outside of {_name(outer)}" for widget, outer in _outside(window)]


def _visible(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window and not widget.objectName().startswith("qt_"):
            if not _is_behind(widget, window):
                yield widget


def _is_behind(widget: QWidget, window: QWidget) -> bool:
    """Return whether `widget` is in a dock behind another one, which Qt moves out of the window."""
    outer: QWidget | None = widget
    while outer is not None and not isinstance(outer, QDockWidget):
        outer = outer.parentWidget()
    return outer is not None and not outer.geometry().intersects(window.rect())


def _too_narrow(widget: QWidget) -> str:
    """Return the text that has too little room, with both widths; "" where all can be read."""
    for kind, measure in _MEASURES:
        if isinstance(widget, kind):
            return next(
                (f"{text!r} needs {need}, has {has}" for text, need, has in measure(widget) if need > has + 1), ""
            )
    return ""


def _of_label(label: QLabel):
    if (
        label.text() and label.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Ignored
    ):  # that one elides, on purpose
        if label.wordWrap():
            yield label.text(), label.heightForWidth(label.width()), label.height()
        else:
            yield label.text(), label.sizeHint().width(), label.width()


def _of_button(button: QAbstractButton):
    if button.text() and not _is_icon(button):
        text = button.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, button.text()).width()
        picture = 0 if button.icon().isNull() or _is_text(button) else button.iconSize().width() + 4
        if isinstance(button, QCheckBox):
            picture = button.sizeHint().width() - text - 4
        yield button.text(), text + picture, button.width() - 4


def _is_icon(button: QAbstractButton) -> bool:
    only = Qt.ToolButtonStyle.ToolButtonIconOnly
    return isinstance(button, QToolButton) and not button.icon().isNull() and button.toolButtonStyle() == only


def _is_text(button: QAbstractButton) -> bool:
    return isinstance(button, QToolButton) and button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextOnly


def _of_combo(combo: QComboBox):
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    field = combo.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, combo
    )
    yield combo.currentText(), combo.fontMetrics().horizontalAdvance(combo.currentText()), field.width()


def _of_spin(spin: QAbstractSpinBox):
    line = spin.lineEdit()
    if line is not None:
        yield spin.text(), line.fontMetrics().horizontalAdvance(spin.text()), line.width()


def _of_line(line: QLineEdit):
    if not line.text() and not isinstance(line.parent(), (QAbstractSpinBox, QComboBox)):
        yield line.placeholderText(), line.fontMetrics().horizontalAdvance(line.placeholderText()), line.width() - 8


def _of_tabs(bar: QTabBar):
    for index in range(bar.count()):
        place = bar.tabRect(index)
        yield bar.tabText(index), bar.fontMetrics().horizontalAdvance(bar.tabText(index)) + 8, place.width()
        yield bar.tabText(index), place.right(), bar.width()


def _of_header(header: QHeaderView):
    for section in range(header.count()):
        if not header.isSectionHidden(section):
            yield (
                str(header.model().headerData(section, header.orientation())),
                header.sectionSizeHint(section),
                (header.sectionSize(section)),
            )


def _of_menus(bar: QMenuBar):
    for action in bar.actions():
        yield action.text(), bar.actionGeometry(action).right(), bar.width()


_MEASURES = (
    (QLabel, _of_label), (QAbstractButton, _of_button), (QComboBox, _of_combo), (QAbstractSpinBox, _of_spin),
    (QLineEdit, _of_line), (QTabBar, _of_tabs), (QHeaderView, _of_header), (QMenuBar, _of_menus),
)  # fmt: skip


def _outside(window: QWidget) -> Iterator[tuple[QWidget, QWidget]]:
    """Yield widgets that stick out of one above them, sideways, or also up and down where nothing scrolls."""
    for widget in _visible(window):
        outer = widget.parentWidget()
        while outer is not None and outer is not window.parentWidget():
            place = QRect(widget.mapTo(outer, QPoint(0, 0)), widget.size())
            above = outer.parentWidget()
            scrolls = isinstance(outer, Heads) or (isinstance(above, QAbstractScrollArea) and above.viewport() is outer)
            wide = place.left() >= -1 and place.right() <= outer.width() + 1
            if not wide or not (scrolls or (place.top() >= -1 and place.bottom() <= outer.height() + 1)):
                if isinstance(widget, (QLabel, QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)):
                    yield widget, outer
                break
            if outer is window or scrolls:
                break
            outer = above


def _name(widget: QWidget) -> str:
    words = widget.accessibleName() or getattr(widget, "text", str)() or widget.objectName()
    return f"{type(widget).__name__} {words!r}"


def settle() -> None:
    """Let layouts take effect."""
    for _ in range(4):
        QApplication.processEvents()
