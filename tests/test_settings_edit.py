"""Settings edits by the panel: other lines stay, wrong values are refused, a failed write leaves the old file."""

import os

import pytest

from flowsep_plugin.errors import UsageError
from flowsep_plugin.settings import PanelSettings, panel_settings, worker_settings
from flowsep_plugin.settings.edit import change_settings

USER_SETTINGS = """# my settings
[worker]
idle_seconds = 60   # short, the card is shared
roots = ["/projects"]

[other]
kept = true
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(USER_SETTINGS)
    return path


def test_an_edit_leaves_all_other_lines(file):
    change_settings({"worker": {"cache_mb": 512}, "panel": {"theme": "light"}}, file)
    text = file.read_text()
    for line in USER_SETTINGS.splitlines():
        assert line in text
    assert worker_settings(file).cache_mb == 512
    assert worker_settings(file).idle_seconds == 60
    assert panel_settings(file).theme == "light"


def test_a_comment_after_a_value_stays_when_the_value_changes(file):
    change_settings({"worker": {"idle_seconds": 90}}, file)
    assert "idle_seconds = 90   # short, the card is shared" in file.read_text()


def test_none_restores_the_default(file):
    change_settings({"worker": {"idle_seconds": None}}, file)
    assert worker_settings(file).idle_seconds == 300


def test_a_missing_file_is_created(tmp_path):
    path = tmp_path / "new" / "settings.toml"
    change_settings({"panel": {"language": "de"}}, path)
    assert panel_settings(path) == PanelSettings(language="de")


@pytest.mark.parametrize("changes", [{"panel": {"theme": "pink"}}, {"worker": {"cache_mb": -1}}, {"panel": {"x": 1}}])
def test_a_wrong_value_is_refused_and_the_file_stays(file, changes):
    with pytest.raises(UsageError):
        change_settings(changes, file)
    assert file.read_text() == USER_SETTINGS
    assert [path.name for path in file.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize("text", [b"[worker", b"\xff\xfe", b"panel = 3\n"])
def test_a_file_that_cannot_be_read_is_left_alone(file, text):
    file.write_bytes(text)
    with pytest.raises(UsageError):
        panel_settings(file)
    with pytest.raises(UsageError):
        change_settings({"panel": {"theme": "light"}}, file)
    assert file.read_bytes() == text


def test_a_full_disk_leaves_the_old_file(file, monkeypatch):
    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(UsageError, match="No space left"):
        change_settings({"panel": {"theme": "light"}}, file)
    assert file.read_text() == USER_SETTINGS
    assert [path.name for path in file.parent.iterdir()] == ["settings.toml"]


def test_a_link_stays_a_link(file, tmp_path):
    link = tmp_path / "elsewhere.toml"
    link.symlink_to(file)
    change_settings({"panel": {"theme": "light"}}, link)
    assert link.is_symlink()
    assert panel_settings(file).theme == "light"
