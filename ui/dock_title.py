"""The title bar of a dock: its name, and buttons to detach and close it."""

from PyQt6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QWidget

from .panels.buttons import icon_button


class DockTitle(QWidget):
    """Title bar of `dock`; dragging it moves the dock, a double-click detaches it."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        title = QLabel(dock.windowTitle(), self)
        title.setObjectName("dock-title")
        self.detach = icon_button("float", self.tr("Detach"), self.tr("Detach from the window, or attach again"), self)
        self.close_button = icon_button("close", self.tr("Close"), self.tr("Close; the menu View shows it again"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.setSpacing(2)
        row.addWidget(title, 1)
        row.addWidget(self.detach)
        row.addWidget(self.close_button)
        self.detach.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_button.clicked.connect(dock.close)
