"""Files that the system opens with the running panel: macOS sends them as events, not as arguments."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtGui import QFileOpenEvent


class OpenWith(QObject):
    """Event filter of the application: passes the path of a file that is opened in Finder or dropped on the Dock icon.

    open_paths : called with a list of one path.
    """

    def __init__(self, parent: QObject, open_paths: Callable[[list[Path]], None]) -> None:
        super().__init__(parent)
        self._open_paths = open_paths
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Return whether `event` was the opening of a file, which nobody else has to see."""
        if event is None or event.type() != QEvent.Type.FileOpen:
            return False
        file = cast(QFileOpenEvent, event).file()
        if file:
            self._open_paths([Path(file)])
        return bool(file)
