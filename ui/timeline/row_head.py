"""The head of a track or lane: name, state, solo, mute and gain; dragging a lane's name drags its files out."""

from dataclasses import dataclass, replace
from typing import Final

from flowsep_ui.contrast import Rgb
from flowsep_ui.timeline.painting.cached import CachedPicture
from flowsep_ui.timeline.painting.chips import chip_width, draw_chip
from flowsep_ui.timeline.painting.colours import Colours, qcolor
from PyQt6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFont, QFontMetrics, QHideEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QApplication, QWidget

from flowsep_plugin.audition import LaneMix

from .mix_controls import EffectsButton, GainBox, MixButton
from .scene import Chip

_BUTTON: Final = 22
_EFFECTS_WIDE: Final = 38
_ROW_TWO: Final = 22
"""Top of the second line, from the head's top."""

_LEFT: Final = 18
_GRIP: Final = 8


@dataclass(frozen=True, slots=True)
class HeadContent:
    """The content of a head. `kind`: "track", "lane" or "thin", which has no controls.

    detail : a line below the controls.     effects : number of active ones; None: no button for them.
    tip : the tooltip's further lines.     colours, hue : of the theme, the row.
    """

    kind: str
    title: str
    mix: LaneMix
    colours: Colours
    hue: Rgb
    chip: Chip | None = None
    detail: str = ""
    tip: str = ""
    is_audible: bool = True
    is_picked: bool = False
    effects: int | None = None


class RowHead(QWidget):
    """Shows a track or lane and emits the user's changes; its only state is the content that it shows."""

    changed = pyqtSignal(object)
    effects_requested = pyqtSignal()
    drag_started = pyqtSignal()
    clicked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content: HeadContent | None = None
        self._pressed: QPointF | None = None
        self._picture = CachedPicture()
        self.solo, self.mute = MixButton("S", "solo", self), MixButton("M", "mute", self)
        self.effects, self.gain = EffectsButton(self), GainBox(self)
        self.solo.toggled.connect(lambda on: self._emit(solo=on))
        self.mute.toggled.connect(lambda on: self._emit(mute=on))
        self.gain.valueChanged.connect(lambda gain: self._emit(gain_db=gain))
        self.effects.clicked.connect(self.effects_requested)

    @property
    def name_rect(self) -> QRect:
        """The space of the name, left of the chip; it is elided to that width."""
        content = self._content
        right = self.width() - 6 - (0 if self._is_tall or self._is_thin else 2 * _BUTTON + 8)
        if content is not None and content.chip is not None:
            right = self.chip_rect.left() - 6
        return QRect(_LEFT, 2, max(0, right - _LEFT), _ROW_TWO - 3 if self._is_tall else self.height() - 4)

    @property
    def chip_rect(self) -> QRect:
        """The space of the chip, as wide as its text; empty without one."""
        chip = None if self._content is None else self._content.chip
        if chip is None:
            return QRect()
        wide = chip_width(self.font(), chip)
        right = self.width() - 5 - (0 if self._is_tall or self._is_thin else 2 * _BUTTON + 8)
        top = 3 if self._is_tall else (self.height() - 16) // 2
        return QRect(right - wide, top, wide, 16)

    def show_content(self, content: HeadContent) -> None:
        """Show `content` without a signal."""
        if content == self._content:
            return
        self._content = content
        for widget in (self.solo, self.mute, self.gain):
            widget.blockSignals(True)
        self.solo.setChecked(content.mix.solo)
        self.mute.setChecked(content.mix.mute)
        if not self.gain.hasFocus() or self.gain.value() != content.mix.gain_db:
            self.gain.setValue(content.mix.gain_db)
        for widget in (self.solo, self.mute, self.gain):
            widget.blockSignals(False)
            widget.show_colours(content.colours)
        self.effects.show_colours(content.colours)
        self.effects.show_count(content.effects)
        self._describe(content)
        self._arrange()
        self.update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use two lines where the height allows, else one."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Show the row's colour, grip, name and chip."""
        content = self._content
        if content is not None:
            self._picture.draw(self, content, lambda painter: self._paint(painter, content))

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Free the picture of a head that is not in view."""
        self._picture.clear()

    def _paint(self, painter: QPainter, content: HeadContent) -> None:
        shades = content.colours
        painter.fillRect(self.rect(), qcolor(shades.row))
        painter.fillRect(QRect(0, 0, 4, self.height()), qcolor(content.hue))
        if content.kind == "lane":
            self._draw_grip(painter, shades)
        self._draw_words(painter, content)
        if content.chip is not None:
            draw_chip(painter, self.font(), shades, content.chip, self.chip_rect)
        if content.is_picked:
            painter.setPen(qcolor(shades.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def sizeHint(self) -> QSize:
        """Return a usual size; `Heads` sets the geometry."""
        return QSize(190, 72)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Pick the row, and prepare to drag it."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            self.clicked.emit()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Start to drag a lane out."""
        assert event is not None
        content, pressed = self._content, self._pressed
        if content is None or content.kind != "lane" or pressed is None:
            return
        if (event.position() - pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.drag_started.emit()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End a press without a drag."""
        self._pressed = None

    @property
    def _is_thin(self) -> bool:
        return self._content is not None and self._content.kind == "thin"

    @property
    def _is_tall(self) -> bool:
        return self.height() >= _ROW_TWO + _BUTTON + 2

    def _arrange(self) -> None:
        is_tall = self._is_tall
        top = _ROW_TWO if is_tall else max(1, (self.height() - _BUTTON) // 2)
        left = _LEFT - 2 if is_tall else self.width() - 2 * _BUTTON - 8
        self.solo.setGeometry(left, top, _BUTTON, _BUTTON)
        self.mute.setGeometry(left + _BUTTON + 2, top, _BUTTON, _BUTTON)
        self.effects.setGeometry(left + 2 * _BUTTON + 4, top, _EFFECTS_WIDE, _BUTTON)
        has_effects = self._content is not None and self._content.effects is not None
        behind = left + 2 * _BUTTON + 8 + (_EFFECTS_WIDE if has_effects else 0)
        self.gain.setGeometry(behind, top, min(74, self.width() - behind - 6), _BUTTON)
        self.effects.setVisible(is_tall and has_effects)
        self.gain.setVisible(is_tall and not self._is_thin)
        self.solo.setVisible(not self._is_thin)
        self.mute.setVisible(not self._is_thin)
        self.update()

    def _draw_grip(self, painter: QPainter, shades: Colours) -> None:
        """Draw the dots by which a lane is dragged."""
        top = self.name_rect.center().y() - 5
        for dot in (QPoint(x, y) for x in (0, 3) for y in (0, 4, 8)):
            painter.fillRect(_GRIP + dot.x(), top + dot.y(), 2, 2, qcolor(shades.faint))

    def _draw_words(self, painter: QPainter, content: HeadContent) -> None:
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        shades, font = content.colours, QFont(self.font())
        font.setBold(content.kind == "track")
        painter.setFont(font)
        painter.setPen(qcolor(shades.text if content.is_audible and not self._is_thin else shades.faint))
        space = self.name_rect
        # tracks of stems begin with the same words: "Courtyard [a dog barking]"
        elide = Qt.TextElideMode.ElideMiddle if content.kind == "track" else Qt.TextElideMode.ElideRight
        name = QFontMetrics(font).elidedText(content.title, elide, space.width())
        painter.drawText(space, left, name)
        if content.detail and self.height() >= _ROW_TWO + _BUTTON + 22:
            painter.setFont(self.font())
            painter.setPen(qcolor(shades.faint))
            painter.drawText(QRectF(_LEFT, _ROW_TWO + _BUTTON + 3, self.width() - _LEFT, 16), left, content.detail)

    def _describe(self, content: HeadContent) -> None:
        is_lane = content.kind == "lane"
        self.setCursor(Qt.CursorShape.OpenHandCursor if is_lane else Qt.CursorShape.ArrowCursor)
        state = f" ({content.chip.text})" if content.chip is not None else ""
        self.setToolTip("\n".join(line for line in (content.title + state, content.tip) if line))
        name = self.tr("Track {0}") if content.kind == "track" else self.tr("Lane {0}")
        self.setAccessibleName(name.format(content.title))
        self.setAccessibleDescription(self.toolTip())
        self.solo.describe(self.tr("Solo {0}").format(content.title), self.tr("Hear it alone, with others in solo (S)"))
        self.mute.describe(self.tr("Mute {0}").format(content.title), self.tr("Leave it out of the mix (M)"))
        self.effects.describe(self.tr("Effects of {0}").format(content.title), self.tr("Add and change effects"))
        self.gain.setAccessibleName(self.tr("Gain of {0} in decibels").format(content.title))

    def _emit(self, **change: float | bool) -> None:
        if self._content is not None:
            self.changed.emit(replace(self._content.mix, **change))
