"""What every test of the panel may use: no screen and folders of its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from left_over import end_worker

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest.importorskip("PyQt6", reason="the panel's tests need: pip install 'flowsep-plugin[gui]'")

from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QApplication


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


@pytest.fixture
def hands(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Mouse and keys: xdotool's where a test runs in an X server, else Qt's own events."""
    from panel_hands import X_HANDS, QtHands, XHands

    return XHands(qtbot) if os.environ.get(X_HANDS) else QtHands(qtbot, monkeypatch)


@pytest.fixture
def real_panel(qtbot: Any) -> Iterator[Any]:
    """The panel as it starts, with everything real."""
    from flowsep_ui.app import make_window

    from flowsep_plugin.settings import PanelSettings

    panel = make_window(PanelSettings())
    panel.setGeometry(0, 0, 1360, 860)
    panel.show()
    panel.recover()
    yield panel
    panel.leave()
    panel.close()
    panel.deleteLater()
    end_worker()


@pytest.fixture
def panel(real_panel: Any) -> Any:
    """The panel as it starts; a module may override this with a panel on another output."""
    return real_panel
