"""Qt's Fusion style with this program's icons wherever a widget takes one from its style."""

from typing import Final

from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QWidget

from .icons import icon

_Standard = QStyle.StandardPixmap
_ICONS: Final[dict[QStyle.StandardPixmap, str]] = {
    _Standard.SP_TitleBarCloseButton: "close", _Standard.SP_DockWidgetCloseButton: "close",
    _Standard.SP_TitleBarNormalButton: "float", _Standard.SP_LineEditClearButton: "close",
    _Standard.SP_TabCloseButton: "close", _Standard.SP_ToolBarHorizontalExtensionButton: "more",
    _Standard.SP_MessageBoxInformation: "info", _Standard.SP_MessageBoxQuestion: "help",
    _Standard.SP_MessageBoxWarning: "warning", _Standard.SP_MessageBoxCritical: "error",
    _Standard.SP_FileDialogBack: "left", _Standard.SP_ArrowBack: "left", _Standard.SP_ArrowForward: "right",
    _Standard.SP_FileDialogToParent: "up", _Standard.SP_FileDialogNewFolder: "add",
    _Standard.SP_FileDialogListView: "jobs", _Standard.SP_FileDialogDetailedView: "batch",
    _Standard.SP_DirIcon: "folder", _Standard.SP_DirClosedIcon: "folder", _Standard.SP_DirOpenIcon: "open",
    _Standard.SP_DirHomeIcon: "folder", _Standard.SP_FileIcon: "file",
}  # fmt: skip


class PanelStyle(QProxyStyle):
    """Fusion, with the icons of the panel in title bars, message boxes, text fields and file dialogs."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self.setObjectName("fusion")

    def standardIcon(
        self, standard: QStyle.StandardPixmap, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> QIcon:
        """Return the panel's icon for `standard`; Fusion's where the panel has none."""
        name = _ICONS.get(standard)
        return super().standardIcon(standard, option, widget) if name is None else icon(name)
