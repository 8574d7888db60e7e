"""The list of lanes that can have effects, to choose the one whose effects are shown."""

from collections.abc import Mapping, Sequence

from flowsep_ui.icons import swatch
from flowsep_ui.panels.buttons import describe
from flowsep_ui.studio.lanes import StudioLane
from flowsep_ui.theme import lane_colour, rest_colour
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QComboBox, QWidget


class LaneBox(QComboBox):
    """Shows lanes with their colour and the number of their effects. `lane_selected`: id of a lane."""

    lane_selected = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        describe(self, self.tr("Lane"), self.tr("The lane whose effects are shown"))
        self.currentIndexChanged.connect(self._select)

    def show_lanes(self, lanes: Sequence[StudioLane], tracks: Mapping[str, str], selected: str | None) -> None:
        """Show `lanes` with `selected` in front, without a signal. `tracks`: names of all tracks by id."""
        names = [lane.id for lane in lanes]
        self.blockSignals(True)
        if [self.itemData(row) for row in range(self.count())] != names:
            self.clear()
            for name in names:
                self.addItem("", name)
        for row, lane in enumerate(lanes):
            count, title = len(lane.chain.active.slots), _title(lane, tracks)
            colour = rest_colour() if lane.colour is None else lane_colour(lane.colour)
            self.setItemIcon(row, QIcon(swatch(colour)))
            self.setItemText(row, f"{title}   FX {count}" if count else title)
        self.setCurrentIndex(names.index(selected) if selected in names else -1)
        self.setEnabled(bool(names))
        self.blockSignals(False)

    def _select(self, index: int) -> None:
        lane = self.itemData(index)
        if lane is not None:
            self.lane_selected.emit(str(lane))


def _title(lane: StudioLane, tracks: Mapping[str, str]) -> str:
    name = tracks.get(lane.track, "")
    return f"{lane.title} · {name}" if len(tracks) > 1 and name else lane.title
