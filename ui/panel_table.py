"""The window's dock panels as one table. A new panel is a module in `panels` and a row in PANELS.

Docks, the View menu, the shortcuts editor, the saved layout and the translations follow the table.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flowsep_ui.panels.batch import BatchPanel
from flowsep_ui.panels.effects import EffectsPanel
from flowsep_ui.panels.jobs import JobsPanel
from flowsep_ui.panels.picture import PicturePanel
from flowsep_ui.panels.sounds import SoundsPanel
from flowsep_ui.panels.undo_list import UndoList
from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import QDockWidget, QWidget

from .actions import tip_with_keys
from .dock_title import DockTitle
from .icons import icon

if TYPE_CHECKING:
    from .window import MainWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSpec:
    """One dock panel.

    name : key of saved layouts and of `MainWindow.docks`; never changes.     title, tip : English sources in the
    context "Panels".     make : builds the widget; may use the window's model, controllers and parts, not other panels.
    area, is_visible : of a fresh layout.     beside : name of an earlier panel whose tabs it joins there.
    keys, icon : of the entry in the menu View.
    """

    name: str
    title: str
    tip: str
    make: Callable[["MainWindow"], QWidget]
    area: Qt.DockWidgetArea
    beside: str | None = None
    keys: tuple[str, ...] = ()
    icon: str = ""
    is_visible: bool = True


PANELS: Final[tuple[PanelSpec, ...]] = (
    PanelSpec(
        name="sounds",
        title="Sounds",
        tip="Show or hide the sounds to separate, their settings and takes",
        make=lambda window: SoundsPanel(window.model, window.separation, window),
        area=Qt.DockWidgetArea.RightDockWidgetArea,
    ),
    PanelSpec(
        name="effects",
        title="Effects",
        tip="Show or hide the effects of a lane",
        make=lambda window: EffectsPanel(window.model, window.effects.rack, window.effects.prints, window),
        area=Qt.DockWidgetArea.RightDockWidgetArea,
        beside="sounds",
        keys=("Ctrl+Shift+E",),
        icon="fx",
    ),
    PanelSpec(
        name="history",
        title="History",
        tip="Show or hide the list of undo steps",
        make=lambda window: UndoList(window.model, window),
        area=Qt.DockWidgetArea.RightDockWidgetArea,
        beside="sounds",
        keys=("Ctrl+Shift+H",),
        icon="history",
        is_visible=False,
    ),
    PanelSpec(
        name="picture",
        title="Picture",
        tip="Show or hide the picture of videos, in step with the sound",
        make=lambda window: PicturePanel(window.picture, window),
        area=Qt.DockWidgetArea.RightDockWidgetArea,
        keys=("Ctrl+Shift+P",),
        icon="picture",
        is_visible=False,
    ),
    PanelSpec(
        name="jobs",
        title="Jobs",
        tip="Show or hide the worker's queue",
        make=lambda window: JobsPanel(window.parts.link, window.parts.directory.hidden, window),
        area=Qt.DockWidgetArea.BottomDockWidgetArea,
        keys=("J",),
        icon="jobs",
        is_visible=False,
    ),
    PanelSpec(
        name="batch",
        title="Batch",
        tip="Show or hide the batch: a folder or many clips as one set of jobs",
        make=lambda window: BatchPanel(window.batch, window.model, window),
        area=Qt.DockWidgetArea.BottomDockWidgetArea,
        beside="jobs",
        keys=("Ctrl+B",),
        icon="batch",
        is_visible=False,
    ),
)


def make_docks(window: "MainWindow", panels: Iterable[PanelSpec]) -> dict[str, QDockWidget]:
    """Build every panel in a dock of `window`; returns the docks by panel name, in the order of `panels`."""
    docks = {}
    for spec in panels:
        dock = QDockWidget(_translated(spec.title), window)
        dock.setObjectName(f"dock.{spec.name}")
        dock.setWidget(spec.make(window))
        dock.setTitleBarWidget(DockTitle(dock))
        window.addDockWidget(spec.area, dock)
        if spec.beside is not None and spec.beside in docks:
            window.tabifyDockWidget(docks[spec.beside], dock)
            docks[spec.beside].raise_()
        if not spec.is_visible:
            dock.hide()
        toggle = dock.toggleViewAction()
        assert toggle is not None
        toggle.setObjectName(f"view.panel.{spec.name}")
        toggle.setShortcuts([QKeySequence(key) for key in spec.keys])
        toggle.setToolTip(tip_with_keys(_translated(spec.tip), spec.keys))
        if spec.icon:
            toggle.setIcon(icon(spec.icon))
            toggle.setIconVisibleInMenu(False)  # its place there is that of the tick
        window.addAction(toggle)
        docks[spec.name] = dock
    return docks


def tabify_new(window: "MainWindow", panels: Iterable[PanelSpec], saved: Collection[str]) -> None:
    """Put docks that a restored layout does not know, all but those named `saved`, where a fresh layout has them."""
    for spec in panels:
        if spec.beside is not None and spec.name not in saved:
            window.tabifyDockWidget(window.docks[spec.beside], window.docks[spec.name])
            window.docks[spec.beside].raise_()


def _translated(text: str) -> str:
    return QCoreApplication.translate("Panels", text)
