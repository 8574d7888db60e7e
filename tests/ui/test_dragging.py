"""What is dragged out: copies of files that stay, as URLs."""

import os

import numpy as np
import pytest
from dialog_makers import write_stems
from flowsep_ui.controllers import stem_drag
from PyQt6.QtCore import Qt, QUrl
from PyQt6.QtGui import QDrag
from PyQt6.QtWidgets import QWidget

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.media import probe, write_clip


@pytest.fixture
def stems(tmp_path):
    return list(write_stems(tmp_path / "stems", seconds=0.1).values())


@pytest.fixture
def widget(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def dropped(monkeypatch):
    """What every drag offered; each is dropped as what was proposed."""
    drags = []

    def drop(drag, actions, default):
        drags.append(([url.toLocalFile() for url in drag.mimeData().urls()], actions, default, drag.pixmap()))
        return default

    monkeypatch.setattr(QDrag, "exec", drop)
    return drags


def test_stems_are_dragged_as_urls_of_copies(widget, stems, dropped, tmp_path):
    assert stem_drag.drag_files(widget, stems, tmp_path / "out") == Qt.DropAction.CopyAction
    ((files, actions, default, picture),) = dropped
    assert files == [str(tmp_path / "out" / path.name) for path in stems]
    assert actions == default == Qt.DropAction.CopyAction
    assert picture.width() > 40


def test_what_was_dragged_stays_when_the_panel_has_gone(widget, stems, dropped, tmp_path):
    stem_drag.drag_files(widget, stems, tmp_path / "out")
    for path in stems:
        os.unlink(path)
    assert all(probe(file).bext.time_reference == 3600 * 48_000 for file in dropped[0][0])


def test_the_output_folder_is_that_of_the_settings(widget, stems, dropped, tmp_path, monkeypatch):
    from flowsep_plugin.settings.edit import change_settings

    change_settings({"panel": {"output_folder": str(tmp_path / "mine")}})
    stem_drag.drag_files(widget, stems[:1])
    assert dropped[0][0] == [str(tmp_path / "mine" / stems[0].name)]


def test_what_carries_no_time_stamp_is_written_as_broadcast_wave(widget, dropped, tmp_path):
    write_clip(tmp_path / "a.flac", AudioClip(np.zeros((1, 100), np.float32), 48_000), "flac24")
    stem_drag.drag_files(widget, [tmp_path / "a.flac"], tmp_path / "out")
    assert probe(dropped[0][0][0]).bext is not None


def test_a_stem_that_is_gone_is_said_and_nothing_is_dragged(widget, dropped, tmp_path):
    assert "gone.wav" in stem_drag.try_drag(widget, [tmp_path / "gone.wav"], tmp_path / "out")
    assert dropped == []


def test_a_folder_that_cannot_be_is_said(widget, stems, dropped, tmp_path):
    (tmp_path / "file").touch()
    assert "choose another output folder" in stem_drag.try_drag(widget, stems, tmp_path / "file")


def test_names_with_signs_survive_as_urls(tmp_path):
    path = tmp_path / "50% [a #dog?] ü.wav"
    mime = stem_drag.stem_mime([path])
    assert mime.urls() == [QUrl.fromLocalFile(str(path))]
    assert mime.urls()[0].toLocalFile() == str(path)
    assert mime.hasFormat("text/uri-list")
