"""The dialog "Sound stream": which sound of videos that have several is played and separated."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flowsep_ui.studio.words.stream_texts import stream_text
from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from flowsep_plugin.media.container import AudioStream, default_stream


class StreamDialog(QDialog):
    """Lists the streams of every file; `choices` are those that were selected. Its Cancel leaves what is played.

    streams : by file.     chosen : numbers or languages that were chosen before, by file.
    """

    def __init__(
        self,
        streams: Mapping[Path, Sequence[AudioStream]],
        selected: Mapping[Path, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Sound stream"))
        self._streams = streams
        why = QLabel(
            self.tr(
                "These videos have several sounds. Choose which one is played and separated; it can be changed later."
            )
            if len(streams) > 1
            else self.tr(
                "This video has several sounds. Choose which one is played and separated; it can be changed later."
            )
        )
        why.setWordWrap(True)
        self.boxes = {path: _box(path, of_file, selected.get(path)) for path, of_file in streams.items()}
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        for path, box in self.boxes.items():
            form.addRow(path.name.replace("&", "&&"), box)
        column = QVBoxLayout(self)
        column.addWidget(why)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(self.buttons)

    @property
    def choices(self) -> dict[Path, str]:
        """The stream of every file, as `media.open_media` takes it."""
        return {path: str(box.currentData()) for path, box in self.boxes.items()}


def _box(path: Path, streams: Sequence[AudioStream], selected: str | None) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(path.name)
    box.setToolTip(str(path))
    for stream in streams:
        box.addItem(stream_text(stream), stream.choice)
    box.setCurrentIndex(max(0, box.findData(selected or default_stream(streams).choice)))
    return box
