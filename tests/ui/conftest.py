"""What every test of the panel may use: no screen, folders of its own, and no thread left behind."""

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest.importorskip("PyQt6", reason="the panel's tests need: pip install 'flowsep-plugin[gui]'")

from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QApplication

_PATIENCE_SECONDS = 5.0
_NATIVE_PREFIX = "flowsep"
"""QThreads of the panel are named so (`setObjectName("flowsep …")`); the system then shows the name."""


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, cache, data and the worker of a test are its own; nothing of the user's is read or written."""
    directory = tmp_path_factory.mktemp("panel-home")
    for name, folder in (
        ("FLOWSEP_WORKER_HOME", "worker"),
        ("FLOWSEP_PANEL_HOME", "panel"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
    ):
        monkeypatch.setenv(name, str(directory / folder))
    return directory


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    """A theme that a test puts on the application is gone with the test."""
    sheet, palette, style = qapp.styleSheet(), QPalette(qapp.palette()), qapp.style()
    name = style.objectName() if style is not None else ""
    yield
    if qapp.palette() != palette or qapp.styleSheet() != sheet:
        qapp.setStyleSheet(sheet)
        qapp.setStyle(name)
        qapp.setPalette(palette)


@pytest.fixture(autouse=True)
def no_thread_is_left(own_folders: Path) -> Iterator[None]:
    """Fail a test that leaves a thread running: Python's, a QThread, or work in Qt's pool."""
    before = set(threading.enumerate())
    native = _native()
    yield
    until = time.monotonic() + _PATIENCE_SECONDS
    while (left := _left(before, native)) and time.monotonic() < until:
        gc.collect()
        time.sleep(0.02)
    assert not left, f"the test left threads running: {', '.join(left)}"


def _left(before: set[threading.Thread], native: set[str]) -> list[str]:
    left = [
        thread.name
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and not isinstance(thread, threading._DummyThread)
    ]
    if "PyQt6.QtCore" in sys.modules:
        from PyQt6.QtCore import QThreadPool

        pool = QThreadPool.globalInstance()
        if pool is not None and pool.activeThreadCount():
            left.append(f"{pool.activeThreadCount()} in Qt's pool")
    return left + sorted(_native() - native)


def _native() -> set[str]:
    """Names (with ids) of the system's threads that carry the panel's prefix; Linux alone says."""
    names = set()
    for task in Path("/proc/self/task").glob("*/comm"):
        try:
            name = task.read_text().strip()
        except OSError:  # it has just ended
            continue
        if name.startswith(_NATIVE_PREFIX):
            names.add(f"{name} ({task.parent.name})")
    return names


@pytest.fixture
def hands(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Mouse and keys: xdotool's where a test runs in an X server, else Qt's own events."""
    from panel_hands import X_HANDS, QtHands, XHands

    return XHands(qtbot) if os.environ.get(X_HANDS) else QtHands(qtbot, monkeypatch)


@pytest.fixture
def real_panel(qtbot: Any) -> Iterator[Any]:
    """The panel as it starts, with everything real."""
    from flowsep_ui.app import make_window

    from flowsep_plugin.jobs.client.worker_client import WorkerClient
    from flowsep_plugin.settings import PanelSettings

    panel = make_window(PanelSettings())
    panel.setGeometry(0, 0, 1360, 860)
    panel.show()
    panel.recover()
    yield panel
    panel.leave()
    panel.close()
    panel.deleteLater()
    client = WorkerClient.running()
    if client is not None:
        client.shutdown()


@pytest.fixture
def panel(real_panel: Any) -> Any:
    """The panel as it starts; a module may override this with a panel on another output."""
    return real_panel
