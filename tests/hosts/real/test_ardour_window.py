"""Ardour's window on a virtual screen: the user selects, FlowSep separates and places, in one undo step."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from ardour_host import IMPORT, Ardour, listen_for_osc, settings, window
from ardour_tools import RATE, ArdourTools, installed_versions
from real_hosts import HomeDirectory, flowsep_command, needs, titles, type_and_confirm, wait_for

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.hosts.ardour import trigger
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.timeline import read_session
from flowsep_plugin.timeline.formats.ardour.sound import audio_folder

VERSION = (installed_versions() or [7])[0]
pytestmark = [pytest.mark.host, needs("ardour", f"ardour{VERSION}-new_session", "Xvfb", "openbox", "xdotool")]

CLIP = Path(__file__).parents[3] / "examples" / "clips" / "courtyard.flac"
PLACE = 48_123
FRAMES = 2 * RATE + 77
QUERY = "a man speaking"


@pytest.fixture
def session(directory: HomeDirectory) -> Path:
    """Return a session with OSC switched on, and install the FlowSep action in Ardour."""
    path = ArdourTools(VERSION, directory).new_session(directory.folder / "song")
    listen_for_osc(path)
    folder = settings(directory, VERSION)
    done = directory.flowsep("hosts", "install", "ardour")
    assert done.returncode == 0, done.stderr
    assert "script slot 2" in done.stdout
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
    """Select all regions, once the window shows them."""
    wait_for(lambda: ardour.do(SELECT), 20, "a selected region")


def import_take(ardour: Ardour, tmp_path: Path) -> AudioClip:
    """Import a stereo sound as a user does, without its short fades, and select it."""
    clip = read_clip(CLIP, Span(0, FRAMES, RATE))
    write_clip(tmp_path / "take.wav", clip)
    ardour.do(IMPORT.format(file=tmp_path / "take.wav", place=PLACE))
    ardour.do(NO_FADES)
    select(ardour)
    return clip


def test_stems_of_a_selected_region_are_added_in_one_undo_step(
    session: Path, directory: HomeDirectory, tmp_path: Path
) -> None:
    with window(directory, session) as ardour:
        clip = import_take(ardour, tmp_path)
        ardour.save(session)
        saved = session.read_bytes()
        done = directory.flowsep("hosts", "ardour", "-q", QUERY, "--mute-source", "--osc-port", ardour.port)
        assert done.returncode == 0, done.stderr + directory.log("ardour")
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
    mix = ArdourTools(VERSION, directory).export(session, tmp_path / "mix.wav")
    expected = np.zeros_like(mix)
    expected[:, PLACE : PLACE + FRAMES] = clip.samples
    assert np.abs(mix - expected).max() <= 2**-22


def test_killing_ardour_during_a_separation_loses_nothing(
    session: Path, directory: HomeDirectory, tmp_path: Path
) -> None:
    with window(directory, session) as ardour:
        import_take(ardour, tmp_path)
        ardour.save(session)
        saved, sounds = session.read_bytes(), {*audio_folder(session).iterdir()}
        ours = directory.start(flowsep_command(), "hosts", "ardour", "-q", QUERY, "--osc-port", ardour.port)
        wait_for(lambda: (directory.worker / "address.json").exists() or ours.poll() is not None, 60, "the worker")
        os.killpg(ardour.process.pid, signal.SIGKILL)
        assert ours.wait(120) != 0
    assert "run FlowSep in Ardour once" in directory.log("flowsep")
    assert session.read_bytes() == saved
    assert not list(session.parent.glob("flowsep-peek*"))
    stems = [file for file in audio_folder(session).glob("*.wav") if file not in sounds]
    assert [read_clip(file).frames for file in stems] == [FRAMES, FRAMES]
    with window(directory, session) as ardour:
        trigger(2, ardour.port)()
        wait_for(lambda: len(ardour.tracks()) == 3, 30, "the stems")
        assert sorted(ardour.regions()) == sorted((name, PLACE, FRAMES, 0) for name in ardour.tracks())


def test_queries_can_be_typed_in_ardour(session: Path, directory: HomeDirectory, tmp_path: Path) -> None:
    with window(directory, session) as ardour:
        import_take(ardour, tmp_path)
        trigger(2, ardour.port)()
        wait_for(lambda: "FlowSep" in titles(directory), 20, "the dialog")
        type_and_confirm(directory, "FlowSep", QUERY)
        done = directory.folder / ".local" / "share" / "flowsep" / "ardour" / "log.txt"
        wait_for(lambda: done.exists() and "+ track" in done.read_text(), 120, "the stems")
        assert ardour.tracks() == ["take", f"take [{QUERY}]", "take [rest]"]
