"""Stems of clips on read-only media are written in the output folder, and the panel says so once."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.studio.saved.stem_folder import can_write, writable_folder
from panel_makers import FakeLink, sound, until, window
from PyQt6.QtWidgets import QApplication

from flowsep_plugin.settings import panel_settings

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which no file can be created, not even by root."""
    folder = tmp_path / "card"
    folder.mkdir()
    usual = tempfile.TemporaryFile

    def refuse(*arguments: Any, dir: Path, **options: Any) -> Any:
        if Path(dir).is_relative_to(folder):
            raise OSError(30, "Read-only file system")
        return usual(*arguments, dir=dir, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    return folder


@pytest.fixture
def panel(qtbot: Any, tmp_path: Path, qapp: QApplication) -> Iterator[Any]:
    panel = window(tmp_path, FakeLink())
    qtbot.addWidget(panel)
    panel.show()
    yield panel
    panel.leave()


def test_a_folder_is_tried_at_its_nearest_parent(read_only: Path, tmp_path: Path) -> None:
    assert can_write(tmp_path / "not" / "there" / "yet")
    assert not can_write(read_only / "FlowSep")
    assert list(tmp_path.rglob(".flowsep-*")) == []


def test_the_usual_folder_stays_where_no_other_is_better() -> None:
    usual, other = Path("/card/FlowSep"), Path("/music/flowsep")
    assert writable_folder(usual, other, lambda folder: True) == usual
    assert writable_folder(usual, other, lambda folder: folder == other) == other
    assert writable_folder(usual, other, lambda folder: False) == usual


def test_stems_of_a_clip_on_read_only_media_go_to_the_output_folder(qtbot: Any, panel: Any, read_only: Path) -> None:
    messages: list[str] = []
    panel.separation.folder_replaced.connect(messages.append)
    panel.open_paths([sound(read_only / "take.wav")])
    link = panel.parts.link
    for text in ("a dog", "rain"):
        panel.sounds.line.setText(text)
        panel.sounds.separate_now()
    until(qtbot, lambda: len(link.submissions) == 2)
    assert {spec.files.out for _, spec in link.submissions} == {panel_settings().folder}
    assert len(messages) == 1
    assert str(read_only) in messages[0]
    assert messages[0] in panel.messages.text.text()
    assert "Choose folder…" in [button.text() for button in panel.messages.buttons]


def test_a_folder_that_was_chosen_is_kept(qtbot: Any, panel: Any, read_only: Path) -> None:
    panel.open_paths([sound(read_only / "take.wav")])
    panel.model.do("Stem folder", lambda workspace: replace(workspace, out=read_only / "x"))
    panel.sounds.line.setText("a dog")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(panel.parts.link.submissions))
    assert panel.parts.link.submissions[0][1].files.out == read_only / "x"
