"""Scenes and views that the timeline's tests are made from."""

from pathlib import Path

import numpy as np
import soundfile as sf
from flowsep_ui.timeline import Lane, LanePart, MarkerView, Scene, SceneClip, SceneTrack, TimelineView
from PyQt6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QImage, QKeySequence, QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from flowsep_plugin.audio.span import Span

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
RATE = 8_000
SECONDS = 8


def write_burst(path: Path, first: float = 2.0, last: float = 4.0, seconds: float = SECONDS, channels: int = 1) -> Path:
    """Noise between two times, silence around it."""
    samples = np.zeros((round(seconds * RATE), channels), np.float32)
    loud = slice(round(first * RATE), round(last * RATE))
    samples[loud] = np.random.default_rng(0).uniform(-0.9, 0.9, samples[loud].shape)
    sf.write(path, samples, RATE, subtype="PCM_16")
    return path


def span(first: float, last: float) -> Span:
    return Span(round(first * RATE), round((last - first) * RATE), RATE)


def clip_of(path: Path | None, name: str = "c", first: float = 0, last: float = SECONDS, **more) -> SceneClip:
    return SceneClip(name, name, path, span(first, last), span(0, last - first), **more)


def part_of(path: Path | None, first: float = 0, last: float = SECONDS, **more) -> LanePart:
    return LanePart(path, span(first, last), **more)


def lane_of(path: Path | None, name: str = "l", presence: tuple[float, ...] = (), **more) -> Lane:
    return Lane(name, f"the {name}", "stem", "", (part_of(path, presence=presence),), **more)


def scene_of(path: Path | None, lanes: tuple[Lane, ...] = (), markers: tuple[MarkerView, ...] = ()) -> Scene:
    tracks = (
        SceneTrack("t1", "first", (clip_of(path),), lanes),
        SceneTrack("t2", "second", (clip_of(path, "a", 1, 3), clip_of(path, "b", 5, 7)), height=60),
    )
    return Scene("scene", RATE, SECONDS * RATE, tracks, markers)


def pixels_of(image: QImage) -> np.ndarray:
    """(height, width, 3) red, green, blue."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    buffer = image.constBits()
    buffer.setsize(image.sizeInBytes())
    return np.frombuffer(buffer, np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].copy()


def drawn(view: TimelineView) -> np.ndarray:
    """The canvas, drawn until nothing is asked for any more, and once again with what was asked for last."""
    for _ in range(50):
        view.canvas.grab()
        QCoreApplication.processEvents()
        if not view.store.is_busy:
            break
    return pixels_of(view.canvas.grab().toImage())


def x_of(view: TimelineView, seconds: float) -> int:
    return round(view.model.view.x_of(seconds * RATE))


def at(view: TimelineView, seconds: float, row: int = 0, y: int | None = None) -> QPoint:
    """A place on the canvas: in the middle of a row, or `y` below its top."""
    matches = view.model.index.layout.rows[row]
    return QPoint(x_of(view, seconds), matches.top - view.model.top + (matches.height // 2 if y is None else y))


def pull(view, start: QPoint, stop: QPoint, keys=NONE) -> None:
    QTest.mousePress(view.canvas, LEFT, keys, start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(view.canvas, start + (stop - start) * share)
        move(view.canvas, start + (stop - start) * share, keys)
    QTest.mouseRelease(view.canvas, LEFT, keys, stop)


def move(widget, to: QPoint, keys) -> None:
    """A mouse move with the button and keys held, which QTest cannot say."""
    place = QPointF(to)
    event = QMouseEvent(QEvent.Type.MouseMove, place, QPointF(widget.mapToGlobal(to)), LEFT, LEFT, keys)
    QApplication.sendEvent(widget, event)


def press(view, keys: str) -> None:
    view.canvas.setFocus()
    code = QKeySequence(keys)[0]
    QTest.keyClick(view.canvas, code.key(), code.keyboardModifiers())
