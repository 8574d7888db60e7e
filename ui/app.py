"""The panel's process: settings, theme, language, window, log, and a hook that reports unexpected errors.

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
from flowsep_ui.controllers.open_with import OpenWith
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
    """Open the panel and return the exit code of Qt's event loop when it is closed."""
    arguments = _arguments(sys.argv[1:] if argv is None else argv)
    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    app.setApplicationName("flowsep")
    app.setApplicationDisplayName("FlowSep")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(os.environ.get("FLATPAK_ID", "flowsep"))  # a Flatpak's menu entry has its own name
    app.setWindowIcon(app_icon())
    settings, problem = _settings()
    theme.apply(app, arguments.theme or settings.theme)
    i18n.load(app, settings.language)
    window = make_window(settings)
    hook = CrashHook(window)
    hook.install()
    window.show()
    window.recover()
    window.use_device(settings.device)
    problem = problem or _load_shortcuts(window)
    if problem:
        window.messages.warn(problem)
    OpenWith(app, window.open_paths)
    if arguments.paths:
        window.open_paths(arguments.paths)
    try:
        return app.exec()
    finally:
        hook.remove()
        window.leave()


def make_window(settings: PanelSettings) -> MainWindow:
    """Return a window with real folders, player, MIDI and worker link; the link is started."""
    directory = PanelDirectory()
    _log_into(directory.workspace_file.parent)
    link = WorkerLink()
    layout = QSettings(str(directory.workspace_file.with_name("panel.ini")), QSettings.Format.IniFormat)
    player = Player()
    if settings.sound_device:
        player.set_device(settings.sound_device)
    midi = MidiListener()
    window = MainWindow(
        WindowParts(directory=directory, link=link, tasks=Tasks(), player=player, settings=layout, midi=midi)
    )
    listen(window, settings)
    link.start()
    return window


class CrashHook(QObject):
    """Handler of unexpected exceptions: logs, saves and reports them. Without it, Qt would abort the process."""

    _raised = pyqtSignal(str, str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._previous = sys.excepthook
        self._raised.connect(window.complain)

    def install(self) -> None:
        """Set `handle` as `sys.excepthook`, which PyQt also calls for errors in slots."""
        sys.excepthook = self.handle

    def remove(self) -> None:
        """Restore the `sys.excepthook` from before `install`."""
        sys.excepthook = self._previous

    def handle(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log the error and show it in the window, from any thread; Ctrl+C quits the panel instead."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("unexpected error\n%s", details)
        expected = isinstance(error, FlowsepError)
        self._raised.emit(
            str(error) if expected else self.tr("An unexpected error occurred ({0}).").format(kind.__name__), details
        )


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="flowsep panel", description="Separate sounds on a timeline by describing them."
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILES|SESSION", help="audio files or a session to open")
    parser.add_argument("--theme", choices=theme.THEMES, help="for this run; default: as in the settings")
    parser.add_argument("--version", action="version", version=f"flowsep panel {__version__}")
    return parser.parse_args(argv)


def _settings() -> tuple[PanelSettings, str | None]:
    try:
        return panel_settings(), None
    except FlowsepError as error:
        return PanelSettings(), str(error)


def _load_shortcuts(window: MainWindow) -> str | None:
    try:
        load_shortcuts(window.all_actions)
    except FlowsepError as error:
        return str(error)
    return None


def _log_into(folder: Path) -> None:
    """Log into `folder`: panel.log of at most 3 MB with its backups, and crash.log for faults of native code."""
    root = logging.getLogger()
    if any(isinstance(handler, logging.handlers.RotatingFileHandler) for handler in root.handlers):
        return
    handler = logging.handlers.RotatingFileHandler(folder / "panel.log", maxBytes=_LOG_BYTES, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    crashes = os.open(folder / "crash.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    faulthandler.enable(crashes)
