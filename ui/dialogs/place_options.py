"""The options of “Place in session”, enabled as the session's format allows."""

from pathlib import Path

from flowsep_ui.studio.sessions.placed_stems import PlacementChoice
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QCheckBox, QDoubleSpinBox, QGridLayout, QLabel, QRadioButton, QWidget

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline import SessionFormat, by_suffix

_MOST_HANDLE_SECONDS = 60.0


class PlaceOptions(QWidget):
    """New tracks or takes, handles, embedding, rest, muting, markers. `changed`: another choice."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tracks = QRadioButton(self.tr("On new tracks"), self)
        self.as_takes = QRadioButton(self.tr("As takes"), self)
        self.tracks.setChecked(True)
        self.tracks.setToolTip(self.tr("One track for each sound, under the track of its clips"))
        kinds = QButtonGroup(self)
        kinds.addButton(self.tracks)
        kinds.addButton(self.as_takes)
        self.handles = QDoubleSpinBox(self)
        self.handles.setRange(0.0, _MOST_HANDLE_SECONDS)
        self.handles.setSingleStep(0.5)
        self.handles.setDecimals(1)
        self.handles.setSuffix(" s")
        self.handles.setAccessibleName(self.tr("Handles"))
        self.handles.setToolTip(self.tr("More of the source on both sides of each stem; separates those parts too"))
        self.residual = self._box(
            self.tr("With the rest"), self.tr("Stems and rest together sound exactly like the clip")
        )
        self.mute = self._box(self.tr("Mute the source clips"), "")
        self.embed = self._box(self.tr("Embed the sound"), "")
        self.dry = self._box(
            self.tr("Dry stems, muted"), self.tr("Beside a stem with effects also the stem without them, muted")
        )
        self.regions = self._box(self.tr("Regions where sounds were found"), "")
        self.markers = self._box(self.tr("Markers of the panel"), self.tr("The markers that you set here"))
        for box, is_on in ((self.residual, True), (self.mute, True), (self.dry, True), (self.markers, True)):
            box.setChecked(is_on)
        self._lay_out()
        for box in self._boxes:
            box.toggled.connect(lambda on: self.changed.emit())
        self.as_takes.toggled.connect(self._kind_changed)
        self.handles.editingFinished.connect(self._handles_changed)
        self._handle_seconds = 0.0

    def choice(self, takes: tuple[str, ...]) -> PlacementChoice:
        """Return the choice for `takes`; options that the format does not have are off."""
        as_takes = self.as_takes.isEnabled() and self.as_takes.isChecked()
        return PlacementChoice(
            takes=takes,
            residual=self.residual.isChecked(),
            mute_source=_is_on(self.mute) and not as_takes,
            regions=_is_on(self.regions),
            as_takes=as_takes,
            handle_seconds=self.handles.value(),
            embed=_is_on(self.embed),
            dry=_is_on(self.dry),
            markers=_is_on(self.markers),
        )

    def fit(self, path: Path, *, has_effects: bool, has_markers: bool) -> None:
        """Enable what the session at `path` can hold, and say why the rest is off; emits nothing."""
        try:
            form = by_suffix(path)
        except SessionError:
            return
        holds = form.capabilities
        self._allow(self.as_takes, holds.takes, form)
        self._allow(self.mute, holds.mute and not self.as_takes.isChecked(), form)
        self._allow(self.embed, form.can_embed(path), form)
        self._allow(self.regions, holds.regions, form)
        self._allow(self.markers, holds.markers, form)
        self._allow(self.dry, holds.mute, form)
        self.dry.setVisible(has_effects)
        self.markers.setVisible(has_markers)

    @property
    def _boxes(self) -> tuple[QCheckBox, ...]:
        return (self.residual, self.mute, self.embed, self.dry, self.regions, self.markers)

    def _allow(self, button: QCheckBox | QRadioButton, on: bool, form: SessionFormat) -> None:
        tip = button.property("tip")
        if tip is None:
            tip = button.toolTip()
            button.setProperty("tip", tip)
        button.setEnabled(on)
        button.setToolTip(tip if on else self.tr("{0} sessions cannot hold this").format(form.name))
        if button is self.as_takes and not on:
            self.tracks.setChecked(True)
        if button is self.mute and not on and self.as_takes.isChecked():
            button.setToolTip(self.tr("A muted clip would mute its takes"))

    def _kind_changed(self, as_takes: bool) -> None:
        self.changed.emit()

    def _handles_changed(self) -> None:
        if self.handles.value() != self._handle_seconds:  # also emitted where the focus leaves unchanged
            self._handle_seconds = self.handles.value()
            self.changed.emit()

    def _box(self, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(tip)
        return box

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        rows: tuple[tuple[QWidget, ...], ...] = (
            (self.tracks, self.residual, self.regions),
            (self.as_takes, self.mute, self.markers),
            (QLabel(self.tr("Handles"), self), self.embed, self.dry),
        )
        for row, widgets in enumerate(rows):
            for column, widget in enumerate(widgets):
                grid.addWidget(widget, row, 2 * column)
        grid.addWidget(self.handles, 2, 1)
        grid.setColumnStretch(5, 1)


def _is_on(box: QCheckBox) -> bool:
    return box.isEnabled() and not box.isHidden() and box.isChecked()
