"""Out into a DAW or a file manager: stems as file URLs, in files that stay after the drop."""

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
    """`paths` as programs take dropped files: URLs, and the paths as text."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path.absolute())) for path in paths])
    mime.setText("\n".join(str(path.absolute()) for path in paths))
    return mime


def kept_files(paths: Sequence[Path], folder: Path | None = None) -> list[Path]:
    """Put stems into the output folder, to stay, as time-stamped Broadcast Wave files; returns their places.

    folder : None takes the one of the settings. Raises FlowsepError as `hand_over` does.
    """
    target = folder or panel_settings().folder
    return [publish_copy(path, target) for path in paths]


def drag_files(widget: QWidget, paths: Sequence[Path], folder: Path | None = None) -> Qt.DropAction:
    """Let the user drag `paths` out of `widget`, as copies; returns when they are dropped, with what was done.

    The files lie in the output folder and are never removed, as a DAW may play them from there. Raises FlowsepError
    where that folder takes none; nothing is dragged then.
    """
    kept = kept_files(paths, folder)
    drag = QDrag(widget)
    drag.setMimeData(stem_mime(kept))
    drag.setPixmap(drag_picture([path.stem for path in kept], widget))
    drag.setHotSpot(QPoint(-12, -8))
    return drag.exec(Qt.DropAction.CopyAction, Qt.DropAction.CopyAction)


def try_drag(widget: QWidget, paths: Sequence[Path], folder: Path | None = None) -> str | None:
    """`drag_files`, with an error as words; None where all went well, dropped or not."""
    try:
        drag_files(widget, paths, folder)
    except FlowsepError as error:
        return str(error)
    return None


def drag_picture(names: Sequence[str], widget: QWidget) -> QPixmap:
    """Names under the pointer."""
    shown = [*names[:_MOST_LINES], *([f"+ {len(names) - _MOST_LINES}"] if len(names) > _MOST_LINES else [])]
    font, shades, ratio = widget.font(), colours(), widget.devicePixelRatioF()
    metrics = QFontMetrics(font)
    line = metrics.height() + 2
    width = min(320, 16 + max((metrics.horizontalAdvance(name) for name in shown), default=0))
    pixmap = QPixmap(round(width * ratio), round((line * len(shown) + 8) * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QColor(shades.raised)
    ground.setAlpha(235)
    painter.setBrush(ground)
    painter.setPen(shades.accent)
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, line * len(shown) + 7), 4, 4)
    painter.setPen(shades.text)
    painter.setFont(font)
    for row, name in enumerate(shown):
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width - 16)
        painter.drawText(QRectF(8, 4 + row * line, width - 16, line), Qt.AlignmentFlag.AlignVCenter, text)
    painter.end()
    return pixmap
