"""Ardour plays sessions that others made: with stems and rest in its place, a clip sounds as before."""

import re
from pathlib import Path

import numpy as np
import pytest
from ardour_tools import ArdourTools
from others_sessions import open_others_session
from session_files import FOLDER, MISSING, session_file, unpack

pytestmark = [pytest.mark.host, pytest.mark.skipif(not FOLDER.is_dir(), reason=f"REAL HOST NOT TESTED: {MISSING}")]

SESSIONS = {
    "gains of sources": ("SpotlightKid+Parta_Eklipso_Sonoj_Mix__Parta_Eklipso_Sonoj_Mix.ardour", "157452"),
    "a gain envelope": ("SpotlightKid+Parta_Eklipso_Sonoj_Mix__Parta_Eklipso_Sonoj_Mix.ardour", "77027"),
    "a version before 7": ("jahunt1+libre-music-challenge-32-dnb__LMC_DnB.ardour", "10070"),
}
"""File and clip: two sessions, one of Ardour 7 with gains of sources, one of Ardour 6 with an envelope."""


@pytest.mark.parametrize("name", SESSIONS)
def test_stems_in_a_session_of_others_sound_as_its_clip(name: str, ardour: ArdourTools, tmp_path: Path) -> None:
    file, clip_id = SESSIONS[name]
    song = open_others_session(unpack(session_file(file), tmp_path), clip_id, ardour.directory.folder)

    def export(target: str) -> np.ndarray:
        return ardour.export(song.path, tmp_path / target, song.start - 0.1, song.seconds + 0.2)

    before, original = export("before.wav"), song.path.read_bytes()
    words = ("session", song.path, "separate", "--clip", clip_id, "-q", "rain", "--mute-source", "--here")
    done = ardour.directory.flowsep(*words)
    assert done.returncode == 0, done.stderr
    place = [str(song.clip.place.start), str(song.clip.place.frames)]
    regions = ardour.resave(song.path)  # opened and saved by Ardour itself
    assert [line[2:4] for line in regions].count(place) >= 3
    after = ardour.aligned(export("after.wav"), before)
    song.path.write_bytes(muted(original, clip_id))
    without = ardour.aligned(export("without.wav"), before)
    assert np.abs(before - without).max() > 0.001
    assert np.abs(ardour.inner(after - before)).max() <= 2**-22


def muted(session: bytes, clip_id: str) -> bytes:
    """Return a session with one region muted."""
    text = session.decode()
    (region,) = re.findall(rf'<Region [^>]*\bid="{clip_id}"[^>]*>', text)
    return text.replace(region, re.sub(r'\bmuted="0"', 'muted="1"', region)).encode()
