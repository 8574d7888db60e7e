"""A folder that cannot be written to: the error names the setting, for the option and the button that help."""

import errno

import pytest

from flowsep_plugin import FileRequest, Request, Separator
from flowsep_plugin.errors import MediaError
from flowsep_plugin.files import separate_file
from flowsep_plugin.files.export import ExportItem, ExportOptions, plan_export, run_export
from flowsep_plugin.files.publish_copy import publish_copy
from flowsep_plugin.media import write_clip


@pytest.fixture
def song(tmp_path, noise_clip):
    write_clip(tmp_path / "song.wav", noise_clip(0.2))
    return tmp_path / "song.wav"


@pytest.fixture
def read_only(tmp_path, monkeypatch):
    """A folder in which no file can be created, whoever asks."""
    folder = tmp_path / "read only"
    folder.mkdir()
    plain = type(folder).open

    def opened(path, mode="r", *arguments, **options):
        if path.parent == folder and mode != "rb":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return plain(path, mode, *arguments, **options)

    monkeypatch.setattr(type(folder), "open", opened)
    return folder


def test_stems_that_cannot_be_written(song, read_only):
    with Separator.open("echo") as echo, pytest.raises(MediaError) as refused:
        separate_file(echo, song, Request("rain"), FileRequest(read_only))
    assert refused.value.setting == "out"
    assert "--" not in str(refused.value)


def test_stems_that_cannot_be_exported(song, read_only):
    options = ExportOptions(read_only)
    with pytest.raises(MediaError) as refused:
        run_export(plan_export([ExportItem(song, "song", "rain")], options), options)
    assert refused.value.setting == "out"


@pytest.mark.parametrize("place", ["song.wav", "song.wav/deeper"])
def test_a_file_in_the_place_of_the_folder(song, place):
    with pytest.raises(MediaError) as refused:
        publish_copy(song, song.parent / place)
    assert refused.value.setting == "out"
    with Separator.open("echo") as echo, pytest.raises(MediaError) as refused:
        separate_file(echo, song, Request("rain"), FileRequest(song.parent / place))
    assert refused.value.setting == "out"
