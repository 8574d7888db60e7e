"""The title bar of a dock: its name, and buttons to detach and close it."""

from PyQt6.QtCore import QEvent, QObject, Qt, QTimer
from PyQt6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QTabBar, QWidget

from .panels.buttons import icon_button


class DockTitle(QWidget):
    """Title bar of `dock`; dragging it moves the dock. A dock in a tab has its name there, and no bar."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self.title = QLabel(dock.windowTitle(), self)
        self.title.setObjectName("dock-title")
        self.detach = icon_button("float", self.tr("Detach"), self.tr("Detach from the window, or attach again"), self)
        self.close_button = icon_button("close", self.tr("Close"), self.tr("Close; the menu View shows it again"), self)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.setSpacing(2)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(self.detach)
        row.addWidget(self.close_button)
        self.detach.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_button.clicked.connect(dock.close)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.show_name)
        for signal in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
            signal.connect(lambda *_: self._soon.start())

        toggle = dock.toggleViewAction()
        if toggle is not None:
            toggle.triggered.connect(lambda on: dock.raise_() if on else None)
        dock.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Raise a dock that is behind another tab instead of closing it: its key shows it first, then hides it."""
        if event is None or event.type() != QEvent.Type.Close or not self._is_behind():
            return False
        event.ignore()
        self._dock.raise_()
        toggle = self._dock.toggleViewAction()
        if toggle is not None:
            QTimer.singleShot(0, lambda: toggle.setChecked(not self._dock.isHidden()))
        return True

    def _is_behind(self) -> bool:
        return self._dock.isVisible() and not self._dock.isFloating() and self._dock.visibleRegion().isEmpty()

    def show_name(self) -> None:
        """Show name and buttons, unless the dock is one of several in tabs, which have a name for screen readers."""
        window = self._dock.parentWidget()
        tabs = window.tabifiedDockWidgets(self._dock) if isinstance(window, QMainWindow) else []
        for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly) if tabs else ():
            bar.setAccessibleName(self.tr("Panels"))
        neighbours = [dock for dock in tabs if not dock.isHidden() and not dock.isFloating()]
        alone = self._dock.isFloating() or not neighbours
        for widget in (self.title, self.detach, self.close_button):
            widget.setVisible(alone)
        self._row.setContentsMargins(*((12, 4, 6, 4) if alone else (0, 0, 0, 0)))
