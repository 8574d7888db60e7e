"""Audacity 3 on a virtual screen: stems start where the selection does, also between samples."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from audacity_host import EXPORT_KIND, MODULE, Audacity, plugin_registry, skip_if_one_runs, window
from real_hosts import HomeDirectory, flowsep_command, needs, wait_for

from flowsep_plugin.audio.span import Span
from flowsep_plugin.hosts.audacity_pipe import quoted
from flowsep_plugin.media import read_clip, write_clip

pytestmark = [
    pytest.mark.host,
    needs("audacity", "Xvfb", "openbox", "xdotool"),
    pytest.mark.skipif(
        not MODULE.exists(), reason=f"REAL HOST NOT TESTED: Audacity has no {MODULE}; run scripts/hosts.sh as root"
    ),
]

CLIP = Path(__file__).parents[3] / "examples" / "clips" / "courtyard.flac"
RATE = 48_000
FRAMES = 4 * RATE
FIRST, LENGTH = 100_125, 70_001  # the dog barks twice in it; half a sample later both ends round alike
QUERY = "a dog barking"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    skip_if_one_runs()
    folder = tmp_path_factory.mktemp("primed") / "home"
    folder.mkdir()
    directory = HomeDirectory(folder)
    try:
        return plugin_registry(directory)
    finally:
        directory.close()


def import_take(audacity: Audacity, tmp_path: Path, phase: float) -> None:
    """Import a stereo sound and select a part of it, `phase` of a sample late."""
    write_clip(tmp_path / "take.wav", read_clip(CLIP, Span(0, FRAMES, RATE)))
    start, end = ((frame + phase) / RATE for frame in (FIRST, FIRST + LENGTH))
    audacity.do(
        f"Import2: Filename={quoted(str(tmp_path / 'take.wav'))}",
        "SelectTracks: Track=0 TrackCount=1 Mode=Set",
        f"SelectTime: Start={start!r} End={end!r} RelativeTo=ProjectStart",
    )


def tracks(audacity: Audacity) -> list[tuple[str, int, int]]:
    track_list = json.loads(audacity.do("GetInfo: Type=Tracks Format=JSON"))
    return [(track["name"], track["channels"], track["selected"]) for track in track_list]


def sound_of(audacity: Audacity, first: int, count: int, target: Path) -> np.ndarray:
    """Return the sound of `count` tracks from `first` on, from the project's start, (channels, frames)."""
    audacity.do(
        f"SelectTracks: Track={first} TrackCount={count} Mode=Set",
        f"SelectTime: Start=0 End={FRAMES / RATE!r} RelativeTo=ProjectStart",
    )
    return read_clip(audacity.export(target)).samples


@pytest.mark.parametrize("phase", [0.0, 0.5])
def test_stems_start_where_the_selection_does(
    registry: Path, directory: HomeDirectory, tmp_path: Path, phase: float
) -> None:
    with window(directory, registry) as audacity:
        import_take(audacity, tmp_path, phase)
        if phase:
            audacity.do(f"SetPreference: Name={quoted(EXPORT_KIND)} Value=3")
        done = directory.flowsep("hosts", "audacity", "-q", QUERY)
        assert done.returncode == 0, done.stderr
        assert tracks(audacity) == [("take", 2, 1), (QUERY, 2, 0), ("rest", 2, 0)]
        kind = audacity.do(f"GetPreference: Name={quoted(EXPORT_KIND)}").strip()
        assert kind == ("3" if phase else "2")
        selected = read_clip(audacity.export(tmp_path / "selected.wav")).samples
        source = sound_of(audacity, 0, 1, tmp_path / "source.wav")
        stem = sound_of(audacity, 1, 1, tmp_path / "stem.wav")
        placed = sound_of(audacity, 1, 2, tmp_path / "placed.wav")
    assert selected.shape[1] == LENGTH
    nearest = {FIRST, FIRST + round(2 * phase)}  # between two samples Audacity takes either
    start = next(at for at in nearest if np.array_equal(selected, source[:, at : at + LENGTH]))
    assert np.abs(stem).max() > 0.001
    in_selection = placed[:, start : start + LENGTH]
    assert in_selection.shape[1] >= LENGTH - round(2 * phase)  # an export omits a last half sample
    assert np.abs(in_selection - selected[:, : in_selection.shape[1]]).max() <= 2**-23
    assert not placed[:, :start].any()
    assert placed.shape[1] <= start + LENGTH or not placed[:, start + LENGTH :].any()


def test_killing_audacity_during_a_separation_is_an_error_and_leaves_no_files(
    registry: Path, directory: HomeDirectory, tmp_path: Path
) -> None:
    with window(directory, registry) as audacity:
        import_take(audacity, tmp_path, 0.0)
        ours = directory.start(flowsep_command(), "hosts", "audacity", "-q", QUERY)
        wait_for(lambda: list(directory.temporary.glob("flowsep-*/selection.wav")), 60, "the selection's sound")
        wait_for((directory.worker / "address.json").exists, 60, "the worker")
        os.killpg(audacity.process.pid, signal.SIGKILL)
        assert ours.wait(60) != 0
        assert "Audacity" in directory.log("flowsep")
        assert not list(directory.temporary.glob("flowsep-*"))
