"""A session in which nothing is new is not written, and so there is nothing to take back."""

from pathlib import Path

import pytest
from flowsep_ui.studio.placement import PlacementPlan, place

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline import Timeline, read_session, save_session


def test_placing_nothing_says_so_and_leaves_the_session(tmp_path: Path) -> None:
    path = tmp_path / "song.rpp"
    save_session(Timeline("song", 48_000), path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="Nothing to place"):
        place(PlacementPlan(read_session(path)), path)
    assert path.read_bytes() == before
    assert [other.name for other in tmp_path.iterdir()] == ["song.rpp"]
