"""Files that the system opens with a panel that runs already."""

from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from flowsep_ui.controllers.open_with import OpenWith
from PyQt6.QtCore import QCoreApplication, QEvent, QObject


class FileOpen(QEvent):
    """The event of macOS, which PyQt6 lets nobody create."""

    def __init__(self, file: str) -> None:
        super().__init__(QEvent.Type.FileOpen)
        self._file = file

    def file(self) -> str:
        return self._file


def test_a_file_that_macos_sends_is_opened_and_other_events_pass(qapp, tmp_path):
    paths: list[Path] = []
    receiver = QObject()
    open_with = OpenWith(receiver, paths.extend)
    clip = tmp_path / "a clip.wav"
    assert open_with.eventFilter(receiver, FileOpen(str(clip)))
    assert not open_with.eventFilter(receiver, FileOpen(""))
    QCoreApplication.sendEvent(receiver, QEvent(QEvent.Type.User))
    assert paths == [clip]
