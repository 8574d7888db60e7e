"""The hands of a user in tests of the panel: Qt's own events without a screen, or xdotool in an X server.

`run_in_x` runs a test again, in a process of its own in a real window; `hands` (conftest) then gives xdotool's.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Protocol

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt
from PyQt6.QtGui import QDrag, QDropEvent, QGuiApplication
from PyQt6.QtWidgets import QApplication, QLabel, QWidget

X_HANDS = "FLOWSEP_TEST_X_HANDS"
TOOLS = ("Xvfb", "xdotool")


class Hands(Protocol):
    """What a user does with mouse and keys."""

    def click(self, widget: QWidget, at: QPoint | None = None) -> None: ...
    def drag(self, widget: QWidget, start: QPoint, stop: QPoint) -> None: ...
    def type(self, widget: QWidget, text: str) -> None: ...
    def press(self, widget: QWidget, keys: str) -> None: ...
    def drop_on(self, widget: QWidget, start: QPoint, target: "Target") -> list[Path]: ...


class Target(QLabel):
    """A small window that takes files, as a DAW's track does."""

    def __init__(self) -> None:
        super().__init__("Drop here")
        self.setAcceptDrops(True)
        self.paths: list[Path] = []
        self.setGeometry(20, 20, 200, 120)

    def dragEnterEvent(self, event: Any) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        self.paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        event.acceptProposedAction()


class QtHands:
    """Qt's own events, for where there is no screen."""

    def __init__(self, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._qtbot, self._monkeypatch = qtbot, monkeypatch

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        self._qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())

    def drag(self, widget: QWidget, start: QPoint, stop: QPoint) -> None:
        self._qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
        for step in range(1, 9):
            self._qtbot.mouseMove(widget, start + (stop - start) * step / 8)
        self._qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=stop)

    def type(self, widget: QWidget, text: str) -> None:
        self._qtbot.keyClicks(widget, text)

    def press(self, widget: QWidget, keys: str) -> None:
        window = widget.window()
        assert window is not None
        window.activateWindow()
        widget.setFocus()
        self._qtbot.waitUntil(window.isActiveWindow)
        self._qtbot.keySequence(widget, keys)

    def drop_on(self, widget: QWidget, start: QPoint, target: Target) -> list[Path]:
        """Without a screen there is no window to let go over: what is dragged is handed to the target's own events."""

        def let_go(drag: QDrag, *_: object) -> Qt.DropAction:
            mime: QMimeData | None = drag.mimeData()
            assert mime is not None
            event = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                               Qt.KeyboardModifier.NoModifier)  # fmt: skip
            target.dropEvent(event)
            return Qt.DropAction.CopyAction

        self._monkeypatch.setattr(QDrag, "exec", let_go)
        self.drag(widget, start, start + QPoint(80, 40))
        return target.paths


class XHands:
    """xdotool: the events come through the X server, as a user's do."""

    def __init__(self, qtbot: Any) -> None:
        self._qtbot = qtbot

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        self._do(*self._move(widget, at or widget.rect().center()), "click", "1")

    def drag(self, widget: QWidget, start: QPoint, stop: QPoint) -> None:
        moves = [self._move(widget, start + (stop - start) * step / 8) for step in range(1, 9)]
        steps = [word for move in moves for word in (*move, "sleep", "0.03")]
        self._do(*self._move(widget, start), "mousedown", "1", *steps, "mouseup", "1")

    def type(self, widget: QWidget, text: str) -> None:
        self._focus(widget)
        self._do("type", "--delay", "40", text)

    def press(self, widget: QWidget, keys: str) -> None:
        self._focus(widget)
        *modifiers, key = keys.split("+")
        names = {"Space": "space", "/": "slash"}
        key = names.get(key, key.lower() if len(key) == 1 else key)  # a capital would be typed with Shift
        self._do("key", "+".join([*(name.lower() for name in modifiers), key]))

    def drop_on(self, widget: QWidget, start: QPoint, target: Target) -> list[Path]:
        """Another program's window takes the drop, by the protocol that DAWs speak."""
        report = Path(os.environ[X_HANDS]) / "dropped"
        begin = widget.mapToGlobal(start)
        with _receiver(report) as where:
            path = [begin + (where - begin) * step / 12 for step in range(13)]
            moves = [
                word for at in path for word in ("mousemove", str(round(at.x())), str(round(at.y())), "sleep", "0.05")
            ]
            first = ("mousemove", str(begin.x()), str(begin.y()), "mousedown", "1", "sleep", "0.1")
            self._do(*first, *moves, "sleep", "0.4", "mouseup", "1")
            self._qtbot.waitUntil(report.exists, timeout=20_000)
        return [Path(line) for line in report.read_text("utf-8").splitlines()]

    def _focus(self, widget: QWidget) -> None:
        window = widget.window()
        assert window is not None
        if QGuiApplication.focusWindow() is not window.windowHandle():
            self._do("windowfocus", str(int(window.winId())))
            self._qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=10_000)

    def _move(self, widget: QWidget, at: QPoint) -> tuple[str, str, str]:
        there = widget.mapToGlobal(at)
        return ("mousemove", str(there.x()), str(there.y()))

    def _do(self, *words: str) -> None:
        """Run xdotool while the window goes on."""
        ended = threading.Event()
        codes: list[int] = []

        def run() -> None:
            codes.append(subprocess.run(["xdotool", *words], check=False, timeout=60).returncode)
            ended.set()

        thread = threading.Thread(target=run)
        thread.start()
        self._qtbot.waitUntil(ended.is_set, timeout=60_000)
        thread.join()
        assert codes == [0], f"xdotool {' '.join(words)}"
        self._qtbot.wait(80)


def run_in_x(name: str, folder: Path) -> None:
    """Run the test `name` (file::function) with xdotool's hands; skip, saying so, where the tools are missing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or sys.platform != "linux":
        pytest.skip(
            f"THE PANEL WAS NOT TRIED IN A REAL WINDOW: {' and '.join(missing) or 'X'} not there; "
            "sudo apt-get install xvfb xdotool"
        )
    with _x_server() as display:
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", X_HANDS: str(folder)}
        command = [sys.executable, "-m", "pytest", name, "-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider"]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if "no Qt platform plugin could be initialized" in ended.stderr + ended.stdout:
        pytest.skip(
            "THE PANEL WAS NOT TRIED IN A REAL WINDOW: Qt's xcb plugin lacks system libraries (libxcb-cursor0 …)"
        )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]


class _x_server:
    """An X server without a screen; gives its display."""

    def __enter__(self) -> str:
        reads, writes = os.pipe()
        command = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=[writes], stderr=subprocess.DEVNULL)
        os.close(writes)
        with os.fdopen(reads) as report:
            number = report.readline().strip()
        assert number, "Xvfb does not start"
        return f":{number}"

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(20)


_RECEIVER = """
import sys
from pathlib import Path
from PyQt6.QtWidgets import QApplication, QLabel
app = QApplication([])
class Target(QLabel):
    def dragEnterEvent(self, event): event.acceptProposedAction()
    def dropEvent(self, event):
        event.acceptProposedAction()
        names = "\\n".join(url.toLocalFile() for url in event.mimeData().urls())
        part = Path(sys.argv[1] + ".part"); part.write_text(names, "utf-8"); part.rename(sys.argv[1])
target = Target("Drop here"); target.setAcceptDrops(True); target.setGeometry(1380, 300, 200, 200); target.show()
app.processEvents(); print("ready", flush=True)
app.exec()
"""


class _receiver:
    """Another program with a window at a known place."""

    def __init__(self, report: Path) -> None:
        self._report = report

    def __enter__(self) -> QPoint:
        command = [sys.executable, "-c", _RECEIVER, str(self._report)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"
        time.sleep(0.5)
        return QPoint(1480, 400)

    def __exit__(self, *_: object) -> None:
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.wait(20)
        self._process.stdout.close()
