"""Layout of the welcome page: no docks around it, which come back with the first document."""

from collections.abc import Mapping

from PyQt6.QtWidgets import QDockWidget, QStackedWidget, QWidget


class FirstPage:
    """Switches between the welcome page, without docks, and the other page, with the docks that were open there."""

    def __init__(self, pages: QStackedWidget, welcome: QWidget, docks: Mapping[str, QDockWidget]) -> None:
        self._pages, self._welcome, self._docks = pages, welcome, docks
        self._waiting: list[QDockWidget] = []

    def show(self, page: QWidget) -> None:
        """Show `page`, and hide or show the docks."""
        is_welcome = page is self._welcome
        if is_welcome and not self._waiting:
            self._waiting = [dock for dock in self._docks.values() if not dock.isHidden() and not dock.isFloating()]
            for dock in self._waiting:
                dock.hide()
        elif not is_welcome:
            self.restore_docks()
        self._pages.setCurrentWidget(page)

    def restore_docks(self) -> None:
        """Show the docks that were hidden for the welcome page, as before the layout is saved."""
        for dock in self._waiting:
            dock.show()
        self._waiting = []
