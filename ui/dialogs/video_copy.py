"""The dialog "Put back into the video": which sounds, as new tracks or instead of the sound, and the copy's name."""

from collections.abc import Sequence
from pathlib import Path

from flowsep_ui.studio.sessions.video_copy import VideoTrack
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.media.container import TrackFormat, track_format

from .parts import show_message

_ROWS = 6


class VideoCopyDialog(QDialog):
    """Chooses `tracks`, whether they replace the sound, and `target`; what is written is a copy, never the video."""

    def __init__(self, video: Path, tracks: Sequence[VideoTrack], target: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Put back into the video"))
        self.resize(520, 420)
        self._video, self._all = video, tuple(tracks)
        self._format, self._fault = _format_of(video)
        self._make_widgets(target)
        self._lay_out()
        self.list.itemChanged.connect(lambda item: self.refresh())
        self.target_field.textChanged.connect(lambda text: self.refresh())
        self.replace_sound.toggled.connect(lambda on: self.refresh())
        self.browse.clicked.connect(self._choose_target)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.refresh()

    @property
    def tracks(self) -> tuple[VideoTrack, ...]:
        """The tracks that are ticked."""
        items = [self.list.item(row) for row in range(self.list.count())]
        ticked = [item is not None and item.checkState() == Qt.CheckState.Checked for item in items]
        return tuple(track for track, is_ticked in zip(self._all, ticked, strict=True) if is_ticked)

    @property
    def replaces(self) -> bool:
        """Whether the tracks take the place of the sound."""
        return self.replace_sound.isChecked()

    @property
    def target(self) -> Path:
        """The path of the copy."""
        return Path(self.target_field.text()).expanduser()

    def refresh(self) -> None:
        """Say what the copy will have, or why it cannot be written."""
        why = self._fault or self._why_not()
        if why:
            show_message(self.message, why, "error" if self._fault else "hint")
        elif self.target.exists():
            show_message(self.message, self.tr("{0} will be replaced.").format(self.target.name), "warning")
        else:
            show_message(self.message, self._quality(), "hint")
        self._ok.setEnabled(not why)

    def _why_not(self) -> str:
        if not self.tracks:
            return self.tr("Tick what is put into the copy.")
        if self.target.suffix.lower() != self._video.suffix.lower():
            return self.tr("The name of the copy must end in {0}, like the video's.").format(self._video.suffix)
        if self.target.absolute() == self._video.absolute():
            return self.tr("The copy cannot replace the video itself; choose another name.")
        if not self.target.parent.is_dir():
            return self.tr("There is no folder {0}; choose another one.").format(self.target.parent)
        return ""

    def _quality(self) -> str:
        if self._format is not None and self._format.is_lossless:
            return self.tr("The picture is copied unchanged. The sound is written without loss.")
        return self.tr("The picture is copied unchanged. The sound is compressed, as is usual in {0}.").format(
            self._video.suffix
        )

    def _make_widgets(self, target: Path) -> None:
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Sounds for the copy"))
        for track in self._all:
            item = QListWidgetItem(track.title, self.list)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if track.is_rest else Qt.CheckState.Unchecked)
            item.setToolTip(str(track.path))
        self.list.setMinimumHeight(self.list.sizeHintForRow(0) * min(_ROWS, len(self._all) + 1) if self._all else 0)
        self.add_tracks = QRadioButton(self.tr("As &new tracks, after the sound that is there"), self)
        self.replace_sound = QRadioButton(self.tr("&Instead of the sound that was separated"), self)
        self.replace_sound.setChecked(True)
        self.target_field = QLineEdit(str(target), self)
        self.target_field.setAccessibleName(self.tr("Name of the copy"))
        self.browse = QPushButton(self.tr("Choose…"), self)
        self.browse.setAccessibleName(self.tr("Choose the name of the copy"))
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(34)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        assert ok is not None
        self._ok = ok
        ok.setText(self.tr("Write the copy"))

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Writes a copy of {0} with:").format(self._video.name), self)
        title.setWordWrap(True)
        label = QLabel(self.tr("N&ame of the copy"), self)
        label.setBuddy(self.target_field)
        row = QHBoxLayout()
        row.addWidget(self.target_field, 1)
        row.addWidget(self.browse)
        column = QVBoxLayout(self)
        for widget in (title, self.list, self.replace_sound, self.add_tracks, label):
            column.addWidget(widget, 1 if widget is self.list else 0)
        column.addLayout(row)
        column.addWidget(self.message)
        column.addWidget(self.buttons)

    def _choose_target(self) -> None:
        filters = f"*{self._video.suffix}"
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Name of the copy"), str(self.target), filters)
        if name:
            path = Path(name)
            self.target_field.setText(str(path if path.suffix else path.with_suffix(self._video.suffix)))


def _format_of(video: Path) -> tuple[TrackFormat | None, str]:
    """Return the format of tracks in copies of a video, and why there can be none, "" where there can."""
    try:
        return track_format(video), ""
    except FlowsepError as error:
        return None, str(error)
