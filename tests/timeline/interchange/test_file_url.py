from pathlib import Path

import pytest

from flowsep_plugin.timeline.formats.file_url import path_of_url

URLS = {
    "a.wav": "/song/a.wav",
    "take%20one.wav": "/song/take one.wav",
    "/x/take #1?.wav": "/x/take #1?.wav",
    "file:///x/take%20one.wav": "/x/take one.wav",
    "file://localhost/x/a.wav": "/x/a.wav",
    "FILE:/x/a.wav": "/x/a.wav",
    "file:a.wav": "/song/a.wav",
    "file://./a.wav": "/song/a.wav",
    "file://server/share/a.wav": "//server/share/a.wav",
    "file:///C:/x/a.wav": "/C:/x/a.wav",
    "file://localhost/C%3A/x/a.wav": "/C:/x/a.wav",
}


@pytest.mark.parametrize(("url", "path"), list(URLS.items()))
def test_urls_and_paths_name_files(url: str, path: str) -> None:
    assert path_of_url(url, Path("/song")) == Path(path)


def test_a_name_that_exists_as_it_is_written_is_taken(tmp_path: Path) -> None:
    (tmp_path / "100%25.wav").touch()
    assert path_of_url("100%25.wav", tmp_path).name == "100%25.wav"
