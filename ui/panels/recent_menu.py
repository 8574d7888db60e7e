"""The menu of files and sessions that were opened last."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from flowsep_ui.studio.saved.recent import existing, recent_titles, with_recent
from PyQt6.QtCore import QSettings, pyqtSignal
from PyQt6.QtWidgets import QMenu, QWidget

_KEY = "recent"


class RecentMenu(QMenu):
    """Lists the recent files in `settings` that still exist, each time it opens. `open_requested`: the path."""

    open_requested = pyqtSignal(object)

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setTitle(self.tr("Open recent"))
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The recent files that still exist, the newest first."""
        stored = self._settings.value(_KEY, [], list)
        return existing(Path(str(name)) for name in stored or ())

    @property
    def titled(self) -> tuple[tuple[Path, str], ...]:
        """The recent files with their titles."""
        return tuple(zip(self.paths, recent_titles(self.paths), strict=True))

    def add(self, paths: Iterable[Path]) -> None:
        """Put `paths` in front of the list, and drop those that no longer exist."""
        self._store(with_recent(self.paths, paths))

    def fill(self) -> None:
        """Fill the menu from the settings."""
        self.clear()
        paths = self.paths
        for path, title in zip(paths, recent_titles(paths), strict=True):
            action = self.addAction(title.replace("&", "&&"), partial(self.open_requested.emit, path))
            assert action is not None
            action.setToolTip(str(path))
        self.addSeparator()
        clear = self.addAction(self.tr("Clear this list"), lambda: self._store(()))
        assert clear is not None
        clear.setEnabled(bool(paths))

    def _store(self, paths: Iterable[Path]) -> None:
        self._settings.setValue(_KEY, [str(path) for path in paths])
