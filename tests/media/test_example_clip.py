"""The bundled clip is what its credits say."""

from pathlib import Path

import numpy as np

from flowsep_plugin.media import probe, read_clip

CLIPS = Path(__file__).parents[2] / "examples" / "clips"


def test_the_example_is_the_sum_of_its_references_to_the_last_bit() -> None:
    clip = read_clip(CLIPS / "courtyard.flac")
    parts = [read_clip(path).samples.astype(np.float64) for path in sorted((CLIPS / "references").glob("*.flac"))]
    assert len(parts) == 3
    np.testing.assert_array_equal(sum(parts), clip.samples)


def test_the_example_is_a_stereo_clip_with_a_place() -> None:
    info = probe(CLIPS / "courtyard.flac")
    assert (info.rate, info.channels, info.frames, info.bits) == (48_000, 2, 12 * 48_000, 24)
    assert info.bext is not None
    assert info.bext.time_reference == 48_000 * 3_600


def test_every_recording_is_credited() -> None:
    maker = (CLIPS.parents[1] / "scripts" / "make_example_clip.py").read_text()
    credits = (CLIPS / "CREDITS.md").read_text()
    for package in ("gcompris-qt-data", "sound-theme-freedesktop", "sonic-pi-samples"):
        assert package in maker
        assert package in credits
