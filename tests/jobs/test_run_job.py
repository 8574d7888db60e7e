"""A job's result agrees with its stems: what cannot be heard is not found, whatever the estimate says."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from job_makers import spec

from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.separate import Separator


@pytest.fixture
def faint(tmp_path: Path) -> Path:
    """Noise at -91 dBFS, in which the model "echo" hears every query."""
    samples = np.random.default_rng(0).uniform(-3e-5, 3e-5, 16_000).astype(np.float32)
    sf.write(tmp_path / "faint.wav", samples, 16_000, subtype="FLOAT")
    return tmp_path / "faint.wav"


def test_a_sound_whose_stem_is_silent_is_not_found(faint: Path, tmp_path: Path) -> None:
    events = []
    with Separator.open("echo") as separator:
        result = run_job(separator, spec(faint, tmp_path), tmp_path / "staged", on_presence=events.append)
    assert events[0]["found"] == [True]
    assert (result["found"], result["presence"]["found"]) == (False, [False])
    assert max(result["presence"]["values"][0]) <= 0.5
    assert len(result["written"]) == 3


def test_a_job_that_skips_what_is_absent_leaves_no_silent_stems(faint: Path, tmp_path: Path) -> None:
    with Separator.open("echo") as separator:
        result = run_job(separator, spec(faint, tmp_path, skip_absent=True), tmp_path / "staged")
    assert (result["written"], result["record"]) == ([], {})
    assert not list((tmp_path / "staged").iterdir())


def test_a_job_names_the_labels_nearest_to_its_queries(faint: Path, tmp_path: Path) -> None:
    with Separator.open(str(Path(__file__).parents[1] / "pocket" / "choosing")) as separator:
        presence = run_job(separator, spec(faint, tmp_path), tmp_path / "staged")["presence"]
    assert [len(labels) for labels in presence["labels"]] == [3]
    assert [type(is_far) for is_far in presence["far"]] == [bool]


def test_a_model_without_labels_names_none(faint: Path, tmp_path: Path) -> None:
    with Separator.open("echo") as separator:
        assert "labels" not in run_job(separator, spec(faint, tmp_path), tmp_path / "staged")["presence"]
