"""Drag stems into a DAW or file manager, as URLs of files that stay after the drop."""

import logging
from collections.abc import Sequence
from pathlib import Path

from flowsep_ui.theme import colours
from PyQt6.QtCore import QMimeData, QPoint, QRectF, Qt, QUrl
from PyQt6.QtGui import QColor, QDrag, QFontMetrics, QPainter, QPixmap
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.files.publish_copy import publish_copy
from flowsep_plugin.settings import panel_settings

log = logging.getLogger(__name__)
_MOST_LINES = 6


def stem_mime(paths: Sequence[Path]) -> QMimeData:
    """Return `paths` as drag data: file URLs, and the paths as text."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path.absolute())) for path in paths])
    mime.setText("\n".join(str(path.absolute()) for path in paths))
    return mime


def publish_stems(paths: Sequence[Path], folder: Path | None = None, *, in_place: bool = False) -> list[Path]:
    """Return stems as time-stamped Broadcast Wave files in the output folder; copies where they are not there already.

    folder : None takes the one of the settings.     in_place : every file stays in its own folder instead.
    Raises FlowsepError as `publish_copy` does.
    """
    if in_place:
        return [publish_copy(path, path.parent) for path in paths]
    target = folder or panel_settings().folder
    return [publish_copy(path, target) for path in paths]


def drag_files(
    widget: QWidget, paths: Sequence[Path], folder: Path | None = None, *, in_place: bool = False
) -> Qt.DropAction:
    """Drag `paths` out of `widget` as `publish_stems` returns them; returns the drop's action when it ends.

    The files stay in their folder, as a DAW may play them from there. Raises FlowsepError, before anything is dragged,
    where that folder cannot be written.
    """
    copies = publish_stems(paths, folder, in_place=in_place)
    drag = QDrag(widget)
    drag.setMimeData(stem_mime(copies))
    drag.setPixmap(drag_picture([path.stem for path in copies], widget))
    drag.setHotSpot(QPoint(-12, -8))
    return drag.exec(Qt.DropAction.CopyAction, Qt.DropAction.CopyAction)


def try_drag(
    widget: QWidget, paths: Sequence[Path], folder: Path | None = None, *, in_place: bool = False
) -> str | None:
    """Call `drag_files`; returns the text of its error, or None, whether dropped or not."""
    try:
        drag_files(widget, paths, folder, in_place=in_place)
    except FlowsepError as error:
        return str(error)
    return None


def drag_picture(names: Sequence[str], widget: QWidget) -> QPixmap:
    """Return the picture under the pointer: `names`, six lines at most, in the colours of the theme."""
    lines = [*names[:_MOST_LINES], *([f"+ {len(names) - _MOST_LINES}"] if len(names) > _MOST_LINES else [])]
    font, shades, ratio = widget.font(), colours(), widget.devicePixelRatioF()
    metrics = QFontMetrics(font)
    line = metrics.height() + 2
    width = min(320, 16 + max((metrics.horizontalAdvance(name) for name in lines), default=0))
    pixmap = QPixmap(round(width * ratio), round((line * len(lines) + 8) * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    background = QColor(shades.raised)
    background.setAlpha(235)
    painter.setBrush(background)
    painter.setPen(shades.accent)
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, line * len(lines) + 7), 4, 4)
    painter.setPen(shades.text)
    painter.setFont(font)
    for row, name in enumerate(lines):
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width - 16)
        painter.drawText(QRectF(8, 4 + row * line, width - 16, line), Qt.AlignmentFlag.AlignVCenter, text)
    painter.end()
    return pixmap
