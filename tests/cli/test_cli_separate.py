"""`flowsep separate`: from a command to stems next to the clip."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile as sf

from flowsep_plugin.media import write_clip


def samples(path):
    return sf.read(path, dtype="float64", always_2d=True)[0].T


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_stems_residual_and_receipt_are_written_next_to_the_clip(flowsep, song):
    flowsep("separate", song, "-q", "a dog barking", "--model", "echo")
    assert names(song.parent) == [
        "song [a dog barking].json",
        "song [a dog barking].wav",
        "song [rest].wav",
        "song.wav",
    ]


def test_stems_and_residual_sum_to_the_clip(flowsep, song, pocket):
    flowsep("separate", song, "-q", "a dog", "-q", "rain", "--not", "speech", "--model", pocket)
    parts = [samples(song.with_name(f"song [{title}].wav")) for title in ("a dog", "rain", "rest")]
    assert np.abs(samples(song) - sum(parts)).max() == 0


def test_the_summary_has_the_presence_the_files_and_the_model(flowsep, song, pocket):
    summary = flowsep("separate", song, "-q", "rain", "--model", pocket).out
    for part in (
        "rain",
        "found",
        "dB of the clip",
        "song [rain].wav",
        "sum to the clip exactly",
        "pocket 1.0.0",
        "CPU",
    ):
        assert part in summary


def test_the_summary_says_that_a_sound_is_absent(flowsep, song):
    assert "not found: its stem is silent" in flowsep("separate", song, "-q", "nothing", "--model", "echo").out


def test_the_summary_says_that_a_clip_above_full_scale_has_float_files(flowsep, song):
    sf.write(song, np.full((4800, 2), 3.0, np.float32), 48_000, subtype="FLOAT")
    summary = flowsep("separate", song, "-q", "rain", "--model", "echo").out
    assert "passes full scale, where wav24 would clip: the files are 32-bit float" in summary
    assert "sum to the clip exactly" in summary


def test_the_summary_says_that_files_of_a_typed_format_are_clipped(flowsep, song):
    sf.write(song, np.full((4800, 2), 3.0, np.float32), 48_000, subtype="FLOAT")
    outcome = flowsep("separate", song, "-q", "rain", "--model", "echo", "--format", "wav24")
    summary, before = outcome.out, outcome.err.index("song.wav passes full scale, which wav24 clips")
    assert before < outcome.err.index("listening")
    assert "wav24 clips: its files are clipped" in summary
    assert "choose wav32f" in summary
    assert "full scale" not in flowsep("separate", song, "-q", "rain", "--model", "echo", "--format", "wav32f").out


def test_a_part_has_the_length_of_its_times(flowsep, song):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--start", "0.5", "--end", "72000s")
    assert samples(song.with_name("song [rain].wav")).shape == (2, 48_000)


def test_channels_are_counted_from_one(flowsep, song):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--channels", "2")
    np.testing.assert_array_equal(samples(song.with_name("song [rain].wav"))[0] + samples(
        song.with_name("song [rest].wav"))[0], samples(song)[1])  # fmt: skip
    assert json.loads(song.with_name("song [rain].json").read_text())["write"]["channels"] == [1]


@pytest.mark.parametrize("text", ["0", "left", "1,", "1;2", "-1"])
def test_channels_other_than_numbers_from_one_are_refused(flowsep, song, text):
    outcome = flowsep("separate", song, "-q", "rain", "--model", "echo", f"--channels={text}")
    assert outcome.code == 2
    assert "--channels takes numbers from 1 up" in outcome.err


def test_no_rest_omits_the_residual(flowsep, song):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--no-rest")
    assert not song.with_name("song [rest].wav").exists()


@pytest.mark.parametrize(
    ("format", "name", "subtype"),
    [("wav24", "wav", "PCM_24"), ("wav32f", "wav", "FLOAT"), ("flac24", "flac", "PCM_24")],
)
def test_files_have_the_requested_format(flowsep, song, format, name, subtype):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--format", format)
    assert sf.info(song.with_name(f"song [rain].{name}")).subtype == subtype


def test_out_sets_the_folder(flowsep, song, tmp_path):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--out", tmp_path / "deep" / "er")
    assert (tmp_path / "deep" / "er" / "song [rain].wav").exists()


def test_a_second_run_does_not_replace_the_first(flowsep, song):
    for _ in range(2):
        flowsep("separate", song, "-q", "rain", "--model", "echo")
    assert song.with_name("song [rain] (2).wav").exists()


def test_overwrite_replaces_the_first_run(flowsep, song):
    for _ in range(2):
        flowsep("separate", song, "-q", "rain", "--model", "echo", "--overwrite")
    assert not song.with_name("song [rain] (2).wav").exists()


def test_every_setting_reaches_the_receipt(flowsep, song, pocket):
    flowsep(
        "separate", song, "-q", "rain", "--not", "wind", "--model", pocket, "--steps", 3, "--solver", "midpoint",
        "--seed", 7, "--seed-count", 2, "--render", "hybrid", "--strength", 1.5, "--reduce-db", 12, "--gate", 0.5,
    )  # fmt: skip
    record = json.loads(song.with_name("song [rain].json").read_text())
    assert record["request"] == {
        "queries": ["rain"], "negative": ["wind"], "steps": 3, "solver": "midpoint", "draft": False, "seed": 7,
        "takes": 2, "render": {"mode": "hybrid", "strength": 1.5, "reduce_db": 12.0, "gate": 0.5},
    }  # fmt: skip


def test_draft_reaches_the_receipt(flowsep, song):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--draft")
    assert json.loads(song.with_name("song [rain].json").read_text())["request"]["draft"] is True


def test_again_repeats_the_same_bytes(flowsep, song, pocket, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    flowsep("separate", song, "-q", "a dog", "--model", pocket, "--seed", 5, "--start", 0.25, "--out", first)
    flowsep("separate", "--again", first / "song [a dog].json", "--out", second)
    assert (first / "song [a dog].wav").read_bytes() == (second / "song [a dog].wav").read_bytes()


def test_again_refuses_another_model(flowsep, song, pocket, single, tmp_path):
    flowsep("separate", song, "-q", "a dog", "--model", pocket, "--out", tmp_path)
    outcome = flowsep("separate", "--again", tmp_path / "song [a dog].json", "--model", single)
    assert (outcome.code, "is not the pocket 1.0.0" in outcome.err) == (3, True)


def test_again_refuses_options_that_the_receipt_sets(flowsep, song, tmp_path):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--out", tmp_path)
    outcome = flowsep("separate", "--again", tmp_path / "song [rain].json", "--not", "wind", "--render", "mask")
    assert (outcome.code, outcome.err.strip().endswith("drop --not, --render")) == (2, True)


def test_again_refuses_a_changed_input(flowsep, song, tmp_path, noise_clip):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--out", tmp_path)
    write_clip(song, noise_clip(1.0))
    outcome = flowsep("separate", "--again", tmp_path / "song [rain].json")
    assert (outcome.code, "has changed" in outcome.err) == (3, True)


def test_several_inputs_are_separated_in_turn(flowsep, song, tmp_path, noise_clip):
    write_clip(tmp_path / "other.wav", noise_clip(1.0, rate=44_100, channels=1))
    outcome = flowsep("separate", song, tmp_path / "other.wav", "-q", "rain", "--model", "echo")
    assert outcome.code == 0
    assert (tmp_path / "other [rain].wav").exists()


def test_one_bad_input_does_not_stop_the_others(flowsep, song, tmp_path):
    outcome = flowsep("separate", tmp_path / "gone.wav", song, "-q", "rain", "--model", "echo")
    assert outcome.code == 3
    assert song.with_name("song [rain].wav").exists()


def test_quiet_prints_nothing(flowsep, song):
    outcome = flowsep("separate", song, "-q", "rain", "--model", "echo", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_json_is_one_event_a_line(flowsep, song):
    events = flowsep("separate", song, "-q", "rain", "--model", "echo", "--json").events
    assert [event["event"] for event in events[:2]] == ["begin", "progress"]
    assert events[-1]["event"] == "done"
    assert events[-1]["receipt"]["stems"][0]["file"] == "song [rain].wav"


def test_json_progress_ends_at_its_total(flowsep, song):
    events = flowsep("separate", song, "-q", "rain", "--model", "echo", "--json").events
    last = [event for event in events if event["event"] == "progress"][-1]
    assert (last["stage"], last["done"]) == ("render", last["total"])


def test_json_has_an_event_for_a_failure(flowsep, tmp_path):
    event = flowsep("separate", tmp_path / "gone.wav", "-q", "rain", "--model", "echo", "--json").events[-1]
    assert (event["event"], event["error"], event["exit_code"]) == ("failed", "MediaError", 3)


def test_progress_without_a_terminal_is_plain_lines(flowsep, song):
    lines = flowsep("separate", song, "-q", "rain", "--model", "echo").err.splitlines()
    assert lines[0] == "song.wav"
    assert any(line.startswith("listening") for line in lines)
    assert any(line.startswith("writing") for line in lines)


def test_plot_writes_a_picture(flowsep, song, tmp_path):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--plot", tmp_path / "song.png")
    assert (tmp_path / "song.png").read_bytes().startswith(b"\x89PNG")


def test_plot_writes_pictures_of_several_inputs_to_a_folder(flowsep, song, tmp_path, noise_clip):
    write_clip(tmp_path / "other.wav", noise_clip(0.5))
    flowsep("separate", song, tmp_path / "other.wav", "-q", "rain", "--model", "echo", "--plot", tmp_path)
    assert (tmp_path / "song.png").exists()
    assert (tmp_path / "other.png").exists()


def test_a_picture_under_another_suffix_is_refused_before_any_work(flowsep, song):
    outcome = flowsep("separate", song, "-q", "rain", "--model", "echo", "--plot", song.with_name("song.jpg"))
    assert (outcome.code, names(song.parent)) == (2, ["song.wav"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a child")
def test_ctrl_c_ends_with_4_and_leaves_nothing(tmp_path, noise_clip, pocket):
    folder = tmp_path / "long"
    folder.mkdir()
    write_clip(folder / "long.wav", noise_clip(60.0, channels=1))
    line = [sys.executable, "-m", "flowsep_plugin", "separate", str(folder / "long.wav"), "-q", "rain", "--json"]
    line += ["--model", str(pocket), "--steps", "100", "--device", "cpu"]
    job = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    for event in job.stdout:
        if '"progress"' in event:
            break
    time.sleep(0.1)
    job.send_signal(signal.SIGINT)
    _, errors = job.communicate(timeout=60)
    assert (job.returncode, names(folder)) == (4, ["long.wav"])
    assert "cancelled" in errors.splitlines()[-1]
