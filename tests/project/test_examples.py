"""The examples run with the echo engine and write what they promise."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.media import read_clip, write_clip

pytest.importorskip("pedalboard")
EXAMPLES = Path(__file__).parents[2] / "examples"
RUNS = {
    "five_minutes": (["clip.wav", "a", "b", "echo"], ["a.wav", "b.wav", "rest.wav"]),
    "remove_a_sound": (["clip.wav", "everything", "echo"], ["without.wav"]),
    "reverb_on_one_sound": (["clip.wav", "everything", "echo"], ["wet.wav"]),
    "long_file_to_stems": (["clip.wav", "a", "b", "echo"], ["a.wav", "b.wav", "rest.wav"]),
    "turn_down": (["clip.wav", "everything", "echo"], ["down 6 dB.wav", "down 12 dB.wav", "down 24 dB.wav"]),
}
"""Example -> its arguments, what it writes."""


@pytest.fixture
def run(tmp_path, noise_clip):
    write_clip(tmp_path / "clip.wav", noise_clip(0.5))

    def example(name):
        line = [sys.executable, str(EXAMPLES / f"{name}.py"), *RUNS[name][0]]
        subprocess.run(line, cwd=tmp_path, check=True, capture_output=True)
        return [read_clip(tmp_path / output) for output in ("clip.wav", *RUNS[name][1])]

    return example


BATCHES = {"batch_folder", "batch_pedalboard"}
"""These need a worker: tests/jobs/test_batch_examples.py runs them."""


def test_every_example_is_run():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(RUNS) | BATCHES


def test_five_minutes_shows_three_refusals(tmp_path, noise_clip):
    write_clip(tmp_path / "clip.wav", noise_clip(0.2))
    line = [sys.executable, str(EXAMPLES / "five_minutes.py"), "clip.wav", "a", "b", "echo"]
    printed = subprocess.run(line, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    refusals = [text.removeprefix("refused: ") for text in printed.splitlines() if text.startswith("refused: ")]
    assert refusals == [
        "an array needs its sample rate: give (array, sample_rate) or AudioClip(array, sample_rate)",
        "unknown setting 'strenght'; did you mean 'strength'?",
        "no stem 'a cat'; stems: 'a', 'b'",
    ]


@pytest.mark.parametrize("name", RUNS)
def test_what_an_example_makes_is_as_long_as_its_clip(run, name):
    assert len({clip.span for clip in run(name)}) == 1


def test_removing_everything_leaves_silence(run):
    assert np.abs(run("remove_a_sound")[1].samples).max() < 1e-6


def test_stems_of_a_long_file_sum_to_it(run):
    clip, *parts = run("long_file_to_stems")
    assert np.abs(clip.minus(*parts).samples).max() < 1e-6


def test_turning_everything_down_by_6_db_halves_it(run):
    clip, halved = run("turn_down")[:2]
    np.testing.assert_allclose(halved.samples, clip.samples * 10 ** (-6 / 20), atol=1e-6)
