"""What the tests and the pictures of the dialogs are made of."""

from pathlib import Path

import numpy as np
from flowsep_ui.dialogs.export_rows import ExportRow
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractItemView, QAbstractSpinBox, QComboBox, QKeySequenceEdit, QTabBar, QWidget

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.files.export import ExportItem
from flowsep_plugin.media import Bext, quantise24, write_clip

RATE = 48_000


def write_stems(
    folder: Path, sounds=("a dog barking", "rain on a roof", "rest"), seconds: float = 1.0
) -> dict[str, Path]:
    """A clip and stems that sum to it, by name as a player loads them."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    draw = {
        sound: quantise24((0.05 * rng.standard_normal((2, round(seconds * RATE)))).astype(np.float32))
        for sound in sounds
    }
    whole = {"clip": sum(draw.values()), **draw}
    paths = {}
    for sound, samples in whole.items():
        path = folder / ("courtyard.wav" if sound == "clip" else f"courtyard [{sound}].wav")
        write_clip(path, AudioClip(samples, RATE), bext=Bext(time_reference=3600 * RATE))
        paths[sound if sound in ("clip", "rest") else f"stem:{sound}"] = path
    return paths


def export_rows(paths: dict[str, Path]) -> list[ExportRow]:
    return [
        ExportRow(ExportItem(path, "courtyard", name.removeprefix("stem:"), at=RATE))
        for name, path in paths.items()
        if name != "clip"
    ]


def unnamed(dialog: QWidget) -> list[QWidget]:
    """What the Tab key reaches and a screen reader could not name; the inner parts of boxes and lists aside."""
    whole = (QComboBox, QAbstractSpinBox, QAbstractItemView, QKeySequenceEdit)
    widgets = [w for w in dialog.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert widgets, "nothing can be reached by Tab"
    return [
        w
        for w in widgets
        if not isinstance(w.parent(), whole)
        and not isinstance(w, QTabBar)
        and not w.objectName().startswith("qt_")
        and not any(isinstance(up, whole) for up in _above(w, dialog))
        and not (w.accessibleName() or getattr(w, "text", str)())
    ]


def _above(widget: QWidget, top: QWidget):
    while (widget := widget.parentWidget()) is not None and widget is not top:
        yield widget
