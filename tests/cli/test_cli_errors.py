"""Failures end with their own exit code and one line that names thing, value and way out; no file is left."""

import os
import shutil

import numpy as np
import pytest
import soundfile as sf

from flowsep_plugin.errors import MediaError


@pytest.fixture
def ends(flowsep, song):
    """`ends(path, "-q", "rain")` runs `separate`, asserts that it wrote nothing, returns (exit code, error line)."""

    def run(*arguments, model="echo"):
        outcome = flowsep("separate", *arguments, "--model", model, "--out", song.parent / "stems", "--quiet")
        lines = outcome.err.strip().splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("flowsep: ")
        assert not list(song.parent.glob("stems/*"))
        return outcome.code, lines[0]

    return run


def test_a_missing_file_ends_with_3(ends, song):
    code, line = ends(song.with_name("gone.wav"), "-q", "rain")
    assert (code, "gone.wav: there is no such file" in line) == (3, True)


def test_a_folder_ends_with_3(ends, song):
    assert ends(song.parent, "-q", "rain")[0] == 3


def test_an_empty_file_ends_with_3(ends, song):
    song.write_bytes(b"")
    code, line = ends(song, "-q", "rain")
    assert (code, "0 bytes" in line) == (3, True)


def test_a_truncated_file_ends_with_3(ends, song):
    song.write_bytes(song.read_bytes()[:100_000])
    code, line = ends(song, "-q", "rain")
    assert (code, "cut off" in line) == (3, True)


def test_a_file_that_is_not_audio_ends_with_3(ends, song):
    song.write_text("dear diary " * 100)
    code, line = ends(song, "-q", "rain")
    assert (code, "cannot be read as audio" in line) == (3, True)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_nan_or_infinite_sample_ends_with_3_and_names_its_frame(ends, song, bad):
    audio = np.zeros((48_000, 2), np.float32)
    audio[1234, 1] = bad
    sf.write(song, audio, 48_000, subtype="FLOAT")
    code, line = ends(song, "-q", "rain")
    assert (code, "frame 1234" in line) == (3, True)


def test_a_file_in_the_place_of_the_out_folder_ends_with_3(flowsep, song):
    outcome = flowsep("separate", song, "-q", "rain", "--model", "echo", "--out", song)
    assert (outcome.code, "choose another folder (--out FOLDER)" in outcome.err) == (3, True)


def test_an_out_folder_that_may_not_be_written_ends_with_3_before_any_work(flowsep, song, monkeypatch):
    access = os.access
    monkeypatch.setattr("os.access", lambda path, mode: path != song.parent and access(path, mode))
    outcome = flowsep("separate", song, "-q", "rain", "--model", "gone", "--out", song.parent / "stems")
    assert (outcome.code, "no permission to write" in outcome.err) == (3, True)


def test_a_full_disk_ends_with_3(flowsep, song, monkeypatch, tmp_path):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("flowsep_plugin.media.atomic.shutil.disk_usage", lambda path: usage._replace(free=1000))
    outcome = flowsep("separate", song, "-q", "rain", "--model", "echo", "--out", song.parent / "stems")
    assert (outcome.code, "is full" in outcome.err, list(song.parent.glob("stems/*"))) == (3, True, [])


def test_a_failure_at_the_last_file_removes_the_first_ones(ends, song, monkeypatch):
    def full(path, record):
        raise MediaError(f"{path.parent} is full; free some room")

    monkeypatch.setattr("flowsep_plugin.files.receipt.write", full)
    assert ends(song, "-q", "rain")[0] == 3


@pytest.mark.parametrize("query", ["", "   ", "!?"])
def test_an_empty_query_ends_with_2(ends, song, query):
    code, line = ends(song, "-q", query)
    assert (code, "is empty" in line) == (2, True)


def test_a_query_of_10_000_characters_ends_with_2(ends, song):
    code, line = ends(song, "-q", "woof " * 2000)
    assert (code, "9999 characters, at most 500" in line) == (2, True)


def test_no_query_ends_with_2(ends, song):
    assert ends(song)[0] == 2


def test_no_input_ends_with_2(ends):
    code, line = ends("-q", "rain")
    assert (code, "no INPUT" in line) == (2, True)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--steps", "0"), ("--steps", "ten"), ("--solver", "rk4"), ("--seed-count", "0"), ("--render", "raw"),
        ("--strength", "9"), ("--reduce-db", "0"), ("--gate", "2"), ("--format", "mp3"), ("--threads", "0"),
        ("--start", "1:99"), ("--start", "5"), ("--end", "0"), ("--start", "1.5", "--end", "1"), ("--end", "30s"),
        ("--nonsense",),
    ],
)  # fmt: skip
def test_a_wrong_option_ends_with_2(ends, song, wrong):
    assert ends(song, "-q", "rain", *wrong)[0] == 2


def test_an_unknown_command_ends_with_2(flowsep):
    outcome = flowsep("sepparate")
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)


def test_no_command_shows_the_help_and_ends_with_2(flowsep):
    outcome = flowsep()
    assert (outcome.code, "separate" in outcome.out + outcome.err) == (2, True)


def test_a_mode_that_the_model_lacks_ends_with_2(ends, song):
    code, line = ends(song, "-q", "rain", "--render", "generated")
    assert (code, "no vocoder" in line) == (2, True)


def test_an_unknown_model_ends_with_3(ends, song):
    code, line = ends(song, "-q", "rain", model="nope")
    assert (code, "no model 'nope'" in line) == (3, True)


@pytest.mark.parametrize("name", ["velocity.onnx", "vocab.txt"])
def test_a_damaged_model_ends_with_3_and_names_the_file(ends, song, pocket, tmp_path, name):
    bundle = shutil.copytree(pocket, tmp_path / "bundle")
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    code, line = ends(song, "-q", "rain", model=bundle)
    assert (code, f"{name} is damaged" in line) == (3, True)


def test_a_model_that_does_not_fit_its_card_ends_with_3(ends, song, pocket, tmp_path):
    bundle = shutil.copytree(pocket, tmp_path / "bundle")
    card = bundle / "card.json"
    text = card.read_text()
    assert '"width": ' in text
    card.write_text(text.replace('"width": ', '"width": 1'))
    code, line = ends(song, "-q", "rain", model=bundle)
    assert (code, "text.onnx" in line) == (3, True)


def test_an_unknown_device_ends_with_2(ends, song, pocket):
    code, line = ends(song, "-q", "rain", "--device", "gpu", model=pocket)
    assert (code, "unknown device 'gpu'" in line) == (2, True)


def test_an_absent_cuda_device_ends_with_5(ends, song, pocket, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.engine.providers._has_nvidia_driver", lambda: False)
    code, line = ends(song, "-q", "rain", "--device", "cuda", model=pocket)
    assert (code, "--device auto" in line) == (5, True)


def test_a_failing_engine_ends_with_5(ends, song, pocket, monkeypatch):
    from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
    from flowsep_plugin.errors import EngineError

    def burst(*arguments):
        raise EngineError("pocket: graph 'velocity' failed on cpu: it burst")

    monkeypatch.setattr(FlowSepEngine, "estimate", burst)
    assert ends(song, "-q", "rain", model=pocket)[0] == 5


def test_an_unexpected_error_ends_with_5_in_one_line(ends, song, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.files.separate_file", lambda *arguments, **options: 1 / 0)
    code, line = ends(song, "-q", "rain")
    assert (code, "--debug" in line) == (5, True)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_debug_shows_the_traceback_in_any_position(flowsep, tmp_path, place):
    line = ["separate", tmp_path / "gone.wav", "-q", "rain", "--model", "echo"]
    line.insert(place, "--debug")
    assert "Traceback" in flowsep(*line).err


def test_without_debug_there_is_no_traceback(flowsep, tmp_path):
    assert "Traceback" not in flowsep("separate", tmp_path / "gone.wav", "-q", "rain", "--model", "echo").err
