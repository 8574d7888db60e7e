"""Ardour's window under a screen of its own: its user selects, FlowSep separates and places, one step of undo."""

from pathlib import Path

import numpy as np
import pytest
from ardour_host import IMPORT, RATE, Ardour, export, listen_for_osc, new_session, settings, window
from real_hosts import Home, needs, wait_for

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import read_session

pytestmark = [pytest.mark.host, needs("ardour", "ardour7-new_session", "Xvfb", "openbox", "xdotool")]

CLIP = Path(__file__).parents[3] / "examples" / "clips" / "courtyard.flac"
PLACE = 48_123
FRAMES = 2 * RATE + 77
QUERY = "a dog barking"


@pytest.fixture
def session(home: Home, tmp_path: Path) -> Path:
    """A session that listens, and an Ardour that has FlowSep."""
    path = new_session(home, tmp_path / "song")
    listen_for_osc(path)
    folder = settings(home)
    said = home.flowsep("hosts", "install", "ardour")
    assert said.returncode == 0, said.stderr
    assert "script slot 2" in said.stdout
    assert (folder / "scripts" / "flowsep.lua").exists()
    return path


NO_FADES = """for r in Session:get_tracks():iter() do
  for g in r:to_track():playlist():region_list():iter() do
    g:to_audioregion():set_fade_in_active(false) g:to_audioregion():set_fade_out_active(false)
  end
end
"""

SELECT = """local say = ...
Editor:access_action("Editor", "select-all-objects")
for r in Editor:get_selection().regions:regionlist():iter() do say(r:name()) end
"""


def select(ardour: Ardour) -> None:
    """Select all, once the window shows it."""
    wait_for(lambda: ardour.do(SELECT), 20, "a selected region")


def take(ardour: Ardour, tmp_path: Path) -> AudioClip:
    """Import a stereo sound as a user does, without its short fades, and select it."""
    clip = read_clip(CLIP, Span(0, FRAMES, RATE))
    write_clip(tmp_path / "take.wav", clip)
    ardour.do(IMPORT.format(file=tmp_path / "take.wav", place=PLACE))
    ardour.do(NO_FADES)
    select(ardour)
    return clip


def test_stems_of_a_selected_region_come_in_one_step_of_undo(session: Path, home: Home, tmp_path: Path) -> None:
    with window(home, session) as ardour:
        clip = take(ardour, tmp_path)
        ardour.save(session)
        saved = session.read_bytes()
        done = home.flowsep("hosts", "ardour", "-q", QUERY, "--mute-source", "--osc-port", ardour.port)
        assert done.returncode == 0, done.stderr + home.log("ardour")
        titles = ["take", f"take [{QUERY}]", "take [rest]"]
        assert ardour.tracks() == titles
        placed = sorted((name, PLACE, FRAMES, 0) for name in titles)
        assert sorted(ardour.regions()) == placed
        assert session.read_bytes() == saved
        assert not list(session.parent.glob("flowsep-peek*"))
        ardour.do("Editor:undo(1)")
        assert ardour.regions() == [("take", PLACE, FRAMES, 0)]
        ardour.do("Editor:redo(1)")
        assert sorted(ardour.regions()) == placed
        ardour.save(session)
    again = read_session(session)
    assert [(track.name, [clip.muted for clip in track.clips]) for track in again.tracks] == [
        (titles[0], [True]), (titles[1], [False]), (titles[2], [False])
    ]  # fmt: skip
    mix = read_clip(export(home, session.parent, tmp_path / "mix.wav")).samples
    expected = np.zeros_like(mix)
    expected[:, PLACE : PLACE + FRAMES] = clip.samples
    assert np.abs(mix - expected).max() <= 2**-22
