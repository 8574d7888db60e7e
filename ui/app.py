"""The panel's process: folders, look, window, and a hook that turns what nobody foresaw into a message.

python -m flowsep_ui [FILES|SESSION]
"""

import argparse
import faulthandler
import logging
import logging.handlers
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from flowsep_ui.controllers.midi_listener import MidiListener
from flowsep_ui.controllers.window_settings import listen
from flowsep_ui.controllers.worker_link import WorkerLink
from flowsep_ui.studio.panel_directory import PanelDirectory
from PyQt6.QtCore import QObject, QSettings, pyqtSignal
from PyQt6.QtWidgets import QApplication

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.settings import PanelSettings, panel_settings
from flowsep_plugin.version import __version__

from . import i18n, theme
from .audition import Player
from .icons import app_icon
from .shortcut_keys import load_shortcuts
from .tasks import Tasks
from .window import MainWindow, WindowParts

log = logging.getLogger(__name__)
_LOG_BYTES = 1_000_000


def main(argv: list[str] | None = None) -> int:
    """Open the panel; returns when it is closed."""
    given = _arguments(sys.argv[1:] if argv is None else argv)
    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    app.setApplicationName("flowsep")
    app.setApplicationDisplayName("FlowSep")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("flowsep")
    app.setWindowIcon(app_icon())
    settings, trouble = _settings()
    theme.apply(app, given.theme or settings.theme)
    i18n.load(app, settings.language)
    window = make_window(settings)
    hook = CrashHook(window)
    hook.install()
    window.show()
    window.recover()
    window.use_device(settings.device)
    trouble = trouble or _take_shortcuts(window)
    if trouble:
        window.messages.warn(trouble)
    if given.paths:
        window.open_paths(given.paths)
    try:
        return app.exec()
    finally:
        hook.remove()
        window.leave()


def make_window(settings: PanelSettings) -> MainWindow:
    """A window with everything real in it, its link started."""
    directory = PanelDirectory()
    _log_into(directory.workspace_file.parent)
    link = WorkerLink()
    kept = QSettings(str(directory.workspace_file.with_name("panel.ini")), QSettings.Format.IniFormat)
    player = Player()
    if settings.sound_device:
        player.set_device(settings.sound_device)
    midi = MidiListener()
    window = MainWindow(WindowParts(directory, link, Tasks(), player, kept, midi))
    listen(window, settings)
    link.start()
    return window


class CrashHook(QObject):
    """What nobody foresaw: written down, told in the window, the work saved. Qt would end the process otherwise."""

    _raised = pyqtSignal(str, str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._before = sys.excepthook
        self._raised.connect(window.complain)

    def install(self) -> None:
        """From now on."""
        sys.excepthook = self.caught

    def remove(self) -> None:
        """As it was before."""
        sys.excepthook = self._before

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """See the class."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("unforeseen\n%s", details)
        said = str(error) if isinstance(error, FlowsepError) else f"Something unforeseen happened ({kind.__name__})."
        self._raised.emit(said, details)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="flowsep panel", description="Select, describe, hear, drop it back.")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILES|SESSION", help="what to open")
    parser.add_argument("--theme", choices=theme.THEMES, help="for this time; default: as in the settings")
    parser.add_argument("--version", action="version", version=f"flowsep panel {__version__}")
    return parser.parse_args(argv)


def _settings() -> tuple[PanelSettings, str | None]:
    try:
        return panel_settings(), None
    except FlowsepError as error:
        return PanelSettings(), str(error)


def _take_shortcuts(window: MainWindow) -> str | None:
    try:
        load_shortcuts(window.every_action)
    except FlowsepError as error:
        return str(error)
    return None


def _log_into(folder: Path) -> None:
    """A log that stays small, and a place for what ends the process outright."""
    root = logging.getLogger()
    if any(isinstance(handler, logging.handlers.RotatingFileHandler) for handler in root.handlers):
        return
    handler = logging.handlers.RotatingFileHandler(folder / "panel.log", maxBytes=_LOG_BYTES, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    crashes = os.open(folder / "crash.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    faulthandler.enable(crashes)
