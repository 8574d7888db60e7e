"""The footer below the rows: time, level and frequency under the mouse, and the selection."""

import numpy as np
from flowsep_ui.timeline.input.hits import Hit
from flowsep_ui.timeline.painting.rows import sound_band
from flowsep_ui.timeline.sound.mapping import PlacedSound, clip_sound, part_sound
from flowsep_ui.timeline.sound.regions import presence_at
from flowsep_ui.timeline.sound.store import SoundStore
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from flowsep_plugin.spectrogram.tiles import ROWS, hertz_of

from .model import TimelineModel
from .readout import hertz_text, level_text, span_text, time_text


class Footer(QWidget):
    """Two labels: the sound under the mouse on the left, the selection on the right."""

    def __init__(self, model: TimelineModel, store: SoundStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._store = model, store
        self.hover, self.selection = QLabel(self), QLabel(self)
        self.hover.setAccessibleName(self.tr("Under the mouse"))
        self.selection.setAccessibleName(self.tr("Selection"))
        self.selection.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 3)
        row.addWidget(self.hover, 1)
        row.addWidget(self.selection)
        model.appearance_changed.connect(self.show_selection)
        model.scene_changed.connect(self.show_selection)

    def show_text(self, text: str) -> None:
        """Show `text` in place of the hover read-out."""
        self.hover.setText(text)

    def show_hover(self, hovered: tuple[Hit, QPointF] | None) -> None:
        """Show time, level, presence and frequency under the mouse; nothing where `hovered` is None."""
        if hovered is None:
            self.show_text("")
            return
        hit, at = hovered
        parts = [time_text(self._model.scene, self._model.ruler, hit.frame)]
        sound = self._sound(hit)
        if sound is not None and sound.place.start <= hit.frame < sound.place.stop:
            parts += self._level(hit, sound, at)
        if hit.lane is not None:
            presence = presence_at(hit.lane, hit.frame)
            parts += [hit.lane.title] if presence is None else [self.tr("present {0}").format(f"{presence:.0%}")]
            parts += [hit.part.note] if hit.part is not None and hit.part.note else []
        if hit.clip is not None and hit.clip.why_not:
            parts.append(hit.clip.why_not)
        self.show_text("   ·   ".join(parts))

    def show_selection(self) -> None:
        """Show the selection in the ruler's units."""
        model = self._model
        self.selection.setText(
            "" if model.selection is None else span_text(model.scene, model.ruler, model.selection.span)
        )

    def _sound(self, hit: Hit) -> PlacedSound | None:
        if hit.clip is not None:
            return clip_sound(hit.clip)
        if hit.lane is None or hit.part is None or hit.part.path is None:
            return None
        peaks = self._store.sound_state(hit.part.path).peaks
        return part_sound(hit.part, peaks.rate if peaks else None, hit.lane.mix.gain_db)

    def _level(self, hit: Hit, sound: PlacedSound, at: QPointF) -> list[str]:
        """Return the peak level of the pixel under the mouse, and, over a spectrogram, the frequency."""
        half = max(0.5, self._model.view.frames_per_pixel / 2)
        edges = np.sort(sound.file_edges(np.asarray([hit.frame - half, hit.frame + half])))
        state = self._store.sound_state(sound.path)
        if state.error:
            return [state.error]
        columns = self._store.columns(sound.path, edges)
        if columns is None or np.isnan(columns.high).all():
            return []
        level = float(sound.level_at(np.asarray([float(hit.frame)]))[0])
        peak = max(abs(float(np.nanmax(columns.high))), abs(float(np.nanmin(columns.low)))) * level
        texts = [level_text(peak)]
        if self._model.spectrogram and state.peaks is not None and hit.row is not None:
            texts.append(self._hertz(hit, at, state.peaks.rate))
        return texts

    def _hertz(self, hit: Hit, at: QPointF, rate: int) -> str:
        assert hit.row is not None
        top, height = sound_band(hit.row)
        share = (at.y() + self._model.top - top) / max(1, height)
        return hertz_text(hertz_of(min(1.0, max(0.0, share)) * (ROWS - 1), rate))
